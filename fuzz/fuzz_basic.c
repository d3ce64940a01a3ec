/* Fuzzes policy/passwordbasic: what is read has its form and encodes to what it was read from; the rest leaves
 * nothing. */
#include "base/bug.h"
#include "base/text.h"
#include "policy/passwordbasic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_good(const struct passwordbasic *credentials, struct slice value) {
    char again[2 * sizeof(credentials->bytes)];
    size_t len = credentials->user.len + 1 + credentials->password.len;
    bug_on(credentials->user.len == 0 || credentials->user.len > PASSWORDBASIC_USER_MAX);
    bug_on(credentials->password.len > PASSWORDBASIC_PASSWORD_MAX);
    bug_on(slice_find(credentials->user, ':') >= 0);
    for (size_t i = 0; i < len; i++)
        bug_on(credentials->user.data[i] < ' ');
    text_base64(again, slice_of(credentials->user.data, len));
    bug_on(!slice_ends(slice_trim(value), slice_of(again, text_base64_len(len))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct passwordbasic nothing;
    struct passwordbasic credentials = nothing;
    struct slice value = slice_of(data, size);
    switch (passwordbasic_read(value, &credentials)) {
    case PASSWORDBASIC_GOOD:
        check_good(&credentials, value);
        break;
    case PASSWORDBASIC_OTHER:
        bug_on(size > 6 && slice_equal(slice_of(data, 6), slice_text("Basic ")));
        break;
    case PASSWORDBASIC_MALFORMED:
        bug_on(memcmp(&credentials, &nothing, sizeof(nothing)) != 0);
        break;
    }
    return 0;
}
