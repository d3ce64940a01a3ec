#include "tls/baresession.h"

#include "base/text.h"

#include <openssl/ssl.h>

static bool copy_secret(SSL_SESSION *to, const SSL_SESSION *from);

bool baresession_replace(SSL *ssl, struct slice context, struct slice data, int64_t lifetime_s) {
    SSL_SESSION *old = SSL_get_session(ssl);
    /* A negotiated record size lives in the session, too, and has no setter. */
    if (!old || SSL_SESSION_get_max_fragment_length(old) != TLSEXT_max_fragment_length_DISABLED)
        return false;
    SSL_SESSION *bare = SSL_SESSION_new();
    bool is_good = bare && SSL_SESSION_set_protocol_version(bare, SSL_version(ssl)) &&
        SSL_SESSION_set_cipher(bare, SSL_SESSION_get0_cipher(old)) && copy_secret(bare, old) &&
        SSL_SESSION_set1_id_context(bare, context.data, (unsigned)context.len) &&
        SSL_SESSION_set1_ticket_appdata(bare, data.data, data.len);
    if (is_good) {
        SSL_SESSION_set_time(bare, SSL_SESSION_get_time(old));
        SSL_SESSION_set_timeout(bare, (long)lifetime_s);
        is_good = SSL_set_session(ssl, bare);
    }
    SSL_SESSION_free(bare);
    return is_good;
}

static bool copy_secret(SSL_SESSION *to, const SSL_SESSION *from) {
    unsigned char secret[SSL_MAX_MASTER_KEY_LENGTH * 2];
    size_t len = SSL_SESSION_get_master_key(from, NULL, 0);
    bool is_good = len && len <= sizeof secret && SSL_SESSION_get_master_key(from, secret, len) == len &&
        SSL_SESSION_set1_master_key(to, secret, len);
    text_wipe(secret, sizeof secret);
    return is_good;
}
