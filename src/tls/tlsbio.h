/* The library's window on the stream below: what it reads comes from there at once, what it writes is gathered so
 * that many records go out in one write. */
#ifndef SALLYPORT_TLS_TLSBIO_H
#define SALLYPORT_TLS_TLSBIO_H

#include "base/buf.h"
#include "io/stream.h"

struct bio_st;

/* SILENT: how much more than it is asked for a connection may send at a time without saying anything. GATHER: no new
 * record is begun when so much waits. OUTPUT_MAX: and the records begun before fit as well. */
enum {
    TLSBIO_RECORD_BYTES = 16384,
    TLSBIO_SILENT_BYTES = 65536,
    TLSBIO_GATHER_BYTES = 65536,
    TLSBIO_OUTPUT_MAX = TLSBIO_GATHER_BYTES + 2 * (TLSBIO_RECORD_BYTES + 1024)
};

/* is_drained: nothing to read until the stream below says that it is readable. is_blocked: it will say when it takes
 * output again, and whoever tried before would swallow that. has_ended: its peer closed. has_failed: it is broken.
 * read_left: how many bytes the library may still read now. */
struct tlsbio {
    struct stream *below;
    struct buf output;
    size_t read_left;
    bool is_drained;
    bool is_blocked;
    bool has_ended;
    bool has_failed;
};

/* Starts over `below`, which stays the caller's. */
void tlsbio_init(struct tlsbio *window, struct stream *below);

/* Frees the gathered output. */
void tlsbio_fini(struct tlsbio *window);

/* The library's handle on it, to be given to SSL_set_bio; NULL when memory is short. */
[[nodiscard]] struct bio_st *tlsbio_new(struct tlsbio *window);

/* Sends what was gathered; true when nothing is left in it. What is left goes when the stream below is writable
 * again. */
bool tlsbio_flush(struct tlsbio *window);

/* True while another record may be begun. */
bool tlsbio_has_room(const struct tlsbio *window);

#endif
