/* Each string type of ASN.1 is turned into code points, each code point into UTF-8 or an escape. */
#include "pki/name.h"

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The text so far; room for "…" and the terminator is always kept. A piece that does not fit whole is left out and
 * ends the text. */
struct writer {
    char *to;
    size_t len;
    size_t room;
    bool is_full;
};

static const char ellipsis[] = "\xe2\x80\xa6";

/* Not a code point: a byte that is not valid in its encoding is kept as this plus the byte. */
enum { BAD_BYTE = 0x200000 };

static void write_piece(struct writer *writer, const char *piece, size_t len);
static void write_type(struct writer *writer, const ASN1_OBJECT *type);
static void write_value(struct writer *writer, const ASN1_STRING *value);
static void write_hex_der(struct writer *writer, const ASN1_STRING *value);
static void write_code_point(struct writer *writer, uint32_t code, bool is_first, bool is_last);
static void write_escaped(struct writer *writer, const uint8_t *bytes, size_t len);
static size_t next_code_point(int type, const uint8_t *bytes, size_t len, uint32_t *code);
static size_t next_wide(const uint8_t *bytes, size_t len, size_t width, uint32_t *code);
static size_t next_utf8(const uint8_t *bytes, size_t len, uint32_t *code);
static size_t encode_utf8(uint32_t code, uint8_t bytes[4]);
static bool is_unprintable(uint32_t code);

void name_print(const X509_NAME *name, char *to, size_t room) {
    struct writer writer = {.to = to, .room = room - sizeof ellipsis};
    int set = -1;
    for (int i = X509_NAME_entry_count(name) - 1; i >= 0 && !writer.is_full; i--) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        if (set >= 0)
            write_piece(&writer, X509_NAME_ENTRY_set(entry) == set ? "+" : ",", 1);
        set = X509_NAME_ENTRY_set(entry);
        write_type(&writer, X509_NAME_ENTRY_get_object(entry));
        write_value(&writer, X509_NAME_ENTRY_get_data(entry));
    }
    if (writer.is_full) {
        memcpy(to + writer.len, ellipsis, sizeof ellipsis);
        return;
    }
    to[writer.len] = '\0';
}

static void write_piece(struct writer *writer, const char *piece, size_t len) {
    if (writer->is_full || len > writer->room - writer->len) {
        writer->is_full = true;
        return;
    }
    memcpy(writer->to + writer->len, piece, len);
    writer->len += len;
}

static void write_type(struct writer *writer, const ASN1_OBJECT *type) {
    char dotted[80];
    int nid = OBJ_obj2nid(type);
    const char *text = nid != NID_undef ? OBJ_nid2sn(nid) : dotted;
    if (nid == NID_undef && OBJ_obj2txt(dotted, sizeof dotted, type, 1) <= 0)
        text = "?";
    write_piece(writer, text, strlen(text));
    write_piece(writer, "=", 1);
}

static void write_value(struct writer *writer, const ASN1_STRING *value) {
    const uint8_t *bytes = ASN1_STRING_get0_data(value);
    size_t len = (size_t)ASN1_STRING_length(value);
    size_t at = 0;
    uint32_t code;
    while (at < len && !writer->is_full) {
        size_t step = next_code_point(ASN1_STRING_type(value), bytes + at, len - at, &code);
        if (step == 0) {
            write_hex_der(writer, value);
            return;
        }
        write_code_point(writer, code, at == 0, at + step == len);
        at += step;
    }
}

/* What is not a string is shown as '#' and its DER (RFC 4514 section 2.4): the contents will do for people. */
static void write_hex_der(struct writer *writer, const ASN1_STRING *value) {
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = ASN1_STRING_get0_data(value);
    write_piece(writer, "#", 1);
    for (int i = 0; i < ASN1_STRING_length(value) && !writer->is_full; i++)
        write_piece(writer, (char[]){digits[bytes[i] >> 4], digits[bytes[i] & 15]}, 2);
}

