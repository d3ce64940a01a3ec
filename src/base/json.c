#include "base/json.h"

#include "base/text.h"

#include <inttypes.h>

static void put_name(struct json *json, const char *name);
static void put(struct json *json, const char *text);

void json_begin(struct json *json, struct buf *to) {
    *json = (struct json){.to = to, .fits = true, .is_first = true};
}

void json_open(struct json *json, const char *name, char bracket) {
    const char text[] = {bracket, '\0'};
    put_name(json, name);
    put(json, text);
    json->is_first = true;
}

void json_close(struct json *json, char bracket) {
    const char text[] = {bracket, '\0'};
    put(json, text);
    json->is_first = false;
}

void json_text(struct json *json, const char *name, struct slice text) {
    if (!text.data)
        return;
    put_name(json, name);
    json->fits = json->fits && text_json(json->to, text);
}

void json_number(struct json *json, const char *name, int64_t number) {
    put_name(json, name);
    json->fits = json->fits && buf_printf(json->to, "%" PRId64, number);
}

void json_bool(struct json *json, const char *name, bool value) {
    put_name(json, name);
    put(json, value ? "true" : "false");
}

void json_seconds(struct json *json, const char *name, int64_t seconds) {
    char text[24];
    text_time(text, seconds * 1000);
    json_text(json, name, slice_of(text, sizeof text));
}

void json_raw(struct json *json, const char *name, struct slice value) {
    put_name(json, name);
    json->fits = json->fits && buf_append(json->to, value);
}

static void put_name(struct json *json, const char *name) {
    if (!json->is_first)
        put(json, ",");
    json->is_first = false;
    if (!name)
        return;
    json->fits = json->fits && text_json(json->to, slice_text(name));
    put(json, ":");
}

static void put(struct json *json, const char *text) {
    json->fits = json->fits && buf_append_text(json->to, text);
}
