/* A name is read part by part; each part is written in its new form to `parts`, and the parts of one relative name are
 * sorted there. */
#include "pki/nametext.h"

#include "pki/name.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>
#include <strings.h>

/* TYPE_MAX: a dotted OID with its terminator. NID_MAX: beyond what any libcrypto numbers. PRINTED_MAX: room for a
 * name as printed, which may be longer than its form for comparing. */
enum { TYPE_MAX = 80, NID_MAX = 4096, PRINTED_MAX = 4 * NAMETEXT_MAX };

/* One written part. set: which relative name it belongs to. */
struct part {
    size_t at;
    size_t len;
    unsigned set;
};

/* rest: what is to be read. bytes, len: what was written. */
struct writer {
    struct slice rest;
    char bytes[NAMETEXT_MAX];
    size_t len;
    struct part parts[NAMETEXT_PARTS_MAX];
    size_t count;
    const char *fault;
};

/* What people write for types that libcrypto knows by another short name. */
static const char *const aliases[][2] = {{"e", "emailAddress"}, {"email", "emailAddress"}, {"s", "ST"}};

static bool read_part(struct writer *writer, unsigned set);
static bool read_type(struct writer *writer);
static bool is_type_byte(uint8_t byte);
static const char *short_name(char *type);
static const char *short_name_nocase(const char *type);
static bool read_value(struct writer *writer);
static bool read_der(struct writer *writer);
static bool read_text(struct writer *writer);
static int next_byte(struct slice *rest, const char **fault);
static bool is_separator(uint8_t byte);
static int hex_digit(int byte);
static void put_folded(struct writer *writer, uint8_t byte, bool *spaced, bool *is_first);
static void put_value_byte(struct writer *writer, uint8_t byte, bool is_first);
static void put(struct writer *writer, const char *bytes, size_t len);
static void skip_spaces(struct slice *rest);
static bool fail(struct writer *writer, const char *fault);
static void sort_parts(struct writer *writer);
static bool is_after(const struct writer *writer, const struct part *a, const struct part *b);
static bool write_all(const struct writer *writer, char to[NAMETEXT_MAX]);

bool nametext_canonical(struct slice text, char to[NAMETEXT_MAX], const char **fault) {
    struct writer writer = {.rest = text};
    unsigned set = 0;
    bool has_more = true;
    *fault = NULL;
    while (has_more && read_part(&writer, set)) {
        has_more = writer.rest.len > 0;
        if (has_more)
            set += writer.rest.data[0] != '+';
        writer.rest = slice_sub(writer.rest, 1, writer.rest.len);
    }
    if (!writer.fault) {
        sort_parts(&writer);
        if (!write_all(&writer, to))
            writer.fault = "the name is too long";
    }
    *fault = writer.fault;
    return !writer.fault;
}

/* Printed too long, it is cut; its form is then longer than NAMETEXT_MAX, too, and refused. */
bool nametext_of(const X509_NAME *name, char to[NAMETEXT_MAX]) {
    char printed[PRINTED_MAX];
    const char *fault;
    name_print(name, printed, sizeof printed);
    size_t len = strlen(printed);
    return len < PRINTED_MAX - 64 && nametext_canonical(slice_of(printed, len), to, &fault);
}

bool nametext_next(struct slice *rest, struct nametext_part *part) {
    ptrdiff_t equals = slice_find(*rest, '=');
    const char *fault = NULL;
    size_t len = 0;
    if (equals < 0)
        return false;
    part->type = slice_sub(*rest, 0, (size_t)equals);
    *rest = slice_sub(*rest, (size_t)equals + 1, rest->len);
    part->escaped = *rest;
    part->has_der = rest->len > 0 && rest->data[0] == '#';
    if (part->has_der)
        *rest = slice_sub(*rest, 1, rest->len);
    for (int byte; len < sizeof part->bytes && (byte = next_byte(rest, &fault)) >= 0;)
        part->bytes[len++] = (char)byte;
    part->value = slice_of(part->bytes, len);
    part->escaped = slice_sub(part->escaped, 0, part->escaped.len - rest->len);
    *rest = slice_sub(*rest, 1, rest->len);
    return !fault;
}

