/* Why the library gave up, as a reason of ours. */
#ifndef SALLYPORT_TLS_FAILURE_H
#define SALLYPORT_TLS_FAILURE_H

#include "base/reason.h"

struct ssl_st;

/* The reason of the newest error in the library's queue for a failed handshake. *detail is set to the library's
 * words (a fixed string) or NULL. Empties the queue. Knows nothing of certificates' verdicts and callbacks: those
 * are REASON_CERT_INVALID and REASON_INTERNAL here. */
enum reason failure_of_handshake(const struct ssl_st *ssl, const char **detail);

#endif
