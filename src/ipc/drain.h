/* What is said between our processes about servers that the operator drains. */
#ifndef SALLYPORT_IPC_DRAIN_H
#define SALLYPORT_IPC_DRAIN_H

/* NAME_MAX: "backend/server" with its terminator; the longest label is a name of DNS with an address. */
enum { DRAIN_NAME_MAX = 512 };

#endif