/* Reads up to the ',' or '+' after the part, or the end. */
static bool read_part(struct writer *writer, unsigned set) {
    if (writer->count == NAMETEXT_PARTS_MAX)
        return fail(writer, "the name has too many parts");
    struct part *part = &writer->parts[writer->count++];
    *part = (struct part){.at = writer->len, .set = set};
    if (!read_type(writer) || !read_value(writer))
        return false;
    part->len = writer->len - part->at;
    return true;
}

static bool read_type(struct writer *writer) {
    char type[TYPE_MAX];
    size_t len = 0;
    skip_spaces(&writer->rest);
    while (len < writer->rest.len && is_type_byte(writer->rest.data[len]))
        len++;
    if (len == 0 || len >= sizeof type)
        return fail(writer, "a part does not begin with a type such as CN=");
    memcpy(type, writer->rest.data, len);
    type[len] = '\0';
    writer->rest = slice_sub(writer->rest, len, writer->rest.len);
    skip_spaces(&writer->rest);
    if (writer->rest.len == 0 || writer->rest.data[0] != '=')
        return fail(writer, "a part has no '=' after its type");
    writer->rest = slice_sub(writer->rest, 1, writer->rest.len);
    const char *known = short_name(type);
    if (!known)
        return fail(writer, "a type is not known; write it as a dotted OID");
    for (size_t i = 0; known[i] != '\0'; i++)
        put(writer, (char[]){(char)tolower((unsigned char)known[i])}, 1);
    put(writer, "=", 1);
    return true;
}

static bool is_type_byte(uint8_t byte) {
    return isalnum(byte) || byte == '.' || byte == '-';
}

/* What libcrypto calls the type; an OID that it does not know stays dotted. */
static const char *short_name(char *type) {
    if (isdigit((unsigned char)type[0]) || strncasecmp(type, "oid.", 4) == 0) {
        const char *dotted = isdigit((unsigned char)type[0]) ? type : type + 4;
        int nid = OBJ_txt2nid(dotted);
        ERR_clear_error();
        bool is_dotted = strspn(dotted, "0123456789.") == strlen(dotted) && strchr(dotted, '.');
        return nid != NID_undef ? OBJ_nid2sn(nid) : is_dotted ? dotted : NULL;
    }
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (strcasecmp(type, aliases[i][0]) == 0)
            return aliases[i][1];
    int nid = OBJ_sn2nid(type);
    return nid != NID_undef ? OBJ_nid2sn(nid) : short_name_nocase(type);
}

/* Short and long names in any case: for people, whose names are few. */
static const char *short_name_nocase(const char *type) {
    const char *found = NULL;
    for (int nid = 1; nid < NID_MAX && !found; nid++) {
        const char *name = OBJ_nid2sn(nid);
        const char *long_name = OBJ_nid2ln(nid);
        if (name && long_name && (strcasecmp(name, type) == 0 || strcasecmp(long_name, type) == 0))
            found = name;
    }
    ERR_clear_error();
    return found;
}

static bool read_value(struct writer *writer) {
    skip_spaces(&writer->rest);
    bool has_der = writer->rest.len > 0 && writer->rest.data[0] == '#';
    return has_der ? read_der(writer) : read_text(writer);
}

static bool read_der(struct writer *writer) {
    size_t digits = 0;
    put(writer, "#", 1);
    writer->rest = slice_sub(writer->rest, 1, writer->rest.len);
    for (; writer->rest.len > 0 && hex_digit(writer->rest.data[0]) >= 0; digits++) {
        put(writer, (char[]){(char)tolower(writer->rest.data[0])}, 1);
        writer->rest = slice_sub(writer->rest, 1, writer->rest.len);
    }
    skip_spaces(&writer->rest);
    bool is_end = writer->rest.len == 0 || is_separator(writer->rest.data[0]);
    return (is_end && digits % 2 == 0) || fail(writer, "after '#' come pairs of hex digits");
}

static bool read_text(struct writer *writer) {
    bool spaced = false;
    bool is_first = true;
    const char *fault = NULL;
    for (int byte; (byte = next_byte(&writer->rest, &fault)) >= 0;)
        put_folded(writer, (uint8_t)byte, &spaced, &is_first);
    return !fault || fail(writer, fault);
}

