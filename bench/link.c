/* The backend's connections, in the clear or under TLS. */
#include "link.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t result_of(struct link *link, int result, size_t len);

SSL_CTX *link_context_new(const char *prefix, const char *trust) {
    char certificate[1024], key[1024];
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    snprintf(certificate, sizeof(certificate), "%s.pem", prefix);
    snprintf(key, sizeof(key), "%s.key", prefix);
    if (context == NULL)
        return NULL;
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"bench", 5);
    if (SSL_CTX_use_certificate_chain_file(context, certificate) == 1 &&
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_load_verify_locations(context, trust, NULL) == 1)
        return context;
    fprintf(stderr, "bench-backend: cannot use %s, %s or %s\n", certificate, key, trust);
    SSL_CTX_free(context);
    return NULL;
}

bool link_init(struct link *link, int fd, SSL_CTX *context) {
    *link = (struct link){.fd = fd};
    if (context == NULL)
        return true;
    link->ssl = SSL_new(context);
    if (link->ssl == NULL || !SSL_set_fd(link->ssl, fd)) {
        SSL_free(link->ssl);
        return false;
    }
    SSL_set_accept_state(link->ssl);
    return true;
}

void link_fini(struct link *link) {
    if (link->ssl != NULL) {
        SSL_shutdown(link->ssl);
        ERR_clear_error();
        SSL_free(link->ssl);
    }
    close(link->fd);
}

ssize_t link_read(struct link *link, void *bytes, size_t len) {
    size_t read = 0;
    if (link->ssl == NULL)
        return recv(link->fd, bytes, len, 0);
    int result = SSL_read_ex(link->ssl, bytes, len, &read);
    return result_of(link, result, read);
}

ssize_t link_write(struct link *link, const void *bytes, size_t len) {
    size_t written = 0;
    if (link->ssl == NULL)
        return send(link->fd, bytes, len, 0);
    int result = SSL_write_ex(link->ssl, bytes, len, &written);
    return result_of(link, result, written);
}

static ssize_t result_of(struct link *link, int result, size_t len) {
    if (result == 1)
        return (ssize_t)len;
    int error = SSL_get_error(link->ssl, result);
    ERR_clear_error();
    if (error == SSL_ERROR_ZERO_RETURN)
        return 0;
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
    return -1;
}
