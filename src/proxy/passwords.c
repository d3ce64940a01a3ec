/* A cache, a queue, and one open question. */
#include "proxy/passwords.h"

#include "base/bug.h"
#include "base/hash.h"
#include "base/text.h"
#include "ipc/passcheck.h"
#include "policy/passwordbasic.h"
#include "policy/passwordcache.h"

#include <stdlib.h>
#include <sys/random.h>

/* TOKENS: added to the scope of a user file. BUSY_MS: when a client that has too many checks open may come again. */
enum { TOKENS = 16, BUSY_MS = 1000 };

_Static_assert(sizeof(((struct passwords_check *)NULL)->digest) == PASSWORDCACHE_BYTES, "digests of the cache");

/* waiting: in the order of their coming. asked: what the open question is about, while ask.asks is set. */
struct passwords {
    struct loop *loop;
    struct asks *asks;
    struct clients *clients;
    struct counters *counters;
    struct passwordcache *cache;
    struct limitcount of_client;
    struct list waiting;
    unsigned waiting_count;
    struct ask ask;
    uint8_t asked[PASSWORDCACHE_BYTES];
    int64_t asked_right_ms;
    int64_t asked_wrong_ms;
    struct loop_task next;
    uint64_t seed;
};

static enum passwords_step begin_known(struct passwords_check *check, const struct passwords_request *request,
                                       const struct passwordbasic *credentials);
static enum passwords_step begin_unknown(struct passwords_check *check, const struct passwords_request *request,
                                         struct slice password, struct slice stored);
static enum passwordbasic_status read_field(const struct http_message *head, struct passwordbasic *credentials);
static const struct passwordfile_user *choose_user(struct passwords_check *check, struct slice name,
                                                   struct arena *arena);
static struct passwords_check *find_same(const struct passwords *passwords, const uint8_t *digest);
static bool keep_question(struct passwords_check *check, struct arena *arena, struct slice password,
                          struct slice stored);
static void enqueue(struct passwords_check *check);
static void dequeue(struct passwords_check *check);
static bool ask(struct passwords *passwords, const struct passwords_check *check);
static void on_next(struct loop_task *task);
static void on_answer(struct ask *ask, enum asks_end end, struct slice answer);
static void settle(struct passwords *passwords, enum passcheck_answer answer);
static enum passwords_step finish(struct passwords_check *check, enum passcheck_answer answer);
static void release(struct passwords_check *check);
static void give_back(struct passwords_check *check);
static enum passwords_step refuse(struct passwords_check *check, enum reason reason);

struct passwords *passwords_new(struct loop *loop, struct asks *asks, struct clients *clients,
                                struct counters *counters) {
    uint8_t key[PASSWORDCACHE_BYTES];
    struct passwords *passwords = calloc(1, sizeof(*passwords));
    if (!passwords)
        return NULL;
    bool seeded = getrandom(&passwords->seed, sizeof(passwords->seed), 0) == sizeof(passwords->seed) &&
        getrandom(key, sizeof(key), 0) == sizeof(key);
    passwords->cache = seeded ? passwordcache_new(PASSWORDCACHE_SETS, key) : NULL;
    text_wipe(key, sizeof(key));
    passwords->loop = loop;
    passwords->asks = asks;
    passwords->clients = clients;
    passwords->counters = counters;
    limitcount_init(&passwords->of_client, passwords->seed);
    list_init(&passwords->waiting);
    asks_init(&passwords->ask, on_answer);
    loop_task_init(&passwords->next, on_next);
    if (!passwords->cache)
        passwords_free(&passwords);
    return passwords;
}

void passwords_free(struct passwords **held) {
    struct passwords *passwords = *held;
    *held = NULL;
    if (!passwords)
        return;
    bug_on(!list_empty(&passwords->waiting));
    asks_cancel(&passwords->ask);
    loop_task_cancel(&passwords->next);
    passwordcache_free(&passwords->cache);
    limitcount_fini(&passwords->of_client);
    free(passwords);
}

void passwords_check_init(struct passwords_check *check, void (*on_end)(struct passwords_check *check)) {
    *check = (struct passwords_check){.on_end = on_end};
    list_init(&check->link);
}

enum passwords_step passwords_begin(struct passwords *passwords, struct passwords_check *check,
                                    const struct passwords_request *request) {
    struct passwordbasic credentials;
    check->passwords = passwords;
    check->password = request->password;
    check->peer = request->peer;
    enum passwords_step step = PASSWORDS_REFUSED;
    switch (read_field(request->head, &credentials)) {
    case PASSWORDBASIC_OTHER:
        return refuse(check, REASON_PASSWORD_MISSING);
    case PASSWORDBASIC_MALFORMED:
        return refuse(check, REASON_PASSWORD_MALFORMED);
    case PASSWORDBASIC_GOOD:
        step = begin_known(check, request, &credentials);
        break;
    }
    passwordbasic_wipe(&credentials);
    return step;
}

