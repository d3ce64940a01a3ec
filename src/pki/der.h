/* DER (X.690) read strictly, one element at a time, in place: lengths are definite and minimal, tags are of one byte.
 * For long lists; single certificates are libcrypto's. Pure. */
#ifndef SALLYPORT_PKI_DER_H
#define SALLYPORT_PKI_DER_H

#include "base/slice.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_CONTEXT_0 = 0x80,
    DER_CONTEXT_0_CONSTRUCTED = 0xa0
};

/* whole: with tag and length; content: without. Both point into what was read. */
struct der_item {
    uint8_t tag;
    struct slice whole;
    struct slice content;
};

/* An extension (RFC 5280 section 4.1): the contents of its type and value. Not critical when it does not say. */
struct der_extension {
    struct slice type;
    bool is_critical;
    struct slice value;
};

/* Takes the first element off `rest`; false when there is none or it is malformed. */
[[nodiscard]] bool der_next(struct slice *rest, struct der_item *item);

/* As der_next, of this tag only; otherwise `rest` is untouched. */
[[nodiscard]] bool der_take(struct slice *rest, uint8_t tag, struct slice *content);

/* True when the contents of an INTEGER are minimal: at least a byte, no needless leading one. */
bool der_is_integer(struct slice content);

/* The contents of a BOOLEAN, which are 00 or FF. */
[[nodiscard]] bool der_boolean(struct slice content, bool *value);

/* Takes an extension off `rest`; false when it is malformed. */
[[nodiscard]] bool der_take_extension(struct slice *rest, struct der_extension *extension);

/* Takes a time (RFC 5280 section 4.1.2.5: with seconds, in Z) off `rest`: seconds since 1970. */
[[nodiscard]] bool der_take_time(struct slice *rest, int64_t *seconds);

#endif
