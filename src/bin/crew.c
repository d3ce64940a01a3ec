/* The workers: their lives, and the two-phase change of generation. */
#include "bin/crew.h"

#include "base/bug.h"
#include "base/log.h"
#include "os/fd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* TICK_MS: the supervisor looks at heartbeats at least so often. LATE_MS: when it comes so late itself, the whole
 * machine stood still, and nobody is hung. */
enum { TICK_MS = 1000, LATE_MS = 5000 };

/* next.number is 0 while no change is under way. refusal: of the change under way, or of a worker's start. */
struct crew {
    const struct child_program *program;
    struct relay *relay;
    struct denials *denials;
    struct drains *drains;
    struct names *names;
    struct crew_generation current;
    struct sockets sockets;
    struct crew_generation next;
    struct sockets next_sockets;
    struct ticketkeys keys;
    struct slot slots[OUTLINE_WORKERS_MAX];
    unsigned count;
    enum crew_phase phase;
    int64_t prepare_until_ms;
    int64_t ticked_ms;
    int64_t watch_from_ms;
    bool draining;
    bool changed;
    bool failed;
    char refusal[CATALOG_TEXT_MAX];
};

static bool may_start(const struct crew *crew);
static int64_t lesser(int64_t a, int64_t b);
static void note_end(struct crew *crew, struct slot *slot, int status, int64_t now_ms);
static void start(struct crew *crew, struct slot *slot, int64_t now_ms);
static void rotate_keys(struct crew *crew, int64_t now_ms);
static void lend(struct crew *crew, struct slot *absent, int64_t now_ms);
static void recall(struct crew *crew, struct slot *returned);
static void take_message(struct crew *crew, struct slot *slot, struct channel_message *message);
static void take_prepared(struct crew *crew, struct slot *slot, uint64_t generation);
static void let_begin(struct crew *crew, struct slot *slot);
static void take_committed(struct crew *crew, struct slot *slot, uint64_t generation);
static void take_refused(struct crew *crew, struct slot *slot, struct wire_in *in);
static void refuse(struct crew *crew, const struct slot *slot, struct slice why);
static void step(struct crew *crew);
static bool is_building(const struct crew *crew, const struct slot *slot);
static void finish_commit(struct crew *crew);
static void drop_generation(struct crew_generation *generation);

struct crew *crew_new(const struct child_program *program, struct crew_generation *first, struct sockets *sockets,
                      int64_t now_ms, struct error *error) {
    struct crew *crew = calloc(1, sizeof(*crew));
    if (!crew) {
        error_set(error, (struct error_place){0}, "No memory for the table of workers.");
        return NULL;
    }
    crew->program = program;
    crew->next.bundle_fd = crew->current.bundle_fd = -1;
    ticketkeys_init(&crew->keys);
    for (unsigned i = 0; i < first->outline.workers; i++, crew->count++) {
        if (!slot_init(&crew->slots[i], i + 1, now_ms, error)) {
            crew_free(&crew);
            return NULL;
        }
    }
    crew->ticked_ms = now_ms;
    crew->current = *first;
    first->bundle_fd = -1;
    sockets_init(&crew->sockets, crew->count);
    sockets_commit(&crew->sockets, sockets);
    sockets->count = 0;
    ticketkeys_rotate(&crew->keys, now_ms, crew->current.outline.ticket_lifetime_s);
    return crew;
}

void crew_free(struct crew **crew) {
    if (!*crew)
        return;
    for (unsigned i = 0; i < (*crew)->count; i++)
        slot_fini(&(*crew)->slots[i]);
    sockets_abort(&(*crew)->next_sockets);
    sockets_close(&(*crew)->sockets);
    drop_generation(&(*crew)->current);
    drop_generation(&(*crew)->next);
    ticketkeys_fini(&(*crew)->keys);
    free(*crew);
    *crew = NULL;
}

void crew_use_relay(struct crew *crew, struct relay *relay) {
    crew->relay = relay;
}

void crew_use_denials(struct crew *crew, struct denials *denials) {
    crew->denials = denials;
}

void crew_use_drains(struct crew *crew, struct drains *drains) {
    crew->drains = drains;
}

void crew_use_names(struct crew *crew, struct names *names) {
    crew->names = names;
}

const struct crew_generation *crew_current(const struct crew *crew) {
    return &crew->current;
}

const struct sockets *crew_sockets(const struct crew *crew) {
    return &crew->sockets;
}

const struct slot *crew_slots(const struct crew *crew, unsigned *count) {
    *count = crew->count;
    return crew->slots;
}

unsigned crew_running(const struct crew *crew) {
    unsigned running = 0;
    for (unsigned i = 0; i < crew->count; i++)
        running += crew->slots[i].state == REPORT_RUNNING;
    return running;
}

