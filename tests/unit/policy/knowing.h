/* For tests: what is known of a client, and rules, written down in a line. */
#ifndef SALLYPORT_TESTS_UNIT_POLICY_KNOWING_H
#define SALLYPORT_TESTS_UNIT_POLICY_KNOWING_H

#include "base/bug.h"
#include "policy/ruleset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { KNOWING_VALUES_MAX = 16 };

/* A fact and its value; a list of them ends with a NULL text. */
struct known {
    enum fact fact;
    const char *text;
};

struct knowing {
    struct arena arena;
    struct certfacts certificate;
    struct addr_ip address;
    struct facts_request request;
    struct facts facts;
};

/* A verified client from 192.0.2.1 that asks for GET /a of a.example on 2026-01-05, a Monday, at noon UTC; its
 * certificate has these values, in the order of the facts. */
static inline void knowing_init(struct knowing *knowing, const struct known *values) {
    *knowing = (struct knowing){.address = {.bytes = {[10] = 0xff, 0xff, 192, 0, 2, 1}, .family = AF_INET}};
    struct certfacts *certificate = &knowing->certificate;
    size_t count = 0;
    arena_init(&knowing->arena, 4096, 64 << 20);
    certificate->values = arena_array(&knowing->arena, KNOWING_VALUES_MAX, sizeof(*certificate->values));
    for (; values[count].text != NULL; count++) {
        size_t len = strlen(values[count].text);
        uint8_t *key = arena_alloc(&knowing->arena, len + 1);
        bug_on(count == KNOWING_VALUES_MAX || (count > 0 && values[count].fact < values[count - 1].fact));
        key[0] = (uint8_t)values[count].fact;
        memcpy(key + 1, values[count].text, len);
        certificate->values[count] = slice_of(key, len + 1);
        for (size_t fact = values[count].fact + 1; fact <= FACT_COUNT; fact++)
            certificate->first[fact] = (uint16_t)(count + 1);
    }
    knowing->request =
        (struct facts_request){.host = slice_text("a.example"), .method = slice_text("GET"), .path = slice_text("/a")};
    knowing->facts = (struct facts){.certificate = certificate,
                                    .is_verified = true,
                                    .address = &knowing->address,
                                    .server_name = slice_text("a.example"),
                                    .now_s = 1767571200 + 12 * 3600,
                                    .request = &knowing->request};
}

static inline void knowing_fini(struct knowing *knowing) {
    arena_fini(&knowing->arena);
}

/* A group of conditions, each of one value. */
static inline struct rule_group knowing_group(struct knowing *knowing, const struct known *conditions) {
    char complaint[RULEVALUE_COMPLAINT_MAX];
    struct rule_group group = {.conditions = arena_array(&knowing->arena, 8, sizeof(struct condition))};
    for (; conditions[group.count].text != NULL; group.count++) {
        struct condition *condition = &group.conditions[group.count];
        condition_init(condition, conditions[group.count].fact);
        if (!condition_add(condition, slice_text(conditions[group.count].text), &knowing->arena, complaint))
            fail_msg("%s", complaint);
        condition_seal(condition);
    }
    return group;
}

#define KNOWN(...)                                                                                                     \
    (const struct known[]) {                                                                                           \
        __VA_ARGS__, {                                                                                                 \
            0, NULL                                                                                                    \
        }                                                                                                              \
    }

#endif
