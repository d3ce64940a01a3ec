/* The report on the wire. */
#include "ipc/report.h"

static void put_slot(const struct report_slot *slot, struct wire_out *out);
static void get_slot(struct report_slot *slot, struct wire_in *in);

void report_put_source(uint32_t number, const struct report_source *source, struct wire_out *out) {
    wire_put_u32(out, number);
    wire_put_u8(out, (uint8_t)source->kind);
    wire_put_text(out, source->name);
    wire_put_i64(out, source->good_ms);
    wire_put_i64(out, source->bad_ms);
    wire_put_i64(out, source->due_ms);
    wire_put_i64(out, source->expires_ms);
    wire_put_text(out, source->why);
}

bool report_get_source(struct report_sources *sources, struct wire_in *in) {
    uint32_t number = wire_get_u32(in);
    if (number >= sources->count)
        return false;
    struct report_source *source = &sources->items[number];
    uint8_t kind = wire_get_u8(in);
    if (kind > REPORT_SOURCE_NAME)
        return false;
    source->kind = (enum report_source_kind)kind;
    wire_get_text(in, source->name, sizeof(source->name));
    source->good_ms = wire_get_i64(in);
    source->bad_ms = wire_get_i64(in);
    source->due_ms = wire_get_i64(in);
    source->expires_ms = wire_get_i64(in);
    wire_get_text(in, source->why, sizeof(source->why));
    return wire_in_done(in);
}

void report_put(const struct report *report, struct wire_out *out) {
    wire_put_u32(out, (uint32_t)report->pid);
    wire_put_i64(out, report->started_ms);
    wire_put_u64(out, report->generation);
    wire_put_i64(out, report->loaded_ms);
    wire_put_text(out, report->config_path);
    wire_put_i64(out, report->reload_ms);
    wire_put_bool(out, report->reload_ok);
    wire_put_text(out, report->reload_text);
    wire_put_bool(out, report->draining);
    wire_put_u32(out, report->slots_count);
    for (uint32_t i = 0; i < report->slots_count; i++)
        put_slot(&report->slots[i], out);
    wire_put_u32(out, report->listens_count);
    for (uint32_t i = 0; i < report->listens_count; i++) {
        wire_put_text(out, report->listens[i].name);
        wire_put_text(out, report->listens[i].addr);
    }
}

bool report_get(struct report *report, struct wire_in *in) {
    report->pid = (int32_t)wire_get_u32(in);
    report->started_ms = wire_get_i64(in);
    report->generation = wire_get_u64(in);
    report->loaded_ms = wire_get_i64(in);
    wire_get_text(in, report->config_path, sizeof(report->config_path));
    report->reload_ms = wire_get_i64(in);
    report->reload_ok = wire_get_bool(in);
    wire_get_text(in, report->reload_text, sizeof(report->reload_text));
    report->draining = wire_get_bool(in);
    report->slots_count = wire_get_count(in, OUTLINE_WORKERS_MAX);
    for (uint32_t i = 0; i < report->slots_count; i++)
        get_slot(&report->slots[i], in);
    report->listens_count = wire_get_count(in, OUTLINE_LISTENS_MAX);
    for (uint32_t i = 0; i < report->listens_count; i++) {
        wire_get_text(in, report->listens[i].name, sizeof(report->listens[i].name));
        wire_get_text(in, report->listens[i].addr, sizeof(report->listens[i].addr));
    }
    return wire_in_done(in);
}

const char *report_source_kind_name(enum report_source_kind kind) {
    static const char *const names[] = {
        [REPORT_SOURCE_URL] = "url", [REPORT_SOURCE_PATH] = "path", [REPORT_SOURCE_NAME] = "name"};
    return names[kind];
}

const char *report_state_name(enum report_state state) {
    static const char *const names[] = {
        [REPORT_WAITING] = "waiting",
        [REPORT_STARTING] = "starting",
        [REPORT_RUNNING] = "running",
        [REPORT_DRAINING] = "draining",
    };
    return names[state];
}

static void put_slot(const struct report_slot *slot, struct wire_out *out) {
    wire_put_u8(out, (uint8_t)slot->state);
    wire_put_u32(out, (uint32_t)slot->pid);
    wire_put_u32(out, slot->restarts);
    wire_put_i64(out, slot->since_ms);
    wire_put_text(out, slot->last_end);
}

static void get_slot(struct report_slot *slot, struct wire_in *in) {
    uint8_t state = wire_get_u8(in);
    if (state > REPORT_DRAINING)
        in->bad = true;
    slot->state = in->bad ? REPORT_WAITING : (enum report_state)state;
    slot->pid = (int32_t)wire_get_u32(in);
    slot->restarts = wire_get_u32(in);
    slot->since_ms = wire_get_i64(in);
    wire_get_text(in, slot->last_end, sizeof(slot->last_end));
}
