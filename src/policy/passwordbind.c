/* One look at the certificate for each way of binding. */
#include "policy/passwordbind.h"

#include "pki/identity.h"

static bool has_fingerprint(const struct passwordfile_user *user, const struct verified_peer *peer);
static bool is_common_name(const struct identity *identity, struct slice name);
static bool has_name(const struct identity *identity, enum identity_kind kind, struct slice name);

bool passwordbind_allows(enum passwordbind bind, const struct passwordfile_user *user,
                         const struct verified_peer *peer) {
    if (bind == PASSWORDBIND_NONE)
        return true;
    if (peer == NULL)
        return false;
    const struct identity *identity = verified_peer_identity(peer);
    switch (bind) {
    case PASSWORDBIND_FINGERPRINT:
        return has_fingerprint(user, peer);
    case PASSWORDBIND_SUBJECT_CN:
        return is_common_name(identity, user->name);
    case PASSWORDBIND_SAN_MAIL:
        return has_name(identity, IDENTITY_MAIL, user->name);
    case PASSWORDBIND_SAN_PRINCIPAL:
        return has_name(identity, IDENTITY_PRINCIPAL, user->name);
    case PASSWORDBIND_NONE:
        break;
    }
    return false;
}

static bool has_fingerprint(const struct passwordfile_user *user, const struct verified_peer *peer) {
    const uint8_t *fingerprint = verified_peer_fingerprint(peer);
    for (size_t i = 0; i < user->fingerprint_count; i++) {
        if (memcmp(user->fingerprints[i], fingerprint, PEER_FINGERPRINT_BYTES) == 0)
            return true;
    }
    return false;
}

/* A subject with two common names is nobody's in particular. */
static bool is_common_name(const struct identity *identity, struct slice name) {
    const struct identity_attribute *found = NULL;
    for (size_t i = 0; i < identity->attribute_count; i++) {
        const struct identity_attribute *attribute = &identity->attributes[i];
        if (!slice_equal(attribute->type, slice_text("CN")))
            continue;
        if (found != NULL)
            return false;
        found = attribute;
    }
    return found != NULL && found->is_text && slice_equal(found->value, name);
}

static bool has_name(const struct identity *identity, enum identity_kind kind, struct slice name) {
    for (size_t i = 0; i < identity->name_count; i++) {
        if (identity->names[i].kind == kind && slice_equal(identity->names[i].value, name))
            return true;
    }
    return false;
}
