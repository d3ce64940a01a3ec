/* Form: "SALLYPRT", format version (32 bits), zero (32), fingerprint of the schema (64), length of all (64); the
 * configuration's file name; the number of contents, and path and bytes of each; then struct settings, row by row.
 * Text: length + 1 (32 bits; 0 is NULL) and bytes. List: count (32) and elements. Struct: line, column, rows. */
#include "plan/bundle.h"

#include "config/hostname.h"
#include "config/schema.h"

#include <endian.h>

static const char magic[8] = {'S', 'A', 'L', 'L', 'Y', 'P', 'R', 'T'};
enum { FORMAT_VERSION = 1, TEXT_MAX = 1 << 14 };

/* to NULL: only counts. */
struct writer {
    struct buf *to;
    size_t bytes;
    bool failed;
};

struct reader {
    struct slice rest;
    struct arena *arena;
    const char *file;
    size_t contents;
    const char *complaint;
};

static void write_all(struct writer *writer, const struct settings *settings, size_t total);
static void write_contents(struct writer *writer, const struct settings *settings);
static void write_struct(struct writer *writer, const struct schema_struct *type, const void *object);
static void write_value(struct writer *writer, const struct schema_field *field, const void *value);
static void write_file(struct writer *writer, const struct settings_file *file);
static void write_address(struct writer *writer, const struct addr *addr);
static void write_target(struct writer *writer, const struct settings_target *target);
static void write_place(struct writer *writer, struct error_place place);
static void write_text(struct writer *writer, const char *text);
static void write_number(struct writer *writer, uint64_t number, size_t bytes);
static void write_bytes(struct writer *writer, struct slice bytes);
static struct settings *read_all(struct reader *reader, size_t total);
static bool read_header(struct reader *reader, size_t total);
static bool read_contents(struct reader *reader, struct settings *settings);
static bool read_struct(struct reader *reader, const struct schema_struct *type, void *object);
static bool read_row(struct reader *reader, const struct schema_field *field, void *object);
static bool read_value(struct reader *reader, const struct schema_field *field, void *to);
static bool read_scalar_text(struct reader *reader, const struct schema_field *field, void *to);
static bool read_file(struct reader *reader, const struct schema_field *field, struct settings_file *file);
static bool read_match(struct reader *reader, struct settings_match *match);
static bool read_scalar_number(struct reader *reader, const struct schema_field *field, void *to);
static bool read_word(struct reader *reader, const struct schema_field *field, void *to);
static bool read_digest(struct reader *reader, const struct schema_field *field, void *to);
static bool read_address(struct reader *reader, struct addr *addr);
static bool read_target(struct reader *reader, struct settings_target *target);
static bool read_network(struct reader *reader, struct addr_net *net);
static bool read_place(struct reader *reader, struct error_place *place);
static bool read_text(struct reader *reader, const char **text);
static bool read_number(struct reader *reader, size_t bytes, uint64_t *number);
static bool read_bytes(struct reader *reader, size_t len, struct slice *bytes);
static bool complain(struct reader *reader, const char *complaint);

bool bundle_write(const struct settings *settings, struct buf *to) {
    struct writer counter = {.to = NULL};
    write_all(&counter, settings, 0);
    if (counter.bytes > BUNDLE_BYTES_MAX || buf_reserve(to, counter.bytes) == NULL)
        return false;
    struct writer writer = {.to = to};
    write_all(&writer, settings, counter.bytes);
    return !writer.failed;
}

struct settings *bundle_read(struct slice bytes, struct arena *arena, struct error *error) {
    struct reader reader = {.rest = bytes, .arena = arena};
    struct settings *settings = read_all(&reader, bytes.len);
    if (settings == NULL)
        error_set(error, (struct error_place){.file = NULL}, "the bundle cannot be used: %s (%zu bytes before its end)",
                  reader.complaint, reader.rest.len);
    return settings;
}

static void write_all(struct writer *writer, const struct settings *settings, size_t total) {
    write_bytes(writer, slice_of(magic, sizeof(magic)));
    write_number(writer, FORMAT_VERSION, 4);
    write_number(writer, 0, 4);
    write_number(writer, schema_fingerprint(), 8);
    write_number(writer, total, 8);
    write_text(writer, settings->place.file);
    write_contents(writer, settings);
    write_struct(writer, schema_root(), settings);
}

static void write_contents(struct writer *writer, const struct settings *settings) {
    write_number(writer, settings->content_count, 4);
    for (size_t i = 0; i < settings->content_count; i++) {
        const struct settings_content *content = &settings->contents[i];
        write_text(writer, content->path);
        write_number(writer, content->bytes.len, 4);
        write_bytes(writer, content->bytes);
    }
}

