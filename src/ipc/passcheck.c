/* Two counted strings. */
#include "ipc/passcheck.h"

#include "ipc/wire.h"

size_t passcheck_write(struct slice password, struct slice stored, uint8_t to[PASSCHECK_BYTES_MAX]) {
    struct wire_out out;
    wire_out_init(&out, to, PASSCHECK_BYTES_MAX);
    wire_put_bytes(&out, password);
    wire_put_bytes(&out, stored);
    bool fits = password.len <= PASSCHECK_PASSWORD_MAX && stored.len <= PASSCHECK_STORED_MAX;
    return fits ? wire_out_view(&out).len : 0;
}

bool passcheck_read(struct slice bytes, struct slice *password, struct slice *stored) {
    struct wire_in in;
    wire_in_init(&in, bytes);
    *password = wire_get_bytes(&in, PASSCHECK_PASSWORD_MAX);
    *stored = wire_get_bytes(&in, PASSCHECK_STORED_MAX);
    return wire_in_done(&in);
}

enum passcheck_answer passcheck_answer_of(struct slice bytes) {
    if (bytes.len != 1 || bytes.data[0] > PASSCHECK_FAILED)
        return PASSCHECK_FAILED;
    return (enum passcheck_answer)bytes.data[0];
}
