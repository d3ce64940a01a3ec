/* The manual of the settings, from the table of config/schema: for people, for the documentation, for editors. Pure. */
#ifndef SALLYPORT_CONFIG_DESCRIBE_H
#define SALLYPORT_CONFIG_DESCRIBE_H

#include "base/buf.h"
#include "base/error.h"

/* Appends the description of one key ("listeners.client_auth.mode"; indexes, "[]" and names of backends may be in
 * it), or, when `path` is empty, the list of all keys. False and an error ("did you mean") when there is no such
 * key; false with an empty sentence when `to` is full. */
[[nodiscard]] bool describe_key(struct slice path, struct buf *to, struct error *error);

/* Appends docs/settings.md; false when `to` is full. */
[[nodiscard]] bool describe_markdown(struct buf *to);

/* Appends docs/settings.schema.json (JSON Schema 2020-12, for completion in editors; what it cannot say, only
 * `check` finds); false when `to` is full. */
[[nodiscard]] bool describe_json_schema(struct buf *to);

#endif
