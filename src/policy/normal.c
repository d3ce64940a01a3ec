#include "policy/normal.h"

#include "base/text.h"

static size_t folded_from(enum fact_form form, struct slice text);

void normal_text(enum fact_form form, struct slice text, uint8_t *to) {
    size_t from = folded_from(form, text);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        to[i] = i >= from && (uint8_t)(byte - 'A') < 26 ? byte | 0x20 : byte;
    }
}

size_t normal_serial(struct slice serial, uint8_t *to) {
    if (serial.len == 0 || serial.data[0] & 0x80)
        return 0;
    while (serial.len > 1 && serial.data[0] == 0)
        serial = slice_sub(serial, 1, serial.len);
    text_hex((char *)to, serial);
    return 2 * serial.len;
}

/* Where case stops to count. */
static size_t folded_from(enum fact_form form, struct slice text) {
    if (form == FACT_FORM_DOMAIN)
        return 0;
    size_t at = form == FACT_FORM_MAIL ? text.len : 0;
    while (at > 0 && text.data[at - 1] != '@')
        at--;
    return at > 0 ? at : text.len;
}
