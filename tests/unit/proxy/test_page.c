/* The page for people: who gets HTML, what is said, and what is not. */
#include "proxy/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static char text[PAGE_BYTES_MAX + 1];

static const char *written(const struct page *page, enum reason reason) {
    size_t len = page_write(page, reason, 0xabc, text);
    assert_true(len < PAGE_BYTES_MAX - 1);
    text[len] = '\0';
    return text;
}

static void browsers_get_html(void **state) {
    (void)state;
    static const char *const yes[] = {"text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                                      "application/json, TEXT/HTML ; level=1;q=0.1", "text/html;q=1",
                                      "text/html;q=0.01"};
    static const char *const no[] = {"",           "*/*",        "text/*",        "application/json",
                                     "text/htmlx", "text/plain", "text/html;q=0", "text/html; q=0.00, */*",
                                     "atext/html", ";,;,"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(page_accepts_html(slice_text(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(page_accepts_html(slice_text(no[i])));
}

static void both_forms_say_the_same(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct page page = {.help_link = "https://help.example/a?b=1&c", .is_html = i == 0};
        const char *said = written(&page, REASON_CERT_EXPIRED);
        assert_non_null(strstr(said, page_sentence(REASON_CERT_EXPIRED)));
        assert_non_null(strstr(said, "https://help.example/a?b=1&c"));
        assert_non_null(strstr(said, "0000000000000abc"));
        assert_int_equal(strstr(said, "<html") != NULL, page.is_html);
    }
}

static void without_a_link_there_is_none(void **state) {
    (void)state;
    assert_null(strstr(written(&(struct page){.is_html = true}, REASON_CERT_MISSING), "href"));
    assert_null(strstr(written(&(struct page){.is_html = false}, REASON_CERT_MISSING), "Help:"));
}

/* No label, no setting, no word of the operator's sentences; and each fits with the longest link. */
static void nothing_of_the_inside_is_told(void **state) {
    (void)state;
    static const char *const inside[] = {"client_auth", "trust", "revocation.", "RFC", "depth", "gateway", "backend"};
    char link[513] = "https://";
    memset(link + 8, 'x', 504);
    link[512] = '\0';
    for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
        const struct page page = {.help_link = link, .is_html = true};
        const char *said = written(&page, reason);
        assert_null(strstr(said, reason_row(reason)->sentence));
        if (strchr(reason_row(reason)->label, '-'))
            assert_null(strstr(said, reason_row(reason)->label));
        for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
            assert_null(strstr(said, inside[i]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(browsers_get_html),
        cmocka_unit_test(both_forms_say_the_same),
        cmocka_unit_test(without_a_link_there_is_none),
        cmocka_unit_test(nothing_of_the_inside_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