static void write_struct(struct writer *writer, const struct schema_struct *type, const void *object) {
    const struct error_place *place = object; /* every struct begins with it */
    write_place(writer, *place);
    for (size_t i = 0; i < type->field_count; i++) {
        const struct schema_field *field = &type->fields[i];
        size_t count = schema_count(field, object);
        if (schema_is_many(field))
            write_number(writer, count, 4);
        for (size_t at = 0; at < count; at++)
            write_value(writer, field, schema_value(field, object, at));
    }
}

static void write_value(struct writer *writer, const struct schema_field *field, const void *value) {
    switch (field->kind) {
    case SCHEMA_TEXT:
    case SCHEMA_NAME:
    case SCHEMA_HOST:
    case SCHEMA_PREFIX:
    case SCHEMA_PATH:
    case SCHEMA_LOCATION:
    case SCHEMA_OID:
        write_text(writer, *(const char *const *)value);
        break;
    case SCHEMA_FILE:
        write_file(writer, value);
        break;
    case SCHEMA_MATCH: {
        const struct settings_match *match = value;
        write_file(writer, &match->file);
        write_text(writer, match->text);
        break;
    }
    case SCHEMA_DIRECTORY: {
        const struct settings_directory *directory = value;
        write_place(writer, directory->place);
        write_text(writer, directory->path);
        break;
    }
    case SCHEMA_DURATION:
    case SCHEMA_SIZE:
    case SCHEMA_DATE:
        write_number(writer, *(const uint64_t *)value, 8);
        break;
    case SCHEMA_COUNT:
    case SCHEMA_CHOICE:
        write_number(writer, *(const unsigned *)value, 4);
        break;
    case SCHEMA_BOOL:
        write_number(writer, *(const bool *)value, 1);
        break;
    case SCHEMA_DIGEST:
        write_bytes(writer, slice_of(value, field->bytes));
        break;
    case SCHEMA_ADDRESS:
        write_address(writer, value);
        break;
    case SCHEMA_TARGET:
        write_target(writer, value);
        break;
    case SCHEMA_NETWORK: {
        const struct addr_net *net = value;
        write_bytes(writer, slice_of(net->bytes, sizeof(net->bytes)));
        write_number(writer, net->prefix, 1);
        break;
    }
    case SCHEMA_STRUCT:
        write_struct(writer, field->child, value);
        break;
    }
}

static void write_file(struct writer *writer, const struct settings_file *file) {
    write_place(writer, file->place);
    write_text(writer, file->path);
    write_number(writer, file->content, 4);
}

static void write_address(struct writer *writer, const struct addr *addr) {
    char text[ADDR_TEXT_MAX];
    addr_text(addr, text);
    write_text(writer, text);
}

/* A name and its port, or no name and an address. */
static void write_target(struct writer *writer, const struct settings_target *target) {
    write_text(writer, target->host);
    if (target->host != NULL)
        write_number(writer, target->port, 2);
    else
        write_address(writer, &target->addr);
}

static void write_place(struct writer *writer, struct error_place place) {
    write_number(writer, place.line, 4);
    write_number(writer, place.column, 4);
}

static void write_text(struct writer *writer, const char *text) {
    struct slice bytes = slice_text(text);
    write_number(writer, text != NULL ? bytes.len + 1 : 0, 4);
    write_bytes(writer, bytes);
}

static void write_number(struct writer *writer, uint64_t number, size_t bytes) {
    uint64_t little = htole64(number);
    write_bytes(writer, slice_of(&little, bytes));
}

static void write_bytes(struct writer *writer, struct slice bytes) {
    writer->bytes += bytes.len;
    if (writer->to != NULL && !writer->failed)
        writer->failed = !buf_append(writer->to, bytes);
}

static struct settings *read_all(struct reader *reader, size_t total) {
    struct settings *settings = arena_alloc(reader->arena, sizeof(*settings));
    if (settings == NULL) {
        complain(reader, "not enough memory");
        return NULL;
    }
    bool done = read_header(reader, total) && read_text(reader, &reader->file) && read_contents(reader, settings) &&
        read_struct(reader, schema_root(), settings) &&
        (reader->rest.len == 0 || complain(reader, "there is something behind the settings"));
    return done ? settings : NULL;
}

