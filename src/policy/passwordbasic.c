/* Scheme, base64, colon. */
#include "policy/passwordbasic.h"

#include "base/text.h"

static bool take_scheme(struct slice *value);
static bool decode(struct slice value, struct passwordbasic *credentials);
static bool has_control(struct slice text);

enum passwordbasic_status passwordbasic_read(struct slice value, struct passwordbasic *credentials) {
    if (!take_scheme(&value))
        return PASSWORDBASIC_OTHER;
    if (decode(value, credentials))
        return PASSWORDBASIC_GOOD;
    passwordbasic_wipe(credentials);
    return PASSWORDBASIC_MALFORMED;
}

void passwordbasic_wipe(struct passwordbasic *credentials) {
    text_wipe(credentials, sizeof(*credentials));
}

/* "Basic", in any case, and at least one space (RFC 9110 section 11.4). */
static bool take_scheme(struct slice *value) {
    struct slice scheme = slice_text("Basic");
    if (!slice_equal_nocase(slice_sub(*value, 0, scheme.len), scheme))
        return false;
    struct slice rest = slice_sub(*value, scheme.len, value->len);
    if (rest.len > 0 && rest.data[0] != ' ')
        return false;
    *value = slice_trim(rest);
    return true;
}

static bool decode(struct slice value, struct passwordbasic *credentials) {
    struct buf bytes = {.data = credentials->bytes,
                        .cap = sizeof(credentials->bytes),
                        .max = sizeof(credentials->bytes)};
    if (!text_unbase64(&bytes, value))
        return false;
    struct slice whole = buf_view(&bytes);
    ptrdiff_t colon = slice_find(whole, ':');
    if (colon <= 0 || has_control(whole))
        return false;
    credentials->user = slice_sub(whole, 0, (size_t)colon);
    credentials->password = slice_sub(whole, (size_t)colon + 1, whole.len);
    return credentials->user.len <= PASSWORDBASIC_USER_MAX && credentials->password.len <= PASSWORDBASIC_PASSWORD_MAX;
}

static bool has_control(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < ' ' || text.data[i] == 0x7f)
            return true;
    }
    return false;
}
