/* The control process's side of the deny-list: it takes changes from the admin socket, keeps the book, makes the index
 * and answers when every worker has it. */
#ifndef SALLYPORT_BIN_DENYDESK_H
#define SALLYPORT_BIN_DENYDESK_H

#include "base/buf.h"
#include "control/status.h"
#include "ipc/channel.h"

#include <sys/types.h>

struct denydesk;

/* Called with the answer to a client's request; `done` says whether it did what was asked. */
typedef void denydesk_answer(void *owner, uint32_t client, bool done, struct slice text);

/* Makes a desk without a book, which answers through `answer`. `channel` is borrowed. NULL when memory is short. */
[[nodiscard]] struct denydesk *denydesk_new(struct channel *channel, denydesk_answer *answer, void *owner);
void denydesk_free(struct denydesk **desk);

/* Obeys a message of the supervisor about the deny-list; false when it is malformed. */
[[nodiscard]] bool denydesk_take_book(struct denydesk *desk, struct wire_in *in);
[[nodiscard]] bool denydesk_take_paper(struct denydesk *desk, struct wire_in *in);
[[nodiscard]] bool denydesk_take_replaced(struct denydesk *desk, struct wire_in *in);
[[nodiscard]] bool denydesk_take_enforced(struct denydesk *desk, struct wire_in *in);

/* Takes a client's request; false when it is not about the deny-list. */
[[nodiscard]] bool denydesk_request(struct denydesk *desk, uint32_t client, uid_t user, struct slice line);

/* What the status shows. */
struct status_denials denydesk_status(const struct denydesk *desk);

#endif
