/* What the backend's connections read from and write to: a socket in the clear, or TLS that requires a client
 * certificate. */
#ifndef SALLYPORT_BENCH_LINK_H
#define SALLYPORT_BENCH_LINK_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct link {
    int fd;
    SSL *ssl; /* NULL: in the clear */
};

/* The server's settings: it is PREFIX.pem with PREFIX.key and requires a client certificate under the file `trust`.
 * NULL, with a word on stderr, when a file cannot be used. The caller frees it. */
SSL_CTX *link_context_new(const char *prefix, const char *trust);

/* Takes over an accepted, non-blocking socket; without a context it stays in the clear. False when there is no memory;
 * the socket is then still the caller's. */
bool link_init(struct link *link, int fd, SSL_CTX *context);

/* Ends it and closes the socket. */
void link_fini(struct link *link);

/* As recv and send: bytes, 0 at the end, or -1 with errno, which is EAGAIN when it is to be called again at the next
 * event. The handshake happens inside. */
ssize_t link_read(struct link *link, void *bytes, size_t len);
ssize_t link_write(struct link *link, const void *bytes, size_t len);

#endif
