#include "policy/condition.h"

#include "base/bug.h"

#include <stdlib.h>

struct condition_glob {
    const struct glob *glob;
    struct condition_glob *next;
};

struct condition_network {
    struct addr_net network;
    struct condition_network *next;
};

struct condition_window {
    struct window window;
    struct condition_window *next;
};

static bool add_value(struct condition *condition, const struct rulevalue *value, struct arena *arena);
static bool add_exact(struct condition *condition, struct slice key, struct arena *arena);
static bool add_glob(struct condition *condition, const struct glob *glob, struct arena *arena);
static bool add_network(struct condition *condition, const struct addr_net *network, struct arena *arena);
static bool add_window(struct condition *condition, const struct window *window, struct arena *arena);
static enum condition_answer ask_certificate(const struct condition *condition, const struct facts *facts,
                                             struct condition_doubt doubt);
static enum condition_answer ask_address(const struct condition *condition, const struct addr_ip *address,
                                         struct condition_doubt doubt);
static bool has_presence(const struct condition *condition, const struct facts *facts);
static bool has_text(const struct condition *condition, struct slice text);
static bool has_value(const struct condition *condition, struct slice key);
static bool has_ip(const struct condition *condition, struct slice bytes);
static bool has_address(const struct condition *condition, const struct addr_ip *address);
static bool has_time(const struct condition *condition, int64_t now_s);
static struct slice request_text(enum fact fact, const struct facts_request *request);
static int compare_entries(const void *a, const void *b);
static int compare(struct slice a, struct slice b);
static enum condition_answer answer(bool is_met);

void condition_init(struct condition *condition, enum fact fact) {
    *condition = (struct condition){.fact = fact};
}

bool condition_add(struct condition *condition, struct slice text, struct arena *arena,
                   char complaint[RULEVALUE_COMPLAINT_MAX]) {
    struct rulevalue values[RULEVALUE_EACH_MAX];
    size_t count = 0;
    if (!rulevalue_read(condition->fact, text, arena, values, &count, complaint))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!add_value(condition, &values[i], arena)) {
            memcpy(complaint, "not enough memory", sizeof("not enough memory"));
            return false;
        }
    }
    return true;
}

void condition_seal(struct condition *condition) {
    size_t kept = 0;
    if (condition->exact_count > 1)
        qsort(condition->exact, condition->exact_count, sizeof(*condition->exact), compare_entries);
    for (size_t i = 0; i < condition->exact_count; i++) {
        if (kept == 0 || compare(condition->exact[kept - 1], condition->exact[i]) != 0)
            condition->exact[kept++] = condition->exact[i];
    }
    condition->exact_count = kept;
}

enum condition_answer condition_ask(const struct condition *condition, const struct facts *facts,
                                    struct condition_doubt doubt) {
    if (facts->is_arriving && fact_is_of_certificate(condition->fact))
        return CONDITION_LATER;
    switch (fact_row(condition->fact)->source) {
    case FACT_SOURCE_KEY:
    case FACT_SOURCE_NAME:
        return ask_certificate(condition, facts, doubt);
    case FACT_SOURCE_REQUEST:
        if (facts->request == NULL)
            return CONDITION_LATER;
        return answer(has_text(condition, request_text(condition->fact, facts->request)));
    case FACT_SOURCE_CONNECTION:
        break;
    }
    if (condition->fact == FACT_ADDRESS)
        return ask_address(condition, facts->address, doubt);
    if (condition->fact == FACT_SNI)
        return answer(has_text(condition, facts->server_name));
    if (condition->fact == FACT_TIME)
        return answer(has_time(condition, facts->now_s));
    bug_on(condition->fact != FACT_CERTIFICATE);
    return answer(has_presence(condition, facts));
}

bool condition_is_indexable(const struct condition *condition) {
    enum fact_source source = fact_row(condition->fact)->source;
    return (source == FACT_SOURCE_KEY || source == FACT_SOURCE_NAME) && condition->exact_count > 0 &&
        condition->globs == NULL && condition->networks == NULL;
}

static bool add_value(struct condition *condition, const struct rulevalue *value, struct arena *arena) {
    switch (value->kind) {
    case RULEVALUE_EXACT:
        return add_exact(condition, value->key, arena);
    case RULEVALUE_GLOB:
        return add_glob(condition, value->glob, arena);
    case RULEVALUE_NETWORK:
        return add_network(condition, &value->network, arena);
    case RULEVALUE_WINDOW:
        return add_window(condition, &value->window, arena);
    case RULEVALUE_PRESENCE:
        condition->presence |= value->presence;
        return true;
    }
    bug_on(true);
}

/* The room doubles, so that a long list costs its length. */
static bool add_exact(struct condition *condition, struct slice key, struct arena *arena) {
    if (condition->exact_count == condition->exact_room) {
        size_t room = condition->exact_room == 0 ? 1 : 2 * condition->exact_room;
        struct slice *exact = arena_array(arena, room, sizeof(*exact));
        if (exact == NULL)
            return false;
        if (condition->exact_count > 0)
            memcpy(exact, condition->exact, condition->exact_count * sizeof(*exact));
        condition->exact = exact;
        condition->exact_room = room;
    }
    condition->exact[condition->exact_count++] = key;
    return true;
}

