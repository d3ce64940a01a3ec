/* How a row of a table of settings is written. For config/schema and the files of its parts only. */
#ifndef SALLYPORT_CONFIG_SCHEMAROW_H
#define SALLYPORT_CONFIG_SCHEMAROW_H

#include <stddef.h>

/* A row: its key, where its value is, what it is, its bounds, its words for people. */
#define ROW(key_text, ...)                                                                                             \
    { .key = key_text, __VA_ARGS__ }

/* Where a row's value is: one member, or a list and its count. */
#define AT(type, member) .offset = offsetof(struct type, member), .bytes = sizeof(((struct type *)NULL)->member)
#define LIST_AT(type, member, member_count)                                                                            \
    .offset = offsetof(struct type, member), .bytes = sizeof(*((struct type *)NULL)->member),                          \
    .count_offset = offsetof(struct type, member_count)

/* What is not given is the same member of the enclosing struct. */
#define INHERITED(type, member) .inherited = true, .inherited_offset = offsetof(struct type, member)
#define LIST_INHERITED(type, member, member_count)                                                                     \
    INHERITED(type, member), .inherited_count_offset = offsetof(struct type, member_count)

/* The struct of the rows `variable`_fields. */
#define STRUCT_OF(variable, type, title_text, name_text, doc_text)                                                     \
    {                                                                                                                  \
        .title = title_text, .name = name_text, .doc = doc_text, .bytes = sizeof(struct type),                         \
        .fields = variable##_fields, .field_count = sizeof(variable##_fields) / sizeof(variable##_fields[0])           \
    }
#define STRUCT(variable, type, title_text, name_text, doc_text)                                                        \
    static const struct schema_struct variable##_struct = STRUCT_OF(variable, type, title_text, name_text, doc_text)

/* Units of the bounds. */
#define SECONDS(number)   ((number)*UINT64_C(1000))
#define MINUTES(number)   SECONDS((number)*UINT64_C(60))
#define DAYS(number)      MINUTES((number)*UINT64_C(1440))
#define KIBIBYTES(number) ((number)*UINT64_C(1024))

/* Nobody wants to wait longer than a day; a wait of less than a millisecond is none. */
#define WAIT .kind = SCHEMA_DURATION, .min = 1, .max = DAYS(1)

/* To the end of the year 9999. */
#define DATE .kind = SCHEMA_DATE, .max = UINT64_C(253402300799)

#endif