bool crew_failed(const struct crew *crew) {
    return crew->failed;
}

bool crew_tick(struct crew *crew, int64_t now_ms) {
    rotate_keys(crew, now_ms);
    if (now_ms - crew->ticked_ms > LATE_MS)
        crew->watch_from_ms = now_ms + SLOT_HUNG_MS;
    crew->ticked_ms = now_ms;
    for (unsigned i = 0; i < crew->count; i++) {
        if (now_ms >= crew->watch_from_ms)
            slot_check_heartbeat(&crew->slots[i], now_ms);
        if (may_start(crew) && child_is_due(&crew->slots[i].child, now_ms))
            start(crew, &crew->slots[i], now_ms);
        if (may_start(crew))
            lend(crew, &crew->slots[i], now_ms);
    }
    if (crew->phase == CREW_PREPARING && now_ms > crew->prepare_until_ms)
        refuse(crew, NULL, slice_text("The workers did not build the new configuration in time."));
    if (crew->denials)
        denials_tick(crew->denials, crew->slots, crew->count, now_ms);
    if (crew->drains)
        drains_tick(crew->drains, crew->slots, crew->count, now_ms);
    if (crew->names)
        names_tick(crew->names, crew->slots, crew->count, now_ms);
    for (unsigned i = 0; i < crew->count; i++)
        let_begin(crew, &crew->slots[i]);
    step(crew);
    bool changed = crew->changed;
    crew->changed = false;
    return changed;
}

int crew_wait_ms(const struct crew *crew, int64_t now_ms) {
    int64_t wait_ms = TICK_MS;
    for (unsigned i = 0; i < crew->count && may_start(crew); i++) {
        const struct slot *slot = &crew->slots[i];
        if (slot->child.pid == 0)
            wait_ms = lesser(wait_ms, slot->child.start_at_ms - now_ms);
        if (slot->state != REPORT_RUNNING && slot->lent_to < 0 && slot->down_since_ms + CREW_LEND_AFTER_MS > now_ms)
            wait_ms = lesser(wait_ms, slot->down_since_ms + CREW_LEND_AFTER_MS - now_ms);
    }
    return wait_ms < 0 ? 0 : (int)wait_ms;
}

size_t crew_poll(const struct crew *crew, struct pollfd *polled) {
    size_t count = 0;
    for (unsigned i = 0; i < crew->count; i++)
        if (crew->slots[i].child.channel)
            polled[count++] = (struct pollfd){.fd = channel_fd(crew->slots[i].child.channel), .events = POLLIN};
    return count;
}

void crew_receive(struct crew *crew) {
    for (unsigned i = 0; i < crew->count; i++) {
        struct channel_message message;
        while (child_receive(&crew->slots[i].child, &message))
            take_message(crew, &crew->slots[i], &message);
    }
}

bool crew_ended(struct crew *crew, pid_t pid, int status, int64_t now_ms) {
    for (unsigned i = 0; i < crew->count; i++) {
        if (crew->slots[i].child.pid == pid) {
            note_end(crew, &crew->slots[i], status, now_ms);
            return true;
        }
    }
    return false;
}

void crew_prepare(struct crew *crew, struct crew_generation *next, struct sockets *sockets, int64_t now_ms) {
    bug_on(crew->phase != CREW_SETTLED || !crew_is_steady(crew));
    crew->next = *next;
    next->bundle_fd = -1;
    crew->next_sockets = *sockets;
    sockets->count = 0;
    crew->phase = CREW_PREPARING;
    crew->prepare_until_ms = now_ms + CREW_PREPARE_MS;
    for (unsigned i = 0; i < crew->count; i++) {
        struct slot *slot = &crew->slots[i];
        if (slot->state != REPORT_RUNNING)
            continue;
        for (unsigned k = 0; k < crew->count; k++)
            if (k == i || crew->slots[k].lent_to == (int)slot->number)
                slot_send_sockets(slot, &crew->next_sockets, k + 1, true);
        slot_send_prepare(slot, crew->next.number, crew->next.bundle_fd, &crew->next_sockets, crew->slots, crew->count);
    }
}

bool crew_is_steady(const struct crew *crew) {
    for (unsigned i = 0; i < crew->count; i++)
        if (crew->slots[i].state == REPORT_STARTING)
            return false;
    return crew->phase == CREW_SETTLED;
}

enum crew_phase crew_phase(const struct crew *crew) {
    return crew->phase;
}

const char *crew_refusal(const struct crew *crew) {
    return crew->refusal;
}

void crew_commit(struct crew *crew) {
    bug_on(crew->phase != CREW_PREPARED);
    crew->phase = CREW_COMMITTING;
    for (unsigned i = 0; i < crew->count; i++)
        if (crew->slots[i].prepared == crew->next.number)
            slot_send_verdict(&crew->slots[i], CATALOG_COMMIT, crew->next.number);
}

