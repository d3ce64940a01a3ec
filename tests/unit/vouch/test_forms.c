/* The forms are made once per peer, decode to its path, and are never a part of it. */
#include "vouch/forms.h"

#include "http/structfield.h"
#include "peers.h"

static void they_decode_to_the_path(void **state) {
    (void)state;
    struct verified_peer *peer = peers_make((const size_t[]){700, 801, 902, 0});
    const struct forms *forms = forms_of(peer);
    struct buf held;
    buf_init(&held, 65536);
    assert_true(structfield_read_bytes(forms->leaf, &held));
    assert_true(slice_equal(buf_view(&held), verified_peer_path(peer, 0)));
    assert_int_equal(forms->leaf_base64.len, forms->leaf.len - 2);
    assert_ptr_equal(forms->leaf_base64.data, forms->leaf.data + 1);

    struct structfield_list list = {.rest = forms->chain};
    for (size_t i = 1; i < 3; i++) {
        buf_consume(&held, buf_len(&held));
        assert_int_equal(structfield_next_bytes(&list, &held), STRUCTFIELD_NEXT);
        assert_true(slice_equal(buf_view(&held), verified_peer_path(peer, i)));
    }
    assert_int_equal(structfield_next_bytes(&list, &held), STRUCTFIELD_END);
    buf_fini(&held);
    verified_peer_unref(&peer);
}

static void they_are_made_once(void **state) {
    (void)state;
    struct verified_peer *peer = peers_make((const size_t[]){700, 0});
    const struct forms *forms = forms_of(peer);
    assert_ptr_equal(forms_of(peer), forms);
    assert_int_equal(forms->chain.len, 0);
    verified_peer_unref(&peer);
}

static void limits_leave_the_whole_form_out(void **state) {
    (void)state;
    static const struct {
        size_t sizes[PEER_PATH_MAX + 1];
        bool leaf, chain;
    } rows[] = {
        {{8192, 0}, false, false},
        {{8193, 0}, true, false},
        {{100, 16384, 0}, false, false},
        {{100, 8192, 8193, 0}, false, true},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0}, false, false},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0}, false, true},
        {{8193, 16385, 0}, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct verified_peer *peer = peers_make(rows[i].sizes);
        const struct forms *forms = forms_of(peer);
        assert_int_equal(forms->leaf_is_too_large, rows[i].leaf);
        assert_int_equal(forms->chain_is_too_large, rows[i].chain);
        assert_int_equal(forms->leaf.len == 0, rows[i].leaf);
        if (rows[i].chain)
            assert_int_equal(forms->chain.len, 0);
        verified_peer_unref(&peer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_decode_to_the_path),
        cmocka_unit_test(they_are_made_once),
        cmocka_unit_test(limits_leave_the_whole_form_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
