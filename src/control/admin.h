/* The admin socket. A client sends one line and gets one answer: "ok LENGTH\n" or "failed LENGTH\n", then so many
 * bytes, then the end. Few clients, each with a deadline, each checked by the kernel's word on who it is. */
#ifndef SALLYPORT_CONTROL_ADMIN_H
#define SALLYPORT_CONTROL_ADMIN_H

#include "base/buf.h"
#include "io/loop.h"

#include <sys/types.h>

/* ADMIN_LINE_MAX: a change of the deny-list with the longest name, every byte of it escaped. ADMIN_ANSWER_BYTES_MAX:
 * the status of 64 workers and 128 listeners, or the last refusals. ADMIN_CLIENTS_MAX: people and scripts; more are
 * told to come again. ADMIN_WAIT_MS: for the line, and for taking the answer. ADMIN_WORK_MS: for
 * us to answer: a reload. */
enum {
    ADMIN_LINE_MAX = 8192,
    ADMIN_ANSWER_BYTES_MAX = 8 << 20,
    ADMIN_CLIENTS_MAX = 16,
    ADMIN_WAIT_MS = 10000,
    ADMIN_WORK_MS = 300000
};

struct admin;

/* Who may ask, besides root. */
struct admin_users {
    uid_t owner;
    bool has_group;
    gid_t group;
};

/* Called with the line of a client, without its end and with printable ASCII only. Answer it with admin_answer, now or
 * later. */
typedef void admin_request(void *owner, uint32_t client, struct slice line);

/* Makes the server of a listening socket (its, also on failure); NULL when memory is short. */
[[nodiscard]] struct admin *admin_new(struct loop *loop, int listener, const struct admin_users *users,
                                      admin_request *request, void *owner);
void admin_free(struct admin **admin);

/* Who a client is that waits for an answer, by the kernel's word. */
uid_t admin_user(const struct admin *admin, uint32_t client);

/* Answers a client; one that is gone is ignored. Too long an answer becomes a failure that says so. */
void admin_answer(struct admin *admin, uint32_t client, bool done, struct slice text);

#endif
