/* The commands that take a server out for maintenance and back in: drain, enable. */
#ifndef SALLYPORT_BIN_DRAIN_H
#define SALLYPORT_BIN_DRAIN_H

/* Each takes BACKEND/SERVER, and --socket PATH or -c FILE as all commands do. They print how much is still in progress
 * there, and return 1 when there is no gateway or no such server. */
int drain_drain(char *const *arguments);
int drain_enable(char *const *arguments);

#endif
