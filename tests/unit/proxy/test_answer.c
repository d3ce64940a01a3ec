/* The gateway's own answers say what is wrong, to people and to programs. */
#include "proxy/answer.h"

#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A connection that keeps what it is told to send. */
struct probe {
    struct http_conn conn;
    struct http_stream stream;
    uint16_t status;
    uint64_t content_length;
    bool ended_with_head;
    char retry_after[32];
    char challenge[256];
    char type[64];
    char grpc_status[8];
    char body[PAGE_BYTES_MAX];
};

static bool is_page;

static void keep_field(const struct http_message *head, const char *name, char *to, size_t room) {
    struct slice value = http_message_find(head, slice_text(name));
    snprintf(to, room, "%.*s", (int)value.len, (const char *)value.data);
}

static bool send_head(struct http_stream *stream, const struct http_message *head, bool end) {
    struct probe *probe = list_entry(stream, struct probe, stream);
    probe->status = head->status;
    probe->content_length = head->content_length;
    probe->ended_with_head = end;
    keep_field(head, "Retry-After", probe->retry_after, sizeof probe->retry_after);
    keep_field(head, "WWW-Authenticate", probe->challenge, sizeof probe->challenge);
    keep_field(head, "Content-Type", probe->type, sizeof probe->type);
    keep_field(head, "grpc-status", probe->grpc_status, sizeof probe->grpc_status);
    assert_int_equal(http_message_find(head, slice_text("vary")).len > 0, is_page);
    assert_int_equal(http_message_find(head, slice_text("content-security-policy")).len > 0, is_page);
    return true;
}

static size_t send_body(struct http_stream *stream, struct slice bytes, bool end) {
    struct probe *probe = list_entry(stream, struct probe, stream);
    assert_true(end);
    snprintf(probe->body, sizeof probe->body, "%.*s", (int)bytes.len, (const char *)bytes.data);
    return bytes.len;
}

static const struct http_conn_ops ops = {.send_head = send_head, .send_body = send_body};

static void set_up(struct probe *probe) {
    *probe = (struct probe){.conn = {.ops = &ops}};
    probe->stream.conn = &probe->conn;
}

static void names_the_reason_and_the_id(void **state) {
    (void)state;
    struct probe probe;
    const struct answer answer = {.reason = REASON_MISDIRECTED, .id = 0x1f, .method = slice_text("GET")};
    set_up(&probe);
    assert_true(answer_send(&probe.stream, &answer));
    assert_int_equal(probe.status, 421);
    assert_int_equal(probe.content_length, strlen(probe.body));
    assert_non_null(strstr(probe.body, "421 Misdirected Request\n"));
    assert_non_null(strstr(probe.body, "reason: misdirected\n"));
    assert_non_null(strstr(probe.body, "id: 000000000000001f\n"));
}

static void grpc_has_a_status_of_its_own(void **state) {
    (void)state;
    struct probe probe;
    const struct answer answer = {.reason = REASON_POLICY, .method = slice_text("POST"), .is_grpc = true};
    set_up(&probe);
    assert_true(answer_send(&probe.stream, &answer));
    assert_int_equal(probe.status, 200);
    assert_true(probe.ended_with_head);
    assert_string_equal(probe.type, "application/grpc");
    assert_string_equal(probe.grpc_status, "7");
}

static void has_no_body_for_head(void **state) {
    (void)state;
    struct probe probe;
    const struct answer answer = {.reason = REASON_NO_ROUTE, .id = 1, .method = slice_text("HEAD")};
    set_up(&probe);
    assert_true(answer_send(&probe.stream, &answer));
    assert_int_equal(probe.status, 404);
    assert_true(probe.ended_with_head);
    assert_int_equal(probe.body[0], 0);
    assert_true(probe.content_length > 0);
}

static void says_when_to_come_again(void **state) {
    (void)state;
    struct probe probe;
    struct answer answer = {.reason = REASON_LIMIT_IDENTITY_REQUESTS,
                            .method = slice_text("GET"),
                            .retry_after_ms = 1001};
    set_up(&probe);
    assert_true(answer_send(&probe.stream, &answer));
    assert_int_equal(probe.status, 429);
    assert_string_equal(probe.retry_after, "2");
    answer.retry_after_ms = 0;
    assert_true(answer_send(&probe.stream, &answer));
    assert_string_equal(probe.retry_after, "");
    assert_string_equal(probe.challenge, "");
}

static void asks_for_a_password(void **state) {
    (void)state;
    struct probe probe;
    struct answer answer = {.reason = REASON_NO_ROUTE, .method = slice_text("GET"), .realm = "the vault"};
    set_up(&probe);
    assert_true(answer_send(&probe.stream, &answer));
    assert_string_equal(probe.challenge, "Basic realm=\"the vault\", charset=\"UTF-8\"");
}

static void people_get_a_page(void **state) {
    (void)state;
    static const struct page page = {.is_html = true};
    const struct answer answer = {.reason = REASON_CERT_MISSING,
                                  .id = 0x1f,
                                  .method = slice_text("GET"),
                                  .page = &page};
    struct probe probe;
    set_up(&probe);
    is_page = true;
    assert_true(answer_send(&probe.stream, &answer));
    assert_int_equal(probe.status, 403);
    assert_string_equal(probe.type, "text/html; charset=utf-8");
    assert_int_equal(probe.content_length, strlen(probe.body));
    assert_non_null(strstr(probe.body, "<code>000000000000001f</code>"));
    is_page = false;
}

static void a_reason_without_a_status_is_our_fault(void **state) {
    (void)state;
    assert_int_equal(answer_status(REASON_CLOSED), 500);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_reason_and_the_id),
        cmocka_unit_test(grpc_has_a_status_of_its_own),
        cmocka_unit_test(has_no_body_for_head),
        cmocka_unit_test(says_when_to_come_again),
        cmocka_unit_test(asks_for_a_password),
        cmocka_unit_test(people_get_a_page),
        cmocka_unit_test(a_reason_without_a_status_is_our_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
