/* The control process: reads the workers' counters and records, writes the logs, and answers on the admin socket. */
#ifndef SALLYPORT_BIN_CONTROL_H
#define SALLYPORT_BIN_CONTROL_H

/* Plays the role in this process, as `user` (NULL or "": as who we are), until the supervisor hangs up; what is in the
 * rings is written then. Returns the exit code. */
int control_main(const char *user);

#endif
