/* Turns libyaml's events into a tree. Errors that do not confuse the rest (an alias, a tag, a duplicate key) are
 * collected and reading goes on; broken syntax ends it. */
#include "config/yamldoc.h"

#include "base/map.h"

#include <yaml.h>

/* ended: nothing more can be read, because of broken syntax, a limit or a lack of memory. */
struct reader {
    yaml_parser_t parser;
    struct arena *arena;
    struct slice text;
    const char *file;
    struct error_list *errors;
    size_t nodes;
    bool ended;
};

static struct yamldoc_node *read_stream(struct reader *reader);
static struct yamldoc_node *read_document(struct reader *reader);
static void read_end(struct reader *reader);
static struct yamldoc_node *read_next(struct reader *reader, unsigned depth);
static struct yamldoc_node *read_node(struct reader *reader, const yaml_event_t *event, unsigned depth);
static void read_text(struct reader *reader, const yaml_event_t *event, struct yamldoc_node *node);
static void read_children(struct reader *reader, struct yamldoc_node *parent, unsigned depth);
static struct yamldoc_node *read_member(struct reader *reader, const yaml_event_t *event, unsigned depth);
static void check_plain(struct reader *reader, const yaml_event_t *event, struct error_place place);
static void check_duplicates(struct reader *reader, const struct yamldoc_node *map);
static bool next_event(struct reader *reader, yaml_event_t *event);
static void add_syntax_error(struct reader *reader);
static struct error_place place_of(const struct reader *reader, yaml_mark_t mark);
static struct error_place place_of_offset(const struct reader *reader, size_t offset);
static bool check_bytes(struct reader *reader);
static bool out_of_memory(struct reader *reader);

struct yamldoc_node *yamldoc_parse(struct arena *arena, struct slice text, const char *file,
                                   struct error_list *errors) {
    struct reader reader = {.arena = arena, .text = text, .file = file, .errors = errors};
    size_t errors_before = errors->total;
    if (!check_bytes(&reader))
        return NULL;
    if (!yaml_parser_initialize(&reader.parser)) {
        out_of_memory(&reader);
        return NULL;
    }
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, text.data, text.len);
    struct yamldoc_node *root = read_stream(&reader);
    yaml_parser_delete(&reader.parser);
    return errors->total == errors_before ? root : NULL;
}

const struct yamldoc_node *yamldoc_member(const struct yamldoc_node *map, struct slice key) {
    for (const struct yamldoc_node *member = map->first; member != NULL; member = member->next) {
        if (slice_equal(member->key, key))
            return member;
    }
    return NULL;
}

static struct yamldoc_node *read_stream(struct reader *reader) {
    yaml_event_t event;
    if (!next_event(reader, &event)) /* the stream's start */
        return NULL;
    yaml_event_delete(&event);
    struct yamldoc_node *root = read_document(reader);
    read_end(reader);
    return root;
}

static struct yamldoc_node *read_document(struct reader *reader) {
    yaml_event_t event;
    if (!next_event(reader, &event))
        return NULL;
    struct error_place place = place_of(reader, event.start_mark);
    bool is_empty = event.type == YAML_STREAM_END_EVENT;
    bool has_directive = event.type == YAML_DOCUMENT_START_EVENT &&
        (event.data.document_start.version_directive != NULL ||
         event.data.document_start.tag_directives.start != event.data.document_start.tag_directives.end);
    yaml_event_delete(&event);
    if (is_empty) {
        error_add(reader->errors, place, "the file is empty");
        reader->ended = true;
        return NULL;
    }
    if (has_directive)
        error_add(reader->errors, place, "YAML directives are not used here; remove the line that begins with %%");
    struct yamldoc_node *root = read_next(reader, 1);
    if (!reader->ended && next_event(reader, &event)) /* the document's end */
        yaml_event_delete(&event);
    return root;
}

/* After the document: nothing else. */
static void read_end(struct reader *reader) {
    yaml_event_t event;
    if (reader->ended || !next_event(reader, &event))
        return;
    if (event.type != YAML_STREAM_END_EVENT)
        error_add(reader->errors, place_of(reader, event.start_mark),
                  "a second document begins here; a file holds one");
    yaml_event_delete(&event);
}

static struct yamldoc_node *read_next(struct reader *reader, unsigned depth) {
    yaml_event_t event;
    if (!next_event(reader, &event))
        return NULL;
    struct yamldoc_node *node = read_node(reader, &event, depth);
    yaml_event_delete(&event);
    return node;
}

/* The node that begins with `event`, read to its end; NULL when reading has ended. */
static struct yamldoc_node *read_node(struct reader *reader, const yaml_event_t *event, unsigned depth) {
    struct error_place place = place_of(reader, event->start_mark);
    if (depth > YAMLDOC_DEPTH_MAX || reader->nodes++ == YAMLDOC_NODES_MAX) {
        error_add(reader->errors, place, depth > YAMLDOC_DEPTH_MAX ? "nested too deeply" : "too many settings");
        reader->ended = true;
        return NULL;
    }
    struct yamldoc_node *node = arena_alloc(reader->arena, sizeof(*node));
    if (node == NULL) {
        out_of_memory(reader);
        return NULL;
    }
    *node = (struct yamldoc_node){.kind = YAMLDOC_TEXT, .text = slice_text(""), .place = place};
    check_plain(reader, event, place);
    if (event->type == YAML_SCALAR_EVENT)
        read_text(reader, event, node);
    if (event->type == YAML_SEQUENCE_START_EVENT)
        node->kind = YAMLDOC_LIST;
    if (event->type == YAML_MAPPING_START_EVENT)
        node->kind = YAMLDOC_MAP;
    if (node->kind != YAMLDOC_TEXT)
        read_children(reader, node, depth);
    if (node->kind == YAMLDOC_MAP && !reader->ended)
        check_duplicates(reader, node);
    return reader->ended ? NULL : node;
}

