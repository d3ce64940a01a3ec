/* The command `demo`: the gateway at work, on a throw-away PKI, with a real client (curl) in front and a real backend
 * (whoami) behind. */
#ifndef SALLYPORT_BIN_DEMO_H
#define SALLYPORT_BIN_DEMO_H

/* Makes five requests and prints each with its result and the gateway's own explanation; with --keep it stays up until
 * it is interrupted. Returns 0 when every result was as it must be. Leaves no process and no file behind. */
int demo_command(char *const *arguments);

#endif