static void write_code_point(struct writer *writer, uint32_t code, bool is_first, bool is_last) {
    uint8_t bytes[4];
    if (code >= BAD_BYTE) {
        bytes[0] = (uint8_t)(code - BAD_BYTE);
        write_escaped(writer, bytes, 1);
        return;
    }
    size_t len = encode_utf8(code, bytes);
    bool is_special = code < 0x80 &&
        (strchr("\"+,;<=>\\", (int)code) || (is_first && code == '#') || ((is_first || is_last) && code == ' '));
    if (is_unprintable(code)) {
        write_escaped(writer, bytes, len);
    } else if (is_special) {
        write_piece(writer, (char[]){'\\', (char)code}, 2);
    } else {
        write_piece(writer, (const char *)bytes, len);
    }
}

static void write_escaped(struct writer *writer, const uint8_t *bytes, size_t len) {
    static const char digits[] = "0123456789abcdef";
    char text[12];
    for (size_t i = 0; i < len; i++) {
        text[3 * i] = '\\';
        text[3 * i + 1] = digits[bytes[i] >> 4];
        text[3 * i + 2] = digits[bytes[i] & 15];
    }
    write_piece(writer, text, 3 * len);
}

/* Bytes taken; 0 when the type is not a string. */
static size_t next_code_point(int type, const uint8_t *bytes, size_t len, uint32_t *code) {
    switch (type) {
    case V_ASN1_UTF8STRING:
        return next_utf8(bytes, len, code);
    case V_ASN1_BMPSTRING:
        return next_wide(bytes, len, 2, code);
    case V_ASN1_UNIVERSALSTRING:
        return next_wide(bytes, len, 4, code);
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_NUMERICSTRING:
    case V_ASN1_VISIBLESTRING:
    case V_ASN1_T61STRING:
        *code = bytes[0] < 0x80 ? bytes[0] : BAD_BYTE + (uint32_t)bytes[0];
        return 1;
    default:
        return 0;
    }
}

static size_t next_wide(const uint8_t *bytes, size_t len, size_t width, uint32_t *code) {
    uint32_t wide = 0;
    for (size_t i = 0; i < width && i < len; i++)
        wide = wide << 8 | bytes[i];
    if (len < width || wide > 0x10ffff || (wide >= 0xd800 && wide < 0xe000)) {
        *code = BAD_BYTE + (uint32_t)bytes[0];
        return 1;
    }
    *code = wide;
    return width;
}

/* Well-formed sequences only (RFC 3629): neither overlong, nor surrogates, nor beyond U+10FFFF. */
static size_t next_utf8(const uint8_t *bytes, size_t len, uint32_t *code) {
    static const uint32_t lowest[] = {0, 0x80, 0x800, 0x10000};
    uint8_t lead = bytes[0];
    size_t more = lead < 0x80         ? 0
        : lead >= 0xf0 && lead < 0xf8 ? 3
        : lead >= 0xe0 && lead < 0xf0 ? 2
        : lead >= 0xc2 && lead < 0xe0 ? 1
                                      : 4;
    uint32_t value = more == 0 ? lead : lead & (0x3fU >> more);
    bool is_good = more < 4 && more < len;
    for (size_t i = 1; is_good && i <= more; i++) {
        is_good = (bytes[i] & 0xc0) == 0x80;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    if (!is_good || value < lowest[more] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
        *code = BAD_BYTE + (uint32_t)lead;
        return 1;
    }
    *code = value;
    return more + 1;
}

static size_t encode_utf8(uint32_t code, uint8_t bytes[4]) {
    if (code < 0x80) {
        bytes[0] = (uint8_t)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        bytes[i] = (uint8_t)(0x80 | (code & 0x3f));
    bytes[0] = (uint8_t)((0xf00U >> len) | code);
    return len;
}

/* Control characters, and those that reorder or break lines on a screen. */
static bool is_unprintable(uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
        (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}
