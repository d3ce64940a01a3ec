/* What HTTP/1.1 and HTTP/2 ask of a message alike. */
#include "http/rules.h"

#include "base/text.h"
#include "http/octets.h"

static bool may_stand(struct slice path, size_t i);

/* The length leaves one or two candidates, so that an ordinary field costs one switch. */
enum rules_meaning rules_meaning_of(struct slice name) {
    static const struct {
        const char *name;
        enum rules_meaning meaning;
    } by_len[][2] = {
        [2] = {{"te", RULES_MEANING_TE}},
        [4] = {{"host", RULES_MEANING_HOST}},
        [6] = {{"expect", RULES_MEANING_EXPECT}},
        [7] = {{"upgrade", RULES_MEANING_UPGRADE}, {"trailer", RULES_MEANING_TRAILER}},
        [10] = {{"connection", RULES_MEANING_CONNECTION}, {"keep-alive", RULES_MEANING_HOP_BY_HOP}},
        [14] = {{"content-length", RULES_MEANING_CONTENT_LENGTH}},
        [16] = {{"proxy-connection", RULES_MEANING_HOP_BY_HOP}},
        [17] = {{"transfer-encoding", RULES_MEANING_TRANSFER_ENCODING}},
    };
    if (name.len >= sizeof by_len / sizeof by_len[0])
        return RULES_MEANING_NONE;
    for (size_t i = 0; i < 2 && by_len[name.len][i].name; i++) {
        struct slice candidate = slice_of(by_len[name.len][i].name, name.len);
        if (octets_lower(name.data[0]) == candidate.data[0] && slice_equal_nocase(name, candidate))
            return by_len[name.len][i].meaning;
    }
    return RULES_MEANING_NONE;
}

bool rules_is_framing_lookalike(struct slice name) {
    static const char *const framing[] = {"contentlength", "transferencoding"};
    if (name.len < sizeof "contentlength" - 1)
        return false;
    for (size_t f = 0; f < sizeof framing / sizeof framing[0]; f++) {
        const char *expected = framing[f];
        size_t i = 0;
        for (; i < name.len; i++) {
            if (!octets_is(name.data[i], OCTETS_HOST) || name.data[i] == '-' || name.data[i] == '.' ||
                name.data[i] == '_')
                continue;
            if (octets_lower(name.data[i]) != (uint8_t)*expected)
                break;
            expected++;
        }
        if (i == name.len && *expected == '\0')
            return true;
    }
    return false;
}

bool rules_method_is_foreign(struct slice method) {
    static const char *const foreign[] = {
        "CONNECT", "PRI",    "ANNOUNCE", "DESCRIBE", "FLUSH",         "GET_PARAMETER", "PAUSE",
        "PLAY",    "RECORD", "REDIRECT", "SETUP",    "SET_PARAMETER", "TEARDOWN",
    };
    if (slice_equal(method, slice_text("GET")))
        return false;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (slice_equal(method, slice_text(foreign[i])))
            return true;
    return false;
}

bool rules_target_is_text(struct slice target) {
    for (size_t i = 0; i < target.len; i++)
        if (target.data[i] >= 0x80)
            return text_utf8(target);
    return true;
}

bool rules_path_is_good(struct slice method, struct slice path) {
    if (path.len == 1 && path.data[0] == '*')
        return slice_equal(method, slice_text("OPTIONS"));
    return path.len > 0 && path.data[0] == '/';
}

size_t rules_path_bytes(struct slice path) {
    size_t bytes = path.len;
    for (size_t i = 0; i < path.len; i++)
        if (!may_stand(path, i))
            bytes += 2;
    return bytes;
}

uint8_t *rules_put_path(uint8_t *to, struct slice path, size_t len) {
    if (len == path.len) {
        memcpy(to, path.data, len);
        return to + len;
    }
    for (size_t i = 0; i < path.len; i++) {
        if (may_stand(path, i)) {
            *to++ = path.data[i];
            continue;
        }
        *to++ = '%';
        *to++ = (uint8_t) "0123456789ABCDEF"[path.data[i] >> 4];
        *to++ = (uint8_t) "0123456789ABCDEF"[path.data[i] & 15];
    }
    return to;
}

static bool may_stand(struct slice path, size_t i) {
    if (path.data[i] != '%')
        return octets_is(path.data[i], OCTETS_URI);
    return i + 2 < path.len && octets_is(path.data[i + 1], OCTETS_HEX) && octets_is(path.data[i + 2], OCTETS_HEX);
}
