/* What is due is fetched once, what came is judged before it counts, and failures wait longer each time. */
#include "bin/sources.h"

#include "base/now.h"
#include "os/fd.h"
#include "os/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { HOUR_MS = 3600000 };

static struct child_program program = {.user = ""};
static struct relay relay;
static struct statefiles state_files;
static struct sources sources;
static struct compilation compilation;
static struct channel *fetcher;
static struct channel *compiler;
static struct channel_message message;
static int64_t now;

static struct channel *connect_child(struct child *child, enum catalog_role role) {
    int fds[2];
    assert_true(channel_pair(fds));
    child->channel = channel_new(fds[0], CATALOG_ROLE_SUPERVISOR, role);
    child->pid = 4321;
    return channel_new(fds[1], role, CATALOG_ROLE_SUPERVISOR);
}

static int set_up(void **state) {
    (void)state;
    now = now_ms();
    relay_init(&relay, &program, "/nowhere");
    statefiles_init(&state_files);
    sources_init(&sources, &relay, &state_files);
    compilation_init(&compilation);
    fetcher = connect_child(relay_child(&relay, ASK_FETCHER), CATALOG_ROLE_FETCHER);
    compiler = connect_child(&compilation.child, CATALOG_ROLE_COMPILER);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    sources_fini(&sources);
    relay_child(&relay, ASK_FETCHER)->pid = 0;
    child_hang_up(relay_child(&relay, ASK_FETCHER));
    child_hang_up(&compilation.child);
    channel_free(&fetcher);
    channel_free(&compiler);
    return 0;
}

/* Adopts a list of the URL http://a/ and the path of this program, with what the compiler says of the first. */
static void adopt(enum source_verdict verdict, int64_t expires) {
    static uint8_t memory[8192];
    struct wire_out out;
    int fds[COMPILATION_LIST_COUNT];
    const struct source url = {.kind = SOURCE_URL,
                               .name = slice_text("http://a/"),
                               .request = {.url = slice_text("http://a/"), .max_bytes = 99, .limit_ms = 99},
                               .interval_ms = HOUR_MS,
                               .expires = expires,
                               .verdict = verdict,
                               .why = slice_text("It went back.")};
    const struct source path = {.kind = SOURCE_PATH, .name = slice_text("/proc/self"), .interval_ms = 0};
    wire_out_init(&out, memory, sizeof(memory));
    source_put(&url, &out);
    source_put(&path, &out);
    fds[COMPILATION_SOURCES] = sealed_of("sources", wire_out_view(&out));
    fds[COMPILATION_HOSTS] = sealed_of("hosts", slice_text("hosts"));
    fds[COMPILATION_NUMBERS] = sealed_of("numbers", slice_text("numbers"));
    sources_adopt(&sources, fds, now);
    for (size_t i = COMPILATION_SOURCES; i <= COMPILATION_NUMBERS; i++)
        assert_int_equal(fds[i], -1);
}

/* The next message to the fetcher; its number when it is FETCH, else 0. */
static uint32_t next_fetch(void) {
    if (channel_receive(fetcher, &message) != CHANNEL_MESSAGE)
        return 0;
    return message.type == CATALOG_FETCH ? wire_get_u32(&message.in) : 0;
}

/* The fetch that is due now, after the hosts when the fetcher is new. */
static uint32_t expect_fetch(bool is_new) {
    struct fetch_request request;
    sources_tick(&sources, now);
    if (is_new) {
        assert_int_equal(next_fetch(), 0);
        assert_int_equal(message.type, CATALOG_FETCH_HOSTS);
    }
    uint32_t number = next_fetch();
    assert_true(number > 0);
    fetch_get_request(&request, &message.in);
    assert_true(wire_in_done(&message.in) && slice_equal(request.url, slice_text("http://a/")));
    sources_tick(&sources, now + 10 * HOUR_MS);
    assert_int_equal(next_fetch(), 0); /* one at a time */
    return number;
}

static bool take(void) {
    enum ask_service from;
    assert_true(relay_receive(&relay, &from, &message));
    assert_int_equal(from, ASK_FETCHER);
    return sources_take(&sources, &message, now);
}

static void bring(uint32_t number, const char *document) {
    int fd = sealed_of("document", slice_text(document));
    wire_put_u32(channel_begin(fetcher, CATALOG_FETCHED), number);
    assert_true(channel_send(fetcher, &fd));
    fd_close(&fd);
    assert_true(take());
}

static void fail_fetch(uint32_t number) {
    struct wire_out *out = channel_begin(fetcher, CATALOG_NOT_FETCHED);
    wire_put_u32(out, number);
    wire_put_text(out, "The server answered 404.");
    assert_true(channel_send(fetcher, NULL));
    assert_true(take());
}

static enum catalog_message given(void) {
    assert_int_equal(channel_receive(compiler, &message), CHANNEL_MESSAGE);
    return message.type;
}

/* A document that came and was found good. */
static void have_document(const char *document) {
    adopt(SOURCE_VERDICT_NONE, 0);
    bring(expect_fetch(true), document);
    sources_order(&sources, &compilation, -1);
    while (given() != CATALOG_COMPILE)
        ;
    adopt(SOURCE_VERDICT_TAKEN, 0);
}

static const struct report_source *report_of_url(void) {
    static struct report_source report;
    uint32_t number;
    sources_report_all(&sources);
    assert_true(sources_next_report(&sources, &number, &report));
    assert_int_equal(number, 0);
    return &report;
}

