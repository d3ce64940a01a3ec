/* The writers of the forwarding profiles. */
#include "vouch/profiles.h"

#include "vouch/forms.h"

static struct slice verdict_of(const struct vouch_client *client, struct arena *arena);
static enum reason write_rfc9440(const struct forms *forms, struct http_message *message);
static enum reason write_x_ssl_client_cert(const struct forms *forms, struct http_message *message);
static enum reason write_nothing(const struct forms *forms, struct http_message *message);
static bool add(struct http_message *message, const char *name, struct slice value);

/* Adds the fields of one profile for a client whose certificate is told. */
typedef enum reason writer(const struct forms *forms, struct http_message *message);

static writer *const writers[VOUCH_PROFILE_COUNT] = {
#define PROFILE(name, word, writer, sentence) [VOUCH_##name] = writer,
#include "vouch/profiles_table.h"
#undef PROFILE
};

bool vouch_add_fields(const struct vouch_profile_set *set, const struct vouch_client *client, struct arena *arena,
                      struct http_message *message, enum reason *reason) {
    struct verified_peer *peer = client->failed == REASON_NONE ? client->peer : NULL;
    struct slice verdict = verdict_of(client, arena);
    *reason = REASON_MEMORY;
    if (!verdict.data || !add(message, "Client-Cert-Verdict", verdict))
        return false;
    const struct forms *forms = peer ? forms_of(peer) : NULL;
    if (peer && !forms)
        return false;
    *reason = REASON_NONE;
    for (unsigned profile = 0; forms && profile < VOUCH_PROFILE_COUNT && *reason == REASON_NONE; profile++)
        if (set->bits >> profile & 1)
            *reason = writers[profile](forms, message);
    return *reason == REASON_NONE;
}

/* Empty when memory is short. */
static struct slice verdict_of(const struct vouch_client *client, struct arena *arena) {
    static const char *const words[] = {[PEER_PROOF_CHAIN] = "VERIFIED", [PEER_PROOF_POSSESSION] = "UNVERIFIED-POP"};
    if (client->failed == REASON_NONE)
        return slice_text(client->peer ? words[verified_peer_proof(client->peer)] : "NONE");
    static const struct slice word = {.data = (const uint8_t *)"FAILED:", .len = 7};
    struct slice label = slice_text(reason_row(client->failed)->label);
    char *text = arena_alloc(arena, word.len + label.len);
    if (!text)
        return slice_of(NULL, 0);
    memcpy(text, word.data, word.len);
    memcpy(text + word.len, label.data, label.len);
    return slice_of(text, word.len + label.len);
}

/* RFC 9440 section 2: the chain never stands without the certificate. */
static enum reason write_rfc9440(const struct forms *forms, struct http_message *message) {
    if (forms->leaf_is_too_large || forms->chain_is_too_large)
        return REASON_IDENTITY_TOO_LARGE;
    if (!add(message, "Client-Cert", forms->leaf))
        return REASON_MEMORY;
    return forms->chain.len == 0 || add(message, "Client-Cert-Chain", forms->chain) ? REASON_NONE : REASON_MEMORY;
}

static enum reason write_x_ssl_client_cert(const struct forms *forms, struct http_message *message) {
    if (forms->leaf_is_too_large)
        return REASON_IDENTITY_TOO_LARGE;
    return add(message, "X-SSL-Client-Cert", forms->leaf_base64) ? REASON_NONE : REASON_MEMORY;
}

static enum reason write_nothing(const struct forms *forms, struct http_message *message) {
    (void)forms;
    (void)message;
    return REASON_NONE;
}

static bool add(struct http_message *message, const char *name, struct slice value) {
    return http_message_add(message, slice_text(name), value, HTTP_FIELD_NEVER_INDEXED);
}
