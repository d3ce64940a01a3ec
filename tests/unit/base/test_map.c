/* The map against a simple model, its maximum, and removal out of crowded runs. */
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { KEYS = 500 };

static char names[KEYS][16];

static struct slice key(unsigned i) {
    snprintf(names[i], sizeof(names[i]), "host-%u", i);
    return slice_text(names[i]);
}

static void empty_map_has_nothing(void **state) {
    (void)state;
    struct map map;
    map_init(&map, 10, 1);
    assert_null(map_get(&map, slice_text("a")));
    assert_null(map_remove(&map, slice_text("a")));
    map_fini(&map);
}

static void set_replaces(void **state) {
    (void)state;
    struct map map;
    int one, two;
    map_init(&map, 1, 1);
    assert_true(map_set(&map, slice_text("a"), &one));
    assert_ptr_equal(map_get(&map, slice_text("a")), &one);
    assert_true(map_set(&map, slice_text("a"), &two));
    assert_ptr_equal(map_get(&map, slice_text("a")), &two);
    assert_int_equal(map.count, 1);
    map_fini(&map);
}

static void maximum_holds(void **state) {
    (void)state;
    struct map map;
    int value;
    map_init(&map, 2, 1);
    assert_true(map_set(&map, slice_text("a"), &value));
    assert_true(map_set(&map, slice_text("b"), &value));
    assert_false(map_set(&map, slice_text("c"), &value));
    assert_null(map_get(&map, slice_text("c")));
    assert_ptr_equal(map_remove(&map, slice_text("a")), &value);
    assert_true(map_set(&map, slice_text("c"), &value));
    map_fini(&map);
}

static void keys_are_bytes(void **state) {
    (void)state;
    struct map map;
    int empty, zero, zeros, upper;
    map_init(&map, 10, 1);
    assert_true(map_set(&map, slice_of(NULL, 0), &empty));
    assert_true(map_set(&map, slice_of("\0", 1), &zero));
    assert_true(map_set(&map, slice_of("\0\0", 2), &zeros));
    assert_true(map_set(&map, slice_text("A"), &upper));
    assert_ptr_equal(map_get(&map, slice_of(NULL, 0)), &empty);
    assert_ptr_equal(map_get(&map, slice_of("\0", 1)), &zero);
    assert_ptr_equal(map_get(&map, slice_of("\0\0", 2)), &zeros);
    assert_null(map_get(&map, slice_text("a")));
    map_fini(&map);
}

static void count_one(void *context, struct slice name, void *value) {
    (void)name;
    assert_non_null(value);
    ++*(unsigned *)context;
}

static void assert_same_as_model(const struct map *map, const bool *present) {
    unsigned expected = 0, visited = 0;
    for (unsigned i = 0; i < KEYS; i++) {
        assert_ptr_equal(map_get(map, key(i)), present[i] ? names[i] : NULL);
        expected += present[i];
    }
    map_each(map, count_one, &visited);
    assert_int_equal(map->count, expected);
    assert_int_equal(visited, expected);
}

static void agrees_with_a_model(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct map map;
        bool present[KEYS] = {false};
        uint64_t random = seed + 1;
        map_init(&map, KEYS, seed);
        for (unsigned step = 0; step < 3000; step++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            unsigned i = (unsigned)(random >> 33) % KEYS;
            if (random >> 63 != 0)
                assert_true(map_set(&map, key(i), names[i]));
            else
                assert_ptr_equal(map_remove(&map, key(i)), present[i] ? names[i] : NULL);
            present[i] = random >> 63 != 0;
            if (step % 500 == 0)
                assert_same_as_model(&map, present);
        }
        assert_same_as_model(&map, present);
        map_fini(&map);
    }
}

static void seed_moves_the_keys(void **state) {
    (void)state;
    struct map one, other;
    int value;
    map_init(&one, 10, 1);
    map_init(&other, 10, 2);
    assert_true(map_set(&one, slice_text("a"), &value));
    assert_true(map_set(&other, slice_text("a"), &value));
    uint64_t hashes[2] = {0};
    for (size_t i = 0; i < one.slots_count; i++) {
        hashes[0] |= one.slots[i].hash;
        hashes[1] |= other.slots[i].hash;
    }
    assert_true(hashes[0] != hashes[1]);
    map_fini(&one);
    map_fini(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_map_has_nothing), cmocka_unit_test(set_replaces),
        cmocka_unit_test(maximum_holds),         cmocka_unit_test(keys_are_bytes),
        cmocka_unit_test(agrees_with_a_model),   cmocka_unit_test(seed_moves_the_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
