/* Why a server is not dialled to the end, told from the gateway's side: the handshake's reasons are those of a
 * client in front. */
#ifndef SALLYPORT_UPSTREAM_SERVERFAULT_H
#define SALLYPORT_UPSTREAM_SERVERFAULT_H

#include "base/reason.h"

/* The reason of a backend for the reason of a TLS handshake with its server; what is not a client's fault stays as
 * it is, but for lists that are missing or stale. */
enum reason serverfault_of(enum reason reason);

#endif
