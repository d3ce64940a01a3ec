/* The question of a worker to the checker, and its answer, as bytes that travel in ASK and ANSWER (ipc/ask.h): is this
 * the password? */
#ifndef SALLYPORT_IPC_PASSCHECK_H
#define SALLYPORT_IPC_PASSCHECK_H

#include "base/slice.h"

/* PASSWORD, STORED: longer ones are no passwords and no hashes that anybody accepts. */
enum {
    PASSCHECK_PASSWORD_MAX = 512,
    PASSCHECK_STORED_MAX = 256,
    PASSCHECK_BYTES_MAX = 8 + PASSCHECK_PASSWORD_MAX + PASSCHECK_STORED_MAX,
};

/* The answer is one byte. FAILED: it could not be calculated. */
enum passcheck_answer { PASSCHECK_DIFFERS, PASSCHECK_MATCHES, PASSCHECK_FAILED };

/* Writes the question to `to`; returns its length, 0 when it is too long. */
size_t passcheck_write(struct slice password, struct slice stored, uint8_t to[PASSCHECK_BYTES_MAX]);

/* Reads a question, borrowed from `bytes`; false when it is none. */
[[nodiscard]] bool passcheck_read(struct slice bytes, struct slice *password, struct slice *stored);

/* Reads an answer; FAILED when it is none. */
enum passcheck_answer passcheck_answer_of(struct slice bytes);

#endif
