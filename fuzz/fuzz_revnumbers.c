/* Remembered numbers from a file that anybody could have written: refused, or read within its bytes and written
 * again. */
#include "pki/revnumbers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct revnumbers numbers;
    struct revnumbers again;
    struct revnumbers_key key = {.is_delta = size & 1};
    struct crl_number number = {.is_given = true, .len = 1, .bytes = {1}};
    if (!revnumbers_open(&numbers, slice_of(data, size)))
        return 0;
    if (numbers.count)
        memcpy(key.issuer, numbers.rows, sizeof key.issuer);
    revnumbers_went_back(&numbers, &key, &number);
    struct buf bytes;
    struct revnumbers_memory *memory = revnumbers_memory_new(&numbers);
    buf_init(&bytes, REVNUMBERS_BYTES_MAX);
    if (!memory || !revnumbers_memory_write(memory, &bytes) || !revnumbers_open(&again, buf_view(&bytes)) ||
        again.count != numbers.count)
        __builtin_trap();
    revnumbers_memory_free(&memory);
    buf_fini(&bytes);
    return 0;
}
