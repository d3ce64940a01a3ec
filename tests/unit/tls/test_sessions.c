/* Sessions are given back once, newest first, while they last; there are never too many. */
#include "tls/sessions.h"

#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct sessions *sessions;

static int set_up(void **state) {
    (void)state;
    sessions = sessions_new();
    return sessions ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    sessions_free(&sessions);
    assert_null(sessions);
    return 0;
}

/* Keeps a session that is told by its number. */
static void put(const char *server, long number, int64_t until) {
    SSL_SESSION *session = SSL_SESSION_new();
    assert_non_null(session);
    SSL_SESSION_set_time(session, number);
    sessions_put(sessions, slice_text(server), (struct sessions_item){.session = session, .until = until});
}

/* The number of the session that is taken, 0 for none. */
static long take(const char *server, int64_t now) {
    struct sessions_item item;
    if (!sessions_take(sessions, slice_text(server), now, &item))
        return 0;
    long number = SSL_SESSION_get_time(item.session);
    sessions_drop(&item);
    assert_null(item.session);
    return number;
}

static void each_is_given_once_the_newest_first(void **state) {
    (void)state;
    assert_int_equal(take("a", 0), 0);
    put("a", 1, 100);
    put("a", 2, 100);
    put("b", 3, 100);
    assert_int_equal(take("a", 100), 2);
    assert_int_equal(take("a", 100), 1);
    assert_int_equal(take("a", 100), 0);
    assert_int_equal(take("b", 100), 3);
}

static void what_is_too_old_is_not_given(void **state) {
    (void)state;
    put("a", 1, 200);
    put("a", 2, 100);
    assert_int_equal(take("a", 101), 1);
    put("a", 3, 100);
    assert_int_equal(take("a", 101), 0);
}

static void a_server_has_few(void **state) {
    (void)state;
    for (long i = 1; i <= SESSIONS_PER_SERVER_MAX + 1; i++)
        put("a", i, 100);
    for (long i = SESSIONS_PER_SERVER_MAX + 1; i > 1; i--)
        assert_int_equal(take("a", 0), i);
    assert_int_equal(take("a", 0), 0);
}

static void the_server_of_long_ago_makes_room(void **state) {
    (void)state;
    char name[32];
    for (long i = 1; i <= SESSIONS_SERVERS_MAX; i++) {
        snprintf(name, sizeof name, "%ld", i);
        put(name, i, 100);
    }
    assert_int_equal(take("1", 0), 1);
    put("1", 1, 100);
    put("another", 5000, 100);
    assert_int_equal(take("1", 0), 1);
    assert_int_equal(take("2", 0), 0);
    assert_int_equal(take("3", 0), 3);
    assert_int_equal(take("another", 0), 5000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_given_once_the_newest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_too_old_is_not_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_has_few, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_server_of_long_ago_makes_room, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