void passwords_end(struct passwords_check *check) {
    struct passwords *passwords = check->passwords;
    if (!passwords || list_empty(&check->link))
        return;
    dequeue(check);
    bool is_asked = passwords->ask.asks && memcmp(passwords->asked, check->digest, sizeof(check->digest)) == 0;
    struct passwords_check *same = find_same(passwords, check->digest);
    if (same && check->has_token)
        same->has_token = true;
    else if (!is_asked)
        give_back(check);
    release(check);
}

bool passwords_waits(const struct passwords_check *check) {
    return check->passwords && !list_empty(&check->link);
}

/* What can be said at once: the client guesses too often, or the password is remembered. The token comes first: what is
 * remembered would tell a guesser more otherwise. */
static enum passwords_step begin_known(struct passwords_check *check, const struct passwords_request *request,
                                       const struct passwordbasic *credentials) {
    struct passwords *passwords = check->passwords;
    const struct plan_password *password = request->password;
    int64_t now_ms = loop_now_ms(passwords->loop);
    const struct passwordfile_user *user = choose_user(check, credentials->user, request->arena);
    passwordcache_digest(passwords->cache, credentials->user, credentials->password, user->stored, check->digest);
    check->token = limit_key(passwords->clients->rates, password->scope + TOKENS, request->client);
    if (!find_same(passwords, check->digest)) {
        check->retry_after_ms = limit_take(passwords->clients->rates, check->token, &password->failures, now_ms);
        if (check->retry_after_ms > 0)
            return refuse(check, REASON_PASSWORD_TOO_OFTEN);
        check->has_token = true;
    }
    switch (passwordcache_find(passwords->cache, check->digest, now_ms)) {
    case PASSWORDCACHE_RIGHT:
        counters_add(passwords->counters, COUNTER_PASSWORDS_REMEMBERED, 1);
        return finish(check, PASSCHECK_MATCHES);
    case PASSWORDCACHE_WRONG:
        counters_add(passwords->counters, COUNTER_PASSWORDS_REMEMBERED, 1);
        return finish(check, PASSCHECK_DIFFERS);
    case PASSWORDCACHE_UNKNOWN:
        break;
    }
    return begin_unknown(check, request, credentials->password, user->stored);
}

/* Waits for the checker, with what will be asked. */
static enum passwords_step begin_unknown(struct passwords_check *check, const struct passwords_request *request,
                                         struct slice password, struct slice stored) {
    struct passwords *passwords = check->passwords;
    enum reason reason = REASON_NONE;
    if (passwords->waiting_count == PASSWORDS_WAITING_MAX)
        reason = REASON_PASSWORD_BUSY;
    else if (check->has_token && limitcount_of(&passwords->of_client, request->client) == PASSWORDS_OF_CLIENT_MAX)
        reason = REASON_PASSWORD_TOO_MANY;
    else if (!keep_question(check, request->arena, password, stored))
        reason = REASON_MEMORY;
    else if (check->has_token && !(check->client = limitcount_take(&passwords->of_client, request->client)))
        reason = REASON_MEMORY;
    else if (!passwords->ask.asks && !ask(passwords, check))
        reason = REASON_PASSWORD_CHECKER;
    if (reason == REASON_NONE) {
        enqueue(check);
        return PASSWORDS_WAITING;
    }
    give_back(check);
    release(check);
    check->retry_after_ms = reason == REASON_PASSWORD_TOO_MANY ? BUSY_MS : 0;
    return refuse(check, reason);
}

/* Two fields are as bad as a malformed one: which of them would count? */
static enum passwordbasic_status read_field(const struct http_message *head, struct passwordbasic *credentials) {
    const struct http_field *found = NULL;
    for (size_t i = 0; i < head->field_count; i++) {
        if (!slice_equal_nocase(head->fields[i].name, slice_text("Authorization")))
            continue;
        if (found)
            return PASSWORDBASIC_MALFORMED;
        found = &head->fields[i];
    }
    return found ? passwordbasic_read(found->value, credentials) : PASSWORDBASIC_OTHER;
}

/* For a user who does not exist, another's stored password is checked, and never right: that costs the same. */
static const struct passwordfile_user *choose_user(struct passwords_check *check, struct slice name,
                                                   struct arena *arena) {
    const struct passwordfile *users = &check->password->users;
    check->known = passwordfile_find(users, name);
    if (!check->known)
        return passwordfile_stand_in(users, hash_keyed(check->passwords->seed, name));
    check->user = arena_copy(arena, name);
    return check->known;
}

static struct passwords_check *find_same(const struct passwords *passwords, const uint8_t *digest) {
    for (struct list *link = passwords->waiting.next; link != &passwords->waiting; link = link->next) {
        struct passwords_check *check = list_entry(link, struct passwords_check, link);
        if (memcmp(check->digest, digest, sizeof(check->digest)) == 0)
            return check;
    }
    return NULL;
}

