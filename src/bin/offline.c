#include "bin/offline.h"

#include "base/now.h"
#include "bin/compiler.h"
#include "os/sealed.h"
#include "plan/bundle.h"
#include "tls/library.h"

/* A file of cases asks about a few hundred chains. */
enum { CHAINS_MAX = 1024, TICKET_LIFETIME_S = 3600 };

static bool build(struct offline *offline, int bundle_fd, struct error_list *errors);

bool offline_open(struct offline *offline, const char *path, struct error_list *errors) {
    static struct order order; /* large, as is the result */
    static struct compiler_result result;
    *offline = (struct offline){.snapshot = NULL};
    tls_library_start();
    order_init(&order);
    bool is_good = compiler_compile(path, compiler_cores(), &order, &result, errors);
    if (is_good && order_take_kept(&order, result.outline.state_directory)) {
        compiler_drop(&result);
        is_good = compiler_compile(path, compiler_cores(), &order, &result, errors);
    }
    is_good = is_good && build(offline, result.bundle_fd, errors);
    compiler_drop(&result);
    order_fini(&order);
    return is_good;
}

void offline_close(struct offline *offline) {
    snapshot_unref(&offline->snapshot);
    upstream_free(&offline->upstream);
    tls_tickets_free(&offline->tickets);
    chaincache_free(&offline->cache);
}

static bool build(struct offline *offline, int bundle_fd, struct error_list *errors) {
    struct error error;
    struct slice bundle;
    offline->cache = chaincache_new(CHAINS_MAX);
    offline->tickets = tls_tickets_new(TICKET_LIFETIME_S);
    offline->upstream = upstream_new();
    if (!offline->cache || !offline->tickets || !offline->upstream)
        return error_add(errors, (struct error_place){0}, "There is not enough memory.");
    const struct snapshot_context context = {.cache = offline->cache,
                                             .tickets = offline->tickets,
                                             .upstream = offline->upstream,
                                             .now = now_unix_ms() / 1000,
                                             .bundle_fd = &bundle_fd};
    if (!sealed_map(bundle_fd, BUNDLE_BYTES_MAX, &bundle, &error))
        return error_add(errors, (struct error_place){0}, "%s", error.sentence);
    offline->snapshot = snapshot_new(bundle, &context, errors);
    sealed_unmap(&bundle);
    return offline->snapshot != NULL;
}
