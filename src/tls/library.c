#include "tls/library.h"

#include "pki/keydecode.h"

#include <openssl/crypto.h>
#include <openssl/ssl.h>

void tls_library_start(void) {
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
    keydecode_enable();
}

const char *tls_library_version(void) {
    return OpenSSL_version(OPENSSL_VERSION);
}
