/* Name constraints and names of strangers: the first byte says how many bytes of the input are a GeneralName, the
 * rest is GeneralNames. Whatever lies in a permitted subtree touches the same one when it is excluded, and all names
 * together may be certified only if each of them may. */
#include "pki/constraint.h"

#include "base/bug.h"
#include "pki/altname.h"
#include "pki/namesyntax.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_syntax(struct slice text);
static void check(const GENERAL_NAME *base, GENERAL_NAMES *names);
static bool is_judged(const GENERAL_NAME *base, const GENERAL_NAME *name);
static bool allows(const GENERAL_NAME *base, GENERAL_NAMES *names, bool is_permitted);
static X509 *make(int nid, void *value, const char *name);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice input = slice_of(data, size);
    check_syntax(input);
    if (size < 2)
        return 0;
    struct slice first = slice_sub(input, 1, data[0]);
    struct slice rest = slice_sub(input, 1 + first.len, size);
    const uint8_t *at = first.data;
    GENERAL_NAME *base = first.len ? d2i_GENERAL_NAME(NULL, &at, (long)first.len) : NULL;
    at = rest.data;
    GENERAL_NAMES *names = rest.len ? d2i_GENERAL_NAMES(NULL, &at, (long)rest.len) : NULL;
    if (base && names)
        check(base, names);
    GENERAL_NAMES_free(names);
    GENERAL_NAME_free(base);
    ERR_clear_error();
    return 0;
}

static void check_syntax(struct slice text) {
    struct slice local;
    struct slice host;
    bug_on(namesyntax_is_host(text, false) && !namesyntax_is_host(text, true));
    bug_on(namesyntax_is_host(text, true) && !namesyntax_is_pattern(text, true));
    bug_on(namesyntax_is_host(text, true) && !namesyntax_is_within(text, text));
    if (namesyntax_split_mail(text, &local, &host))
        bug_on(local.len + 1 + host.len != text.len || local.len == 0 || host.len == 0);
    if (namesyntax_is_uri(text) && namesyntax_uri_host(text, &host))
        bug_on(!namesyntax_is_host(host, true));
    (void)namesyntax_is_mask(text);
}

static void check(const GENERAL_NAME *base, GENERAL_NAMES *names) {
    bool is_permitted = allows(base, names, true);
    bool is_free = allows(base, names, false);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        GENERAL_NAMES *alone = sk_GENERAL_NAME_new_null();
        bug_on(!alone || !sk_GENERAL_NAME_push(alone, name));
        bug_on(is_permitted && !allows(base, alone, true));
        bug_on(is_free && !allows(base, alone, false));
        bug_on(is_judged(base, name) && allows(base, alone, true) && allows(base, alone, false));
        sk_GENERAL_NAME_free(alone);
    }
}

/* Of one kind that is ours to judge, and well-formed: all others are refused before constraints are asked. */
static bool is_judged(const GENERAL_NAME *base, const GENERAL_NAME *name) {
    bool is_ours = name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI || name->type == GEN_IPADD;
    return is_ours && base->type == name->type && !altname_fault(name, false);
}

static bool allows(const GENERAL_NAME *base, GENERAL_NAMES *names, bool is_permitted) {
    struct fault fault;
    GENERAL_SUBTREE subtree = {.base = (GENERAL_NAME *)base}; /* it is only read */
    STACK_OF(GENERAL_SUBTREE) *subtrees = sk_GENERAL_SUBTREE_new_null();
    NAME_CONSTRAINTS constraints = {.permittedSubtrees = is_permitted ? subtrees : NULL,
                                    .excludedSubtrees = is_permitted ? NULL : subtrees};
    bug_on(!subtrees || !sk_GENERAL_SUBTREE_push(subtrees, &subtree));
    X509 *ca = make(NID_name_constraints, &constraints, "ca");
    X509 *leaf = make(NID_subject_alt_name, names, "leaf");
    struct path path = {.certificates = {leaf, ca}, .len = 2};
    bool is_good = leaf && ca && constraint_is_bounded(&path, &fault) && constraint_allows(&path, &fault);
    sk_GENERAL_SUBTREE_free(subtrees);
    X509_free(leaf);
    X509_free(ca);
    return is_good;
}

/* A certificate of one extension; NULL when libcrypto does not encode it. */
static X509 *make(int nid, void *value, const char *name) {
    X509 *certificate = X509_new();
    bug_on(!certificate ||
           !X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_ASC,
                                       (const unsigned char *)name, -1, -1, 0));
    if (X509_add1_ext_i2d(certificate, nid, value, 0, 0) != 1)
        X509_free(certificate), certificate = NULL;
    return certificate;
}
