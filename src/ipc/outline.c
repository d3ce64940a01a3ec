/* The outline on the wire. Addresses travel as text: the parser that reads them is the one of base/addr. */
#include "ipc/outline.h"

static void put_log(const struct outline_log *log, struct wire_out *out);
static void get_log(struct outline_log *log, struct wire_in *in);
static void put_listen(const struct outline_listen *listen, struct wire_out *out);
static void get_listen(struct outline_listen *listen, struct wire_in *in);

void outline_put(const struct outline *outline, struct wire_out *out) {
    wire_put_u32(out, outline->workers);
    wire_put_u32(out, outline->services);
    wire_put_text(out, outline->user);
    wire_put_text(out, outline->control_socket);
    wire_put_text(out, outline->state_directory);
    put_log(&outline->access, out);
    put_log(&outline->refusals, out);
    wire_put_i64(out, outline->drain_ms);
    wire_put_i64(out, outline->ticket_lifetime_s);
    wire_put_u32(out, outline->listens_count);
    for (uint32_t i = 0; i < outline->listens_count; i++)
        put_listen(&outline->listens[i], out);
}

bool outline_get(struct outline *outline, struct wire_in *in) {
    outline->workers = wire_get_count(in, OUTLINE_WORKERS_MAX);
    outline->services = wire_get_count(in, (1U << ASK_SERVICE_COUNT) - 1);
    wire_get_text(in, outline->user, sizeof(outline->user));
    wire_get_text(in, outline->control_socket, sizeof(outline->control_socket));
    wire_get_text(in, outline->state_directory, sizeof(outline->state_directory));
    get_log(&outline->access, in);
    get_log(&outline->refusals, in);
    outline->drain_ms = wire_get_i64(in);
    outline->ticket_lifetime_s = wire_get_i64(in);
    outline->listens_count = wire_get_count(in, OUTLINE_LISTENS_MAX);
    for (uint32_t i = 0; i < outline->listens_count && !in->bad; i++)
        get_listen(&outline->listens[i], in);
    return wire_in_done(in) && outline->workers > 0 && outline->drain_ms >= 0 && outline->ticket_lifetime_s >= 0;
}

static void put_log(const struct outline_log *log, struct wire_out *out) {
    wire_put_u8(out, (uint8_t)log->target);
    wire_put_text(out, log->path);
}

static void get_log(struct outline_log *log, struct wire_in *in) {
    uint8_t target = wire_get_u8(in);
    if (target > OUTLINE_LOG_FILE)
        in->bad = true;
    log->target = in->bad ? OUTLINE_LOG_OFF : (enum outline_log_target)target;
    wire_get_text(in, log->path, sizeof(log->path));
    if ((log->target == OUTLINE_LOG_FILE) != (log->path[0] == '/'))
        in->bad = true;
}

static void put_listen(const struct outline_listen *listen, struct wire_out *out) {
    char text[ADDR_TEXT_MAX];
    addr_text(&listen->addr, text);
    wire_put_text(out, text);
    wire_put_u32(out, listen->listener);
    wire_put_text(out, listen->name);
}

static void get_listen(struct outline_listen *listen, struct wire_in *in) {
    struct slice text = wire_get_bytes(in, ADDR_TEXT_MAX);
    if (!in->bad && !addr_parse(text, &listen->addr))
        in->bad = true;
    listen->listener = wire_get_u32(in);
    wire_get_text(in, listen->name, sizeof(listen->name));
}
