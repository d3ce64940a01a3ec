/* An ENGINE that hands back libcrypto's own methods for EC and RSA. x509_pubkey decoding asks first whether an
 * ENGINE claims the key's type; if one does, the key is decoded by the type's own function instead of through a
 * decoder chain built for the occasion. */
#define OPENSSL_SUPPRESS_DEPRECATED /* ENGINE is deprecated since 3.0; this file is the only user */
#include "pki/keydecode.h"

#include <openssl/crypto.h>
#include <openssl/engine.h>
#include <openssl/evp.h>

static bool keydecode_is_needed(void);

#ifdef OPENSSL_NO_ENGINE

bool keydecode_enable(void) {
    return false;
}

bool keydecode_disable(void) {
    return false;
}

#else

static ENGINE *engine;

static int offer_method(ENGINE *asked, EVP_PKEY_METHOD **method, const int **types, int type);

bool keydecode_enable(void) {
    if (engine || !keydecode_is_needed())
        return engine;
    engine = ENGINE_new();
    if (engine && ENGINE_set_id(engine, "sallyport-direct") && ENGINE_set_name(engine, "direct key decoding") &&
        ENGINE_set_pkey_meths(engine, offer_method) && ENGINE_set_default_pkey_meths(engine))
        return true;
    keydecode_disable();
    return false;
}

bool keydecode_disable(void) {
    if (!engine)
        return false;
    ENGINE_unregister_pkey_meths(engine);
    ENGINE_free(engine);
    engine = NULL;
    return true;
}

/* ENGINE's protocol: without `method` it asks for the list of types, else for the method of one. The methods are
 * libcrypto's constants; nobody changes or frees them. */
static int offer_method(ENGINE *asked, EVP_PKEY_METHOD **method, const int **types, int type) {
    static const int offered[] = {EVP_PKEY_EC, EVP_PKEY_RSA};
    (void)asked;
    if (!method) {
        *types = offered;
        return sizeof offered / sizeof *offered;
    }
    *method = (EVP_PKEY_METHOD *)EVP_PKEY_meth_find(type);
    return *method ? 1 : 0;
}

#endif

/* Later versions keep their decoders; a FIPS provider must not be gone around. */
static bool keydecode_is_needed(void) {
    unsigned long version = OpenSSL_version_num();
    return version >= 0x30000000UL && version < 0x30200000UL && !EVP_default_properties_is_fips_enabled(NULL);
}
