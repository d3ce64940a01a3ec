/* A word, and for two of them a name after one space. */
#include "config/hashby.h"

#include "http/octets.h"

static const char *const words[] = {[HASHBY_ADDRESS] = "address",
                                    [HASHBY_FINGERPRINT] = "fingerprint",
                                    [HASHBY_HEADER] = "header ",
                                    [HASHBY_COOKIE] = "cookie "};

bool hashby_read(const char *text, struct hashby *to) {
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct slice word = slice_text(words[i]);
        bool has_name = i >= HASHBY_HEADER;
        if (has_name ? !slice_starts(slice_text(text), word) : !slice_equal(slice_text(text), word))
            continue;
        *to = (struct hashby){.what = (enum hashby_what)i, .name = has_name ? text + word.len : NULL};
        return !has_name || octets_is_token(slice_text(to->name));
    }
    return false;
}
