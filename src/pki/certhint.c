#include "pki/certhint.h"

#include "base/text.h"
#include "pki/cert.h"

#include <openssl/x509v3.h>

/* Key identifiers are digests; of a longer one the beginning is shown. */
enum { KEY_ID_BYTES_MAX = 32, DOTTED_MAX = 128 };

static bool print_issuer(const X509 *certificate, struct buf *to);
static bool print_usage(X509 *certificate, struct buf *to);
static bool print_key_usage(uint32_t usage, struct buf *to);
static bool print_extended(const EXTENDED_KEY_USAGE *usages, struct buf *to);

bool certhint_issuer(struct slice der, struct buf *to) {
    X509 *certificate = cert_parse(der);
    bool is_good = certificate && print_issuer(certificate, to);
    X509_free(certificate);
    return is_good;
}

bool certhint_usage(struct slice der, struct buf *to) {
    X509 *certificate = cert_parse(der);
    bool is_good = certificate && print_usage(certificate, to);
    X509_free(certificate);
    return is_good;
}

static bool print_issuer(const X509 *certificate, struct buf *to) {
    struct peer_summary summary;
    char hex[2 * KEY_ID_BYTES_MAX];
    cert_summarize(certificate, &summary);
    if (!buf_append_text(to, summary.issuer))
        return false;
    AUTHORITY_KEYID *id = X509_get_ext_d2i(certificate, NID_authority_key_identifier, NULL, NULL);
    bool is_good = true;
    if (id && id->keyid) {
        struct slice bytes = slice_of(ASN1_STRING_get0_data(id->keyid), (size_t)ASN1_STRING_length(id->keyid));
        bytes = slice_sub(bytes, 0, KEY_ID_BYTES_MAX);
        text_hex(hex, bytes);
        is_good = buf_printf(to, " (key identifier %.*s)", (int)(2 * bytes.len), hex);
    }
    AUTHORITY_KEYID_free(id);
    return is_good;
}

static bool print_usage(X509 *certificate, struct buf *to) {
    uint32_t usage = X509_get_key_usage(certificate); /* all bits when there is no such extension */
    bool is_good = usage == UINT32_MAX ? buf_append_text(to, "any key usage") : print_key_usage(usage, to);
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    is_good = is_good && (usages ? print_extended(usages, to) : buf_append_text(to, ", no extended key usage"));
    EXTENDED_KEY_USAGE_free(usages);
    return is_good;
}

static bool print_key_usage(uint32_t usage, struct buf *to) {
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {
        {KU_DIGITAL_SIGNATURE, "digitalSignature"},
        {KU_NON_REPUDIATION, "nonRepudiation"},
        {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
        {KU_DATA_ENCIPHERMENT, "dataEncipherment"},
        {KU_KEY_AGREEMENT, "keyAgreement"},
        {KU_KEY_CERT_SIGN, "keyCertSign"},
        {KU_CRL_SIGN, "cRLSign"},
    };
    bool is_good = buf_append_text(to, "key usage");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (usage & names[i].bit)
            is_good = is_good && buf_printf(to, " %s", names[i].name);
    return is_good;
}

static bool print_extended(const EXTENDED_KEY_USAGE *usages, struct buf *to) {
    bool is_good = buf_append_text(to, ", extended key usage");
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        const ASN1_OBJECT *usage = sk_ASN1_OBJECT_value(usages, i);
        char dotted[DOTTED_MAX] = "";
        int number = OBJ_obj2nid(usage);
        if (number == NID_undef)
            OBJ_obj2txt(dotted, sizeof dotted, usage, 1);
        is_good = is_good && buf_printf(to, " %s", number == NID_undef ? dotted : OBJ_nid2sn(number));
    }
    return is_good;
}
