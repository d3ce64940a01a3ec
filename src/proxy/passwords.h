/* The passwords of requests, in one worker: what is known of them at once, and those that wait for the checker. One
 * question is under way at a time, so that workers take turns; requests with the same credentials share it. Whoever
 * guesses is held back: each wrong password uses a token of the client, told by its identity or else its address. */
#ifndef SALLYPORT_PROXY_PASSWORDS_H
#define SALLYPORT_PROXY_PASSWORDS_H

#include "http/message.h"
#include "ipc/counters.h"
#include "plan/plan.h"
#include "proxy/asks.h"
#include "proxy/clients.h"

/* WAITING: requests of a worker that wait; the next is refused at once. OF_CLIENT: of one client's; a browser opens six
 * connections, but with one password, which counts once. */
enum { PASSWORDS_WAITING_MAX = 256, PASSWORDS_OF_CLIENT_MAX = 4 };

struct passwords;

/* What is asked about: the rules, the request's head, the verified peer or NULL, and by what the client is counted.
 * `arena` lives as long as the check. */
struct passwords_request {
    const struct plan_password *password;
    const struct http_message *head;
    const struct verified_peer *peer;
    struct slice client;
    struct arena *arena;
};

/* The check of one request, embedded in its owner, who gives it back with passwords_end. user: the name, when there is
 * such a user: empty otherwise. reason, retry_after_ms: why it was refused. on_end is called from the loop, once, when
 * the check had to wait and the owner has not ended it. */
struct passwords_check {
    struct list link;
    struct passwords *passwords;
    const struct plan_password *password;
    const struct passwordfile_user *known;
    const struct verified_peer *peer;
    struct limitcount_key *client;
    struct slice user;
    struct slice question;
    uint8_t digest[32];
    uint64_t token;
    bool has_token;
    enum reason reason;
    int64_t retry_after_ms;
    void (*on_end)(struct passwords_check *check);
};

/* PASSED: right. REFUSED: with a reason. WAITING: on_end will tell. */
enum passwords_step { PASSWORDS_PASSED, PASSWORDS_REFUSED, PASSWORDS_WAITING };

/* Makes it; all that it is given outlives it. NULL when memory or random bytes are short. */
[[nodiscard]] struct passwords *passwords_new(struct loop *loop, struct asks *asks, struct clients *clients,
                                              struct counters *counters);

/* Frees it; no check waits. NULL is fine. */
void passwords_free(struct passwords **passwords);

/* Makes a check that does nothing yet. */
void passwords_check_init(struct passwords_check *check, void (*on_end)(struct passwords_check *check));

/* Looks at the request's Authorization field (RFC 7617). */
enum passwords_step passwords_begin(struct passwords *passwords, struct passwords_check *check,
                                    const struct passwords_request *request);

/* Forgets a check, whatever it does; what was kept of the password is wiped. */
void passwords_end(struct passwords_check *check);

/* True while the check waits. */
bool passwords_waits(const struct passwords_check *check);

#endif
