/* The window between the library and the stream below: gathering, back-pressure, ends. */
#include "tls/tlsbio.h"

#include <openssl/bio.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A stream that does what the test says: `input` is read, `room` bytes may be written. */
struct fake {
    struct stream stream;
    struct slice input;
    enum stream_status when_empty;
    size_t room;
    bool is_broken;
    unsigned reads;
    unsigned writes;
    size_t written;
};

static struct fake fake;
static struct tlsbio window;
static BIO *bio;

static struct stream_result fake_read(struct stream *stream, uint8_t *to, size_t room) {
    (void)stream;
    size_t len = fake.input.len < room ? fake.input.len : room;
    fake.reads++;
    if (len == 0)
        return (struct stream_result){.status = fake.when_empty};
    memcpy(to, fake.input.data, len);
    fake.input = slice_sub(fake.input, len, fake.input.len);
    return (struct stream_result){.status = STREAM_OK,
                                  .drained = fake.input.len == 0 && fake.when_empty == STREAM_AGAIN,
                                  .bytes = len};
}

static struct stream_result fake_write(struct stream *stream, const struct slice *parts, size_t count) {
    (void)stream;
    assert_int_equal(count, 1);
    size_t len = parts->len < fake.room ? parts->len : fake.room;
    fake.writes++;
    fake.room -= len;
    fake.written += len;
    if (fake.is_broken)
        return (struct stream_result){.status = STREAM_FAILED};
    return (struct stream_result){.status = len ? STREAM_OK : STREAM_AGAIN, .bytes = len};
}

static const struct stream_ops fake_ops = {.read = fake_read, .write = fake_write};

static int set_up(void **state) {
    (void)state;
    fake = (struct fake){.stream = {.ops = &fake_ops}, .when_empty = STREAM_AGAIN, .room = SIZE_MAX};
    tlsbio_init(&window, &fake.stream);
    bio = tlsbio_new(&window);
    return bio ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    BIO_free(bio);
    tlsbio_fini(&window);
    return 0;
}

static void reads_until_drained_and_not_once_more(void **state) {
    (void)state;
    char got[10];
    fake.input = slice_text("hello");
    assert_int_equal(BIO_read(bio, got, sizeof got), 5);
    assert_true(window.is_drained);
    assert_true(BIO_read(bio, got, sizeof got) <= 0);
    assert_true(BIO_should_read(bio));
    assert_int_equal(fake.reads, 1);
    window.is_drained = false;
    assert_true(BIO_read(bio, got, sizeof got) <= 0);
    assert_true(BIO_should_read(bio) && window.is_drained);
    assert_int_equal(fake.reads, 2);
}

static void the_end_is_no_retry(void **state) {
    (void)state;
    char got[10];
    fake.when_empty = STREAM_END;
    assert_true(BIO_read(bio, got, sizeof got) <= 0);
    assert_false(BIO_should_retry(bio));
    assert_true(window.has_ended);
    assert_true(BIO_read(bio, got, sizeof got) <= 0);
    assert_int_equal(fake.reads, 1);
}

static void writes_are_gathered_into_one(void **state) {
    (void)state;
    assert_int_equal(BIO_write(bio, "one", 3), 3);
    assert_int_equal(BIO_write(bio, "two", 3), 3);
    assert_int_equal(BIO_flush(bio), 1);
    assert_int_equal(fake.writes, 0);
    assert_true(tlsbio_flush(&window));
    assert_int_equal(fake.writes, 1);
    assert_int_equal(fake.written, 6);
    assert_true(tlsbio_flush(&window));
    assert_int_equal(fake.writes, 1);
}

static void a_full_window_holds_back_and_loses_nothing(void **state) {
    (void)state;
    static uint8_t record[TLSBIO_RECORD_BYTES + 200];
    size_t taken = 0;
    fake.room = 100;
    while (tlsbio_has_room(&window))
        taken += (size_t)BIO_write(bio, record, sizeof record);
    assert_true(buf_len(&window.output) >= TLSBIO_GATHER_BYTES);
    for (int len; (len = BIO_write(bio, record, sizeof record)) > 0;)
        taken += (size_t)len;
    assert_true(BIO_should_write(bio));
    assert_false(tlsbio_flush(&window));
    fake.room = SIZE_MAX;
    assert_false(tlsbio_flush(&window)); /* the owner is told of room by an event, and this would swallow it */
    window.is_blocked = false;
    assert_true(tlsbio_flush(&window));
    assert_int_equal(fake.written, taken);
}

static void a_broken_stream_is_told_and_nothing_is_kept(void **state) {
    (void)state;
    fake.is_broken = true;
    assert_int_equal(BIO_write(bio, "one", 3), 3);
    assert_true(tlsbio_flush(&window));
    assert_true(window.has_failed);
    assert_int_equal(buf_len(&window.output), 0);
    assert_true(BIO_write(bio, "two", 3) <= 0);
    assert_false(BIO_should_retry(bio));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_until_drained_and_not_once_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_end_is_no_retry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_are_gathered_into_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_window_holds_back_and_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_stream_is_told_and_nothing_is_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