void crew_abort(struct crew *crew) {
    bug_on(crew->phase != CREW_PREPARED && crew->phase != CREW_REFUSED);
    for (unsigned i = 0; i < crew->count; i++)
        if (crew->slots[i].asked == crew->next.number)
            slot_send_verdict(&crew->slots[i], CATALOG_ABORT, crew->next.number);
    sockets_abort(&crew->next_sockets);
    drop_generation(&crew->next);
    crew->phase = CREW_SETTLED;
}

void crew_drain(struct crew *crew, int64_t limit_ms) {
    crew->draining = true;
    for (unsigned i = 0; i < crew->count; i++) {
        child_expect_end(&crew->slots[i].child);
        slot_send_drain(&crew->slots[i], limit_ms);
        if (crew->slots[i].child.pid != 0)
            slot_set_state(&crew->slots[i], REPORT_DRAINING);
    }
    sockets_abort(&crew->next_sockets);
    sockets_close(&crew->sockets);
    crew->changed = true;
}

void crew_kill(struct crew *crew, const char *why) {
    for (unsigned i = 0; i < crew->count; i++) {
        child_expect_end(&crew->slots[i].child);
        child_kill(&crew->slots[i].child, why);
    }
}

unsigned crew_alive(const struct crew *crew) {
    unsigned alive = 0;
    for (unsigned i = 0; i < crew->count; i++)
        alive += crew->slots[i].child.pid != 0;
    return alive;
}

/* Neither starts nor loans during a change: they would have to be part of it. */
static bool may_start(const struct crew *crew) {
    return crew->phase == CREW_SETTLED && !crew->draining;
}

static int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static void note_end(struct crew *crew, struct slot *slot, int status, int64_t now_ms) {
    bool was_building = is_building(crew, slot);
    if (slot->state == REPORT_RUNNING)
        slot->down_since_ms = now_ms;
    child_ended(&slot->child, status, now_ms);
    if (crew->relay)
        relay_forget(crew->relay, slot);
    if (crew->denials)
        denials_forget(crew->denials, slot);
    if (crew->drains)
        drains_forget(crew->drains, slot);
    slot_set_state(slot, REPORT_WAITING);
    for (unsigned i = 0; i < crew->count; i++)
        if (crew->slots[i].lent_to == (int)slot->number)
            crew->slots[i].lent_to = -1;
    if (was_building && !crew->draining)
        refuse(crew, slot, slice_text(slot->child.last_end));
    crew->changed = true;
}

/* A new worker goes through the same two phases as all do at a reload, alone. */
static void start(struct crew *crew, struct slot *slot, int64_t now_ms) {
    crew->changed = true;
    if (!slot_start(slot, crew->program, &crew->keys, now_ms))
        return;
    slot_send_sockets(slot, &crew->sockets, slot->number, false);
    slot_send_prepare(slot, crew->current.number, crew->current.bundle_fd, &crew->sockets, NULL, 0);
}

static void rotate_keys(struct crew *crew, int64_t now_ms) {
    if (!ticketkeys_rotate(&crew->keys, now_ms, crew->current.outline.ticket_lifetime_s))
        return;
    for (unsigned i = 0; i < crew->count; i++)
        slot_send_keys(&crew->slots[i], &crew->keys);
}

/* Lends the sockets of a slot that nobody serves to the next slot whose worker does. */
static void lend(struct crew *crew, struct slot *absent, int64_t now_ms) {
    if (absent->state == REPORT_RUNNING || absent->lent_to >= 0 || now_ms - absent->down_since_ms < CREW_LEND_AFTER_MS)
        return;
    for (unsigned i = 0; i < crew->count; i++) {
        struct slot *helper = &crew->slots[(absent->number + i) % crew->count];
        if (helper->state != REPORT_RUNNING)
            continue;
        absent->lent_to = (int)helper->number;
        slot_send_lend(helper, absent, &crew->sockets);
        log_line(LOG_LEVEL_INFO, "worker %u serves the waiting connections of worker %u", helper->number,
                 absent->number);
        return;
    }
}

static void recall(struct crew *crew, struct slot *returned) {
    if (returned->lent_to < 0)
        return;
    slot_send_recall(&crew->slots[returned->lent_to - 1], returned, &crew->sockets);
    returned->lent_to = -1;
}

