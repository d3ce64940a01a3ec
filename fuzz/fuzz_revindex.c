/* Any bytes as an index of revoked certificates: refused, or read without leaving them. */
#include "pki/revindex.h"

#include "base/bug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(const struct revindex *index, const uint8_t *authority, struct slice serial);

/* Asked for: every authority that the index has, with serials out of the input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct revindex index;
    const char *fault;
    struct slice input = slice_of(data, size);
    bool is_good = revindex_open(&index, input, &fault);
    bug_on(is_good != !fault);
    if (!is_good)
        return 0;
    for (uint32_t i = 0; i < index.authorities; i++) {
        const uint8_t *authority = data + REVINDEX_HEADER_BYTES + (size_t)i * REVINDEX_AUTHORITY_BYTES;
        for (size_t len = 0; len <= REVKEY_SERIAL_MAX; len++)
            look_up(&index, authority, slice_sub(input, size - size / (len + 1), len));
    }
    bug_on(revindex_went_back(&index, &index) && index.lists < 2);
    return 0;
}

static void look_up(const struct revindex *index, const uint8_t *authority, struct slice serial) {
    struct revocation_key key = {.serial_len = (uint8_t)serial.len, .points.count = DISTPOINT_MAX};
    memcpy(key.issuer, authority, sizeof key.issuer);
    if (serial.len)
        memcpy(key.serial, serial.data, serial.len);
    struct revindex_answer answer = revindex_find(index, &key);
    bug_on(serial.len == 0 && answer.status != REVINDEX_NO_LIST);
}
