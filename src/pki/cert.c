#include "pki/cert.h"

#include "base/bug.h"
#include "base/text.h"
#include "pki/name.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <time.h>

static bool time_of(const ASN1_TIME *time, int64_t *seconds);
static void print_serial(const ASN1_INTEGER *serial, char text[PEER_SERIAL_MAX]);

X509 *cert_parse(struct slice der) {
    const uint8_t *at = der.data;
    X509 *certificate = der.len && der.len <= LONG_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;
    if (certificate && at == der.data + der.len)
        return certificate;
    X509_free(certificate);
    ERR_clear_error();
    return NULL;
}

void cert_summarize(const X509 *certificate, struct peer_summary *summary) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len;
    bug_on(!X509_digest(certificate, EVP_sha256(), digest, &len));
    cert_summarize_as(certificate, digest, summary);
}

void cert_summarize_as(const X509 *certificate, const uint8_t fingerprint[CERT_FINGERPRINT_BYTES],
                       struct peer_summary *summary) {
    *summary = (struct peer_summary){.present = true};
    name_print(X509_get_subject_name(certificate), summary->subject, sizeof summary->subject);
    name_print(X509_get_issuer_name(certificate), summary->issuer, sizeof summary->issuer);
    print_serial(X509_get0_serialNumber(certificate), summary->serial);
    text_hex(summary->fingerprint, slice_of(fingerprint, CERT_FINGERPRINT_BYTES)); /* the rest is zero */
    if (!cert_dates(certificate, &summary->not_before, &summary->not_after))
        summary->not_before = summary->not_after = 0;
}

void cert_summarize_der(struct slice der, struct peer_summary *summary) {
    X509 *certificate = cert_parse(der);
    *summary = (struct peer_summary){.present = false};
    if (certificate)
        cert_summarize(certificate, summary);
    X509_free(certificate);
}

bool cert_dates(const X509 *certificate, int64_t *not_before, int64_t *not_after) {
    return time_of(X509_get0_notBefore(certificate), not_before) && time_of(X509_get0_notAfter(certificate), not_after);
}

void cert_fingerprint(struct slice der, uint8_t fingerprint[CERT_FINGERPRINT_BYTES]) {
    bug_on(!EVP_Digest(der.data, der.len, fingerprint, NULL, EVP_sha256(), NULL));
}

static bool time_of(const ASN1_TIME *time, int64_t *seconds) {
    struct tm calendar;
    if (!ASN1_TIME_to_tm(time, &calendar))
        return false;
    *seconds = timegm(&calendar);
    return true;
}

/* At most 20 bytes are lawful (RFC 5280 section 4.1.2.2); of longer ones the beginning is shown. */
static void print_serial(const ASN1_INTEGER *serial, char text[PEER_SERIAL_MAX]) {
    size_t sign = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER ? 1 : 0;
    size_t len = (size_t)ASN1_STRING_length(serial);
    size_t most = (PEER_SERIAL_MAX - 1 - sign) / 2;
    len = len < most ? len : most;
    *text = '-';
    text_hex(text + sign, slice_of(ASN1_STRING_get0_data(serial), len));
    text[sign + 2 * len] = '\0';
}
