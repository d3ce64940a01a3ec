/* What a row of the table of settings says, and a map of rows. The table is config/schema. */
#ifndef SALLYPORT_CONFIG_SCHEMATYPE_H
#define SALLYPORT_CONFIG_SCHEMATYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value is, and how it is kept: TEXT, NAME (letters, digits, '-', '_', '.'), HOST (a name or "*.name", kept in
 * lower case), PREFIX (of a URL path), PATH (kept resolved; words of the row are taken as they are), LOCATION (a PATH,
 * or a URL that base/url reads): const char *. FILE (a path whose bytes are loaded): struct settings_file. DIRECTORY
 * (a path, looked at by who may read files): struct settings_directory. DURATION: int64_t milliseconds. SIZE: uint64_t
 * bytes. COUNT: unsigned; the row's word means 0. BOOL: bool. CHOICE: an enum that numbers the row's words. DATE:
 * int64_t seconds since 1970 of its first second, UTC; 0: not given. DIGEST: VERIFY_PIN_BYTES bytes. OID: dotted
 * numbers, const char *. MATCH: what a condition of a rule is met by, or "@" and the path of a list of such: struct
 * settings_match. ADDRESS: struct addr. TARGET: an ADDRESS, or a name and a port: struct settings_target. NETWORK:
 * struct addr_net. STRUCT: `child`. */
enum schema_kind {
    SCHEMA_TEXT,
    SCHEMA_NAME,
    SCHEMA_HOST,
    SCHEMA_PREFIX,
    SCHEMA_PATH,
    SCHEMA_LOCATION,
    SCHEMA_FILE,
    SCHEMA_DIRECTORY,
    SCHEMA_DURATION,
    SCHEMA_SIZE,
    SCHEMA_COUNT,
    SCHEMA_BOOL,
    SCHEMA_CHOICE,
    SCHEMA_DATE,
    SCHEMA_DIGEST,
    SCHEMA_OID,
    SCHEMA_MATCH,
    SCHEMA_ADDRESS,
    SCHEMA_TARGET,
    SCHEMA_NETWORK,
    SCHEMA_STRUCT
};

/* ONE_OR_LIST: a single value may stand for a list of one. MAP: of names to structs; the name is kept in the child's
 * field "name", which the file cannot give otherwise. */
enum schema_shape { SCHEMA_ONE, SCHEMA_LIST, SCHEMA_ONE_OR_LIST, SCHEMA_MAP };

/* Most elements of a list, where a row says nothing else: hosts and routes of a large site. */
enum { SCHEMA_ITEMS_MAX = 100000 };

struct schema_struct;

/* One row. initial: the default as it would be written (of a list: its only element), NULL for none. inherited: what
 * is not given is taken from the enclosing struct, at inherited_offset (and inherited_count_offset of a list). min,
 * max: in the kind's unit. items_max: 0 means SCHEMA_ITEMS_MAX. also: words, split by spaces, that people try for
 * this key ("did you mean"). endings: of a FILE list, an element may be a directory, which stands for the files in
 * it that end with one of these words. offset, bytes: of the member, or of a list's pointer and one element;
 * count_offset: of the list's count. is_short: a single value where the map of this row is expected stands for a map
 * with this row alone. */
struct schema_field {
    const char *key;
    enum schema_kind kind;
    enum schema_shape shape;
    bool required;
    bool inherited;
    bool is_short;
    const char *initial;
    const char *const *words;
    const struct schema_struct *child;
    uint64_t min;
    uint64_t max;
    size_t items_max;
    size_t offset;
    size_t count_offset;
    size_t inherited_offset;
    size_t inherited_count_offset;
    size_t bytes;
    const char *also;
    const char *endings;
    const char *example;
    const char *doc;
};

/* A map of the file: `name` in sentences ("a listener"), `title` in the manual. */
struct schema_struct {
    const char *title;
    const char *name;
    const char *doc;
    size_t bytes;
    const struct schema_field *fields;
    size_t field_count;
};

#endif
