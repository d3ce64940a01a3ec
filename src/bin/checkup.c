/* Between upstream/healthcheck and the log. */
#include "bin/checkup.h"

#include "base/log.h"
#include "upstream/healthcheck.h"

#include <stdlib.h>

struct checkup {
    struct healthchecks *checks;
    struct counters *counters;
};

static void on_checked(void *owner, bool is_good);
static void on_changed(void *owner, const struct server *server, bool is_up, const char *why);

static const struct healthcheck_events events = {.checked = on_checked, .changed = on_changed};

struct checkup *checkup_new(struct loop *loop, struct counters *counters) {
    struct checkup *checkup = calloc(1, sizeof(*checkup));
    if (!checkup)
        return NULL;
    checkup->counters = counters;
    checkup->checks = healthcheck_new(loop, &events, checkup);
    if (!checkup->checks)
        checkup_free(&checkup);
    return checkup;
}

void checkup_free(struct checkup **checkup) {
    if (!*checkup)
        return;
    healthcheck_free(&(*checkup)->checks);
    free(*checkup);
    *checkup = NULL;
}

void checkup_use(struct checkup *checkup, const struct snapshot *snapshot) {
    size_t count;
    const struct backend *backends = snapshot_backends(snapshot, &count);
    if (!checkup)
        return;
    healthcheck_begin(checkup->checks);
    for (size_t i = 0; i < count; i++)
        if (!healthcheck_add(checkup->checks, &backends[i]))
            log_line(LOG_LEVEL_ERROR, "no memory to check all servers of backend %s", backends[i].name);
    healthcheck_end(checkup->checks);
}

static void on_checked(void *owner, bool is_good) {
    struct checkup *checkup = owner;
    counters_add(checkup->counters, COUNTER_HEALTH_CHECKS, 1);
    if (!is_good)
        counters_add(checkup->counters, COUNTER_HEALTH_CHECK_FAILURES, 1);
}

static void on_changed(void *owner, const struct server *server, bool is_up, const char *why) {
    struct checkup *checkup = owner;
    counters_add(checkup->counters, COUNTER_SERVERS_DOWN, is_up ? -1 : 1);
    if (is_up)
        log_line(LOG_LEVEL_INFO, "server %s/%s is up", server->backend, server->label);
    else
        log_line(LOG_LEVEL_WARNING, "server %s/%s is down: %s", server->backend, server->label, why);
}
