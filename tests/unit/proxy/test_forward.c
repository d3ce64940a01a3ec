/* What a backend is told: nothing that a client claims about itself, and ours last. */
#include "proxy/forward.h"

#include "../vouch/peers.h"

enum { FIELDS = 16 };

static struct arena arena;
static struct http_field fields[FIELDS];
static struct http_message request;
static struct addr_ip address;
static struct plan_route route;

static int set_up(void **state) {
    (void)state;
    struct addr addr;
    arena_init(&arena, 4096, 65536);
    http_message_init(&request, fields, FIELDS);
    request.method = slice_text("GET");
    request.path = slice_text("/");
    request.authority = slice_text("api.example.com");
    assert_true(addr_parse(slice_text("192.0.2.7:50122"), &addr));
    address = addr_ip_of(&addr);
    route = (struct plan_route){.profiles = {.bits = 1U << VOUCH_RFC9440}};
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

static enum reason forward(struct verified_peer *peer, struct http_message *to) {
    const struct forward_client client = {.told = {.peer = peer}, .address = &address, .scheme = slice_text("https")};
    return forward_request(&arena, &request, &route, &client, to);
}

static size_t count_of(const struct http_message *message, const char *name) {
    size_t count = 0;
    for (size_t i = 0; i < message->field_count; i++)
        count += slice_equal_nocase(message->fields[i].name, slice_text(name));
    return count;
}

static bool says(const struct http_message *message, const char *name, const char *value) {
    return count_of(message, name) == 1 && slice_equal(http_message_find(message, slice_text(name)), slice_text(value));
}

static void without_a_certificate_the_verdict_is_none(void **state) {
    (void)state;
    struct http_message to;
    add("Accept", "*/*");
    assert_int_equal(forward(NULL, &to), REASON_NONE);
    assert_true(says(&to, "Client-Cert-Verdict", "NONE"));
    assert_int_equal(count_of(&to, "Client-Cert"), 0);
    assert_true(says(&to, "Accept", "*/*"));
}

static void a_proof_is_told_with_its_verdict(void **state) {
    (void)state;
    struct http_message to;
    struct verified_peer *peer = peers_make((const size_t[]){300, 0});
    assert_int_equal(forward(peer, &to), REASON_NONE);
    assert_true(says(&to, "Client-Cert-Verdict", "VERIFIED"));
    assert_int_equal(count_of(&to, "Client-Cert"), 1);
    assert_int_equal(count_of(&to, "Client-Cert-Chain"), 0);
    verified_peer_unref(&peer);
}

static void a_forged_field_refuses_the_request(void **state) {
    (void)state;
    struct http_message to;
    add("client_CERT", ":AAAA:");
    assert_int_equal(forward(NULL, &to), REASON_PROTECTED_FIELD);
}

static void a_route_that_strips_drops_every_forged_field(void **state) {
    (void)state;
    struct http_message to;
    struct verified_peer *peer = peers_make((const size_t[]){300, 0});
    route.strip_protected = true;
    add("Client-Cert", ":AAAA:");
    add("Client-Cert", ":BBBB:");
    add("X-SSL-Client-Verify", "SUCCESS");
    add("Accept", "*/*");
    assert_int_equal(forward(peer, &to), REASON_NONE);
    assert_int_equal(count_of(&to, "Client-Cert"), 1);
    assert_int_equal(count_of(&to, "X-SSL-Client-Verify"), 0);
    assert_int_equal(count_of(&to, "Accept"), 1);
    verified_peer_unref(&peer);
}

static void connection_may_not_name_a_protected_field_even_where_fields_are_stripped(void **state) {
    (void)state;
    struct http_message to;
    route.strip_protected = true;
    request.connection_tokens[0] = slice_text("Client-Cert");
    request.connection_token_count = 1;
    assert_int_equal(forward(NULL, &to), REASON_PROTECTED_FIELD);
}

static void the_address_is_ours_to_tell(void **state) {
    (void)state;
    struct http_message to;
    add("X-Forwarded-For", "10.9.8.7");
    add("X_Forwarded_Proto", "http");
    assert_int_equal(forward(NULL, &to), REASON_NONE);
    assert_true(says(&to, "X-Forwarded-For", "192.0.2.7"));
    assert_true(says(&to, "X-Forwarded-Proto", "https"));
    assert_int_equal(count_of(&to, "X_Forwarded_Proto"), 0);
}

static void too_large_an_identity_refuses_the_request(void **state) {
    (void)state;
    struct http_message to;
    struct verified_peer *peer = peers_make((const size_t[]){9000, 0});
    assert_int_equal(forward(peer, &to), REASON_IDENTITY_TOO_LARGE);
    verified_peer_unref(&peer);
}

static void trailers_are_judged_like_fields(void **state) {
    (void)state;
    add("Client-Cert", ":AAAA:");
    add("Checksum", "7");
    assert_int_equal(forward_trailers(&request, &route), REASON_PROTECTED_FIELD);
    route.strip_protected = true;
    assert_int_equal(forward_trailers(&request, &route), REASON_NONE);
    assert_int_equal(request.field_count, 1);
    assert_true(says(&request, "Checksum", "7"));
}

static void vary_on_an_identity_becomes_an_asterisk(void **state) {
    (void)state;
    struct http_field room[HTTP_FIELDS_MAX];
    struct http_message to;
    add("Vary", "Accept, client-cert");
    add("ETag", "\"1\"");
    forward_answer(&request, room, &to);
    assert_true(says(&to, "Vary", "*"));
    assert_true(says(&to, "ETag", "\"1\""));
}

/* The password was for the gateway; the user's name is told where that is asked for. */
static void a_password_that_was_asked_for_goes_no_further(void **state) {
    (void)state;
    struct plan_password password = {.forward_user = false};
    struct forward_client client = {.address = &address,
                                    .scheme = slice_text("https"),
                                    .password = &password,
                                    .user = slice_text("alice")};
    struct http_message to;
    add("Authorization", "Basic YTpi");
    add("X-Forwarded-User", "root");
    request.raw = slice_text("");
    assert_int_equal(forward_request(&arena, &request, &route, &client, &to), REASON_NONE);
    assert_int_equal(count_of(&to, "Authorization"), 0);
    assert_int_equal(count_of(&to, "X-Forwarded-User"), 0);
    password = (struct plan_password){.forward_user = true, .forward_password = true};
    assert_int_equal(forward_request(&arena, &request, &route, &client, &to), REASON_NONE);
    assert_true(says(&to, "Authorization", "Basic YTpi"));
    assert_true(says(&to, "X-Forwarded-User", "alice"));
    forward_wipe_password(&to);
    assert_memory_equal(http_message_find(&to, slice_text("Authorization")).data, "\0\0\0\0\0\0\0\0\0\0", 10);
}

/* Without a password of ours, the field is the backend's. */
static void other_credentials_pass(void **state) {
    (void)state;
    struct http_message to;
    add("Authorization", "Bearer abc");
    assert_int_equal(forward(NULL, &to), REASON_NONE);
    assert_true(says(&to, "Authorization", "Bearer abc"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_password_that_was_asked_for_goes_no_further, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_credentials_pass, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_certificate_the_verdict_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_proof_is_told_with_its_verdict, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_forged_field_refuses_the_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_route_that_strips_drops_every_forged_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(connection_may_not_name_a_protected_field_even_where_fields_are_stripped,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_address_is_ours_to_tell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_large_an_identity_refuses_the_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trailers_are_judged_like_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(vary_on_an_identity_becomes_an_asterisk, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
