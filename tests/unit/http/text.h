/* Words that the tests of HTTP heads share: slices of literals, and one message with its fields. */
#ifndef SALLYPORT_TESTS_HTTP_TEXT_H
#define SALLYPORT_TESTS_HTTP_TEXT_H

#include "http/h1parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A literal, NUL bytes inside included. */
#define S(literal) slice_of(literal, sizeof(literal) - 1)

static const struct h1parse_limits text_limits = {.head_bytes = 4096, .target_bytes = 256, .fields = 20};

/* Asserts that `slice` holds exactly `text`. */
#define assert_slice(slice, text)                                                                                      \
    do {                                                                                                               \
        assert_int_equal((slice).len, strlen(text));                                                                   \
        assert_memory_equal((slice).len ? (const void *)(slice).data : (const void *)"", text, strlen(text));          \
    } while (0)

#endif
