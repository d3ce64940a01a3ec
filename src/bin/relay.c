/* Supervising services, and matching their answers to the workers' questions. */
#include "bin/relay.h"

#include "base/log.h"

#include <stdio.h>

/* A service's process and messages. executable: of its own, or NULL for the main one. question, answer: a number and
 * bytes each. */
struct row {
    enum catalog_role role;
    const char *executable;
    enum catalog_message question;
    enum catalog_message answer;
};

static const struct row rows[ASK_SERVICE_COUNT] = {
    [ASK_FETCHER] = {CATALOG_ROLE_FETCHER, "sallyport-fetcher", CATALOG_FETCHER_ASK, CATALOG_FETCHER_ANSWER},
    [ASK_CHECKER] = {CATALOG_ROLE_CHECKER, NULL, CATALOG_CHECKER_ASK, CATALOG_CHECKER_ANSWER},
};

/* WAIT_MS: nothing is due for longer than this. INDEX_BITS: the low bits of a number are a place in the table. */
enum { WAIT_MS = 1000, INDEX_BITS = 16 };

static void start(struct relay *relay, enum ask_service service, int64_t now_ms);
static void check_hung(struct relay_service *service, int64_t now_ms);
static bool pass_down(struct relay_service *service, enum catalog_message question, struct slot *slot, uint32_t ask,
                      struct slice bytes, int64_t now_ms);
static bool take_answer(struct relay_service *service, struct wire_in *in);
static struct relay_open *find_open(struct relay_service *service, uint32_t number);
static void free_open(struct relay_service *service, struct relay_open *open);
static void fail_all(struct relay_service *service);
static void tell(struct slot *slot, uint32_t ask, enum ask_outcome outcome, struct slice bytes);

void relay_init(struct relay *relay, const struct child_program *program, const char *directory) {
    relay->program = program;
    snprintf(relay->directory, sizeof(relay->directory), "%s", directory);
    for (size_t i = 0; i < ASK_SERVICE_COUNT; i++) {
        struct relay_service *service = &relay->services[i];
        memset(service, 0, sizeof(*service));
        child_init(&service->child, rows[i].role, 0);
        for (uint16_t k = 0; k < RELAY_OPEN_MAX; k++)
            service->vacant[service->vacant_count++] = k;
    }
}

void relay_want(struct relay *relay, uint32_t services) {
    for (size_t i = 0; i < ASK_SERVICE_COUNT; i++) {
        struct relay_service *service = &relay->services[i];
        service->wanted = (services >> i & 1) != 0;
        if (service->wanted || !service->child.channel)
            continue;
        child_expect_end(&service->child);
        child_hang_up(&service->child);
        fail_all(service);
    }
}

void relay_tick(struct relay *relay, int64_t now_ms) {
    for (size_t i = 0; i < ASK_SERVICE_COUNT; i++) {
        struct relay_service *service = &relay->services[i];
        if (service->wanted && service->child.pid == 0)
            service->child.stopping = false;
        if (service->wanted && child_is_due(&service->child, now_ms))
            start(relay, (enum ask_service)i, now_ms);
        check_hung(service, now_ms);
    }
}

int relay_wait_ms(const struct relay *relay, int64_t now_ms) {
    int64_t wait_ms = WAIT_MS;
    for (size_t i = 0; i < ASK_SERVICE_COUNT; i++) {
        const struct relay_service *service = &relay->services[i];
        if (service->wanted && service->child.pid == 0 && service->child.start_at_ms - now_ms < wait_ms)
            wait_ms = service->child.start_at_ms - now_ms;
    }
    return wait_ms < 0 ? 0 : (int)wait_ms;
}

size_t relay_poll(const struct relay *relay, struct pollfd *polled) {
    size_t count = 0;
    for (size_t i = 0; i < ASK_SERVICE_COUNT; i++) {
        const struct channel *channel = relay->services[i].child.channel;
        if (channel)
            polled[count++] = (struct pollfd){.fd = channel_fd(channel), .events = POLLIN};
    }
    return count;
}

bool relay_receive(struct relay *relay, enum ask_service *from, struct channel_message *message) {
    for (size_t i = 0; i < ASK_SERVICE_COUNT; i++) {
        struct relay_service *service = &relay->services[i];
        while (child_receive(&service->child, message)) {
            *from = (enum ask_service)i;
            if (message->type != rows[i].answer)
                return true;
            if (!take_answer(service, &message->in))
                child_kill(&service->child, "it answered what it was not asked");
        }
    }
    return false;
}

struct channel *relay_channel(struct relay *relay, enum ask_service service) {
    return relay->services[service].child.channel;
}

struct child *relay_child(struct relay *relay, enum ask_service service) {
    return &relay->services[service].child;
}

bool relay_ask(struct relay *relay, struct slot *slot, struct wire_in *in, int64_t now_ms) {
    uint8_t number = wire_get_u8(in);
    uint32_t ask = wire_get_u32(in);
    struct slice bytes = wire_get_bytes(in, ASK_BYTES_MAX);
    if (!wire_in_done(in) || number >= ASK_SERVICE_COUNT)
        return false;
    struct relay_service *service = &relay->services[number];
    if (!pass_down(service, rows[number].question, slot, ask, bytes, now_ms))
        tell(slot, ask, ASK_FAILED, slice_text(""));
    channel_wipe_received(slot->child.channel); /* there may be a password in it */
    return true;
}

