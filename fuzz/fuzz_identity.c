/* Who strangers say they are: whatever a certificate holds, text is text, lengths are those of the slices, and a
 * SPIFFE id has one reading. Constraints, profiles and names of servers read the same certificates. */
#include "pki/identity.h"

#include "base/bug.h"
#include "base/text.h"
#include "pki/cert.h"
#include "pki/pathrule.h"
#include "pki/servername.h"
#include "pki/spiffeid.h"

#include <openssl/x509.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_identity(const struct identity *identity);
static void check_text(struct slice text);
static void check_spiffe_id(struct slice id);
static void check_rules(X509 *certificate);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    X509 *certificate = cert_parse(slice_of(data, size));
    check_spiffe_id(slice_of(data, size));
    if (!certificate)
        return 0;
    struct identity *identity = identity_new(certificate, slice_of(data, size));
    if (identity)
        check_identity(identity);
    identity_free(&identity);
    check_rules(certificate);
    X509_free(certificate);
    return 0;
}

static void check_identity(const struct identity *identity) {
    for (size_t i = 0; i < identity->attribute_count; i++) {
        if (identity->attributes[i].is_text)
            check_text(identity->attributes[i].value);
    }
    for (size_t i = 0; i < identity->name_count; i++) {
        const struct identity_name *name = &identity->names[i];
        if (name->kind == IDENTITY_ADDRESS)
            bug_on(name->value.len != 4 && name->value.len != 16);
        else if (name->kind != IDENTITY_DIRECTORY)
            check_text(name->value);
    }
    for (size_t i = 0; i < identity->policy_count; i++)
        check_text(identity->policies[i]);
    check_text(identity->spiffe_id);
    if (!identity_svid_fault(identity, slice_text("")))
        bug_on(identity->spiffe_id.len == 0 || identity->may_issue);
}

static void check_text(struct slice text) {
    bug_on(!text_utf8(text));
    for (size_t i = 0; i < text.len; i++)
        bug_on(text.data[i] < 0x20 || text.data[i] == 0x7f);
}

/* The parts make up the whole. */
static void check_spiffe_id(struct slice id) {
    struct slice domain;
    struct slice path;
    if (!spiffeid_split(id, &domain, &path))
        return;
    bug_on(domain.len + path.len + sizeof "spiffe://" - 1 != id.len);
    bug_on(!spiffeid_is_domain(domain));
}

/* The certificate as a path of its own, and above itself. */
static void check_rules(X509 *certificate) {
    struct path path = {.certificates = {certificate, certificate}, .len = 2};
    struct fault fault;
    for (unsigned profile = VERIFY_PROFILE_PATH; profile <= VERIFY_PROFILE_WEBPKI; profile++) {
        struct verify_settings settings = {.profile = profile, .name = slice_text("a.example")};
        if (!pathrule_allows(&path, &settings, &fault))
            bug_on(fault.reason == REASON_NONE || fault.depth >= path.len || !fault.detail);
    }
}
