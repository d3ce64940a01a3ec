/* What one HTTP/2 connection of a client may hold and do. */
#include "config/schemahttp2.h"

#include "config/schemarow.h"
#include "config/settings.h"

/* So many that nobody counts, so few that a counter cannot overflow. */
#define PER_PERIOD .kind = SCHEMA_COUNT, .min = 1, .max = 1000000

static const struct schema_field http2_fields[] = {
    ROW("prior_knowledge", AT(settings_http2, prior_knowledge), .kind = SCHEMA_BOOL, .initial = "true", .also = "h2c",
        .doc =
            "With \"clear: true\": whether clients may begin with HTTP/2, without being asked (RFC 9113 section 3.3). "
            "Under TLS, tls.alpn decides."),
    ROW("max_concurrent_streams", AT(settings_http2, streams), .kind = SCHEMA_COUNT, .min = 1, .max = 10000,
        .initial = "100", .also = "streams", .doc = "Most requests of a connection at a time."),
    ROW("stream_window", AT(settings_http2, stream_window_bytes), .kind = SCHEMA_SIZE, .min = KIBIBYTES(16),
        .max = KIBIBYTES(16384), .initial = "128KB", .also = "initial_window_size window",
        .doc = "What a client may send of one request's body ahead of its backend."),
    ROW("connection_window", AT(settings_http2, window_bytes), .kind = SCHEMA_SIZE, .min = KIBIBYTES(64),
        .max = KIBIBYTES(65536), .initial = "512KB", .doc = "The same of all requests of a connection together."),
    ROW("continuations", AT(settings_http2, continuations), PER_PERIOD, .initial = "8",
        .doc = "Most CONTINUATION frames of one head."),
    ROW("resets", AT(settings_http2, resets), PER_PERIOD, .initial = "200", .also = "rapid_reset",
        .doc = "Most requests in ten seconds that the client begins and gives up, or makes the gateway give up."),
    ROW("malformed", AT(settings_http2, malformed), PER_PERIOD, .initial = "100",
        .doc = "Most malformed requests in ten seconds."),
    ROW("settings", AT(settings_http2, settings), PER_PERIOD, .initial = "20", .doc = "Most SETTINGS in ten seconds."),
    ROW("pings", AT(settings_http2, pings), PER_PERIOD, .initial = "100", .doc = "Most PINGs in ten seconds."),
    ROW("priorities", AT(settings_http2, priorities), PER_PERIOD, .initial = "200",
        .doc = "Most PRIORITY frames in ten seconds beyond those of the requests."),
    ROW("window_updates", AT(settings_http2, window_updates), PER_PERIOD, .initial = "500",
        .doc = "Most WINDOW_UPDATE frames in ten seconds beyond those that answers explain."),
    ROW("empty_frames", AT(settings_http2, empty_frames), PER_PERIOD, .initial = "100",
        .doc = "Most frames in ten seconds that carry nothing."),
};
const struct schema_struct schemahttp2_struct = STRUCT_OF(
    http2, settings_http2, "HTTP/2 of a listener", "http2",
    "What one HTTP/2 connection may hold and do. A client that goes beyond loses the connection, and a record says why.");
