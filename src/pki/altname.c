#include "pki/altname.h"

#include "pki/namesyntax.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

bool altname_read(const X509 *certificate, GENERAL_NAMES **names) {
    int status;
    *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, &status, NULL);
    if (!*names)
        ERR_clear_error();
    return *names || status == -1;
}

struct slice altname_bytes(const GENERAL_NAME *name) {
    int type;
    const ASN1_STRING *string = GENERAL_NAME_get0_value(name, &type);
    if (type != GEN_DNS && type != GEN_EMAIL && type != GEN_URI && type != GEN_IPADD)
        return (struct slice){0};
    return slice_of(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

const char *altname_fault(const GENERAL_NAME *name, bool is_strict) {
    int type;
    struct slice local;
    struct slice host;
    struct slice bytes = altname_bytes(name);
    GENERAL_NAME_get0_value(name, &type);
    switch (type) {
    case GEN_DNS:
        return namesyntax_is_pattern(bytes, !is_strict) ? NULL : "a malformed DNS name";
    case GEN_EMAIL:
        return namesyntax_split_mail(bytes, &local, &host) ? NULL : "a malformed mail address";
    case GEN_URI:
        return namesyntax_is_uri(bytes) ? NULL : "a malformed URI";
    case GEN_IPADD:
        return bytes.len == 4 || bytes.len == 16 ? NULL : "an IP address of neither 4 nor 16 bytes";
    default:
        return NULL;
    }
}
