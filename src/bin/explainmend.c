#include "bin/explainmend.h"

#include "base/text.h"
#include "pki/cert.h"
#include "pki/certhint.h"

static bool mend_issuer(struct explanation *explanation, struct slice der, struct buf *to);
static bool mend_dates(struct explanation *explanation, struct slice der, struct buf *to);
static bool mend_usage(struct explanation *explanation, struct slice der, struct buf *to);
static bool mend_list(struct explanation *explanation, struct slice der, struct buf *to);
static bool mend_host(struct explanation *explanation, struct slice der, struct buf *to);
static struct slice certificate_at(const struct explanation *explanation);
static const char *server_name_of(const struct plan_host *host);

/* Each is given the certificate that the verdict is about. */
static const struct {
    enum reason reason;
    bool (*mend)(struct explanation *explanation, struct slice der, struct buf *to);
} rows[] = {
    {REASON_CERT_UNKNOWN_ISSUER, mend_issuer},
    {REASON_CERT_EXPIRED, mend_dates},
    {REASON_CERT_NOT_YET_VALID, mend_dates},
    {REASON_CERT_WRONG_USAGE, mend_usage},
    {REASON_REVOCATION_LIST_MISSING, mend_list},
    {REASON_REVOCATION_LIST_STALE, mend_list},
    {REASON_MISDIRECTED, mend_host},
};

void explainmend_write(struct explanation *explanation) {
    if (explanation->verdict.reason == REASON_NONE)
        return;
    struct buf text = {.data = (uint8_t *)explanation->mend,
                       .cap = EXPLANATION_MEND_MAX - 1,
                       .max = EXPLANATION_MEND_MAX - 1};
    bool fits = true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].reason == explanation->verdict.reason)
            fits = rows[i].mend(explanation, certificate_at(explanation), &text);
    explanation->mend[fits ? buf_len(&text) : 0] = '\0';
}

static bool mend_issuer(struct explanation *explanation, struct slice der, struct buf *to) {
    (void)explanation;
    return buf_append_text(to, "Its issuer was neither presented nor is it in the trust: ") &&
        certhint_issuer(der, to) &&
        buf_append_text(to, ". If it is an intermediate, let the client send it after its own certificate.");
}

static bool mend_dates(struct explanation *explanation, struct slice der, struct buf *to) {
    struct peer_summary summary;
    char from[24], until[24];
    cert_summarize_der(der, &summary);
    text_time(from, summary.not_before * 1000);
    text_time(until, summary.not_after * 1000);
    int64_t away_s = explanation->verdict.reason == REASON_CERT_EXPIRED ? explanation->judged.now - summary.not_after
                                                                        : summary.not_before - explanation->judged.now;
    return summary.present &&
        buf_printf(to, "It is valid from %.*s until %.*s, which is %lld days %s.", 24, from, 24, until,
                   (long long)(away_s / 86400),
                   explanation->verdict.reason == REASON_CERT_EXPIRED ? "past" : "from now");
}

static bool mend_usage(struct explanation *explanation, struct slice der, struct buf *to) {
    (void)explanation;
    return buf_append_text(to, "It has ") && certhint_usage(der, to) && buf_append_text(to, ".");
}

/* Without a peer the list spoke against the last path that was left: which list it was is not kept. */
static bool mend_list(struct explanation *explanation, struct slice der, struct buf *to) {
    const struct revocation *revocation = explanation->judged.host->revocation;
    const struct verified_peer *peer = explanation->peer;
    size_t depth = (size_t)explanation->verdict.depth;
    if (!revocation)
        return false;
    bool fits = buf_append_text(to, "The list of ") && certhint_issuer(der, to);
    if (explanation->verdict.reason == REASON_REVOCATION_LIST_MISSING)
        return fits && buf_append_text(to, " is not there, or does not speak for this certificate.");
    if (!peer || depth >= verified_peer_key_count(peer))
        return fits && buf_append_text(to, " is too old.");
    char due[24];
    text_time(due, revindex_find(&revocation->index, verified_peer_key(peer, depth)).next_update * 1000);
    return fits && buf_printf(to, " was to be followed by a newer one by %.*s.", 24, due);
}

static bool mend_host(struct explanation *explanation, struct slice der, struct buf *to) {
    (void)der;
    const struct judge_case *judged = &explanation->judged;
    const struct plan_host *named = snapshot_host(judged->listener, judged->request_host);
    return buf_printf(to, "The handshake was for %s, the request is for %s.", server_name_of(judged->host),
                      named ? server_name_of(named) : "no host that is configured");
}

/* Of the validated path where there is one, else among those that were presented. */
static struct slice certificate_at(const struct explanation *explanation) {
    int depth = explanation->verdict.depth;
    const struct peer_summary *failed = &explanation->chain.failed;
    const struct pkifiles *files = &explanation->files;
    if (depth < 0)
        return slice_of(NULL, 0);
    if (explanation->peer)
        return (size_t)depth < verified_peer_path_len(explanation->peer)
            ? verified_peer_path(explanation->peer, (size_t)depth)
            : slice_of(NULL, 0);
    for (size_t i = 0; i < files->count; i++) {
        struct peer_summary summary;
        cert_summarize_der(pkifiles_get(files, i), &summary);
        if (!failed->present || strcmp(summary.fingerprint, failed->fingerprint) == 0)
            return pkifiles_get(files, i);
    }
    return slice_of(NULL, 0);
}

static const char *server_name_of(const struct plan_host *host) {
    return host->name_count > 0 ? host->names[0] : "the listener's own host";
}
