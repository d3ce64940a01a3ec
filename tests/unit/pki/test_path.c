/* The order and the bounds of the search for paths. */
#include "pki/path.h"

#include "pathed.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const int64_t noon = MINTED_EPOCH + MINTED_DAY;
static struct path_search search;

/* What a search is given; certificates are freed at the end. */
struct given {
    struct minted minted[12];
    X509 *presented[PATH_PRESENTED_MAX];
    size_t count;
    size_t presented_count;
};

static size_t make(struct given *given, const char *name, enum mint_usage usage, ptrdiff_t issuer) {
    given->minted[given->count] = minted_make(name, usage, issuer < 0 ? NULL : &given->minted[issuer]);
    return given->count++;
}

static X509 *present(struct given *given, size_t index) {
    X509 *certificate = cert_parse(buf_view(&given->minted[index].der));
    given->presented[given->presented_count++] = certificate;
    return certificate;
}

static void given_fini(struct given *given) {
    for (size_t i = 0; i < given->count; i++)
        minted_fini(&given->minted[i]);
    for (size_t i = 0; i < given->presented_count; i++)
        X509_free(given->presented[i]);
}

static struct trust *trust_of(const struct minted *first, const struct minted *second) {
    struct trust_source sources[] = {{.pem = buf_view(&first->certificate), .path = "a"},
                                     {.pem = buf_view(&second->certificate), .path = "b"}};
    struct error_list errors;
    error_list_init(&errors);
    struct trust *trust = trust_new(sources, 2, noon, &errors);
    assert_non_null(trust);
    return trust;
}

static void begin(struct given *given, const struct trust *trust, bool needs_root) {
    path_begin(&search, given->presented, given->presented_count, trust, needs_root, noon);
}

static void the_plain_path_is_the_only_one(void **state) {
    (void)state;
    struct given given = {0};
    size_t root = make(&given, "Root", MINT_CA, -1);
    size_t middle = make(&given, "Middle", MINT_CA, 0);
    size_t leaf = make(&given, "leaf", MINT_CLIENT, 1);
    X509 *first = present(&given, leaf);
    X509 *second = present(&given, middle);
    present(&given, root); /* the anchor itself is no other way */
    struct trust *trust = minted_trust(&given.minted[root]);
    begin(&given, trust, false);
    assert_true(path_next(&search));
    assert_int_equal(search.path.len, 3);
    assert_ptr_equal(search.path.certificates[0], first);
    assert_ptr_equal(search.path.certificates[1], second);
    assert_true(trust_has(trust, search.path.certificates[2]));
    assert_false(path_next(&search));
    assert_false(search.is_cut);
    trust_unref(&trust);
    given_fini(&given);
}

static void dead_ends_are_told(void **state) {
    (void)state;
    struct given given = {0};
    make(&given, "Root", MINT_CA, -1);
    size_t other = make(&given, "Other", MINT_CA, -1);
    size_t middle = make(&given, "Middle", MINT_CA, 0);
    size_t leaf = make(&given, "leaf", MINT_CLIENT, (ptrdiff_t)middle);
    present(&given, leaf);
    X509 *last = present(&given, middle);
    struct trust *trust = minted_trust(&given.minted[other]);
    begin(&given, trust, false);
    assert_false(path_next(&search));
    assert_int_equal(search.deepest.len, 2);
    assert_ptr_equal(search.deepest.certificates[1], last);
    trust_unref(&trust);
    given_fini(&given);
}

/* Two anchors of one name: the one whose key the leaf names comes first, whatever their order in the trust. */
static void the_named_key_comes_first(void **state) {
    (void)state;
    struct given given = {0};
    size_t one = make(&given, "Root", MINT_CA, -1);
    size_t two = make(&given, "Root", MINT_CA, -1);
    struct trust *trust = trust_of(&given.minted[one], &given.minted[two]);
    for (size_t issuer = one; issuer <= two; issuer++) {
        X509 *leaf = present(&given, make(&given, "leaf", MINT_CLIENT, (ptrdiff_t)issuer));
        X509 *wanted = cert_parse(buf_view(&given.minted[issuer].der));
        path_begin(&search, &leaf, 1, trust, false, noon);
        assert_true(path_next(&search));
        assert_int_equal(X509_cmp(search.path.certificates[1], wanted), 0);
        assert_true(path_next(&search));
        assert_int_not_equal(X509_cmp(search.path.certificates[1], wanted), 0);
        assert_false(path_next(&search));
        X509_free(wanted);
    }
    trust_unref(&trust);
    given_fini(&given);
}

