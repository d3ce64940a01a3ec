/* Printing of sources. */
#include "control/sourcelines.h"

#include "base/text.h"

static bool print_source(const struct report_source *source, struct buf *to);
static bool print_time(const char *words, int64_t unix_ms, struct buf *to);
static bool json_source(const struct report_source *source, struct buf *to);
static bool json_time(const char *name, int64_t unix_ms, struct buf *to);

bool sourcelines_print_text(const struct report_sources *sources, struct buf *to) {
    bool fits = !sources || sources->count == 0 || buf_append_text(to, "\nSOURCE\n");
    for (uint32_t i = 0; sources && i < sources->count; i++)
        fits = fits && print_source(&sources->items[i], to);
    return fits;
}

bool sourcelines_print_json(const struct report_sources *sources, struct buf *to) {
    bool fits = buf_append_text(to, ",\"sources\":[");
    for (uint32_t i = 0; sources && i < sources->count; i++)
        fits = fits && buf_append_text(to, i == 0 ? "" : ",") && json_source(&sources->items[i], to);
    return fits && buf_append_text(to, "]");
}

/* A failure is told as long as it is newer than the last success. */
static bool print_source(const struct report_source *source, struct buf *to) {
    bool is_bad = source->bad_ms > source->good_ms;
    return buf_printf(to, "%s\n", source->name) && print_time("  good ", source->good_ms, to) &&
        print_time(", ends ", source->expires_ms, to) && print_time(", next ", source->due_ms, to) &&
        buf_append_text(to, "\n") &&
        (!is_bad || (print_time("  FAILED ", source->bad_ms, to) && buf_printf(to, ": %s\n", source->why)));
}

static bool print_time(const char *words, int64_t unix_ms, struct buf *to) {
    char time[25] = "never";
    if (unix_ms > 0)
        text_time(time, unix_ms);
    return buf_printf(to, "%s%s", words, time);
}

static bool json_source(const struct report_source *source, struct buf *to) {
    return buf_append_text(to, "{\"name\":") && text_json(to, slice_text(source->name)) &&
        buf_printf(to, ",\"kind\":\"%s\"", report_source_kind_name(source->kind)) &&
        json_time(",\"last_success\":", source->good_ms, to) && json_time(",\"last_failure\":", source->bad_ms, to) &&
        buf_append_text(to, ",\"why\":") && text_json(to, slice_text(source->why)) &&
        json_time(",\"next_update\":", source->expires_ms, to) && json_time(",\"next_try\":", source->due_ms, to) &&
        buf_append_text(to, "}");
}

static bool json_time(const char *name, int64_t unix_ms, struct buf *to) {
    char time[25] = "";
    if (unix_ms <= 0)
        return buf_printf(to, "%snull", name);
    text_time(time, unix_ms);
    return buf_printf(to, "%s\"%s\"", name, time);
}
