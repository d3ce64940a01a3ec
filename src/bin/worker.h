/* The worker: one loop, no threads, no files. It has the gate, and does what the supervisor says. */
#ifndef SALLYPORT_BIN_WORKER_H
#define SALLYPORT_BIN_WORKER_H

/* Plays the role in this process, as worker number `slot` and as `user` (NULL or "": as who we are), until it has
 * drained or the supervisor is gone. Returns the exit code. */
int worker_main(unsigned slot, const char *user);

#endif