void relay_forget(struct relay *relay, const struct slot *slot) {
    for (size_t i = 0; i < ASK_SERVICE_COUNT; i++) {
        struct relay_service *service = &relay->services[i];
        for (size_t k = 0; k < RELAY_OPEN_MAX; k++)
            if (service->open[k].slot == slot)
                service->open[k].slot = NULL;
        service->of_slot[slot->number] = 0;
    }
}

bool relay_ended(struct relay *relay, pid_t pid, int status, int64_t now_ms) {
    for (size_t i = 0; i < ASK_SERVICE_COUNT; i++) {
        struct relay_service *service = &relay->services[i];
        if (service->child.pid != pid)
            continue;
        child_ended(&service->child, status, now_ms);
        fail_all(service);
        return true;
    }
    return false;
}

void relay_stop(struct relay *relay) {
    relay_want(relay, 0);
}

void relay_kill(struct relay *relay, const char *why) {
    relay_want(relay, 0);
    for (size_t i = 0; i < ASK_SERVICE_COUNT; i++)
        child_kill(&relay->services[i].child, why);
}

unsigned relay_alive(const struct relay *relay) {
    unsigned alive = 0;
    for (size_t i = 0; i < ASK_SERVICE_COUNT; i++)
        alive += relay->services[i].child.pid != 0;
    return alive;
}

static void start(struct relay *relay, enum ask_service service, int64_t now_ms) {
    struct error error;
    struct child_program program = *relay->program;
    char path[PATH_MAX + NAME_MAX];
    snprintf(path, sizeof(path), "%s/%s", relay->directory, rows[service].executable ? rows[service].executable : "");
    if (rows[service].executable)
        program.executable = path;
    if (!child_start(&relay->services[service].child, &program, now_ms, &error))
        log_line(LOG_LEVEL_ERROR, "%s", error.sentence);
}

/* Questions whose worker is gone count as well: the service owes their answers all the same. */
static void check_hung(struct relay_service *service, int64_t now_ms) {
    for (size_t i = 0; i < RELAY_OPEN_MAX; i++)
        if (service->open[i].used && now_ms - service->open[i].since_ms > RELAY_HUNG_MS)
            child_kill(&service->child, "hung, a question is unanswered for 150 s");
}

/* False when there is nobody to ask, or too many wait. A service that does not read is busy, not broken. */
static bool pass_down(struct relay_service *service, enum catalog_message question, struct slot *slot, uint32_t ask,
                      struct slice bytes, int64_t now_ms) {
    bool full = service->vacant_count == 0 || service->of_slot[slot->number] == ASK_OPEN_MAX;
    if (full || !service->child.channel)
        return false;
    uint16_t index = service->vacant[service->vacant_count - 1];
    struct relay_open *open = &service->open[index];
    struct wire_out *out = channel_begin(service->child.channel, question);
    wire_put_u32(out, (uint32_t)open->turn << INDEX_BITS | index);
    wire_put_bytes(out, bytes);
    bool sent = channel_send(service->child.channel, NULL);
    channel_wipe_sent(service->child.channel);
    if (!sent)
        return false;
    service->vacant_count--;
    service->of_slot[slot->number]++;
    *open = (struct relay_open){.used = true, .turn = open->turn, .ask = ask, .slot = slot, .since_ms = now_ms};
    return true;
}

static bool take_answer(struct relay_service *service, struct wire_in *in) {
    uint32_t number = wire_get_u32(in);
    struct slice bytes = wire_get_bytes(in, ASK_ANSWER_BYTES_MAX);
    struct relay_open *open = wire_in_done(in) ? find_open(service, number) : NULL;
    if (!open)
        return false;
    if (open->slot)
        tell(open->slot, open->ask, ASK_ANSWERED, bytes);
    free_open(service, open);
    return true;
}

static struct relay_open *find_open(struct relay_service *service, uint32_t number) {
    uint32_t index = number & ((1U << INDEX_BITS) - 1);
    if (index >= RELAY_OPEN_MAX)
        return NULL;
    struct relay_open *open = &service->open[index];
    return open->used && open->turn == number >> INDEX_BITS ? open : NULL;
}

static void free_open(struct relay_service *service, struct relay_open *open) {
    if (open->slot)
        service->of_slot[open->slot->number]--;
    open->used = false;
    open->slot = NULL;
    open->turn++;
    service->vacant[service->vacant_count++] = (uint16_t)(open - service->open);
}

static void fail_all(struct relay_service *service) {
    for (size_t i = 0; i < RELAY_OPEN_MAX; i++) {
        struct relay_open *open = &service->open[i];
        if (!open->used)
            continue;
        if (open->slot)
            tell(open->slot, open->ask, ASK_FAILED, slice_text(""));
        free_open(service, open);
    }
}

/* A worker that does not read gets no answer: its own deadline ends the question. */
static void tell(struct slot *slot, uint32_t ask, enum ask_outcome outcome, struct slice bytes) {
    if (!slot_send_answer(slot, ask, outcome, bytes))
        log_line(LOG_LEVEL_WARNING, "worker %u does not read its channel; an answer for it is lost", slot->number);
}