static void loops_are_cut(void **state) {
    (void)state;
    struct given given = {0};
    size_t root = make(&given, "Root", MINT_CA, -1);
    size_t a = make(&given, "A", MINT_CA, -1);
    size_t b = make(&given, "B", MINT_CA, (ptrdiff_t)a);
    size_t a_by_b = make(&given, "A", MINT_CA, (ptrdiff_t)b);
    size_t leaf = make(&given, "leaf", MINT_CLIENT, (ptrdiff_t)a);
    present(&given, leaf);
    present(&given, b);
    present(&given, a_by_b);
    struct trust *trust = minted_trust(&given.minted[root]);
    begin(&given, trust, false);
    assert_false(path_next(&search));
    trust_unref(&trust);
    given_fini(&given);
}

static void roots_can_be_asked_for(void **state) {
    (void)state;
    struct given given = {0};
    size_t root = make(&given, "Root", MINT_CA, -1);
    size_t middle = make(&given, "Middle", MINT_CA, 0);
    present(&given, make(&given, "leaf", MINT_CLIENT, 1));
    struct trust *trust = minted_trust(&given.minted[middle]);
    begin(&given, trust, false);
    assert_true(path_next(&search));
    assert_int_equal(search.path.len, 2);
    begin(&given, trust, true);
    assert_false(path_next(&search));
    trust_unref(&trust);
    trust = trust_of(&given.minted[root], &given.minted[middle]);
    begin(&given, trust, true);
    assert_true(path_next(&search));
    assert_int_equal(search.path.len, 3);
    trust_unref(&trust);
    given_fini(&given);
}

static void an_anchor_may_be_the_leaf(void **state) {
    (void)state;
    struct given given = {0};
    present(&given, make(&given, "Root", MINT_CA, -1));
    struct trust *trust = minted_trust(&given.minted[0]);
    begin(&given, trust, false);
    assert_true(path_next(&search));
    assert_int_equal(search.path.len, 1);
    assert_false(path_next(&search));
    trust_unref(&trust);
    given_fini(&given);
}

/* Three CAs of one name under the root, each of which may have issued the leaf. */
static struct trust *three_ways(struct given *given) {
    make(given, "Root", MINT_CA, -1);
    for (size_t i = 0; i < 3; i++)
        make(given, "Middle", MINT_CA, 0);
    present(given, make(given, "leaf", MINT_CLIENT, 1));
    for (size_t i = 1; i <= 3; i++)
        present(given, i);
    return minted_trust(&given->minted[0]);
}

static size_t count_rest(void) {
    size_t count = 0;
    while (path_next(&search))
        count++;
    return count;
}

static void faults_prune_the_search(void **state) {
    (void)state;
    struct given given = {0};
    struct trust *trust = three_ways(&given);
    begin(&given, trust, false);
    assert_int_equal(count_rest(), 3);
    begin(&given, trust, false);
    assert_true(path_next(&search));
    path_exclude_link(&search, 0);
    assert_int_equal(count_rest(), 2);
    begin(&given, trust, false);
    assert_true(path_next(&search));
    path_exclude_issuer(&search, 1);
    assert_int_equal(count_rest(), 2);
    begin(&given, trust, false);
    assert_true(path_next(&search));
    path_exclude_issuer(&search, 2); /* the root: nothing is left */
    assert_int_equal(count_rest(), 0);
    trust_unref(&trust);
    given_fini(&given);
}

/* Nine certificates that all may have issued each other, and themselves: the way out is not found, but the end is. */
static void mazes_end(void **state) {
    (void)state;
    struct given given = {0};
    make(&given, "Root", MINT_CA, -1);
    make(&given, "Maze", MINT_CA, -1);
    for (size_t i = 0; i < 9; i++)
        make(&given, "Maze", MINT_CA, 1);
    present(&given, make(&given, "leaf", MINT_CLIENT, 2));
    for (size_t i = 2; i <= 10; i++)
        present(&given, i);
    struct trust *trust = minted_trust(&given.minted[0]);
    begin(&given, trust, false);
    assert_false(path_next(&search));
    assert_true(search.is_cut);
    trust_unref(&trust);
    trust = minted_trust(&given.minted[1]);
    begin(&given, trust, false);
    assert_int_equal(count_rest(), PATH_CANDIDATES_MAX);
    assert_true(search.is_cut);
    trust_unref(&trust);
    given_fini(&given);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plain_path_is_the_only_one), cmocka_unit_test(dead_ends_are_told),
        cmocka_unit_test(the_named_key_comes_first),      cmocka_unit_test(loops_are_cut),
        cmocka_unit_test(roots_can_be_asked_for),         cmocka_unit_test(an_anchor_may_be_the_leaf),
        cmocka_unit_test(faults_prune_the_search),        cmocka_unit_test(mazes_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
