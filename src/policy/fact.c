#include "policy/fact.h"

#include "base/bug.h"

static const struct fact_row rows[FACT_COUNT] = {
#define FACT(name, key_text, form_name, source_name, type_text, also, example, doc)                                    \
    [FACT_##name] = {.key = key_text,                                                                                  \
                     .form = FACT_FORM_##form_name,                                                                    \
                     .source = FACT_SOURCE_##source_name,                                                              \
                     .type = type_text},
#include "policy/fact_table.h"
#undef FACT
};

const struct fact_row *fact_row(enum fact fact) {
    bug_on(fact >= FACT_COUNT);
    return &rows[fact];
}

enum fact fact_find(struct slice key) {
    for (enum fact fact = 0; fact < FACT_COUNT; fact++) {
        if (slice_equal(key, slice_text(rows[fact].key)))
            return fact;
    }
    return FACT_COUNT;
}

bool fact_is_of_certificate(enum fact fact) {
    enum fact_source source = fact_row(fact)->source;
    return source == FACT_SOURCE_KEY || source == FACT_SOURCE_NAME || fact == FACT_CERTIFICATE;
}

bool fact_is_of_request(enum fact fact) {
    return fact_row(fact)->source == FACT_SOURCE_REQUEST;
}