static void document_is_judged_before_it_counts(void **state) {
    (void)state;
    adopt(SOURCE_VERDICT_NONE, 0);
    assert_true(sources_are_awaited(&sources));
    uint32_t number = expect_fetch(true);
    assert_false(sources_want_refresh(&sources));
    bring(number, "document");
    assert_false(sources_are_awaited(&sources));
    assert_true(sources_want_refresh(&sources));
    int bundle_fd = sealed_of("bundle", slice_text("b"));
    sources_order(&sources, &compilation, bundle_fd);
    fd_close(&bundle_fd);
    assert_false(sources_want_refresh(&sources));
    assert_int_equal(given(), CATALOG_FRESH_DOCUMENT);
    assert_int_equal(given(), CATALOG_NUMBERS);
    assert_int_equal(given(), CATALOG_REFRESH);
    adopt(SOURCE_VERDICT_TAKEN, 0);
    assert_true(report_of_url()->good_ms > 0);
    sources_order(&sources, &compilation, -1);
    assert_int_equal(given(), CATALOG_FORMER_DOCUMENT);
    assert_int_equal(given(), CATALOG_NUMBERS);
    assert_int_equal(given(), CATALOG_COMPILE);
}

static void refused_document_leaves_the_former(void **state) {
    (void)state;
    have_document("former");
    now += HOUR_MS;
    bring(expect_fetch(true), "older");
    sources_order(&sources, &compilation, -1);
    while (given() != CATALOG_COMPILE)
        ;
    adopt(SOURCE_VERDICT_REFUSED, 0);
    assert_string_equal(report_of_url()->why, "It went back.");
    assert_false(sources_want_refresh(&sources));
    sources_order(&sources, &compilation, -1);
    assert_int_equal(given(), CATALOG_FORMER_DOCUMENT);
    assert_int_equal(given(), CATALOG_NUMBERS);
}

static void same_document_again_is_no_change(void **state) {
    (void)state;
    have_document("same");
    now += HOUR_MS;
    bring(expect_fetch(true), "same");
    assert_false(sources_want_refresh(&sources));
    sources_tick(&sources, now + HOUR_MS / 2);
    assert_int_equal(next_fetch(), 0);
}

static void failures_wait_longer_each_time(void **state) {
    (void)state;
    int64_t pause_ms = SOURCES_PAUSE_MS;
    adopt(SOURCE_VERDICT_NONE, 0);
    fail_fetch(expect_fetch(true));
    assert_false(sources_are_awaited(&sources));
    assert_string_equal(report_of_url()->why, "The server answered 404.");
    for (unsigned i = 0; i < 4; i++, pause_ms *= 2) {
        sources_tick(&sources, now + pause_ms - pause_ms / SOURCES_SPREAD - 1);
        assert_int_equal(next_fetch(), 0);
        now += pause_ms;
        fail_fetch(expect_fetch(false));
    }
}

static void list_that_ends_soon_is_fetched_sooner(void **state) {
    (void)state;
    have_document("short");
    adopt(SOURCE_VERDICT_NONE, now_unix_ms() / 1000 + HOUR_MS / 2000);
    sources_tick(&sources, now + HOUR_MS / 10);
    assert_int_equal(next_fetch(), 0);
    assert_int_equal(message.type, CATALOG_FETCH_HOSTS);
    now += HOUR_MS / 2;
    expect_fetch(false);
}

static void dead_fetcher_has_failed(void **state) {
    (void)state;
    adopt(SOURCE_VERDICT_NONE, 0);
    expect_fetch(true);
    relay_child(&relay, ASK_FETCHER)->pid = 4322;
    sources_tick(&sources, now);
    assert_int_equal(next_fetch(), 0);
    assert_int_equal(message.type, CATALOG_FETCH_HOSTS);
    assert_non_null(strstr(report_of_url()->why, "fetcher ended"));
    now += SOURCES_PAUSE_MS;
    expect_fetch(false);
}

static void refused_reload_gives_documents_again(void **state) {
    (void)state;
    adopt(SOURCE_VERDICT_NONE, 0);
    bring(expect_fetch(true), "document");
    sources_order(&sources, &compilation, -1);
    sources_refuse(&sources, NULL, now);
    assert_true(sources_want_refresh(&sources));
    sources_order(&sources, &compilation, -1);
    sources_refuse(&sources, "A worker refused it.", now);
    assert_false(sources_want_refresh(&sources));
    assert_string_equal(report_of_url()->why, "A worker refused it.");
}

static void other_messages_of_the_fetcher_are_refused(void **state) {
    (void)state;
    adopt(SOURCE_VERDICT_NONE, 0);
    expect_fetch(true);
    struct wire_out *out = channel_begin(fetcher, CATALOG_NOT_FETCHED);
    wire_put_u32(out, 1);
    assert_true(channel_send(fetcher, NULL)); /* no sentence */
    assert_false(take());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(document_is_judged_before_it_counts),   TEST(refused_document_leaves_the_former),
        TEST(same_document_again_is_no_change),      TEST(failures_wait_longer_each_time),
        TEST(list_that_ends_soon_is_fetched_sooner), TEST(dead_fetcher_has_failed),
        TEST(refused_reload_gives_documents_again),  TEST(other_messages_of_the_fetcher_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
