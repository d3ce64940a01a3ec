/* What a backend is told is printed as text and as JSON, also when it is nonsense. */
#include "bin/told.h"

#include "base/text.h"
#include "http/structfield.h"
#include "pki/mint.h"
#include "pki/pem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct http_message request;
static struct http_field fields[8];
static char rfc9440[8192];
static char base64[8192];

/* A certificate of alice, in both spellings. */
static int make_request(void **state) {
    (void)state;
    const struct mint_request wanted = {.common_name = "alice", .usage = MINT_CLIENT, .not_after = 2000000000};
    struct mint_key *key = mint_key_new(MINT_EC_P256);
    struct pem_reader reader;
    struct pem_block block;
    struct error error;
    struct buf pem;
    struct buf der;
    buf_init(&pem, 16384);
    buf_init(&der, 16384);
    assert_true(mint_certificate(&wanted, key, slice_of(NULL, 0), NULL, &pem, &error));
    pem_init(&reader, buf_view(&pem));
    assert_int_equal(pem_next(&reader, &block), PEM_FOUND);
    assert_true(pem_decode(&block, &der));
    rfc9440[structfield_write_bytes(rfc9440, buf_view(&der))] = '\0';
    text_base64(base64, buf_view(&der));
    base64[text_base64_len(buf_len(&der))] = '\0';
    buf_fini(&pem);
    buf_fini(&der);
    mint_key_free(&key);
    http_message_init(&request, fields, 8);
    request.method = slice_text("GET");
    request.path = slice_text("/path");
    request.authority = slice_text("example.com");
    return 0;
}

static void field(const char *name, const char *value) {
    assert_true(http_message_add(&request, slice_text(name), slice_text(value), 0));
}

static void assert_says(bool (*print)(const struct http_message *, struct buf *), const char *part) {
    struct buf text;
    buf_init(&text, 65536);
    assert_true(print(&request, &text));
    struct slice view = buf_view(&text);
    bool found = memmem(view.data, view.len, part, strlen(part)) != NULL;
    if (!found)
        print_error("\"%s\" is not in: %.*s\n", part, (int)view.len, (const char *)view.data);
    buf_fini(&text);
    assert_true(found);
}

static void certificate_of_rfc9440_is_read(void **state) {
    (void)state;
    field("Client-Cert-Verdict", "VERIFIED");
    field("Client-Cert", rfc9440);
    field("Client-Cert-Chain", rfc9440);
    assert_says(told_print_text, "verdict      VERIFIED\ncertificate  CN=alice\n");
    assert_says(told_print_text, "issued by    CN=alice\n");
    assert_says(told_print_text, "\nGET /path\n");
    assert_says(told_print_json, "{\"verdict\":\"VERIFIED\",\"certificate\":{\"subject\":\"CN=alice\",");
    assert_says(told_print_json, "\"chain\":[{\"subject\":\"CN=alice\"");
    assert_says(told_print_json, "{\"name\":\"Client-Cert-Verdict\",\"value\":\"VERIFIED\"}");
}

static void bare_base64_is_read(void **state) {
    (void)state;
    field("X-SSL-Client-Cert", base64);
    assert_says(told_print_text, "verdict      (not told)\ncertificate  CN=alice\n");
}

static void nothing_told_is_said(void **state) {
    (void)state;
    assert_says(told_print_text, "verdict      (not told)\ncertificate  none\n");
    assert_says(told_print_json, "{\"verdict\":null,\"certificate\":null,\"chain\":[],\"method\":\"GET\"");
}

static void nonsense_is_no_certificate(void **state) {
    (void)state;
    field("Client-Cert", ":bm9uc2Vuc2U=:");
    assert_says(told_print_text, "certificate  (cannot be read)\n");
    assert_says(told_print_json, "\"certificate\":null");
    make_request(state);
    field("Client-Cert", "not even base64");
    field("Client-Cert-Chain", ":bm9uc2Vuc2U=:, broken");
    assert_says(told_print_text, "certificate  (cannot be read)\n");
}

static void too_little_room_fails(void **state) {
    (void)state;
    struct buf text;
    buf_init(&text, 30);
    assert_false(told_print_text(&request, &text));
    assert_false(told_print_json(&request, &text));
    buf_fini(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(certificate_of_rfc9440_is_read, make_request),
        cmocka_unit_test_setup(bare_base64_is_read, make_request),
        cmocka_unit_test_setup(nothing_told_is_said, make_request),
        cmocka_unit_test_setup(nonsense_is_no_certificate, make_request),
        cmocka_unit_test_setup(too_little_room_fails, make_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
