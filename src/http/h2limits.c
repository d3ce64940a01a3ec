/* What one HTTP/2 connection may hold and do when the settings say nothing. */
#include "http/h2limits.h"

/* Streams: what HTTP/2 recommends as the least (RFC 9113 section 6.5.2). Windows: 128 KiB fill a path of 10 Mbit/s and
 * 100 ms; four streams may be that far ahead. Resets: a browser that leaves a page cancels what it has open, at most
 * all streams, and twice in a period. The others: some ten times what real clients were seen to send. */
const struct h2limits h2limits_default = {
    .streams = 100,
    .stream_window_bytes = 131072,
    .window_bytes = 524288,
    .continuations = 8,
    .resets = 200,
    .malformed = 100,
    .settings = 20,
    .pings = 100,
    .priorities = 200,
    .window_updates = 500,
    .empty_frames = 100,
};
