/* What a ticket carries, from somebody who found its key: decoding never reads beyond, and what decodes encodes to the
 * same bytes. */
#include "tls/ticketdata.h"

#include "base/bug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice input = slice_of(data, size);
    struct ticketdata decoded;
    struct buf encoded;
    if (!ticketdata_decode(input, &decoded))
        return 0;
    buf_init(&encoded, TICKETDATA_BYTES_MAX);
    if (ticketdata_encode(&decoded, &encoded))
        bug_on(!slice_equal(buf_view(&encoded), input));
    else
        bug_on(size <= TICKETDATA_CHAIN_BYTES_MAX);
    buf_fini(&encoded);
    return 0;
}
