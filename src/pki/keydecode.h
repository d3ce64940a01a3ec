/* OpenSSL 3.0 decodes the public key of every parsed certificate through a freshly built decoder chain (some 100
 * µs). Where libcrypto still knows ENGINE, one that hands back its own methods makes it take the direct path (some
 * 18 µs). Only for 3.0 to 3.x without FIPS; switchable; the plain path is the reference in the tests. */
#ifndef SALLYPORT_PKI_KEYDECODE_H
#define SALLYPORT_PKI_KEYDECODE_H

#include <stdbool.h>

/* Turns direct decoding on for this process, which then uses EC and RSA keys outside of the providers: enough for
 * TLS and for checking chains; but no certificates can be signed by keys that were read, and curves are known by
 * their old names only. So: for processes that serve TLS, not for those that issue. False when this libcrypto has no
 * need of it or no way to do it (nothing is changed then). Call before certificates are parsed. */
bool keydecode_enable(void);

/* Back to the plain path, for tests; true when it was not the plain one. */
bool keydecode_disable(void);

#endif
