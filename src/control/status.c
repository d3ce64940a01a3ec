/* Printing of the status. A full buffer makes every further print fail, so results are combined with &&. */
#include "control/status.h"

#include "base/text.h"
#include "control/sourcelines.h"

#include <inttypes.h>

/* Which of the counts by reason. */
typedef uint64_t get_reason(const struct counters *counters, enum reason reason);

static bool print_head(const struct status *status, struct buf *to);
static bool print_reload(const struct report *report, struct buf *to);
static bool print_denials(const struct status_denials *denials, struct buf *to);
static bool print_listeners(const struct report *report, struct buf *to);
static bool print_workers(const struct status *status, struct buf *to);
static bool print_counters(const struct status *status, struct buf *to);
static bool print_reasons(const struct status *status, const char *title, get_reason *get, struct buf *to);
static bool json_head(const struct status *status, struct buf *to);
static bool json_reload(const struct report *report, struct buf *to);
static bool json_denials(const struct status_denials *denials, struct buf *to);
static bool json_listeners(const struct report *report, struct buf *to);
static bool json_workers(const struct status *status, struct buf *to);
static bool json_worker(const struct status *status, uint32_t index, struct buf *to);
static bool json_counters(const struct status *status, struct buf *to);
static bool json_reasons(const struct status *status, const char *name, get_reason *get, struct buf *to);
static bool json_time(const char *name, int64_t unix_ms, struct buf *to);
static uint64_t sum_of(const struct status *status, enum counter counter);
static uint64_t sum_of_reason(const struct status *status, get_reason *get, enum reason reason);
static uint64_t of_slot(const struct status *status, uint32_t index, enum counter counter);
static int64_t beat_age_ms(const struct status *status, uint32_t index);
static bool print_duration(int64_t milliseconds, struct buf *to);

bool status_print_text(const struct status *status, struct buf *to) {
    return print_head(status, to) && print_reload(status->report, to) && print_denials(&status->denials, to) &&
        print_listeners(status->report, to) && print_workers(status, to) &&
        sourcelines_print_text(status->sources, to) && print_counters(status, to) &&
        print_reasons(status, "REASON", counters_get_reason, to) &&
        print_reasons(status, "WOULD REFUSE", counters_get_would_refuse, to);
}

bool status_print_json(const struct status *status, struct buf *to) {
    return json_head(status, to) && json_reload(status->report, to) && json_denials(&status->denials, to) &&
        json_listeners(status->report, to) && json_workers(status, to) && sourcelines_print_json(status->sources, to) &&
        json_counters(status, to) && json_reasons(status, "reasons", counters_get_reason, to) &&
        json_reasons(status, "would_refuse", counters_get_would_refuse, to) && buf_append_text(to, "}\n");
}

static bool print_head(const struct status *status, struct buf *to) {
    const struct report *report = status->report;
    char loaded[25] = "";
    text_time(loaded, report->loaded_ms);
    return buf_printf(to, "sallyport %s, process %" PRId32 "%s, up ", status->version, report->pid,
                      report->draining ? ", draining" : "") &&
        print_duration(status->unix_ms - report->started_ms, to) &&
        buf_printf(to, "\nconfiguration %s, generation %" PRIu64 ", loaded %s\n", report->config_path,
                   report->generation, loaded);
}

static bool print_reload(const struct report *report, struct buf *to) {
    if (report->reload_ms == 0)
        return true;
    char time[25] = "";
    text_time(time, report->reload_ms);
    return buf_printf(to, "last reload %s: %s\n%s%s", time, report->reload_ok ? "done" : "REFUSED", report->reload_text,
                      report->reload_text[0] == '\0' || strchr(report->reload_text, '\n') ? "" : "\n");
}

static bool print_denials(const struct status_denials *denials, struct buf *to) {
    bool fits = buf_printf(to, "deny-list %zu entr%s after %" PRIu64 " change%s%s\n", denials->entries,
                           denials->entries == 1 ? "y" : "ies", denials->generation,
                           denials->generation == 1 ? "" : "s", denials->is_kept ? "" : ", forgotten at a restart");
    if (denials->fault)
        fits = fits && buf_printf(to, "  %s\n", denials->fault);
    return fits;
}