static void read_text(struct reader *reader, const yaml_event_t *event, struct yamldoc_node *node) {
    struct slice value = slice_of(event->data.scalar.value, event->data.scalar.length);
    if (slice_find(value, '\0') >= 0)
        error_add(reader->errors, node->place, "the text contains a NUL character");
    const char *copy = arena_text(reader->arena, value);
    if (copy == NULL) {
        out_of_memory(reader);
        return;
    }
    node->text = slice_of(copy, value.len);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

static void read_children(struct reader *reader, struct yamldoc_node *parent, unsigned depth) {
    struct yamldoc_node **end = &parent->first;
    yaml_event_t event;
    while (!reader->ended && next_event(reader, &event)) {
        bool is_end = event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
        struct yamldoc_node *child = NULL;
        if (!is_end && parent->kind == YAMLDOC_MAP)
            child = read_member(reader, &event, depth + 1);
        else if (!is_end)
            child = read_node(reader, &event, depth + 1);
        yaml_event_delete(&event);
        if (child == NULL)
            return;
        *end = child;
        end = &child->next;
        parent->count++;
    }
}

/* A member of a map: `event` begins its key, and its value follows. */
static struct yamldoc_node *read_member(struct reader *reader, const yaml_event_t *event, unsigned depth) {
    const struct yamldoc_node *key = read_node(reader, event, depth);
    if (key == NULL)
        return NULL;
    if (key->kind != YAMLDOC_TEXT)
        error_add(reader->errors, key->place, "a key has to be text, not a list or a map");
    struct yamldoc_node *value = read_next(reader, depth);
    if (value == NULL)
        return NULL;
    value->key = key->text;
    value->key_place = key->place;
    return value;
}

/* Refuses what makes a file mean something else than it looks like. */
static void check_plain(struct reader *reader, const yaml_event_t *event, struct error_place place) {
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    } else {
        error_add(reader->errors, place,
                  "aliases are not used here; write the value out (or quote a text that begins with *)");
    }
    if (anchor != NULL)
        error_add(reader->errors, place, "anchors are not used here; remove it (or quote a text that begins with &)");
    if (tag != NULL)
        error_add(reader->errors, place, "tags are not used here; remove it (or quote a text that begins with !)");
}

static void check_duplicates(struct reader *reader, const struct yamldoc_node *map) {
    struct map seen;
    map_init(&seen, YAMLDOC_NODES_MAX, 0); /* unseeded: the keys are the operator's own */
    for (struct yamldoc_node *member = map->first; member != NULL; member = member->next) {
        const struct yamldoc_node *earlier = map_get(&seen, member->key);
        if (earlier != NULL)
            error_add(reader->errors, member->key_place, "the key \"%s\" is given twice; first in line %u",
                      (const char *)member->key.data, earlier->key_place.line);
        else if (!map_set(&seen, member->key, member))
            out_of_memory(reader);
    }
    map_fini(&seen);
}

static bool next_event(struct reader *reader, yaml_event_t *event) {
    if (yaml_parser_parse(&reader->parser, event))
        return true;
    add_syntax_error(reader);
    reader->ended = true;
    return false;
}

static void add_syntax_error(struct reader *reader) {
    const yaml_parser_t *parser = &reader->parser;
    if (parser->problem == NULL) {
        out_of_memory(reader);
        return;
    }
    struct error_place place = parser->error == YAML_READER_ERROR ? place_of_offset(reader, parser->problem_offset)
                                                                  : place_of(reader, parser->problem_mark);
    if (parser->context != NULL && strcmp(parser->context, "while scanning an alias") == 0)
        error_add(reader->errors, place, "not valid YAML; put a text that begins with * into quotes");
    else if (parser->context != NULL)
        error_add(reader->errors, place, "not valid YAML: %s (%s)", parser->problem, parser->context);
    else
        error_add(reader->errors, place, "not valid YAML: %s", parser->problem);
}

static struct error_place place_of(const struct reader *reader, yaml_mark_t mark) {
    return (
        struct error_place){.file = reader->file, .line = (unsigned)mark.line + 1, .column = (unsigned)mark.column + 1};
}

/* For what libyaml finds before it counts lines. The column is in bytes. */
static struct error_place place_of_offset(const struct reader *reader, size_t offset) {
    struct error_place place = {.file = reader->file, .line = 1, .column = 1};
    for (size_t i = 0; i < offset && i < reader->text.len; i++) {
        bool ends_line = reader->text.data[i] == '\n';
        place.line += ends_line;
        place.column = ends_line ? 1 : place.column + 1;
    }
    return place;
}

static bool check_bytes(struct reader *reader) {
    struct error_place whole = {.file = reader->file};
    if (reader->text.len > YAMLDOC_BYTES_MAX)
        return error_add(reader->errors, whole, "the file is larger than %d MiB", YAMLDOC_BYTES_MAX >> 20);
    ptrdiff_t nul = slice_find(reader->text, '\0');
    if (nul >= 0)
        return error_add(reader->errors, place_of_offset(reader, (size_t)nul), "the file contains a NUL byte");
    if (reader->text.len == 0)
        return error_add(reader->errors, (struct error_place){reader->file, 1, 1}, "the file is empty");
    return true;
}

static bool out_of_memory(struct reader *reader) {
    reader->ended = true;
    return error_add(reader->errors, (struct error_place){.file = reader->file}, "not enough memory for the file");
}
