#include "pki/revocation.h"

static enum reason check_one(const struct revocation *revocation, const struct revocation_key *key, int64_t now);

enum reason revocation_check(const struct revocation *revocation, const struct verified_peer *peer, int64_t now,
                             int *depth) {
    size_t count = verified_peer_key_count(peer);
    enum reason worst = REASON_NONE;
    if (revocation->scope == REVOCATION_SCOPE_LEAF && count > 1)
        count = 1;
    *depth = 0;
    for (size_t i = 0; i < count; i++) {
        enum reason reason = check_one(revocation, verified_peer_key(peer, i), now);
        if (reason == REASON_NONE || (worst != REASON_NONE && reason != REASON_CERT_REVOKED))
            continue;
        worst = reason;
        *depth = (int)i;
        if (reason == REASON_CERT_REVOKED)
            break;
    }
    return worst;
}

int64_t revocation_too_old(enum revocation_stale stale, int64_t grace_s, int64_t now) {
    switch (stale) {
    case REVOCATION_STALE_HARD:
        return now;
    case REVOCATION_STALE_GRACE:
        return now - grace_s;
    case REVOCATION_STALE_SOFT:
        break;
    }
    return INT64_MIN;
}

static enum reason check_one(const struct revocation *revocation, const struct revocation_key *key, int64_t now) {
    struct revindex_answer answer = revindex_find(&revocation->index, key);
    switch (answer.status) {
    case REVINDEX_REVOKED:
        return REASON_CERT_REVOKED;
    case REVINDEX_ON_HOLD:
        return REASON_CERT_ON_HOLD;
    case REVINDEX_NO_LIST:
        return revocation->missing == REVOCATION_MISSING_ALLOW ? REASON_NONE : REASON_REVOCATION_LIST_MISSING;
    case REVINDEX_GOOD:
        break;
    }
    bool is_stale = answer.next_update < revocation_too_old(revocation->stale, revocation->grace_s, now);
    return is_stale ? REASON_REVOCATION_LIST_STALE : REASON_NONE;
}
