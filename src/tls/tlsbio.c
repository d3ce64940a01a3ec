#include "tls/tlsbio.h"

#include <limits.h>
#include <openssl/bio.h>

/* Described once for the process; libcrypto counts kinds of BIO and never gives a number back. */
static BIO_METHOD *method;

static bool describe(void);
static int on_read(BIO *bio, char *to, size_t room, size_t *got);
static int on_write(BIO *bio, const char *from, size_t len, size_t *taken);
static long on_control(BIO *bio, int command, long number, void *pointer);

void tlsbio_init(struct tlsbio *window, struct stream *below) {
    *window = (struct tlsbio){.below = below, .read_left = SIZE_MAX};
    buf_init(&window->output, TLSBIO_OUTPUT_MAX);
}

void tlsbio_fini(struct tlsbio *window) {
    buf_fini(&window->output);
}

BIO *tlsbio_new(struct tlsbio *window) {
    BIO *bio = describe() ? BIO_new(method) : NULL;
    if (!bio)
        return NULL;
    BIO_set_data(bio, window);
    BIO_set_init(bio, 1);
    return bio;
}

bool tlsbio_flush(struct tlsbio *window) {
    while (buf_len(&window->output) && !window->has_failed) {
        if (window->is_blocked)
            return false;
        struct slice waiting = buf_view(&window->output);
        struct stream_result result = stream_write(window->below, &waiting, 1);
        window->is_blocked = result.status == STREAM_AGAIN;
        window->has_failed = result.status != STREAM_AGAIN && result.status != STREAM_OK;
        if (result.status == STREAM_OK)
            buf_consume(&window->output, result.bytes);
    }
    if (window->has_failed)
        buf_consume(&window->output, buf_len(&window->output));
    return true;
}

bool tlsbio_has_room(const struct tlsbio *window) {
    return buf_len(&window->output) < TLSBIO_GATHER_BYTES;
}

static bool describe(void) {
    if (method)
        return true;
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
    return method && BIO_meth_set_read_ex(method, on_read) && BIO_meth_set_write_ex(method, on_write) &&
        BIO_meth_set_ctrl(method, on_control);
}

/* The end is told by has_ended, not by the BIO's own means, so that libssl sends no alert to somebody who is gone. */
static int on_read(BIO *bio, char *to, size_t room, size_t *got) {
    struct tlsbio *window = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (window->has_ended || window->has_failed)
        return 0;
    if (window->is_drained || window->read_left == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    struct stream_result result =
        stream_read(window->below, (uint8_t *)to, room < window->read_left ? room : window->read_left);
    window->read_left -= result.bytes;
    window->is_drained = result.drained || result.status == STREAM_AGAIN;
    window->has_ended = result.status == STREAM_END;
    window->has_failed = result.status == STREAM_FAILED;
    if (result.status == STREAM_AGAIN)
        BIO_set_retry_read(bio);
    *got = result.bytes;
    return result.status == STREAM_OK;
}

static int on_write(BIO *bio, const char *from, size_t len, size_t *taken) {
    struct tlsbio *window = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (len > TLSBIO_OUTPUT_MAX - buf_len(&window->output))
        tlsbio_flush(window);
    size_t room = TLSBIO_OUTPUT_MAX - buf_len(&window->output);
    *taken = len < room ? len : room;
    if (room == 0) {
        BIO_set_retry_write(bio);
        return 0;
    }
    window->has_failed = window->has_failed || !buf_append(&window->output, slice_of(from, *taken));
    return !window->has_failed;
}

static long on_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}
