#include "bin/verifyreport.h"

#include "base/text.h"

static const struct peer_summary *shown(const struct verifyreport *report);
static bool text_accepted(const struct verifyreport *report, struct buf *to);
static bool text_refused(const struct verifyreport *report, struct buf *to);
static bool json_member(struct buf *to, const char *name, const char *value);
static bool json_certificate(struct buf *to, const char *name, const struct peer_summary *summary);
static bool json_time(struct buf *to, const char *name, int64_t seconds);

bool verifyreport_text(const struct verifyreport *report, struct buf *to) {
    return report->peer ? text_accepted(report, to) : text_refused(report, to);
}

bool verifyreport_json(const struct verifyreport *report, struct buf *to) {
    const struct verify_verdict *verdict = &report->verdict;
    const struct reason_row *row = reason_row(verdict->reason);
    bool is_good = buf_append_text(to, report->peer ? "{\"accepted\":true" : "{\"accepted\":false") &&
        json_member(to, "reason", row->label) && json_certificate(to, "certificate", shown(report));
    if (report->peer)
        return is_good && buf_printf(to, ",\"path\":%zu", verified_peer_path_len(report->peer)) &&
            json_time(to, "valid_until", verified_peer_expires(report->peer)) && buf_append_text(to, "}\n");
    return is_good && buf_printf(to, ",\"depth\":%d", verdict->depth) && json_member(to, "detail", verdict->detail) &&
        json_member(to, "sentence", row->sentence) && json_member(to, "remedy", row->remedy) &&
        json_certificate(to, "failed", &verdict->failed) && buf_append_text(to, "}\n");
}

static const struct peer_summary *shown(const struct verifyreport *report) {
    return report->peer ? verified_peer_summary(report->peer) : &report->verdict.presented;
}

static bool text_accepted(const struct verifyreport *report, struct buf *to) {
    const struct peer_summary *summary = shown(report);
    char until[24];
    text_time(until, verified_peer_expires(report->peer) * 1000);
    return buf_printf(to,
                      "accepted\n  subject: %s\n  issuer: %s\n  serial: %s\n  fingerprint: %s\n"
                      "  certificates below the anchor: %zu\n  good until: %.*s\n",
                      summary->subject, summary->issuer, summary->serial, summary->fingerprint,
                      verified_peer_path_len(report->peer), 24, until);
}

static bool text_refused(const struct verifyreport *report, struct buf *to) {
    const struct verify_verdict *verdict = &report->verdict;
    const struct reason_row *row = reason_row(verdict->reason);
    const struct peer_summary *failed = verdict->failed.present ? &verdict->failed : &verdict->presented;
    return buf_printf(to, "refused: %s\n  %s\n  depth: %d\n", row->label, row->sentence, verdict->depth) &&
        (!failed->present || buf_printf(to, "  certificate: %s\n", failed->subject)) &&
        (!verdict->detail || buf_printf(to, "  detail: %s\n", verdict->detail)) &&
        buf_printf(to, "  remedy: %s\n", row->remedy);
}

static bool json_member(struct buf *to, const char *name, const char *value) {
    return !value || (buf_printf(to, ",\"%s\":", name) && text_json(to, slice_text(value)));
}

static bool json_certificate(struct buf *to, const char *name, const struct peer_summary *summary) {
    if (!summary->present)
        return true;
    return buf_printf(to, ",\"%s\":{\"subject\":", name) && text_json(to, slice_text(summary->subject)) &&
        json_member(to, "issuer", summary->issuer) && json_member(to, "serial", summary->serial) &&
        json_member(to, "fingerprint", summary->fingerprint) && json_time(to, "not_before", summary->not_before) &&
        json_time(to, "not_after", summary->not_after) && buf_append_text(to, "}");
}

static bool json_time(struct buf *to, const char *name, int64_t seconds) {
    char text[24];
    text_time(text, seconds * 1000);
    return buf_printf(to, ",\"%s\":\"%.*s\"", name, 24, text);
}
