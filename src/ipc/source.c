/* Sources on the wire. */
#include "ipc/source.h"

void source_put(const struct source *source, struct wire_out *out) {
    wire_put_u8(out, (uint8_t)source->kind);
    wire_put_bytes(out, source->name);
    if (source->kind == SOURCE_URL)
        fetch_put_request(&source->request, out);
    wire_put_i64(out, source->interval_ms);
    wire_put_i64(out, source->expires);
    wire_put_u8(out, (uint8_t)source->verdict);
    wire_put_text_cut(out, source->why, SOURCE_WHY_MAX);
}

void source_get(struct source *source, struct wire_in *in) {
    uint8_t kind = wire_get_u8(in);
    *source = (struct source){.kind = kind == SOURCE_URL ? SOURCE_URL : SOURCE_PATH};
    source->name = wire_get_bytes(in, SOURCE_NAME_MAX);
    if (source->kind == SOURCE_URL)
        fetch_get_request(&source->request, in);
    source->interval_ms = wire_get_i64(in);
    source->expires = wire_get_i64(in);
    uint8_t verdict = wire_get_u8(in);
    source->why = wire_get_bytes(in, SOURCE_WHY_MAX);
    if (kind > SOURCE_PATH || verdict > SOURCE_VERDICT_REFUSED || source->name.len == 0 || source->interval_ms < 0)
        in->bad = true;
    source->verdict = in->bad ? SOURCE_VERDICT_NONE : (enum source_verdict)verdict;
}
