#include "pki/distpointurl.h"

#include "base/url.h"
#include "pki/cert.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

static int each_name(const GENERAL_NAMES *names, int left, void (*take)(void *owner, struct slice url), void *owner);

bool distpointurl_each(struct slice der, void (*take)(void *owner, struct slice url), void *owner) {
    X509 *certificate = cert_parse(der);
    int left = DISTPOINTURL_MAX;
    if (!certificate)
        return false;
    CRL_DIST_POINTS *points = X509_get_ext_d2i(certificate, NID_crl_distribution_points, NULL, NULL);
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value(points, i);
        if (point->distpoint && point->distpoint->type == 0)
            left = each_name(point->distpoint->name.fullname, left, take, owner);
    }
    CRL_DIST_POINTS_free(points);
    X509_free(certificate);
    ERR_clear_error();
    return true;
}

/* How many more may be taken. */
static int each_name(const GENERAL_NAMES *names, int left, void (*take)(void *owner, struct slice url), void *owner) {
    for (int i = 0; left > 0 && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI)
            continue;
        const ASN1_IA5STRING *text = name->d.uniformResourceIdentifier;
        struct slice url = slice_of(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
        if (!url_is(url))
            continue;
        take(owner, url);
        left--;
    }
    return left;
}