static bool print_listeners(const struct report *report, struct buf *to) {
    bool fits = buf_printf(to, "\n%-24s %s\n", "LISTENER", "ADDRESS");
    for (uint32_t i = 0; i < report->listens_count; i++)
        fits = fits && buf_printf(to, "%-24s %s\n", report->listens[i].name, report->listens[i].addr);
    return fits;
}

static bool print_workers(const struct status *status, struct buf *to) {
    bool fits = buf_printf(to, "\n%-6s  %-8s  %7s  %8s  %9s  %11s  %s\n", "WORKER", "STATE", "PROCESS", "RESTARTS",
                           "HEARTBEAT", "CONNECTIONS", "LAST END");
    for (uint32_t i = 0; i < status->report->slots_count; i++) {
        const struct report_slot *slot = &status->report->slots[i];
        double age_s = (double)beat_age_ms(status, i) / 1000;
        fits = fits &&
            buf_printf(to, "%-6u  %-8s  %7" PRId32 "  %8" PRIu32 "  %7.1f s  %11" PRIu64 "  %s\n", i + 1,
                       report_state_name(slot->state), slot->pid, slot->restarts, age_s,
                       of_slot(status, i, COUNTER_CONNECTIONS), slot->last_end);
    }
    return fits;
}

static bool print_counters(const struct status *status, struct buf *to) {
    bool fits = buf_append_text(to, "\n");
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        fits = fits &&
            buf_printf(to, "%-28s %12" PRIu64 "  %s\n", counters_row(i)->label, sum_of(status, i),
                       counters_row(i)->help);
    return fits &&
        buf_printf(to, "%-28s %12" PRIu64 "  %s\n", "log_lines_lost", status->log_lines_lost,
                   "Records that could not be written to their log.");
}

static bool print_reasons(const struct status *status, const char *title, get_reason *get, struct buf *to) {
    bool fits = true;
    bool any = false;
    for (unsigned i = 0; i < REASON_COUNT; i++) {
        uint64_t sum = sum_of_reason(status, get, i);
        if (sum == 0)
            continue;
        if (!any)
            fits = buf_printf(to, "\n%-36s %12s\n", title, "TIMES");
        any = true;
        fits = fits && buf_printf(to, "%-36s %12" PRIu64 "\n", reason_row(i)->label, sum);
    }
    return fits;
}

static bool json_head(const struct status *status, struct buf *to) {
    const struct report *report = status->report;
    return buf_append_text(to, "{\"version\":") && text_json(to, slice_text(status->version)) &&
        buf_printf(to, ",\"pid\":%" PRId32 ",\"draining\":%s,\"uptime_ms\":%" PRId64, report->pid,
                   report->draining ? "true" : "false", status->unix_ms - report->started_ms) &&
        json_time(",\"started\":", report->started_ms, to) && buf_append_text(to, ",\"config\":") &&
        text_json(to, slice_text(report->config_path)) &&
        buf_printf(to, ",\"generation\":%" PRIu64, report->generation) &&
        json_time(",\"loaded\":", report->loaded_ms, to);
}

static bool json_reload(const struct report *report, struct buf *to) {
    if (report->reload_ms == 0)
        return buf_append_text(to, ",\"last_reload\":null");
    return json_time(",\"last_reload\":{\"time\":", report->reload_ms, to) &&
        buf_printf(to, ",\"done\":%s,\"text\":", report->reload_ok ? "true" : "false") &&
        text_json(to, slice_text(report->reload_text)) && buf_append_text(to, "}");
}

static bool json_denials(const struct status_denials *denials, struct buf *to) {
    return buf_printf(to, ",\"deny_list\":{\"entries\":%zu,\"generation\":%" PRIu64 ",\"persisted\":%s,\"fault\":",
                      denials->entries, denials->generation, denials->is_kept ? "true" : "false") &&
        (denials->fault ? text_json(to, slice_text(denials->fault)) : buf_append_text(to, "null")) &&
        buf_append_text(to, "}");
}

static bool json_listeners(const struct report *report, struct buf *to) {
    bool fits = buf_append_text(to, ",\"listeners\":[");
    for (uint32_t i = 0; i < report->listens_count; i++)
        fits = fits && buf_append_text(to, i == 0 ? "{\"name\":" : ",{\"name\":") &&
            text_json(to, slice_text(report->listens[i].name)) && buf_append_text(to, ",\"address\":") &&
            text_json(to, slice_text(report->listens[i].addr)) && buf_append_text(to, "}");
    return fits && buf_append_text(to, "]");
}