static bool keep_question(struct passwords_check *check, struct arena *arena, struct slice password,
                          struct slice stored) {
    uint8_t bytes[PASSCHECK_BYTES_MAX];
    size_t len = passcheck_write(password, stored, bytes);
    check->question = len > 0 ? arena_copy(arena, slice_of(bytes, len)) : slice_text(NULL);
    text_wipe(bytes, sizeof(bytes));
    return check->question.data != NULL;
}

static void enqueue(struct passwords_check *check) {
    list_append(&check->passwords->waiting, &check->link);
    check->passwords->waiting_count++;
    counters_add(check->passwords->counters, COUNTER_PASSWORDS_WAITING, 1);
}

static void dequeue(struct passwords_check *check) {
    list_remove(&check->link);
    check->passwords->waiting_count--;
    counters_add(check->passwords->counters, COUNTER_PASSWORDS_WAITING, -1);
}

static bool ask(struct passwords *passwords, const struct passwords_check *check) {
    const struct plan_password *password = check->password;
    memcpy(passwords->asked, check->digest, sizeof(passwords->asked));
    passwords->asked_right_ms = password->right_ms;
    passwords->asked_wrong_ms = password->wrong_ms;
    counters_add(passwords->counters, COUNTER_PASSWORDS_CHECKED, 1);
    return asks_put(passwords->asks, &passwords->ask, ASK_CHECKER, check->question, password->timeout_ms);
}

/* At the end of a turn: the next question, when none is open. Ends of requests are not called from within others. */
static void on_next(struct loop_task *task) {
    struct passwords *passwords = list_entry(task, struct passwords, next);
    while (!passwords->ask.asks && !list_empty(&passwords->waiting)) {
        const struct passwords_check *first = list_entry(list_first(&passwords->waiting), struct passwords_check, link);
        if (!ask(passwords, first))
            settle(passwords, PASSCHECK_FAILED);
    }
}

static void on_answer(struct ask *asked, enum asks_end end, struct slice bytes) {
    struct passwords *passwords = list_entry(asked, struct passwords, ask);
    enum passcheck_answer answer = end == ASKS_ANSWERED ? passcheck_answer_of(bytes) : PASSCHECK_FAILED;
    int64_t now_ms = loop_now_ms(passwords->loop);
    if (answer == PASSCHECK_MATCHES && passwords->asked_right_ms > 0)
        passwordcache_keep(passwords->cache, passwords->asked, true, now_ms + passwords->asked_right_ms);
    if (answer == PASSCHECK_DIFFERS && passwords->asked_wrong_ms > 0)
        passwordcache_keep(passwords->cache, passwords->asked, false, now_ms + passwords->asked_wrong_ms);
    settle(passwords, answer);
    loop_defer(passwords->loop, &passwords->next);
}

/* Tells everybody who waits for what was asked. Who is told may end others, so the list is looked through anew; or
 * begin another check, which is asked about next and has nothing to do with this answer. */
static void settle(struct passwords *passwords, enum passcheck_answer answer) {
    uint8_t asked[PASSWORDCACHE_BYTES];
    struct passwords_check *check;
    memcpy(asked, passwords->asked, sizeof(asked));
    while ((check = find_same(passwords, asked))) {
        dequeue(check);
        finish(check, answer);
        check->on_end(check);
    }
}

/* What the answer means for this request. */
static enum passwords_step finish(struct passwords_check *check, enum passcheck_answer answer) {
    release(check);
    if (answer != PASSCHECK_DIFFERS && (answer == PASSCHECK_FAILED || check->known))
        give_back(check);
    if (answer == PASSCHECK_FAILED)
        return refuse(check, REASON_PASSWORD_CHECKER);
    if (answer == PASSCHECK_DIFFERS || !check->known)
        return refuse(check, REASON_PASSWORD_WRONG);
    if (!passwordbind_allows(check->password->bind, check->known, check->peer))
        return refuse(check, REASON_PASSWORD_OTHER_CERTIFICATE);
    check->reason = REASON_NONE;
    return PASSWORDS_PASSED;
}

/* Lets go of what was kept for waiting. */
static void release(struct passwords_check *check) {
    if (check->question.data)
        text_wipe((void *)check->question.data, check->question.len);
    check->question = slice_text(NULL);
    limitcount_drop(&check->passwords->of_client, &check->client);
}

static void give_back(struct passwords_check *check) {
    if (check->has_token)
        limit_give_back(check->passwords->clients->rates, check->token, &check->password->failures);
    check->has_token = false;
}

static enum passwords_step refuse(struct passwords_check *check, enum reason reason) {
    check->reason = reason;
    return PASSWORDS_REFUSED;
}
