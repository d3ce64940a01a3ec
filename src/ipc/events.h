/* The event stream: records from a worker (one writer) to the control process (one reader) through a ring in shared
 * memory. The writer never waits: a full ring drops the record and counts it. */
#ifndef SALLYPORT_IPC_EVENTS_H
#define SALLYPORT_IPC_EVENTS_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* What a record is: one line of JSON without its line end. SEEN: an identity that was let in; it goes to no log. */
enum event_kind { EVENT_ACCESS = 1, EVENT_REFUSAL = 2, EVENT_SEEN = 3 };

/* A ring holds EVENTS_RING_BYTES; one record at most EVENTS_RECORD_MAX. 1 MiB is some 2,500 access records: 50 ms at
 * 50,000 requests a second. */
enum { EVENTS_RING_BYTES = 1 << 20, EVENTS_RECORD_MAX = 32768 };

struct events;

/* Bytes of the shared memory object of one ring. */
size_t events_memory_bytes(void);

/* Maps a ring of `memory_fd` (events_memory_bytes long, zeroed at first; it stays the caller's) and goes on where the
 * last writer (reader) of it stopped. `wake_fd` is an eventfd that the writer signals when the reader sleeps; it must
 * stay open. NULL on failure. */
[[nodiscard]] struct events *events_open_writer(int memory_fd, int wake_fd);
[[nodiscard]] struct events *events_open_reader(int memory_fd);

/* Ends the mapping. */
void events_close(struct events **events);

/* Writer: room for a record of at most `max_bytes` in one piece, or NULL when the ring is full (the loss is counted
 * in the ring). Follow with events_commit. */
[[nodiscard]] uint8_t *events_begin(struct events *events, enum event_kind kind, size_t max_bytes);

/* Writer: publishes the begun record with its true length (0 takes it back), and wakes the reader if it sleeps. */
void events_commit(struct events *events, size_t len);

/* Reader: the next record, borrowed until events_next is called again; false when there is none. Checks every
 * length: a broken writer cannot make the reader read outside. */
[[nodiscard]] bool events_next(struct events *events, enum event_kind *kind, struct slice *record);

/* Reader: says that it will sleep until wake_fd is signalled, which the writer does when `wake_bytes` (at least 1)
 * wait in
 * the ring: 1 for an idle reader, more for one that looks again by a timer and wants only to be warned of a full
 * ring.
 * False when so much waits already: read on. */
[[nodiscard]] bool events_sleep(struct events *events, size_t wake_bytes);

/* Records lost since the ring was made. */
uint64_t events_lost(const struct events *events);

#endif
