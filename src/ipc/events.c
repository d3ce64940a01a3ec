/* The ring: 64-bit positions that only grow, records aligned to 8 bytes, each in one piece. Where a record would cross
 * the ring's end, a filler takes the rest. The writer owns `head`, the reader `tail`; each keeps its own copy and
 * checks the other's, since the other process may be broken or hostile. */
#include "ipc/events.h"

#include "base/bug.h"
#include "os/sealed.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { MASK = EVENTS_RING_BYTES - 1, HEAD_BYTES = 8, FILLER = 0 };

/* Writer's, reader's and common fields lie in cache lines of their own. wake_bytes is 0 while the reader is awake. */
struct ring {
    alignas(64) _Atomic uint64_t head;
    _Atomic uint64_t lost;
    alignas(64) _Atomic uint64_t tail;
    alignas(64) _Atomic uint64_t wake_bytes;
    alignas(64) uint8_t data[EVENTS_RING_BYTES];
};

/* position: of the writer, the head; of the reader, the tail. begun_*: the writer's unpublished record. read_bytes:
 * what the reader has on loan. */
struct events {
    struct ring *ring;
    int wake_fd;
    uint64_t position;
    uint64_t begun_at;
    size_t begun_max;
    enum event_kind begun_kind;
    size_t read_bytes;
};

static struct events *open_ring(int memory_fd);
static bool next_head(struct events *events, uint64_t head, uint32_t *kind, struct slice *record);
static size_t record_bytes(size_t len);
static void put_head(struct ring *ring, uint64_t at, uint32_t kind, uint32_t len);
static void resync(struct events *events, uint64_t head);
static void wake(struct events *events, uint64_t head);

size_t events_memory_bytes(void) {
    return sizeof(struct ring);
}

struct events *events_open_writer(int memory_fd, int wake_fd) {
    struct events *events = open_ring(memory_fd);
    if (!events)
        return NULL;
    uint64_t head = atomic_load(&events->ring->head);
    events->wake_fd = wake_fd;
    events->position = (head + HEAD_BYTES - 1) & ~(uint64_t)(HEAD_BYTES - 1);
    return events;
}

struct events *events_open_reader(int memory_fd) {
    struct events *events = open_ring(memory_fd);
    if (!events)
        return NULL;
    uint64_t head = atomic_load(&events->ring->head);
    events->wake_fd = -1;
    events->position = atomic_load(&events->ring->tail);
    if (head - events->position > EVENTS_RING_BYTES || events->position % HEAD_BYTES != 0)
        resync(events, head);
    return events;
}

void events_close(struct events **events) {
    if (!*events)
        return;
    sealed_unmap_shared((*events)->ring, sizeof(struct ring));
    free(*events);
    *events = NULL;
}

uint8_t *events_begin(struct events *events, enum event_kind kind, size_t max_bytes) {
    bug_on(max_bytes > EVENTS_RECORD_MAX);
    struct ring *ring = events->ring;
    uint64_t used = events->position - atomic_load_explicit(&ring->tail, memory_order_acquire);
    size_t to_end = EVENTS_RING_BYTES - (events->position & MASK);
    size_t needed = record_bytes(max_bytes);
    size_t filler = needed > to_end ? to_end : 0;
    if (used > EVENTS_RING_BYTES || needed + filler > EVENTS_RING_BYTES - used) {
        atomic_fetch_add_explicit(&ring->lost, 1, memory_order_relaxed);
        return NULL;
    }
    if (filler > 0)
        put_head(ring, events->position, FILLER, (uint32_t)(filler - HEAD_BYTES));
    events->begun_at = events->position + filler;
    events->begun_max = max_bytes;
    events->begun_kind = kind;
    return ring->data + (events->begun_at & MASK) + HEAD_BYTES;
}

void events_commit(struct events *events, size_t len) {
    bug_on(len > events->begun_max);
    if (len == 0)
        return;
    put_head(events->ring, events->begun_at, events->begun_kind, (uint32_t)len);
    events->position = events->begun_at + record_bytes(len);
    events->begun_max = 0;
    atomic_store(&events->ring->head, events->position);
    wake(events, events->position);
}

