/* Gathering sources. */
#include "plan/sourcelist.h"

#include <stdio.h>
#include <stdlib.h>

static bool copy_source(struct sourcelist *list, const struct source *from, struct source *to);
static bool allow_url(struct sourcelist *list, struct slice text);
static bool append_written(struct buf *to, size_t room, const struct sourcelist *list,
                           void (*put)(const struct sourcelist *list, struct wire_out *out));
static void put_sources(const struct sourcelist *list, struct wire_out *out);
static void put_hosts(const struct sourcelist *list, struct wire_out *out);

void sourcelist_init(struct sourcelist *list, struct arena *arena) {
    list->arena = arena;
    list->document_count = list->count = list->host_count = 0;
}

bool sourcelist_add_document(struct sourcelist *list, const struct sourcelist_document *document) {
    for (size_t i = 0; i < list->document_count; i++) {
        struct sourcelist_document *known = &list->documents[i];
        if (!slice_equal(known->name, document->name))
            continue;
        known->former = document->former.len ? document->former : known->former;
        known->fresh = document->fresh.len ? document->fresh : known->fresh;
        return true;
    }
    if (list->document_count == SOURCE_MAX)
        return false;
    list->documents[list->document_count++] = *document;
    return true;
}

struct sourcelist_document sourcelist_document(const struct sourcelist *list, struct slice name) {
    for (size_t i = 0; i < list->document_count; i++) {
        if (slice_equal(list->documents[i].name, name))
            return list->documents[i];
    }
    return (struct sourcelist_document){.name = name};
}

struct source *sourcelist_find(struct sourcelist *list, struct slice name) {
    for (size_t i = 0; i < list->count; i++) {
        if (slice_equal(list->sources[i].name, name))
            return &list->sources[i];
    }
    return NULL;
}

struct source *sourcelist_add(struct sourcelist *list, const struct source *source) {
    struct source *known = sourcelist_find(list, source->name);
    if (known != NULL && source->interval_ms > 0 &&
        (known->interval_ms == 0 || source->interval_ms < known->interval_ms))
        known->interval_ms = source->interval_ms;
    if (known != NULL)
        return known;
    bool has_room = list->count < SOURCE_MAX && source->name.len <= SOURCE_NAME_MAX;
    if (!has_room || !copy_source(list, source, &list->sources[list->count]))
        return NULL;
    if (source->kind == SOURCE_URL && !allow_url(list, source->request.url))
        return NULL;
    return &list->sources[list->count++];
}

bool sourcelist_allow(struct sourcelist *list, struct slice host) {
    for (size_t i = 0; i < list->host_count; i++) {
        if (slice_equal(list->hosts[i], host))
            return true;
    }
    struct slice kept = arena_copy(list->arena, host);
    if (list->host_count == SOURCELIST_HOSTS_MAX || kept.data == NULL)
        return false;
    list->hosts[list->host_count++] = kept;
    return true;
}

void sourcelist_judge(struct sourcelist *list, struct source *source, enum source_verdict verdict, const char *why) {
    source->verdict = verdict;
    source->why = arena_copy(list->arena, slice_sub(slice_text(why), 0, SOURCE_WHY_MAX));
}

bool sourcelist_write(const struct sourcelist *list, struct buf *to) {
    return append_written(to, SOURCE_LIST_BYTES_MAX, list, put_sources);
}

bool sourcelist_write_hosts(const struct sourcelist *list, struct buf *to) {
    return append_written(to, SOURCELIST_HOSTS_BYTES_MAX, list, put_hosts);
}

static bool copy_source(struct sourcelist *list, const struct source *from, struct source *to) {
    *to = *from;
    struct slice *texts[] = {&to->name, &to->request.url, &to->request.body, &to->request.content_type, &to->why};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        bool has_bytes = texts[i]->len > 0;
        *texts[i] = arena_copy(list->arena, *texts[i]);
        if (has_bytes && texts[i]->data == NULL)
            return false;
    }
    return true;
}

static bool allow_url(struct sourcelist *list, struct slice text) {
    struct url url;
    char host[URL_HOST_MAX + 16];
    if (!url_parse(text, &url))
        return false;
    int len = snprintf(host, sizeof(host), "%.*s:%u", (int)url.host.len, (const char *)url.host.data, url.port);
    return sourcelist_allow(list, slice_of(host, (size_t)len));
}

static bool append_written(struct buf *to, size_t room, const struct sourcelist *list,
                           void (*put)(const struct sourcelist *list, struct wire_out *out)) {
    struct wire_out out;
    uint8_t *at = buf_reserve(to, room);
    if (at == NULL)
        return false;
    wire_out_init(&out, at, room);
    put(list, &out);
    struct slice written = wire_out_view(&out);
    if (written.data == NULL)
        return false;
    buf_commit(to, written.len);
    return true;
}

static void put_sources(const struct sourcelist *list, struct wire_out *out) {
    for (size_t i = 0; i < list->count; i++)
        source_put(&list->sources[i], out);
}

static void put_hosts(const struct sourcelist *list, struct wire_out *out) {
    for (size_t i = 0; i < list->host_count; i++)
        wire_put_bytes(out, list->hosts[i]);
}