static bool read_header(struct reader *reader, size_t total) {
    struct slice name;
    uint64_t version, zero, fingerprint, length;
    if (!read_bytes(reader, sizeof(magic), &name) || !read_number(reader, 4, &version) ||
        !read_number(reader, 4, &zero) || !read_number(reader, 8, &fingerprint) || !read_number(reader, 8, &length))
        return false;
    if (!slice_equal(name, slice_of(magic, sizeof(magic))))
        return complain(reader, "it is none");
    if (version != FORMAT_VERSION || zero != 0 || fingerprint != schema_fingerprint())
        return complain(reader, "it was made by another version of this program");
    return length == total || complain(reader, "its length is wrong");
}

static bool read_contents(struct reader *reader, struct settings *settings) {
    uint64_t count;
    if (!read_number(reader, 4, &count))
        return false;
    if (count > reader->rest.len) /* each takes more than a byte */
        return complain(reader, "more files than bytes");
    settings->contents = arena_array(reader->arena, count, sizeof(*settings->contents));
    if (settings->contents == NULL)
        return complain(reader, "not enough memory");
    for (size_t i = 0; i < count; i++) {
        uint64_t len;
        struct settings_content *content = &settings->contents[i];
        if (!read_text(reader, &content->path) || !read_number(reader, 4, &len) ||
            !read_bytes(reader, len, &content->bytes))
            return false;
        if (content->path == NULL)
            return complain(reader, "a file without a path");
    }
    settings->content_count = reader->contents = count;
    return true;
}

static bool read_struct(struct reader *reader, const struct schema_struct *type, void *object) {
    if (!read_place(reader, object))
        return false;
    for (size_t i = 0; i < type->field_count; i++) {
        if (!read_row(reader, &type->fields[i], object))
            return false;
    }
    return true;
}

static bool read_row(struct reader *reader, const struct schema_field *field, void *object) {
    uint64_t count = 1;
    if (schema_is_many(field)) {
        size_t max = field->items_max != 0 ? field->items_max : SCHEMA_ITEMS_MAX;
        if (!read_number(reader, 4, &count))
            return false;
        if (count > max || count > reader->rest.len) /* each takes a byte at least */
            return complain(reader, "a list is longer than allowed");
        void *items = arena_array(reader->arena, count, field->bytes);
        if (items == NULL)
            return complain(reader, "not enough memory");
        schema_set_list(field, object, items, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_value(reader, field, schema_value(field, object, i)))
            return false;
    }
    return true;
}

static bool read_value(struct reader *reader, const struct schema_field *field, void *to) {
    switch (field->kind) {
    case SCHEMA_TEXT:
    case SCHEMA_NAME:
    case SCHEMA_HOST:
    case SCHEMA_PREFIX:
    case SCHEMA_PATH:
    case SCHEMA_LOCATION:
    case SCHEMA_OID:
        return read_scalar_text(reader, field, to);
    case SCHEMA_FILE:
        return read_file(reader, field, to);
    case SCHEMA_MATCH:
        return read_match(reader, to);
    case SCHEMA_DIRECTORY: {
        struct settings_directory *directory = to;
        return read_place(reader, &directory->place) && read_scalar_text(reader, field, &directory->path);
    }
    case SCHEMA_DURATION:
    case SCHEMA_SIZE:
    case SCHEMA_COUNT:
    case SCHEMA_DATE:
        return read_scalar_number(reader, field, to);
    case SCHEMA_BOOL:
    case SCHEMA_CHOICE:
        return read_word(reader, field, to);
    case SCHEMA_DIGEST:
        return read_digest(reader, field, to);
    case SCHEMA_ADDRESS:
        return read_address(reader, to);
    case SCHEMA_TARGET:
        return read_target(reader, to);
    case SCHEMA_NETWORK:
        return read_network(reader, to);
    case SCHEMA_STRUCT:
        return read_struct(reader, field->child, to);
    }
    return complain(reader, "a value of an unknown kind");
}

/* NULL is what an optional text is that nobody gave; an element of a list is never NULL. */
static bool read_scalar_text(struct reader *reader, const struct schema_field *field, void *to) {
    const char *text;
    if (!read_text(reader, &text))
        return false;
    if (text == NULL && (field->required || schema_is_many(field)))
        return complain(reader, "a required text is missing");
    memcpy(to, &text, sizeof(text));
    return true;
}

static bool read_file(struct reader *reader, const struct schema_field *field, struct settings_file *file) {
    uint64_t content;
    if (!read_place(reader, &file->place) || !read_scalar_text(reader, field, &file->path) ||
        !read_number(reader, 4, &content))
        return false;
    if (file->path != NULL && content >= reader->contents)
        return complain(reader, "a file without contents");
    file->content = (unsigned)content;
    return true;
}