bool events_next(struct events *events, enum event_kind *kind, struct slice *record) {
    events->position += events->read_bytes;
    events->read_bytes = 0;
    uint64_t head = atomic_load_explicit(&events->ring->head, memory_order_acquire);
    uint32_t found = FILLER;
    while (found == FILLER && next_head(events, head, &found, record))
        if (found == FILLER)
            events->position += record_bytes(record->len);
    if (found != FILLER)
        events->read_bytes = record_bytes(record->len);
    *kind = (enum event_kind)found;
    atomic_store_explicit(&events->ring->tail, events->position, memory_order_release);
    return found != FILLER;
}

bool events_sleep(struct events *events, size_t wake_bytes) {
    struct ring *ring = events->ring;
    atomic_store(&ring->wake_bytes, wake_bytes);
    if (atomic_load(&ring->head) - events->position < wake_bytes)
        return true;
    atomic_store(&ring->wake_bytes, 0);
    return false;
}

uint64_t events_lost(const struct events *events) {
    return atomic_load_explicit(&events->ring->lost, memory_order_relaxed);
}

static struct events *open_ring(int memory_fd) {
    struct events *events = calloc(1, sizeof(*events));
    if (!events)
        return NULL;
    events->ring = sealed_map_shared(memory_fd, sizeof(struct ring));
    if (!events->ring) {
        free(events);
        return NULL;
    }
    return events;
}

/* Reads the record (or filler) at the reader's position without moving on; false when there is none. Its length is
 * read once and checked: what the writer does to it afterwards changes nothing. */
static bool next_head(struct events *events, uint64_t head, uint32_t *kind, struct slice *record) {
    uint64_t waiting = head - events->position;
    if (waiting < HEAD_BYTES)
        return false;
    size_t place = events->position & MASK;
    const uint8_t *at = events->ring->data + place;
    uint64_t both = atomic_load_explicit((const _Atomic uint64_t *)(const void *)at, memory_order_relaxed);
    *kind = (uint32_t)both;
    *record = slice_of(at + HEAD_BYTES, (size_t)(both >> 32));
    size_t bytes = record_bytes(record->len);
    bool known = *kind == FILLER || *kind == EVENT_ACCESS || *kind == EVENT_REFUSAL || *kind == EVENT_SEEN;
    if (known && waiting <= EVENTS_RING_BYTES && bytes <= waiting && bytes <= EVENTS_RING_BYTES - place)
        return true;
    resync(events, head);
    *kind = FILLER;
    return false;
}

/* A record with its head, aligned. */
static size_t record_bytes(size_t len) {
    return (HEAD_BYTES + len + HEAD_BYTES - 1) & ~(size_t)(HEAD_BYTES - 1);
}

static void put_head(struct ring *ring, uint64_t at, uint32_t kind, uint32_t len) {
    void *place = ring->data + (at & MASK);
    atomic_store_explicit((_Atomic uint64_t *)place, kind | (uint64_t)len << 32, memory_order_relaxed);
}

/* The writer has left nonsense: drop everything that waits. */
static void resync(struct events *events, uint64_t head) {
    events->position = head & ~(uint64_t)(HEAD_BYTES - 1);
    atomic_fetch_add_explicit(&events->ring->lost, 1, memory_order_relaxed);
}

/* Both sides store first and look at the other's variable then, in one total order: one of them sees the other. */
static void wake(struct events *events, uint64_t head) {
    struct ring *ring = events->ring;
    uint64_t wanted = atomic_load(&ring->wake_bytes);
    if (wanted == 0 || head - atomic_load_explicit(&ring->tail, memory_order_relaxed) < wanted)
        return;
    if (atomic_exchange(&ring->wake_bytes, 0) == 0)
        return;
    uint64_t one = 1;
    ssize_t ignored = write(events->wake_fd, &one, sizeof(one));
    (void)ignored;
}
