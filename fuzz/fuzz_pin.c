/* Pins from any text: what is read is read the same from its hexadecimal form. */
#include "pki/pin.h"

#include "base/bug.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t digest[VERIFY_PIN_BYTES], again[VERIFY_PIN_BYTES];
    char hex[2 * VERIFY_PIN_BYTES];
    if (!pin_parse(slice_of(data, size), digest))
        return 0;
    text_hex(hex, slice_of(digest, sizeof digest));
    bug_on(!pin_parse(slice_of(hex, sizeof hex), again) || memcmp(digest, again, sizeof digest) != 0);
    return 0;
}
