/* The wheel: one list per tick of one round, and a bit per list that says whether anything is in it. The bits are
 * exact, so that "when does the next list want to run" is a look at 16 words at most: no list is walked and no bound
 * has to be kept while deadlines come and go.
 *
 * A deadline lies in the list of its slot_ms, the first tick at or after the time it was set to. When it was put off
 * since, it is found there too early and moved on: at most one wake-up a tick, and only while such deadlines are
 * near. */
#include "io/deadline.h"

enum { WORD_BITS = 64 };

static void put(struct deadline_wheel *wheel, struct deadline *deadline);
static void run_list(struct deadline_wheel *wheel, struct list *waiting, int64_t now_ms);
static void forget_empty_slot(struct deadline_wheel *wheel, size_t slot);
static int64_t next_tick_ms(const struct deadline_wheel *wheel);

static int64_t tick_before(int64_t at_ms) {
    return at_ms - at_ms % DEADLINE_TICK_MS;
}

static int64_t tick_after(int64_t at_ms) {
    return tick_before(at_ms + DEADLINE_TICK_MS - 1);
}

static size_t slot_of(int64_t tick_ms) {
    return (size_t)(tick_ms / DEADLINE_TICK_MS) % DEADLINE_SLOTS;
}

void deadline_wheel_init(struct deadline_wheel *wheel, int64_t now_ms) {
    for (size_t i = 0; i < DEADLINE_SLOTS; i++)
        list_init(&wheel->slots[i]);
    for (size_t i = 0; i < DEADLINE_SLOTS / WORD_BITS; i++)
        wheel->filled[i] = 0;
    wheel->reached_ms = tick_before(now_ms);
    wheel->count = 0;
}

void deadline_init(struct deadline *deadline, void (*expire)(struct deadline *deadline)) {
    *deadline = (struct deadline){.expire = expire};
    list_init(&deadline->link);
}

void deadline_set(struct deadline_wheel *wheel, struct deadline *deadline, int64_t at_ms) {
    deadline->at_ms = at_ms;
    if (deadline_is_set(deadline)) {
        if (at_ms >= deadline->slot_ms)
            return;
        deadline_clear(wheel, deadline);
    }
    wheel->count++;
    put(wheel, deadline);
}

void deadline_clear(struct deadline_wheel *wheel, struct deadline *deadline) {
    if (!deadline_is_set(deadline))
        return;
    list_remove(&deadline->link);
    forget_empty_slot(wheel, slot_of(deadline->slot_ms));
    wheel->count--;
}

bool deadline_is_set(const struct deadline *deadline) {
    return !list_empty(&deadline->link);
}

void deadline_wheel_run(struct deadline_wheel *wheel, int64_t now_ms) {
    int64_t ticks = (now_ms - wheel->reached_ms) / DEADLINE_TICK_MS;
    if (ticks <= 0)
        return;
    struct list waiting;
    list_init(&waiting);
    for (int64_t i = 1; i <= ticks && i <= DEADLINE_SLOTS; i++) {
        size_t slot = slot_of(wheel->reached_ms + i * DEADLINE_TICK_MS);
        list_take(&waiting, &wheel->slots[slot]);
        forget_empty_slot(wheel, slot);
    }
    wheel->reached_ms += ticks * DEADLINE_TICK_MS;
    run_list(wheel, &waiting, now_ms);
}

int deadline_wheel_wait_ms(const struct deadline_wheel *wheel, int64_t now_ms) {
    if (wheel->count == 0)
        return -1;
    int64_t wait_ms = next_tick_ms(wheel) - now_ms;
    return wait_ms < 0 ? 0 : (int)wait_ms;
}

/* Puts a deadline that is in no list where its time is found; what is past, in the next tick. */
static void put(struct deadline_wheel *wheel, struct deadline *deadline) {
    int64_t at_ms = deadline->at_ms > wheel->reached_ms ? deadline->at_ms : wheel->reached_ms + 1;
    deadline->slot_ms = tick_after(at_ms);
    size_t slot = slot_of(deadline->slot_ms);
    list_append(&wheel->slots[slot], &deadline->link);
    wheel->filled[slot / WORD_BITS] |= UINT64_C(1) << slot % WORD_BITS;
}

/* Fires what is due of `waiting` and puts the rest (put off, or of a later round) back. What an expire sets goes to
 * the wheel, not to `waiting`, so that a deadline which sets itself again cannot keep the run from ending. */
static void run_list(struct deadline_wheel *wheel, struct list *waiting, int64_t now_ms) {
    struct list *link;
    while ((link = list_first(waiting)) != NULL) {
        struct deadline *deadline = list_entry(link, struct deadline, link);
        list_remove(link);
        if (deadline->at_ms > now_ms) {
            put(wheel, deadline);
            continue;
        }
        wheel->count--;
        deadline->expire(deadline);
    }
}

static void forget_empty_slot(struct deadline_wheel *wheel, size_t slot) {
    if (list_empty(&wheel->slots[slot]))
        wheel->filled[slot / WORD_BITS] &= ~(UINT64_C(1) << slot % WORD_BITS);
}

/* The time of the first filled slot after reached_ms; at least one slot is filled. */
static int64_t next_tick_ms(const struct deadline_wheel *wheel) {
    size_t first = slot_of(wheel->reached_ms + DEADLINE_TICK_MS);
    size_t word = first / WORD_BITS;
    uint64_t bits = wheel->filled[word] & UINT64_MAX << first % WORD_BITS;
    for (size_t looked = 0; bits == 0 && looked < DEADLINE_SLOTS / WORD_BITS; looked++) {
        word = (word + 1) % (DEADLINE_SLOTS / WORD_BITS);
        bits = wheel->filled[word];
    }
    size_t slot = word * WORD_BITS + (size_t)__builtin_ctzll(bits);
    size_t ahead = (slot + DEADLINE_SLOTS - first) % DEADLINE_SLOTS;
    return wheel->reached_ms + (int64_t)(ahead + 1) * DEADLINE_TICK_MS;
}
