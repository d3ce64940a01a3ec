/* Files with one value in each line. Pure: takes the bytes. */
#ifndef SALLYPORT_POLICY_VALUELIST_H
#define SALLYPORT_POLICY_VALUELIST_H

#include "base/slice.h"

/* Longest value: that of the configuration itself. */
enum { VALUELIST_VALUE_MAX = 4096 };

/* A list being read. */
struct valuelist {
    struct slice rest;
    unsigned line;
};

/* One value and where it begins; lines and columns count from 1. */
struct valuelist_value {
    struct slice text;
    unsigned line;
    unsigned column;
};

enum valuelist_status { VALUELIST_VALUE, VALUELIST_END, VALUELIST_BAD };

/* Begins to read the bytes of a file, which stay the caller's. */
void valuelist_init(struct valuelist *list, struct slice bytes);

/* The next value, borrowed: a line without white space at its ends. Empty lines, and lines whose first character is
 * '#', are passed over; a '#' elsewhere is part of the value. BAD: `value` says where, `*complaint` what (a fixed
 * string): a control character, bytes that are not UTF-8, a byte order mark, a value that is too long. */
enum valuelist_status valuelist_next(struct valuelist *list, struct valuelist_value *value, const char **complaint);

#endif
