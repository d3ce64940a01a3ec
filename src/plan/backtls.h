/* From a backend's settings of TLS to what its connections use. */
#ifndef SALLYPORT_PLAN_BACKTLS_H
#define SALLYPORT_PLAN_BACKTLS_H

#include "pki/chaincache.h"
#include "plan/outpoints.h"
#include "plan/revocations.h"
#include "plan/trusts.h"
#include "upstream/backend.h"

/* Where the parts come from. */
struct backtls_context {
    struct arena *arena;
    const struct settings *settings;
    struct trusts *trusts;
    struct revocations *revocations;
    struct outpoints *outpoints;
    struct chaincache *cache;
    struct error_list *errors;
};

/* Fills in backend->tls, whose outpoint is borrowed from the set, and adds to backend->transport what tells it from
 * others. `alpn`: the protocols that are offered, in order of preference. Nothing happens where TLS is off. False after
 * an error. */
[[nodiscard]] bool backtls_build(const struct backtls_context *context, const struct settings_backend *settings,
                                 const struct slice *alpn, size_t alpn_count, struct backend *backend);

#endif
