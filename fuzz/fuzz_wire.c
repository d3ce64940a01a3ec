/* What a process that was taken over could send: every message's content, read by the reader of the other end. */
#include "ipc/catalog.h"
#include "ipc/outline.h"
#include "ipc/report.h"
#include "ipc/source.h"
#include "ipc/wire.h"

static void read_values(struct wire_in in) {
    char text[16];
    while (!in.bad && in.rest.len > 0) {
        switch (wire_get_u8(&in) % 7) {
        case 0:
            wire_get_u16(&in);
            break;
        case 1:
            wire_get_u32(&in);
            break;
        case 2:
            wire_get_i64(&in);
            break;
        case 3:
            wire_get_bool(&in);
            break;
        case 4:
            wire_get_text(&in, text, sizeof(text));
            break;
        case 5:
            wire_get_bytes(&in, 100);
            break;
        default:
            wire_get_count(&in, 10);
            break;
        }
    }
}

/* What was read is written again and must be the same. */
static void read_outline(struct wire_in in) {
    static struct outline outline;
    static uint8_t again[CATALOG_BYTES_MAX];
    struct slice bytes = in.rest;
    struct wire_out out;
    if (bytes.len > CATALOG_BYTES_MAX || !outline_get(&outline, &in))
        return;
    wire_out_init(&out, again, sizeof(again));
    outline_put(&outline, &out);
    if (out.full)
        __builtin_trap();
    wire_in_init(&in, wire_out_view(&out));
    if (!outline_get(&outline, &in))
        __builtin_trap();
}

static void read_report(struct wire_in in) {
    static struct report report;
    static uint8_t again[CATALOG_BYTES_MAX];
    struct slice bytes = in.rest;
    struct wire_out out;
    if (bytes.len > CATALOG_BYTES_MAX || !report_get(&report, &in))
        return;
    wire_out_init(&out, again, sizeof(again));
    report_put(&report, &out);
    if (!slice_equal(wire_out_view(&out), bytes))
        __builtin_trap();
}

/* What was read is written again and must be the same. */
static void read_sources(struct wire_in in) {
    static uint8_t again[CATALOG_BYTES_MAX];
    while (in.rest.len > 0 && in.rest.len <= CATALOG_BYTES_MAX) {
        struct source source;
        struct wire_out out;
        struct slice before = in.rest;
        source_get(&source, &in);
        if (in.bad)
            return;
        wire_out_init(&out, again, sizeof(again));
        source_put(&source, &out);
        if (!slice_equal(wire_out_view(&out), slice_sub(before, 0, before.len - in.rest.len)))
            __builtin_trap();
    }
}

static void read_reply(struct wire_in in) {
    struct fetch_reply reply;
    size_t len = in.rest.len;
    fetch_get_reply(&reply, 1000, &in);
    if (!in.bad && (reply.document.len > len || reply.document.len > 1000 || reply.why.len > FETCH_WHY_MAX))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct wire_in in;
    wire_in_init(&in, slice_of(data, len));
    switch (wire_get_u8(&in) % 5) {
    case 0:
        read_values(in);
        break;
    case 1:
        read_outline(in);
        break;
    case 2:
        read_report(in);
        break;
    case 3:
        read_sources(in);
        break;
    default:
        read_reply(in);
        break;
    }
    return 0;
}
