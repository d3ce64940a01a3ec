#include "plan/ocsprules.h"

#include "pki/digest.h"

#include <endian.h>

static bool digest_rules(const struct settings_ocsp *settings, struct arena *arena, uint8_t to[DIGEST_BYTES]);

bool ocsprules_make(const struct settings_client_auth *client_auth, struct arena *arena, const struct plan_ocsp **rules,
                    struct error_list *errors) {
    const struct settings_ocsp *settings = &client_auth->revocation.ocsp;
    *rules = NULL;
    if (settings->mode == SETTINGS_OCSP_OFF)
        return true;
    struct plan_ocsp *made = arena_alloc(arena, sizeof(*made));
    if (made == NULL || !digest_rules(settings, arena, made->digest))
        return error_add(errors, settings->place, "not enough memory for the rules of OCSP");
    made->is_hard = settings->mode == SETTINGS_OCSP_HARD;
    made->responders = settings->responders;
    made->responder_count = settings->responder_count;
    made->aia_hosts = settings->aia_hosts;
    made->aia_host_count = settings->aia_host_count;
    made->sends_nonce = settings->nonce != SETTINGS_OCSP_NONCE_OFF;
    made->hash = settings->hash;
    made->scope = settings->scope;
    made->timeout_ms = settings->timeout_ms;
    made->refresh_s = settings->refresh_ms / 1000;
    made->judged_by = (struct ocsp_rules){.skew_s = settings->clock_skew_ms / 1000,
                                          .age_max_s = settings->max_age_ms / 1000,
                                          .fresh_s = settings->refresh_ms / 1000,
                                          .needs_nonce = settings->nonce == SETTINGS_OCSP_NONCE_REQUIRED};
    made->place = settings->place;
    *rules = made;
    return true;
}

/* What is learned under one set of rules says nothing under another. */
static bool digest_rules(const struct settings_ocsp *settings, struct arena *arena, uint8_t to[DIGEST_BYTES]) {
    uint64_t numbers[] = {
        htole64(settings->mode),
        htole64(settings->nonce),
        htole64(settings->hash),
        htole64(settings->scope),
        htole64((uint64_t)settings->timeout_ms),
        htole64((uint64_t)settings->refresh_ms),
        htole64((uint64_t)settings->max_age_ms),
        htole64((uint64_t)settings->clock_skew_ms),
        htole64(settings->responder_count),
    };
    size_t count = 1 + settings->responder_count + settings->aia_host_count;
    struct slice *parts = arena_array(arena, count, sizeof(*parts));
    if (parts == NULL)
        return false;
    parts[0] = slice_of(numbers, sizeof(numbers));
    for (size_t i = 0; i < settings->responder_count; i++)
        parts[1 + i] = slice_text(settings->responders[i]);
    for (size_t i = 0; i < settings->aia_host_count; i++)
        parts[1 + settings->responder_count + i] = slice_text(settings->aia_hosts[i]);
    digest_parts(parts, count, to);
    return true;
}