static bool add_glob(struct condition *condition, const struct glob *glob, struct arena *arena) {
    struct condition_glob *added = arena_alloc(arena, sizeof(*added));
    if (added == NULL)
        return false;
    *added = (struct condition_glob){.glob = glob, .next = condition->globs};
    condition->globs = added;
    return true;
}

static bool add_network(struct condition *condition, const struct addr_net *network, struct arena *arena) {
    struct condition_network *added = arena_alloc(arena, sizeof(*added));
    if (added == NULL)
        return false;
    *added = (struct condition_network){.network = *network, .next = condition->networks};
    condition->networks = added;
    return true;
}

static bool add_window(struct condition *condition, const struct window *window, struct arena *arena) {
    struct condition_window *added = arena_alloc(arena, sizeof(*added));
    if (added == NULL)
        return false;
    *added = (struct condition_window){.window = *window, .next = condition->windows};
    condition->windows = added;
    return true;
}

static enum condition_answer ask_certificate(const struct condition *condition, const struct facts *facts,
                                             struct condition_doubt doubt) {
    const struct certfacts *certificate = facts->certificate;
    if (certificate == NULL)
        return doubt.is_exception ? doubt.counts_as : CONDITION_NO;
    if (fact_row(condition->fact)->source == FACT_SOURCE_NAME && !facts->is_verified)
        return doubt.counts_as;
    for (size_t i = certificate->first[condition->fact]; i < certificate->first[condition->fact + 1]; i++) {
        if (has_value(condition, certificate->values[i]))
            return CONDITION_YES;
    }
    return certificate->unreadable[condition->fact] ? doubt.counts_as : CONDITION_NO;
}

/* Who comes through a Unix socket has no address to be judged by. */
static enum condition_answer ask_address(const struct condition *condition, const struct addr_ip *address,
                                         struct condition_doubt doubt) {
    if (address->family != AF_INET && address->family != AF_INET6)
        return doubt.counts_as;
    return answer(has_address(condition, address));
}

static bool has_presence(const struct condition *condition, const struct facts *facts) {
    unsigned shown = facts->certificate == NULL ? RULEVALUE_NO_CERTIFICATE
        : facts->is_verified                    ? RULEVALUE_VERIFIED_CERTIFICATE
                                                : RULEVALUE_UNVERIFIED_CERTIFICATE;
    return (condition->presence & shown) != 0;
}

/* `text` without the number of its fact. Absent is not empty: nothing matches it. */
static bool has_text(const struct condition *condition, struct slice text) {
    size_t low = 0, high = condition->exact_count;
    if (text.len == 0)
        return false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct slice exact = condition->exact[middle];
        int order = compare(text, slice_sub(exact, 1, exact.len));
        if (order == 0)
            return true;
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle : high;
    }
    for (const struct condition_glob *glob = condition->globs; glob != NULL; glob = glob->next) {
        if (glob_matches(glob->glob, text))
            return true;
    }
    return false;
}

static bool has_value(const struct condition *condition, struct slice key) {
    struct slice text = slice_sub(key, 1, key.len);
    if (condition->fact == FACT_SAN_IP)
        return has_ip(condition, text);
    return has_text(condition, text);
}

static bool has_ip(const struct condition *condition, struct slice bytes) {
    struct addr_ip address = {.bytes = {[10] = 0xff, [11] = 0xff}, .family = bytes.len == 4 ? AF_INET : AF_INET6};
    if (bytes.len != 4 && bytes.len != 16)
        return false;
    memcpy(address.bytes + sizeof(address.bytes) - bytes.len, bytes.data, bytes.len);
    return has_address(condition, &address);
}

static bool has_address(const struct condition *condition, const struct addr_ip *address) {
    for (const struct condition_network *network = condition->networks; network != NULL; network = network->next) {
        if (addr_net_has(&network->network, address))
            return true;
    }
    return false;
}

static bool has_time(const struct condition *condition, int64_t now_s) {
    for (const struct condition_window *window = condition->windows; window != NULL; window = window->next) {
        if (window_has(&window->window, now_s))
            return true;
    }
    return false;
}

static struct slice request_text(enum fact fact, const struct facts_request *request) {
    if (fact == FACT_HOST)
        return request->host;
    return fact == FACT_METHOD ? request->method : request->path;
}

static int compare_entries(const void *a, const void *b) {
    const struct slice *first = a;
    const struct slice *second = b;
    return compare(*first, *second);
}

static int compare(struct slice a, struct slice b) {
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared > 0 ? memcmp(a.data, b.data, shared) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static enum condition_answer answer(bool is_met) {
    return is_met ? CONDITION_YES : CONDITION_NO;
}