/* The next byte of a value without its escape; -1 at the end of the value, or with a fault. */
static int next_byte(struct slice *rest, const char **fault) {
    uint8_t byte = rest->len > 0 ? rest->data[0] : ',';
    size_t taken = 1;
    if (is_separator(byte))
        return -1;
    if (byte == '\\') {
        int high = rest->len > 1 ? hex_digit(rest->data[1]) : -1;
        int low = rest->len > 2 ? hex_digit(rest->data[2]) : -1;
        bool is_special = rest->len > 1 && rest->data[1] != '\0' && strchr(" \"#+,;<=>\\", rest->data[1]);
        if (!is_special && (high < 0 || low < 0))
            *fault = "a '\\' is not followed by what it may be followed by";
        unsigned pair = (unsigned)high << 4 | (unsigned)low;
        byte = (uint8_t)(is_special ? rest->data[1] : pair);
        taken = is_special ? 2 : 3;
    } else if (byte < ' ' || byte == 0x7f || byte == '"' || byte == '<' || byte == '>') {
        *fault = "a control character, a quote or an angle bracket is not escaped";
    }
    if (*fault)
        return -1;
    *rest = slice_sub(*rest, taken, rest->len);
    return byte;
}

static bool is_separator(uint8_t byte) {
    return byte == ',' || byte == ';' || byte == '+';
}

static int hex_digit(int byte) {
    static const char digits[] = "0123456789abcdef";
    const char *found = byte > 0 ? strchr(digits, tolower(byte)) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* Spaces are kept back until something follows them: none at both ends, and one stands for several. */
static void put_folded(struct writer *writer, uint8_t byte, bool *spaced, bool *is_first) {
    if (byte == ' ') {
        *spaced = true;
        return;
    }
    if (*spaced && !*is_first)
        put(writer, " ", 1);
    put_value_byte(writer, byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte, *is_first);
    *spaced = false;
    *is_first = false;
}

static void put_value_byte(struct writer *writer, uint8_t byte, bool is_first) {
    static const char digits[] = "0123456789abcdef";
    if (byte < ' ' || byte >= 0x7f)
        put(writer, (char[]){'\\', digits[byte >> 4], digits[byte & 15]}, 3);
    else if (strchr("\"+,;<=>\\", byte) || (is_first && byte == '#'))
        put(writer, (char[]){'\\', (char)byte}, 2);
    else
        put(writer, (char[]){(char)byte}, 1);
}

static void put(struct writer *writer, const char *bytes, size_t len) {
    if (len > sizeof writer->bytes - writer->len) {
        fail(writer, "the name is too long");
        return;
    }
    memcpy(writer->bytes + writer->len, bytes, len);
    writer->len += len;
}

static void skip_spaces(struct slice *rest) {
    while (rest->len > 0 && rest->data[0] == ' ')
        *rest = slice_sub(*rest, 1, rest->len);
}

static bool fail(struct writer *writer, const char *fault) {
    if (!writer->fault)
        writer->fault = fault;
    return false;
}

/* By insertion: relative names of more than one part are rare, and parts few. */
static void sort_parts(struct writer *writer) {
    for (size_t i = 1; i < writer->count; i++) {
        struct part moved = writer->parts[i];
        size_t at = i;
        for (; at > 0 && is_after(writer, &writer->parts[at - 1], &moved); at--)
            writer->parts[at] = writer->parts[at - 1];
        writer->parts[at] = moved;
    }
}

static bool is_after(const struct writer *writer, const struct part *a, const struct part *b) {
    if (a->set != b->set)
        return false;
    size_t shorter = a->len < b->len ? a->len : b->len;
    int order = memcmp(writer->bytes + a->at, writer->bytes + b->at, shorter);
    return order > 0 || (order == 0 && a->len > b->len);
}

static bool write_all(const struct writer *writer, char to[NAMETEXT_MAX]) {
    size_t len = 0;
    for (size_t i = 0; i < writer->count; i++) {
        const struct part *part = &writer->parts[i];
        if (len + part->len + 2 > NAMETEXT_MAX)
            return false;
        if (i > 0)
            to[len++] = part->set == writer->parts[i - 1].set ? '+' : ',';
        memcpy(to + len, writer->bytes + part->at, part->len);
        len += part->len;
    }
    to[len] = '\0';
    return true;
}
