/* OCSP responses of strangers: an issuer and a certificate (each behind its length in two bytes), then the response
 * about it. What is cut off at the end is never worth anything. */
#include "pki/cert.h"
#include "pki/ocsp.h"
#include "pki/ocspparse.h"
#include "pki/ocspsubject.h"

#include "base/bug.h"

#include <openssl/x509.h>
#include <stdlib.h>

/* 2027-01-01: the seeds are valid then. */
enum { SEEDS_TIME = 1798761600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static X509 *take_certificate(struct slice *input);
static void read_all(struct slice der);
static void judge(X509 *certificate, X509 *issuer, struct slice der);
static void ask(const struct ocspsubject *subject, struct slice nonce);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice input = slice_of(data, size);
    X509 *issuer = take_certificate(&input);
    X509 *certificate = take_certificate(&input);
    read_all(slice_of(data, size));
    read_all(input);
    if (issuer && certificate)
        judge(certificate, issuer, input);
    X509_free(issuer);
    X509_free(certificate);
    return 0;
}

static X509 *take_certificate(struct slice *input) {
    if (input->len < 2)
        return NULL;
    struct slice der = slice_sub(*input, 2, (size_t)input->data[0] << 8 | input->data[1]);
    *input = slice_sub(*input, 2 + der.len, input->len);
    return cert_parse(der);
}

static void read_all(struct slice der) {
    struct ocspparse response;
    struct ocspparse_single single;
    const char *fault;
    size_t count = 0;
    bool is_good = ocspparse_response(der, &response, &fault);
    bug_on(is_good != !fault);
    if (!is_good)
        return;
    for (struct slice rest = response.singles; ocspparse_next(&rest, &single);)
        count++;
    bug_on(count == 0 || count > OCSPPARSE_SINGLES_MAX);
}

static void judge(X509 *certificate, X509 *issuer, struct slice der) {
    struct ocspsubject subject;
    struct ocsp_rules rules = {.skew_s = 300, .fresh_s = 3600};
    struct ocsp_answer answer;
    if (ocspsubject_init(&subject, certificate, issuer)) {
        struct ocsp_question question = {.id = &subject.id, .issuer = issuer, .nonce = slice_sub(der, 0, 16)};
        ask(&subject, question.nonce);
        ocsp_judge(der, &question, &rules, SEEDS_TIME, &answer);
        bug_on((answer.detail != NULL) != (answer.status <= OCSP_STALE));
        bug_on((answer.status == OCSP_GOOD) != (ocsp_reason(answer.status) == REASON_NONE));
        bug_on(answer.status > OCSP_STALE && answer.status != OCSP_REVOKED && answer.usable_until < SEEDS_TIME);
        ocsp_judge(slice_sub(der, 0, der.len / 2), &question, &rules, SEEDS_TIME, &answer);
        bug_on(answer.status != OCSP_UNUSABLE);
    }
    ocspsubject_fini(&subject);
}

static void ask(const struct ocspsubject *subject, struct slice nonce) {
    struct buf to;
    buf_init(&to, 256);
    bug_on(ocspsubject_urls(subject, &to) > OCSPSUBJECT_URLS_MAX);
    buf_fini(&to);
    buf_init(&to, OCSPSUBJECT_REQUEST_MAX);
    bug_on(!ocspsubject_ask(subject, OCSPSUBJECT_SHA256, nonce, &to) && buf_len(&to) > 0);
    buf_fini(&to);
}
