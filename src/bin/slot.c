/* One worker slot: its memory, and the messages to its worker. */
#include "bin/slot.h"

#include "base/log.h"
#include "base/now.h"
#include "ipc/events.h"
#include "os/fd.h"
#include "os/sealed.h"

#include <sys/eventfd.h>

static struct wire_out *begin(struct slot *slot, enum catalog_message type);
static void send_begun(struct slot *slot, const int *fds);
static void put_sockets(struct wire_out *out, const struct sockets *sockets, unsigned slot);

bool slot_init(struct slot *slot, unsigned number, int64_t now_ms, struct error *error) {
    *slot = (struct slot){.number = number, .lent_to = -1, .down_since_ms = now_ms};
    child_init(&slot->child, CATALOG_ROLE_WORKER, number);
    slot->memory[SLOT_COUNTERS] = sealed_shared("sallyport-counters", sizeof(struct counters));
    slot->memory[SLOT_EVENTS] = sealed_shared("sallyport-events", events_memory_bytes());
    slot->memory[SLOT_WAKE] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (slot->memory[SLOT_COUNTERS] >= 0)
        slot->counters = counters_open(slot->memory[SLOT_COUNTERS]);
    slot_set_state(slot, REPORT_WAITING);
    if (slot->counters && slot->memory[SLOT_EVENTS] >= 0 && slot->memory[SLOT_WAKE] >= 0)
        return true;
    error_set(error, (struct error_place){0}, "No shared memory for worker %u: %m.", number);
    slot_fini(slot);
    return false;
}

void slot_fini(struct slot *slot) {
    child_hang_up(&slot->child);
    counters_close(&slot->counters);
    for (size_t i = 0; i < SLOT_MEMORY_COUNT; i++)
        fd_close(&slot->memory[i]);
}

bool slot_start(struct slot *slot, const struct child_program *program, const struct ticketkeys *keys, int64_t now_ms) {
    struct error error;
    counters_reset_gauges(slot->counters);
    counters_beat(slot->counters, now_ms);
    slot->asked = slot->prepared = slot->committed = 0;
    slot->is_begun = false;
    if (!child_start(&slot->child, program, now_ms, &error)) {
        log_line(LOG_LEVEL_ERROR, "%s", error.sentence);
        return false;
    }
    slot_set_state(slot, REPORT_STARTING);
    begin(slot, CATALOG_MEMORY);
    send_begun(slot, slot->memory);
    slot_send_keys(slot, keys);
    return true;
}

void slot_send_keys(struct slot *slot, const struct ticketkeys *keys) {
    struct wire_out *out = begin(slot, CATALOG_TICKET_KEYS);
    if (out)
        ticketkeys_put(keys, out);
    send_begun(slot, NULL);
}

void slot_send_sockets(struct slot *slot, const struct sockets *sockets, unsigned number, bool only_fresh) {
    for (size_t i = 0; i < sockets->count; i++) {
        const struct sockets_address *address = &sockets->items[i];
        if (only_fresh && !address->fresh)
            continue;
        struct wire_out *out = begin(slot, CATALOG_SOCKET);
        if (out)
            wire_put_u32(out, sockets_number(address, number));
        send_begun(slot, &address->fds[number - 1]);
    }
}

void slot_send_prepare(struct slot *slot, uint64_t generation, int bundle_fd, const struct sockets *sockets,
                       const struct slot *slots, unsigned count) {
    struct wire_out *out = begin(slot, CATALOG_PREPARE);
    if (!out)
        return;
    size_t tables = 1;
    for (unsigned i = 0; i < count; i++)
        tables += slots[i].lent_to == (int)slot->number;
    wire_put_u64(out, generation);
    wire_put_u32(out, (uint32_t)(tables * sockets->count));
    put_sockets(out, sockets, slot->number);
    for (unsigned i = 0; i < count; i++)
        if (slots[i].lent_to == (int)slot->number)
            put_sockets(out, sockets, slots[i].number);
    slot->asked = generation;
    send_begun(slot, &bundle_fd);
}

