#include "bin/explainquestion.h"

#include "base/jsonread.h"
#include "base/text.h"

#include <stddef.h>

/* A URL may be long. */
enum { TEXT_BYTES_MAX = 65536 };

static const struct {
    const char *name;
    size_t at;
} members[] = {
    {"name", offsetof(struct explainquestion, name)},         {"expect", offsetof(struct explainquestion, expect)},
    {"listener", offsetof(struct explainquestion, listener)}, {"sni", offsetof(struct explainquestion, sni)},
    {"host", offsetof(struct explainquestion, host)},         {"method", offsetof(struct explainquestion, method)},
    {"path", offsetof(struct explainquestion, path)},         {"cert", offsetof(struct explainquestion, cert)},
    {"source", offsetof(struct explainquestion, source)},     {"time", offsetof(struct explainquestion, time)},
};

static const char **member_of(struct explainquestion *question, struct slice name);
static const char *copy_text(struct slice value, struct arena *arena);

bool explainquestion_read(struct explainquestion *question, struct slice line, struct arena *arena,
                          struct error_place place, struct error_list *errors) {
    struct jsonread reading;
    struct slice name, value;
    *question = (struct explainquestion){.name = NULL};
    jsonread_begin(&reading, line);
    while (jsonread_next(&reading, &name, &value)) {
        const char **member = member_of(question, name);
        if (!member)
            return error_add(errors, place, "\"%.*s\" is no member of a case.", (int)name.len, (const char *)name.data);
        if (*member)
            return error_add(errors, place, "\"%.*s\" is given twice.", (int)name.len, (const char *)name.data);
        *member = copy_text(value, arena);
        if (!*member)
            return error_add(errors, place, "\"%.*s\" has to be a text.", (int)name.len, (const char *)name.data);
    }
    return !reading.is_bad || error_add(errors, place, "The line is no JSON object.");
}

static const char **member_of(struct explainquestion *question, struct slice name) {
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (slice_equal(name, slice_text(members[i].name)))
            return (const char **)(void *)((char *)question + members[i].at);
    return NULL;
}

/* Terminated; NULL when it is no text, or has a zero byte in it. */
static const char *copy_text(struct slice value, struct arena *arena) {
    struct buf text;
    struct slice copy = slice_of(NULL, 0);
    buf_init(&text, TEXT_BYTES_MAX);
    if (jsonread_text(value, &text) && slice_find(buf_view(&text), '\0') < 0 && buf_append_byte(&text, '\0'))
        copy = arena_copy(arena, buf_view(&text));
    buf_fini(&text);
    return (const char *)copy.data;
}