/* Of path and text one is NULL. */
static bool read_match(struct reader *reader, struct settings_match *match) {
    uint64_t content;
    if (!read_place(reader, &match->file.place) || !read_text(reader, &match->file.path) ||
        !read_number(reader, 4, &content) || !read_text(reader, &match->text))
        return false;
    if ((match->file.path == NULL) == (match->text == NULL))
        return complain(reader, "a value that is neither a text nor a list, or both");
    if (match->file.path != NULL ? content >= reader->contents : content != 0)
        return complain(reader, "a list without contents");
    match->file.content = (unsigned)content;
    return true;
}

static bool read_scalar_number(struct reader *reader, const struct schema_field *field, void *to) {
    uint64_t number;
    bool is_count = field->kind == SCHEMA_COUNT;
    if (!read_number(reader, is_count ? 4 : 8, &number))
        return false;
    bool is_word = number == 0 && field->words != NULL;
    if (!is_word && (number < field->min || number > field->max))
        return complain(reader, "a number out of its bounds");
    unsigned count = (unsigned)number;
    memcpy(to, is_count ? (void *)&count : (void *)&number, field->bytes);
    return true;
}

static bool read_word(struct reader *reader, const struct schema_field *field, void *to) {
    uint64_t index;
    bool is_bool = field->kind == SCHEMA_BOOL;
    if (!read_number(reader, is_bool ? 1 : 4, &index))
        return false;
    if (index >= (is_bool ? 2 : schema_word_count(field)))
        return complain(reader, "a word that does not exist");
    bool truth = index == 1;
    unsigned word = (unsigned)index;
    memcpy(to, is_bool ? (void *)&truth : (void *)&word, field->bytes);
    return true;
}

static bool read_digest(struct reader *reader, const struct schema_field *field, void *to) {
    struct slice bytes;
    if (!read_bytes(reader, field->bytes, &bytes))
        return false;
    memcpy(to, bytes.data, bytes.len);
    return true;
}

static bool read_address(struct reader *reader, struct addr *addr) {
    const char *text;
    if (!read_text(reader, &text))
        return false;
    return (text != NULL && addr_parse(slice_text(text), addr)) || complain(reader, "a malformed address");
}

static bool read_target(struct reader *reader, struct settings_target *target) {
    uint64_t port;
    *target = (struct settings_target){.host = NULL};
    if (!read_text(reader, &target->host))
        return false;
    if (target->host == NULL)
        return read_address(reader, &target->addr);
    if (!read_number(reader, 2, &port))
        return false;
    target->port = (unsigned)port;
    return (port != 0 && strlen(target->host) <= HOSTNAME_MAX) || complain(reader, "a malformed name of a server");
}

static bool read_network(struct reader *reader, struct addr_net *net) {
    struct slice bytes;
    uint64_t prefix;
    if (!read_bytes(reader, sizeof(net->bytes), &bytes) || !read_number(reader, 1, &prefix))
        return false;
    if (prefix > 8 * sizeof(net->bytes))
        return complain(reader, "a malformed network");
    memcpy(net->bytes, bytes.data, sizeof(net->bytes));
    net->prefix = (uint8_t)prefix;
    return true;
}

static bool read_place(struct reader *reader, struct error_place *place) {
    uint64_t line, column;
    if (!read_number(reader, 4, &line) || !read_number(reader, 4, &column))
        return false;
    *place = (struct error_place){.file = reader->file, .line = (unsigned)line, .column = (unsigned)column};
    return true;
}

static bool read_text(struct reader *reader, const char **text) {
    uint64_t len;
    struct slice bytes;
    *text = NULL;
    if (!read_number(reader, 4, &len))
        return false;
    if (len == 0)
        return true;
    if (len - 1 > TEXT_MAX)
        return complain(reader, "a text is longer than allowed");
    if (!read_bytes(reader, len - 1, &bytes))
        return false;
    if (slice_find(bytes, '\0') >= 0)
        return complain(reader, "a text with a NUL byte");
    *text = arena_text(reader->arena, bytes);
    return *text != NULL || complain(reader, "not enough memory");
}

static bool read_number(struct reader *reader, size_t bytes, uint64_t *number) {
    struct slice read;
    uint64_t little = 0;
    if (!read_bytes(reader, bytes, &read))
        return false;
    memcpy(&little, read.data, bytes);
    *number = le64toh(little);
    return true;
}

static bool read_bytes(struct reader *reader, size_t len, struct slice *bytes) {
    if (len > reader->rest.len)
        return complain(reader, "it ends too early");
    *bytes = slice_sub(reader->rest, 0, len);
    reader->rest = slice_sub(reader->rest, len, reader->rest.len);
    return true;
}

static bool complain(struct reader *reader, const char *complaint) {
    reader->complaint = complaint;
    return false;
}
