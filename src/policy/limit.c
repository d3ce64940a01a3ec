/* A bucket is one number: the time at which it will be full again. Full now or earlier is the same as never seen. */
#include "policy/limit.h"

#include "base/bug.h"
#include "base/hash.h"

#include <stdlib.h>

/* full_ns 0: nobody's. */
struct bucket {
    uint64_t key;
    int64_t full_ns;
};

struct limit {
    uint64_t seed;
    size_t mask;
    struct bucket buckets[];
};

enum { NS_PER_MS = 1000000 };

static struct bucket *find(struct limit *limit, uint64_t key);
static struct bucket *least_used(struct limit *limit, uint64_t key);
static struct bucket *set_of(struct limit *limit, uint64_t key);

struct limit_rate limit_rate_of(unsigned count, int64_t per_ms, unsigned burst) {
    if (count == 0)
        return (struct limit_rate){.interval_ns = 0};
    int64_t interval_ns = per_ms * NS_PER_MS / count;
    return (struct limit_rate){.interval_ns = interval_ns > 0 ? interval_ns : 1, .burst = burst > 0 ? burst : count};
}

struct limit *limit_new(size_t sets, uint64_t seed) {
    bug_on(sets == 0 || (sets & (sets - 1)) != 0);
    struct limit *limit = calloc(1, sizeof(*limit) + sets * LIMIT_WAYS * sizeof(limit->buckets[0]));
    if (limit == NULL)
        return NULL;
    limit->seed = seed;
    limit->mask = sets - 1;
    return limit;
}

void limit_free(struct limit **limit) {
    free(*limit);
    *limit = NULL;
}

uint64_t limit_key(const struct limit *limit, uint64_t scope, struct slice who) {
    return hash_keyed(limit->seed ^ scope, who);
}

int64_t limit_take(struct limit *limit, uint64_t key, const struct limit_rate *rate, int64_t now_ms) {
    if (rate->interval_ns == 0)
        return 0;
    int64_t now_ns = now_ms * NS_PER_MS;
    int64_t most_ns = (int64_t)rate->burst * rate->interval_ns;
    struct bucket *bucket = find(limit, key);
    if (bucket == NULL)
        bucket = least_used(limit, key);
    int64_t full_ns = bucket->full_ns > now_ns ? bucket->full_ns : now_ns;
    if (full_ns > now_ns + most_ns)
        full_ns = now_ns + most_ns;
    int64_t missing_ns = full_ns + rate->interval_ns - now_ns - most_ns;
    if (missing_ns > 0)
        return (missing_ns + NS_PER_MS - 1) / NS_PER_MS;
    *bucket = (struct bucket){.key = key, .full_ns = full_ns + rate->interval_ns};
    return 0;
}

void limit_give_back(struct limit *limit, uint64_t key, const struct limit_rate *rate) {
    struct bucket *bucket = find(limit, key);
    if (bucket != NULL && bucket->full_ns > rate->interval_ns)
        bucket->full_ns -= rate->interval_ns;
}

static struct bucket *find(struct limit *limit, uint64_t key) {
    struct bucket *set = set_of(limit, key);
    for (size_t i = 0; i < LIMIT_WAYS; i++) {
        if (set[i].key == key && set[i].full_ns != 0)
            return &set[i];
    }
    return NULL;
}

static struct bucket *least_used(struct limit *limit, uint64_t key) {
    struct bucket *set = set_of(limit, key);
    struct bucket *least = set;
    for (size_t i = 1; i < LIMIT_WAYS; i++) {
        if (set[i].full_ns < least->full_ns)
            least = &set[i];
    }
    return least;
}

static struct bucket *set_of(struct limit *limit, uint64_t key) {
    return &limit->buckets[(key & limit->mask) * LIMIT_WAYS];
}
