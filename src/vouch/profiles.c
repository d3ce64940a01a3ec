/* The table of forwarding profiles and their writers. */
#include "vouch/profiles.h"

#include "base/bug.h"
#include "vouch/forms.h"

static enum reason write_rfc9440(const struct forms *forms, struct http_message *message);
static enum reason write_x_ssl_client_cert(const struct forms *forms, struct http_message *message);
static enum reason write_nothing(const struct forms *forms, struct http_message *message);
static bool add(struct http_message *message, const char *name, struct slice value);

/* A writer adds the fields of one profile for a verified client. */
struct row {
    const char *name;
    const char *sentence;
    enum reason (*write)(const struct forms *forms, struct http_message *message);
};

static const struct row rows[VOUCH_PROFILE_COUNT] = {
    [VOUCH_RFC9440] =
        {"rfc9440",
         "Client-Cert holds the certificate and Client-Cert-Chain the rest of the validated path without the anchor, as RFC 9440 writes them.",
         write_rfc9440},
    [VOUCH_X_SSL_CLIENT_CERT] = {"x_ssl_client_cert",
                                 "X-SSL-Client-Cert holds the certificate as base64 of its DER, in one line.",
                                 write_x_ssl_client_cert},
    [VOUCH_VERDICT] =
        {"verdict",
         "Only Client-Cert-Verdict, which is sent with every profile: NONE without a certificate, VERIFIED with a verified one.",
         write_nothing},
};

const char *vouch_profile_name(enum vouch_profile profile) {
    bug_on(profile >= VOUCH_PROFILE_COUNT);
    return rows[profile].name;
}

const char *vouch_profile_sentence(enum vouch_profile profile) {
    bug_on(profile >= VOUCH_PROFILE_COUNT);
    return rows[profile].sentence;
}

enum vouch_profile vouch_profile_find(struct slice name) {
    enum vouch_profile profile = 0;
    while (profile < VOUCH_PROFILE_COUNT && !slice_equal(name, slice_text(rows[profile].name)))
        profile++;
    return profile;
}

bool vouch_add_fields(const struct vouch_profile_set *set, struct verified_peer *peer, struct arena *arena,
                      struct http_message *message, enum reason *reason) {
    (void)arena; /* these three profiles make nothing for one message alone */
    *reason = REASON_MEMORY;
    if (!add(message, "Client-Cert-Verdict", slice_text(peer ? "VERIFIED" : "NONE")))
        return false;
    const struct forms *forms = peer ? forms_of(peer) : NULL;
    if (peer && !forms)
        return false;
    *reason = REASON_NONE;
    for (unsigned profile = 0; forms && profile < VOUCH_PROFILE_COUNT && *reason == REASON_NONE; profile++)
        if (set->bits >> profile & 1)
            *reason = rows[profile].write(forms, message);
    return *reason == REASON_NONE;
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
