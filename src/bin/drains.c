/* One request after the other, so that each knows what the one before it left. */
#include "bin/drains.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_MAX = DRAIN_NAME_MAX + 256 };

static const char full[] = "Too many servers are drained already.\n";
static const char busy[] = "Too many requests wait; try again.\n";

static size_t find(const struct drains *drains, const char *name);
static void keep(struct drains *drains, const char *name);
static void drop(struct drains *drains, const char *name);
static void ask_workers(struct drains *drains, struct slot *slots, unsigned count, int64_t now_ms);
static bool has_begun(const struct slot *slot);
static void finish(struct drains *drains, struct slot *slots, unsigned count);
static void tell(const struct drains *drains, const struct drains_request *request);
static void answer(const struct drains *drains, uint32_t client, bool done, const char *text);

void drains_init(struct drains *drains) {
    drains->control = NULL;
    drains->number = 0;
    drains->kept_count = 0;
    drains->requests_count = 0;
}

void drains_greet(struct drains *drains, struct child *control) {
    drains->control = control;
    for (size_t i = 0; i < drains->requests_count; i++)
        drains->requests[i].client = 0;
}

bool drains_take(struct drains *drains, struct channel_message *message) {
    struct drains_request request = {0};
    if (message->type != CATALOG_SERVER_ASK)
        return false;
    request.client = wire_get_u32(&message->in);
    request.is_drained = wire_get_bool(&message->in);
    wire_get_text(&message->in, request.name, sizeof(request.name));
    if (!wire_in_done(&message->in) || request.name[0] == '\0')
        child_kill(drains->control, "it sent a malformed message");
    else if (drains->requests_count == DRAINS_REQUESTS_MAX)
        answer(drains, request.client, false, busy);
    else
        drains->requests[drains->requests_count++] = request;
    return true;
}

void drains_bring(const struct drains *drains, struct slot *slot) {
    for (size_t i = 0; i < drains->kept_count; i++)
        slot_send_drained(slot, 0, true, drains->kept[i]);
}

void drains_forget(struct drains *drains, const struct slot *slot) {
    if (drains->requests_count > 0)
        drains->requests[0].awaited &= ~(UINT64_C(1) << (slot->number - 1));
}

/* An answer that comes too late is nobody's. */
bool drains_count(struct drains *drains, const struct slot *slot, struct wire_in *in) {
    struct drains_request *request = &drains->requests[0];
    uint64_t bit = UINT64_C(1) << (slot->number - 1);
    uint32_t number = wire_get_u32(in);
    uint32_t servers = wire_get_u32(in);
    uint64_t active = wire_get_u64(in);
    if (!wire_in_done(in) || number == 0 || number > drains->number)
        return false;
    if (number < drains->number || drains->requests_count == 0 || !(request->awaited & bit))
        return true;
    request->awaited &= ~bit;
    request->answered++;
    request->active += active;
    if (servers > request->servers)
        request->servers = servers;
    return true;
}

void drains_tick(struct drains *drains, struct slot *slots, unsigned count, int64_t now_ms) {
    while (drains->requests_count > 0) {
        const struct drains_request *request = &drains->requests[0];
        if (!request->is_sent)
            ask_workers(drains, slots, count, now_ms);
        if (request->awaited != 0 && now_ms < request->until_ms)
            return;
        finish(drains, slots, count);
        drains->requests_count--;
        memmove(drains->requests, drains->requests + 1, drains->requests_count * sizeof(drains->requests[0]));
    }
}

/* kept_count: it is not there. */
static size_t find(const struct drains *drains, const char *name) {
    size_t i = 0;
    while (i < drains->kept_count && strcmp(drains->kept[i], name) != 0)
        i++;
    return i;
}

static void keep(struct drains *drains, const char *name) {
    if (find(drains, name) == drains->kept_count)
        snprintf(drains->kept[drains->kept_count++], DRAIN_NAME_MAX, "%s", name);
}

static void drop(struct drains *drains, const char *name) {
    size_t place = find(drains, name);
    if (place == drains->kept_count)
        return;
    drains->kept_count--;
    memmove(drains->kept + place, drains->kept + place + 1, (drains->kept_count - place) * sizeof(drains->kept[0]));
}

/* Kept at once: a worker that begins from now on is brought the name, and is not asked. */
static void ask_workers(struct drains *drains, struct slot *slots, unsigned count, int64_t now_ms) {
    struct drains_request *request = &drains->requests[0];
    request->is_sent = true;
    request->until_ms = now_ms + DRAINS_WAIT_MS;
    request->was_kept = find(drains, request->name) < drains->kept_count;
    if (request->is_drained && !request->was_kept && drains->kept_count == DRAINS_KEPT_MAX)
        return;
    if (request->is_drained)
        keep(drains, request->name);
    else
        drop(drains, request->name);
    drains->number++;
    for (unsigned i = 0; i < count; i++) {
        if (!has_begun(&slots[i]))
            continue;
        request->awaited |= UINT64_C(1) << i;
        slot_send_drained(&slots[i], drains->number, request->is_drained, request->name);
    }
}

static bool has_begun(const struct slot *slot) {
    return slot->child.pid != 0 && slot->is_begun;
}

/* A name that means nothing is not kept, here or in the workers: it was mistyped. */
static void finish(struct drains *drains, struct slot *slots, unsigned count) {
    const struct drains_request *request = &drains->requests[0];
    bool is_unknown = request->servers == 0 && !request->was_kept && request->awaited == 0;
    if (is_unknown && find(drains, request->name) < drains->kept_count) {
        drop(drains, request->name);
        for (unsigned i = 0; i < count; i++)
            if (has_begun(&slots[i]))
                slot_send_drained(&slots[i], 0, false, request->name);
    }
    if (is_unknown && request->is_drained && drains->kept_count == DRAINS_KEPT_MAX)
        answer(drains, request->client, false, full);
    else if (is_unknown && request->answered == 0)
        answer(drains, request->client, false, "No worker serves just now; try again.\n");
    else if (is_unknown)
        answer(drains, request->client, false,
               "There is no such server: say BACKEND/SERVER, where SERVER is its name, or else its address.\n");
    else
        tell(drains, request);
}

static void tell(const struct drains *drains, const struct drains_request *request) {
    char text[SENTENCE_MAX];
    char late[64] = "";
    unsigned late_count = 0;
    for (uint64_t rest = request->awaited; rest != 0; rest &= rest - 1)
        late_count++;
    if (late_count > 0)
        snprintf(late, sizeof(late), "; workers that have not answered: %u", late_count);
    snprintf(text, sizeof(text), "%s is %s; in progress there: %" PRIu64 "%s\n", request->name,
             request->is_drained ? "drained" : "enabled", request->active, late);
    answer(drains, request->client, true, text);
}

static void answer(const struct drains *drains, uint32_t client, bool done, const char *text) {
    struct child *control = drains->control;
    if (client == 0 || !control->channel)
        return;
    struct wire_out *out = channel_begin(control->channel, CATALOG_SERVER_DONE);
    wire_put_u32(out, client);
    wire_put_bool(out, done);
    wire_put_text(out, text);
    if (!channel_send(control->channel, NULL))
        child_kill(control, "it does not read its channel");
}
