/* Certificates of strangers: parsing, printing, judging, under a trust that holds whatever the input holds. */
#include "pki/cert.h"
#include "pki/pem.h"
#include "pki/verify.h"

#include "base/bug.h"
#include "base/text.h"

#include <stdlib.h>

/* 2026-01-01: the seeds are valid then. */
enum { SEEDS_TIME = 1767225600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(struct slice der);
static void load_as_trust(struct slice text);
static void judge(struct slice input);
static void judge_under(struct trust *trust, const struct slice *chain, size_t count);
static struct trust *trust_in(struct slice der);
static void check_text(const char *text);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice input = slice_of(data, size);
    print(input);
    load_as_trust(input);
    judge(input);
    return 0;
}

/* Whatever a name says, its printed form is one line of UTF-8. */
static void print(struct slice der) {
    struct peer_summary summary;
    cert_summarize_der(der, &summary);
    check_text(summary.subject);
    check_text(summary.issuer);
    check_text(summary.serial);
}

static void check_text(const char *text) {
    bug_on(!text_utf8(slice_text(text)));
    for (; *text; text++)
        bug_on((unsigned char)*text < 0x20 || *text == 0x7f);
}

static void load_as_trust(struct slice text) {
    struct trust_source source = {.pem = text, .path = "input"};
    struct error_list errors;
    error_list_init(&errors);
    struct trust *trust = trust_new(&source, 1, SEEDS_TIME, &errors);
    bug_on(!trust && errors.count == 0);
    trust_unref(&trust);
    error_list_fini(&errors);
}

/* A chain (each certificate behind its length in two bytes), judged under each of its certificates as the anchor. */
static void judge(struct slice input) {
    struct slice chain[VERIFY_CHAIN_MAX + 1];
    size_t count = 0;
    for (; input.len >= 2 && count <= VERIFY_CHAIN_MAX; count++) {
        chain[count] = slice_sub(input, 2, (size_t)input.data[0] << 8 | input.data[1]);
        input = slice_sub(input, 2 + chain[count].len, input.len);
    }
    for (size_t i = 0; i < count; i++) {
        struct trust *trust = trust_in(chain[i]);
        if (trust)
            judge_under(trust, chain, count);
        trust_unref(&trust);
    }
}

static void judge_under(struct trust *trust, const struct slice *chain, size_t count) {
    struct verify_settings settings = {.purpose = VERIFY_CLIENT, .depth = 3, .rsa_bits_min = 2048};
    struct verify_verdict verdict;
    struct verified_peer *peer;
    verify_chain(chain, count, trust, &settings, SEEDS_TIME, &verdict, &peer);
    bug_on((peer != NULL) != (verdict.reason == REASON_NONE));
    verified_peer_unref(&peer);
}

/* A trust of one certificate, or NULL. */
static struct trust *trust_in(struct slice der) {
    struct buf pem;
    struct error_list errors;
    struct trust *trust = NULL;
    buf_init(&pem, 1 << 20);
    error_list_init(&errors);
    uint8_t *base64 = NULL;
    if (buf_append_text(&pem, "-----BEGIN CERTIFICATE-----\n") &&
        (base64 = buf_reserve(&pem, text_base64_len(der.len)))) {
        text_base64((char *)base64, der);
        buf_commit(&pem, text_base64_len(der.len));
        bug_on(!buf_append_text(&pem, "\n-----END CERTIFICATE-----\n"));
        struct trust_source source = {.pem = buf_view(&pem), .path = "input"};
        trust = trust_new(&source, 1, SEEDS_TIME, &errors);
    }
    error_list_fini(&errors);
    buf_fini(&pem);
    return trust;
}
