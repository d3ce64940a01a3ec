/* What one HTTP/2 connection may hold and do. Values come from the settings; h2limits_default holds what the settings
 * say when nobody says otherwise. */
#ifndef SALLYPORT_HTTP_H2LIMITS_H
#define SALLYPORT_HTTP_H2LIMITS_H

#include <stdint.h>

/* streams: open at a time (SETTINGS_MAX_CONCURRENT_STREAMS). stream_window_bytes, window_bytes: what the peer may send
 * ahead of us on a stream and on the connection, and so what is held in memory of bodies that nobody has read yet.
 * continuations: frames that one head may be split into behind the first.
 * The others are events in H2GUARD_PERIOD_MS: resets: streams that the client began and reset, or made us reset.
 * malformed: requests that break HTTP. settings, pings, priorities, window_updates, empty_frames: frames that
 * carry nothing, beyond those that traffic explains. */
struct h2limits {
    uint32_t streams;
    uint32_t stream_window_bytes;
    uint32_t window_bytes;
    uint32_t continuations;
    uint32_t resets;
    uint32_t malformed;
    uint32_t settings;
    uint32_t pings;
    uint32_t priorities;
    uint32_t window_updates;
    uint32_t empty_frames;
};

/* The values for a connection whose settings say nothing. */
extern const struct h2limits h2limits_default;

#endif
