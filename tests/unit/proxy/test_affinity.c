/* What a client is known by, and when it is given a cookie. */
#include "proxy/affinity.h"

#include "../vouch/peers.h"

enum { FIELDS = 3 };

static struct arena arena;
static struct http_field request_fields[FIELDS], answer_fields[FIELDS];
static struct http_message request, answer;
static struct server servers[2];
static struct backend_server entries[2];
static struct backend backend;

static int set_up(void **state) {
    (void)state;
    arena_init(&arena, 4096, 65536);
    http_message_init(&request, request_fields, FIELDS);
    http_message_init(&answer, answer_fields, FIELDS);
    entries[0] = (struct backend_server){.server = &servers[0], .sticky_id = "00000000000000aa"};
    entries[1] = (struct backend_server){.server = &servers[1], .sticky_id = "00000000000000bb"};
    backend = (struct backend){.servers = entries, .server_count = 2};
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void add(const char *name, const char *value) {
    assert_true(http_message_add(&request, slice_text(name), slice_text(value), 0));
}

static struct balance_ask asked(const struct verified_peer *peer) {
    struct balance_ask ask = {.avoid = NULL};
    affinity_ask(&backend, peer, &request, &ask);
    return ask;
}

static void the_key_is_what_the_backend_goes_by(void **state) {
    (void)state;
    struct verified_peer *peer = peers_make((const size_t[]){300, 0});
    add("X-User", "alice");
    add("Cookie", "session=17");
    assert_int_equal(asked(peer).key.len, 0);
    backend.balance = BACKEND_HASH;
    assert_int_equal(asked(peer).key.len, 0); /* the address is not ours to tell */
    backend.hash_by = BACKEND_HASH_BY_HEADER;
    backend.hash_name = "x-user";
    assert_true(slice_equal(asked(peer).key, slice_text("alice")));
    backend.hash_by = BACKEND_HASH_BY_COOKIE;
    backend.hash_name = "session";
    assert_true(slice_equal(asked(peer).key, slice_text("17")));
    backend.hash_name = "other";
    assert_int_equal(asked(peer).key.len, 0);
    backend.hash_by = BACKEND_HASH_BY_FINGERPRINT;
    assert_true(slice_equal(asked(peer).key, slice_of(verified_peer_fingerprint(peer), PEER_FINGERPRINT_BYTES)));
    assert_int_equal(asked(NULL).key.len, 0);
    verified_peer_unref(&peer);
}

static void who_sends_no_requests_has_only_a_certificate(void **state) {
    (void)state;
    struct balance_ask ask = {.avoid = NULL};
    backend.balance = BACKEND_HASH;
    backend.hash_by = BACKEND_HASH_BY_HEADER;
    backend.hash_name = "x-user";
    backend.sticky.name = "app";
    affinity_ask(&backend, NULL, NULL, &ask);
    assert_int_equal(ask.key.len, 0);
    assert_int_equal(ask.sticky.len, 0);
}

static void a_cookie_is_set_once(void **state) {
    (void)state;
    backend.sticky = (struct backend_sticky){.name = "app", .attributes = "; Path=/; Secure"};
    affinity_tell(&backend, &servers[1], &request, &arena, &answer);
    assert_int_equal(answer.field_count, 1);
    assert_true(slice_equal(http_message_find(&answer, slice_text("set-cookie")),
                            slice_text("app=00000000000000bb; Path=/; Secure")));
    add("Cookie", "a=b; app=00000000000000bb");
    assert_true(slice_equal(asked(NULL).sticky, slice_text("00000000000000bb")));
    http_message_init(&answer, answer_fields, FIELDS);
    affinity_tell(&backend, &servers[1], &request, &arena, &answer);
    assert_int_equal(answer.field_count, 0);
    affinity_tell(&backend, &servers[0], &request, &arena, &answer);
    assert_int_equal(answer.field_count, 1);
}

static void without_a_rule_no_cookie_is_set(void **state) {
    (void)state;
    affinity_tell(&backend, &servers[1], &request, &arena, &answer);
    assert_int_equal(answer.field_count, 0);
    add("Cookie", "app=00000000000000bb");
    assert_int_equal(asked(NULL).sticky.len, 0);
}

static void an_answer_without_room_stays_as_it_is(void **state) {
    (void)state;
    backend.sticky = (struct backend_sticky){.name = "app", .attributes = "; Path=/"};
    for (int i = 0; i < FIELDS; i++)
        assert_true(http_message_add(&answer, slice_text("a"), slice_text("b"), 0));
    affinity_tell(&backend, &servers[1], &request, &arena, &answer);
    assert_int_equal(answer.field_count, FIELDS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_key_is_what_the_backend_goes_by, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_sends_no_requests_has_only_a_certificate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_is_set_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_rule_no_cookie_is_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_without_room_stays_as_it_is, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
