/* The table of open questions. */
#include "proxy/asks.h"

#include "base/bug.h"

#include <stdlib.h>

/* INDEX_BITS: the low bits of a number are a place in the table; the others count the uses of that place, so that a
 * late answer does not end another question. */
enum { PLACES = ASK_SERVICE_COUNT * ASK_OPEN_MAX, INDEX_BITS = 16 };

/* service: whom the question is put to. turn: which use of the place this is. */
struct place {
    struct ask *ask;
    enum ask_service service;
    uint16_t turn;
};

/* vacant: a stack of the places that are not used. of_service: open questions to each. */
struct asks {
    struct loop *loop;
    struct channel *channel;
    struct place places[PLACES];
    uint16_t vacant[PLACES];
    size_t vacant_count;
    size_t of_service[ASK_SERVICE_COUNT];
};

static bool send(struct asks *asks, uint32_t number, enum ask_service service, struct slice bytes);
static struct ask *find(struct asks *asks, uint32_t number);
static void on_late(struct deadline *deadline);

struct asks *asks_new(struct loop *loop, struct channel *channel) {
    struct asks *asks = calloc(1, sizeof(*asks));
    if (!asks)
        return NULL;
    asks->loop = loop;
    asks->channel = channel;
    for (uint16_t i = 0; i < PLACES; i++)
        asks->vacant[asks->vacant_count++] = i;
    return asks;
}

void asks_free(struct asks **asks) {
    if (!*asks)
        return;
    bug_on((*asks)->vacant_count != PLACES);
    free(*asks);
    *asks = NULL;
}

void asks_init(struct ask *ask, void (*on_end)(struct ask *ask, enum asks_end end, struct slice answer)) {
    *ask = (struct ask){.on_end = on_end};
    deadline_init(&ask->deadline, on_late);
}

bool asks_put(struct asks *asks, struct ask *ask, enum ask_service service, struct slice bytes, int64_t limit_ms) {
    bug_on(ask->asks);
    if (asks->of_service[service] == ASK_OPEN_MAX)
        return false;
    uint16_t index = asks->vacant[asks->vacant_count - 1];
    struct place *place = &asks->places[index];
    uint32_t number = (uint32_t)place->turn << INDEX_BITS | index;
    if (!send(asks, number, service, bytes))
        return false;
    asks->vacant_count--;
    asks->of_service[service]++;
    place->ask = ask;
    place->service = service;
    ask->asks = asks;
    ask->number = number;
    deadline_set(loop_deadlines(asks->loop), &ask->deadline, loop_now_ms(asks->loop) + limit_ms);
    return true;
}

void asks_cancel(struct ask *ask) {
    struct asks *asks = ask->asks;
    if (!asks)
        return;
    uint16_t index = (uint16_t)(ask->number & ((1U << INDEX_BITS) - 1));
    struct place *place = &asks->places[index];
    asks->of_service[place->service]--;
    asks->vacant[asks->vacant_count++] = index;
    place->ask = NULL;
    place->turn++;
    ask->asks = NULL;
    deadline_clear(loop_deadlines(asks->loop), &ask->deadline);
}

bool asks_take(struct asks *asks, struct wire_in *in) {
    uint32_t number = wire_get_u32(in);
    uint8_t outcome = wire_get_u8(in);
    struct slice answer = wire_get_bytes(in, ASK_ANSWER_BYTES_MAX);
    if (!wire_in_done(in) || outcome > ASK_FAILED)
        return false;
    struct ask *ask = find(asks, number);
    if (!ask)
        return true; /* cancelled, or late */
    asks_cancel(ask);
    ask->on_end(ask, outcome == ASK_ANSWERED ? ASKS_ANSWERED : ASKS_FAILED, answer);
    return true;
}

static bool send(struct asks *asks, uint32_t number, enum ask_service service, struct slice bytes) {
    if (bytes.len > ASK_BYTES_MAX)
        return false;
    struct wire_out *out = channel_begin(asks->channel, CATALOG_ASK);
    wire_put_u8(out, (uint8_t)service);
    wire_put_u32(out, number);
    wire_put_bytes(out, bytes);
    bool sent = channel_send(asks->channel, NULL);
    channel_wipe_sent(asks->channel); /* there may be a password in it */
    return sent;
}

static struct ask *find(struct asks *asks, uint32_t number) {
    uint32_t index = number & ((1U << INDEX_BITS) - 1);
    if (index >= PLACES || asks->places[index].turn != number >> INDEX_BITS)
        return NULL;
    return asks->places[index].ask;
}

static void on_late(struct deadline *deadline) {
    struct ask *ask = list_entry(deadline, struct ask, deadline);
    asks_cancel(ask);
    ask->on_end(ask, ASKS_LATE, slice_text(""));
}
