/* A map from a digest over every setting to the outpoint. */
#include "plan/outpoints.h"

#include "pki/digest.h"

/* As many as backends. */
enum { OUTPOINTS_MAX = 1000000 };

static bool digest_settings(struct arena *arena, const struct tls_outpoint_settings *settings,
                            uint8_t to[DIGEST_BYTES]);
static void drop(void *context, struct slice key, void *value);

void outpoints_init(struct outpoints *outpoints, struct arena *arena, const struct outpoints *earlier) {
    *outpoints = (struct outpoints){.arena = arena, .earlier = earlier};
    map_init(&outpoints->by_content, OUTPOINTS_MAX, 0);
}

void outpoints_fini(struct outpoints *outpoints) {
    map_each(&outpoints->by_content, drop, NULL);
    map_fini(&outpoints->by_content);
}

struct tls_outpoint *outpoints_get(struct outpoints *outpoints, const struct tls_outpoint_settings *settings,
                                   uint8_t digest[DIGEST_BYTES], struct error_list *errors) {
    if (!digest_settings(outpoints->arena, settings, digest))
        return error_add(errors, settings->place, "not enough memory for the backend"), NULL;
    struct slice key = slice_of(digest, DIGEST_BYTES);
    struct tls_outpoint *outpoint = map_get(&outpoints->by_content, key);
    if (outpoint != NULL)
        return outpoint;
    outpoint = outpoints->earlier != NULL ? map_get(&outpoints->earlier->by_content, key) : NULL;
    outpoint = outpoint != NULL ? tls_outpoint_ref(outpoint) : tls_outpoint_new(settings, errors);
    if (outpoint == NULL)
        return NULL;
    struct slice kept = arena_copy(outpoints->arena, key);
    if (kept.data != NULL && map_set(&outpoints->by_content, kept, outpoint))
        return outpoint;
    tls_outpoint_unref(&outpoint);
    error_add(errors, settings->place, "not enough memory for the backend");
    return NULL;
}

/* Everything but the places, which only errors show. */
static bool digest_settings(struct arena *arena, const struct tls_outpoint_settings *settings,
                            uint8_t to[DIGEST_BYTES]) {
    enum { FIXED = 8 };
    const struct tls_certificate *own = settings->certificate;
    uint8_t verification[DIGEST_BYTES];
    struct slice *parts = arena_array(arena, FIXED + settings->alpn_count, sizeof(*parts));
    if (parts == NULL)
        return false;
    uint64_t numbers[] = {
        settings->min_version,     settings->max_version, settings->alpn_count, settings->skips_verify,
        settings->staple,          settings->resumes,     own != NULL,          settings->trust != NULL,
        (uintptr_t)settings->cache};
    verifysettings_digest(&settings->verify, verification);
    parts[0] = slice_of(numbers, sizeof(numbers));
    parts[1] = slice_of(verification, sizeof(verification));
    parts[2] = slice_text(settings->ciphers);
    parts[3] = slice_text(settings->ciphersuites);
    parts[4] = slice_text(settings->groups);
    parts[5] = settings->trust != NULL ? slice_of(trust_digest(settings->trust), TRUST_DIGEST_BYTES) : slice_text("");
    parts[6] = own != NULL ? own->chain_pem : slice_text("");
    parts[7] = own != NULL ? own->key_pem : slice_text("");
    for (size_t i = 0; i < settings->alpn_count; i++)
        parts[FIXED + i] = settings->alpn[i];
    digest_parts(parts, FIXED + settings->alpn_count, to);
    return true;
}

static void drop(void *context, struct slice key, void *value) {
    (void)context;
    (void)key;
    struct tls_outpoint *outpoint = value;
    tls_outpoint_unref(&outpoint);
}
