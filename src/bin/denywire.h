/* A change of the deny-list as one line to the admin socket, printable ASCII: written by the commands, read by the
 * control process. Pure. */
#ifndef SALLYPORT_BIN_DENYWIRE_H
#define SALLYPORT_BIN_DENYWIRE_H

#include "control/denybook.h"

/* A change as asked for. value: in the form of its kind. until_ms: 0 for none. Texts are terminated. */
struct denywire {
    enum denybook_verb verb;
    uint8_t kind;
    char value[DENYBOOK_VALUE_MAX];
    char reason[DENYBOOK_REASON_MAX];
    int64_t until_ms;
    bool as_json;
};

/* Appends the line without its end; false when it does not fit. */
[[nodiscard]] bool denywire_print(const struct denywire *wire, struct buf *to);

/* Reads a line; false when it is none. *is_change: its first word is one of a change (else it is something else's). */
[[nodiscard]] bool denywire_parse(struct slice line, struct denywire *wire, bool *is_change);

#endif