void slot_send_verdict(struct slot *slot, enum catalog_message verdict, uint64_t generation) {
    struct wire_out *out = begin(slot, verdict);
    if (out)
        wire_put_u64(out, generation);
    send_begun(slot, NULL);
}

void slot_send_denials(struct slot *slot, uint64_t generation, int index_fd) {
    struct wire_out *out = begin(slot, CATALOG_DENY);
    if (out)
        wire_put_u64(out, generation);
    send_begun(slot, &index_fd);
}

void slot_send_addresses(struct slot *slot, const char *name, const struct resolve_answer *answer) {
    struct wire_out *out = begin(slot, CATALOG_ADDRESSES);
    if (out) {
        wire_put_text(out, name);
        resolve_put_answer(answer, out);
    }
    send_begun(slot, NULL);
}

void slot_send_drained(struct slot *slot, uint32_t request, bool is_drained, const char *name) {
    struct wire_out *out = begin(slot, CATALOG_SERVER_SET);
    if (out) {
        wire_put_u32(out, request);
        wire_put_bool(out, is_drained);
        wire_put_text(out, name);
    }
    send_begun(slot, NULL);
}

void slot_send_lend(struct slot *slot, const struct slot *absent, const struct sockets *sockets) {
    for (size_t i = 0; i < sockets->count; i++) {
        const struct sockets_address *address = &sockets->items[i];
        struct wire_out *out = begin(slot, CATALOG_LEND);
        if (out) {
            wire_put_u32(out, sockets_number(address, absent->number));
            wire_put_u32(out, address->listener);
        }
        send_begun(slot, &address->fds[absent->number - 1]);
    }
}

void slot_send_recall(struct slot *slot, const struct slot *absent, const struct sockets *sockets) {
    for (size_t i = 0; i < sockets->count; i++) {
        struct wire_out *out = begin(slot, CATALOG_RECALL);
        if (out)
            wire_put_u32(out, sockets_number(&sockets->items[i], absent->number));
        send_begun(slot, NULL);
    }
}

void slot_send_drain(struct slot *slot, int64_t limit_ms) {
    struct wire_out *out = begin(slot, CATALOG_DRAIN);
    if (out)
        wire_put_i64(out, limit_ms);
    send_begun(slot, NULL);
}

bool slot_send_answer(struct slot *slot, uint32_t ask, enum ask_outcome outcome, struct slice bytes) {
    struct wire_out *out = begin(slot, CATALOG_ANSWER);
    if (!out)
        return false;
    wire_put_u32(out, ask);
    wire_put_u8(out, (uint8_t)outcome);
    wire_put_bytes(out, bytes);
    return channel_send(slot->child.channel, NULL);
}

void slot_check_heartbeat(struct slot *slot, int64_t now_ms) {
    if (slot->child.pid != 0 && now_ms - counters_last_beat(slot->counters) > SLOT_HUNG_MS)
        child_kill(&slot->child, "hung, no heartbeat for 20 s");
}

void slot_set_state(struct slot *slot, enum report_state state) {
    slot->state = state;
    slot->since_ms = now_unix_ms();
}

/* NULL when there is nobody to talk to. */
static struct wire_out *begin(struct slot *slot, enum catalog_message type) {
    return slot->child.channel ? channel_begin(slot->child.channel, type) : NULL;
}

static void send_begun(struct slot *slot, const int *fds) {
    if (slot->child.channel && !channel_send(slot->child.channel, fds))
        child_kill(&slot->child, "it does not read its channel");
}

/* Pairs of socket number and listener number. */
static void put_sockets(struct wire_out *out, const struct sockets *sockets, unsigned slot) {
    for (size_t i = 0; i < sockets->count; i++) {
        wire_put_u32(out, sockets_number(&sockets->items[i], slot));
        wire_put_u32(out, sockets->items[i].listener);
    }
}
