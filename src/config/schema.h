/* The one table of settings. Each row gives a key's type, place in the structs of settings.h, default, bounds and
 * manual sentence; parsing and checks (bind), the manual and the editors' schema (describe), loading (load) and the
 * bundle's form (plan/bundle) all walk it. */
#ifndef SALLYPORT_CONFIG_SCHEMA_H
#define SALLYPORT_CONFIG_SCHEMA_H

#include "config/schematype.h"

/* The whole file: struct settings. */
const struct schema_struct *schema_root(void);

/* The row of a key, or NULL. */
const struct schema_field *schema_find(const struct schema_struct *type, const char *key);

/* True when the row keeps a pointer and a count. */
bool schema_is_many(const struct schema_field *field);

/* The row of the child that a single value stands for, or NULL when it has to be a whole map. */
const struct schema_field *schema_short(const struct schema_field *field);

/* How many values `object` has for the row: 1, or a list's count. The value at `index` of them. */
size_t schema_count(const struct schema_field *field, const void *object);
void *schema_value(const struct schema_field *field, const void *object, size_t index);

/* Makes `items` (`count` elements) the list of the row in `object`. */
void schema_set_list(const struct schema_field *field, void *object, void *items, size_t count);

/* Number of words of the row; the index of `word` among them, or -1. */
size_t schema_word_count(const struct schema_field *field);
int schema_word(const struct schema_field *field, const char *word);

/* A number that differs, with near certainty, between two versions of the table whose bundles are not alike. */
uint64_t schema_fingerprint(void);

#endif
