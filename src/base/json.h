/* Writing JSON (RFC 8259) into a buffer, member by member. Texts are made clean whatever a stranger sent
 * (text_json). */
#ifndef SALLYPORT_BASE_JSON_H
#define SALLYPORT_BASE_JSON_H

#include "base/buf.h"
#include "base/slice.h"

/* A text under way. fits: stays true while everything did. is_first: nothing stands in the innermost object or list
 * yet. */
struct json {
    struct buf *to;
    bool fits;
    bool is_first;
};

/* Begins; the writer appends to `to`, which stays the caller's. */
void json_begin(struct json *json, struct buf *to);

/* Opens an object ('{') or list ('['), closes it. name is NULL in a list and at the top. */
void json_open(struct json *json, const char *name, char bracket);
void json_close(struct json *json, char bracket);

/* One member; name is NULL in a list. An empty text without data is left out. `seconds` since 1970 become RFC 3339. */
void json_text(struct json *json, const char *name, struct slice text);
void json_number(struct json *json, const char *name, int64_t number);
void json_bool(struct json *json, const char *name, bool value);
void json_seconds(struct json *json, const char *name, int64_t seconds);

/* One member whose value is JSON already. */
void json_raw(struct json *json, const char *name, struct slice value);

#endif