static void take_message(struct crew *crew, struct slot *slot, struct channel_message *message) {
    if (message->type == CATALOG_REFUSED) {
        take_refused(crew, slot, &message->in);
        return;
    }
    if (message->type == CATALOG_ASK) {
        if (!crew->relay || !relay_ask(crew->relay, slot, &message->in, crew->ticked_ms))
            child_kill(&slot->child, "it asked what it may not");
        return;
    }
    if (message->type == CATALOG_DENIED) {
        if (!crew->denials || !denials_confirm(crew->denials, slot, &message->in))
            child_kill(&slot->child, "it sent a malformed message");
        return;
    }
    if (message->type == CATALOG_SERVER_COUNTED) {
        if (!crew->drains || !drains_count(crew->drains, slot, &message->in))
            child_kill(&slot->child, "it sent a malformed message");
        return;
    }
    uint64_t generation = wire_get_u64(&message->in);
    if (!wire_in_done(&message->in) || generation != slot->asked)
        child_kill(&slot->child, "it sent a malformed message");
    else if (message->type == CATALOG_PREPARED)
        take_prepared(crew, slot, generation);
    else
        take_committed(crew, slot, generation);
}

/* A worker that has just been started need not wait for others. */
static void take_prepared(struct crew *crew, struct slot *slot, uint64_t generation) {
    slot->prepared = generation;
    let_begin(crew, slot);
}

/* The deny-list comes first: nobody is let in by a worker that does not know it; then what is drained. */
static void let_begin(struct crew *crew, struct slot *slot) {
    bool is_built = slot->state == REPORT_STARTING && slot->prepared == crew->current.number && !slot->is_begun;
    if (!is_built || (crew->denials && !denials_bring(crew->denials, slot)))
        return;
    if (crew->drains)
        drains_bring(crew->drains, slot);
    slot->is_begun = true;
    slot_send_verdict(slot, CATALOG_COMMIT, slot->prepared);
}

static void take_committed(struct crew *crew, struct slot *slot, uint64_t generation) {
    slot->committed = generation;
    if (slot->state != REPORT_STARTING)
        return;
    slot_set_state(slot, REPORT_RUNNING);
    recall(crew, slot);
    crew->changed = true;
}

static void take_refused(struct crew *crew, struct slot *slot, struct wire_in *in) {
    uint64_t generation = wire_get_u64(in);
    struct slice why = wire_get_bytes(in, CATALOG_TEXT_MAX);
    if (!wire_in_done(in) || generation != slot->asked) {
        child_kill(&slot->child, "it sent a malformed message");
        return;
    }
    if (slot->state == REPORT_STARTING) {
        log_line(LOG_LEVEL_ERROR, "worker %u: %.*s", slot->number, (int)why.len, (const char *)why.data);
        child_kill(&slot->child, "it could not build the configuration");
    }
    refuse(crew, slot, why);
}

/* Keeps the first reason. It is about the change under way, or else about the start of one worker. */
static void refuse(struct crew *crew, const struct slot *slot, struct slice why) {
    bool change = crew->phase == CREW_PREPARING;
    if (!change && (crew->phase != CREW_SETTLED || crew->failed))
        return;
    int len = (int)why.len;
    if (slot)
        snprintf(crew->refusal, sizeof(crew->refusal), "Worker %u: %.*s", slot->number, len, (const char *)why.data);
    else
        snprintf(crew->refusal, sizeof(crew->refusal), "%.*s", len, (const char *)why.data);
    if (change)
        crew->phase = CREW_REFUSED;
    else
        crew->failed = true;
}

/* Moves the change on when no worker is left to wait for. */
static void step(struct crew *crew) {
    bool all = true;
    for (unsigned i = 0; i < crew->count; i++)
        all = all && !is_building(crew, &crew->slots[i]);
    if (crew->phase == CREW_PREPARING && all)
        crew->phase = CREW_PREPARED;
    else if (crew->phase == CREW_COMMITTING && all)
        finish_commit(crew);
}

/* True while the slot's worker owes us a PREPARED (or, when committing, a COMMITTED). */
static bool is_building(const struct crew *crew, const struct slot *slot) {
    if (slot->child.pid == 0)
        return false;
    if (slot->state == REPORT_STARTING)
        return true;
    uint64_t said = crew->phase == CREW_COMMITTING ? slot->committed : slot->prepared;
    return crew->next.number != 0 && slot->asked == crew->next.number && said != crew->next.number;
}

/* Only now is nobody left who accepts on the sockets that go. */
static void finish_commit(struct crew *crew) {
    drop_generation(&crew->current);
    crew->current = crew->next;
    crew->next = (struct crew_generation){.bundle_fd = -1};
    sockets_commit(&crew->sockets, &crew->next_sockets);
    crew->next_sockets.count = 0;
    crew->phase = CREW_SETTLED;
    crew->changed = true;
}

static void drop_generation(struct crew_generation *generation) {
    fd_close(&generation->bundle_fd);
    generation->number = 0;
}