static bool json_workers(const struct status *status, struct buf *to) {
    bool fits = buf_append_text(to, ",\"workers\":[");
    for (uint32_t i = 0; i < status->report->slots_count; i++)
        fits = fits && buf_append_text(to, i == 0 ? "" : ",") && json_worker(status, i, to);
    return fits && buf_append_text(to, "]");
}

static bool json_worker(const struct status *status, uint32_t index, struct buf *to) {
    const struct report_slot *slot = &status->report->slots[index];
    return buf_printf(to, "{\"number\":%u,\"state\":\"%s\",\"pid\":%" PRId32 ",\"restarts\":%" PRIu32, index + 1,
                      report_state_name(slot->state), slot->pid, slot->restarts) &&
        json_time(",\"since\":", slot->since_ms, to) &&
        buf_printf(to, ",\"heartbeat_age_ms\":%" PRId64 ",\"connections\":%" PRIu64 ",\"last_end\":",
                   beat_age_ms(status, index), of_slot(status, index, COUNTER_CONNECTIONS)) &&
        text_json(to, slice_text(slot->last_end)) && buf_append_text(to, "}");
}

static bool json_counters(const struct status *status, struct buf *to) {
    bool fits = buf_append_text(to, ",\"counters\":{");
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        fits = fits && buf_printf(to, "\"%s\":%" PRIu64 ",", counters_row(i)->label, sum_of(status, i));
    return fits && buf_printf(to, "\"log_lines_lost\":%" PRIu64 "}", status->log_lines_lost);
}

static bool json_reasons(const struct status *status, const char *name, get_reason *get, struct buf *to) {
    bool fits = buf_printf(to, ",\"%s\":{", name);
    const char *comma = "";
    for (unsigned i = 0; i < REASON_COUNT; i++) {
        uint64_t sum = sum_of_reason(status, get, i);
        if (sum == 0)
            continue;
        fits = fits && buf_printf(to, "%s\"%s\":%" PRIu64, comma, reason_row(i)->label, sum);
        comma = ",";
    }
    return fits && buf_append_text(to, "}");
}

static bool json_time(const char *name, int64_t unix_ms, struct buf *to) {
    char time[25] = "";
    text_time(time, unix_ms);
    return buf_printf(to, "%s\"%s\"", name, time);
}

/* What the rings lost is counted there, for all workers that a slot ever had. Of peaks, the highest. */
static uint64_t sum_of(const struct status *status, enum counter counter) {
    if (counter == COUNTER_EVENTS_LOST)
        return status->events_lost;
    uint64_t sum = 0;
    bool is_peak = counters_row(counter)->kind == COUNTER_KIND_PEAK;
    for (uint32_t i = 0; i < status->report->slots_count; i++) {
        uint64_t value = of_slot(status, i, counter);
        sum = !is_peak ? sum + value : value > sum ? value : sum;
    }
    return sum;
}

static uint64_t sum_of_reason(const struct status *status, get_reason *get, enum reason reason) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < status->report->slots_count; i++)
        sum += status->counters[i] ? get(status->counters[i], reason) : 0;
    return sum;
}

static uint64_t of_slot(const struct status *status, uint32_t index, enum counter counter) {
    return status->counters[index] ? counters_get(status->counters[index], counter) : 0;
}

static int64_t beat_age_ms(const struct status *status, uint32_t index) {
    int64_t beat_ms = status->counters[index] ? counters_last_beat(status->counters[index]) : 0;
    return beat_ms == 0 || beat_ms > status->now_ms ? 0 : status->now_ms - beat_ms;
}

/* The two largest units are enough. */
static bool print_duration(int64_t milliseconds, struct buf *to) {
    int64_t seconds = milliseconds / 1000;
    if (seconds < 60)
        return buf_printf(to, "%" PRId64 " s", seconds);
    if (seconds < 3600)
        return buf_printf(to, "%" PRId64 " min %" PRId64 " s", seconds / 60, seconds % 60);
    if (seconds < 86400)
        return buf_printf(to, "%" PRId64 " h %" PRId64 " min", seconds / 3600, seconds % 3600 / 60);
    return buf_printf(to, "%" PRId64 " d %" PRId64 " h", seconds / 86400, seconds % 86400 / 3600);
}
