/* Each CA with constraints is held against each certificate below it. */
#include "pki/constraint.h"

#include "pki/altname.h"
#include "pki/namesyntax.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* Excluded: does the name touch the subtree at all? Permitted: does it lie in it as a whole? */
enum subtree { SUBTREE_PERMITTED, SUBTREE_EXCLUDED };

static bool read(const X509 *certificate, NAME_CONSTRAINTS **constraints);
static bool check_below(const struct path *path, size_t depth, const NAME_CONSTRAINTS *constraints,
                        struct fault *fault);
static const char *fault_of_subtrees(const STACK_OF(GENERAL_SUBTREE) *subtrees);
static const char *fault_of_base(const GENERAL_NAME *base);
static bool is_mail_base(struct slice base);
static bool check_certificate(X509 *certificate, size_t depth, const NAME_CONSTRAINTS *constraints,
                              struct fault *fault);
static const char *fault_of_name(const GENERAL_NAME *name, const NAME_CONSTRAINTS *constraints);
static bool is_in(int type, struct slice name, struct slice base, enum subtree kind);
static bool is_dns_in(struct slice name, struct slice base, enum subtree kind);
static bool is_mail_in(struct slice name, struct slice base);
static bool is_host_in(struct slice host, struct slice base);
static bool is_address_in(struct slice address, struct slice base);
static size_t count_names(const X509 *certificate);
static bool is_self_issued(const X509 *certificate);

bool constraint_is_bounded(const struct path *path, struct fault *fault) {
    size_t constraints = 0;
    size_t names = 0;
    for (size_t i = 0; i < path->len; i++) {
        NAME_CONSTRAINTS *own = NULL;
        if (X509_get_ext_by_NID(path->certificates[i], NID_name_constraints, -1) < 0 ||
            !read(path->certificates[i], &own) || !own)
            continue;
        constraints += (size_t)(own->permittedSubtrees ? sk_GENERAL_SUBTREE_num(own->permittedSubtrees) : 0);
        constraints += (size_t)(own->excludedSubtrees ? sk_GENERAL_SUBTREE_num(own->excludedSubtrees) : 0);
        NAME_CONSTRAINTS_free(own);
    }
    for (size_t i = 0; constraints && i < path->len; i++)
        names += count_names(path->certificates[i]);
    return constraints * names <= CONSTRAINT_WORK_MAX ||
        fault_set(fault, REASON_CERT_WORK, FAULT_OF_PATH, 0, "too many names for the name constraints above them");
}

bool constraint_allows(const struct path *path, struct fault *fault) {
    for (size_t i = 0; i < path->len; i++) {
        NAME_CONSTRAINTS *constraints;
        if (X509_get_ext_by_NID(path->certificates[i], NID_name_constraints, -1) < 0)
            continue;
        if (!read(path->certificates[i], &constraints))
            return fault_set(fault, REASON_CERT_MALFORMED, FAULT_OF_CERTIFICATE, i, "malformed name constraints");
        bool is_good = check_below(path, i, constraints, fault);
        NAME_CONSTRAINTS_free(constraints);
        if (!is_good)
            return false;
    }
    return true;
}

static bool read(const X509 *certificate, NAME_CONSTRAINTS **constraints) {
    *constraints = X509_get_ext_d2i(certificate, NID_name_constraints, NULL, NULL);
    ERR_clear_error();
    return *constraints;
}

static bool check_below(const struct path *path, size_t depth, const NAME_CONSTRAINTS *constraints,
                        struct fault *fault) {
    const char *words = fault_of_subtrees(constraints->permittedSubtrees);
    words = words ? words : fault_of_subtrees(constraints->excludedSubtrees);
    if (depth == 0 && path->len > 1)
        words = "name constraints in a leaf";
    if (!constraints->permittedSubtrees && !constraints->excludedSubtrees)
        words = "empty name constraints";
    if (words)
        return fault_set(fault, REASON_CERT_NAME_CONSTRAINT, FAULT_OF_CERTIFICATE, depth, words);
    for (size_t i = 0; i < depth; i++) {
        bool is_exempt = i > 0 && is_self_issued(path->certificates[i]);
        if (!is_exempt && !check_certificate(path->certificates[i], i, constraints, fault))
            return false;
    }
    return true;
}

static const char *fault_of_subtrees(const STACK_OF(GENERAL_SUBTREE) *subtrees) {
    for (int i = 0; subtrees && i < sk_GENERAL_SUBTREE_num(subtrees); i++) {
        const GENERAL_SUBTREE *subtree = sk_GENERAL_SUBTREE_value(subtrees, i);
        const char *words = fault_of_base(subtree->base);
        if (words)
            return words;
    }
    return subtrees && sk_GENERAL_SUBTREE_num(subtrees) == 0 ? "an empty list of name constraints" : NULL;
}

static const char *fault_of_base(const GENERAL_NAME *base) {
    int type;
    GENERAL_NAME_get0_value(base, &type);
    struct slice bytes = altname_bytes(base);
    struct slice host = bytes.len && bytes.data[0] == '.' ? slice_sub(bytes, 1, bytes.len) : bytes;
    switch (type) {
    case GEN_DNS:
        return bytes.len == 0 || namesyntax_is_host(bytes, true) ? NULL : "a malformed DNS name constraint";
    case GEN_EMAIL:
        return is_mail_base(bytes) ? NULL : "a malformed mail constraint";
    case GEN_URI:
        return namesyntax_is_host(host, true) ? NULL : "a malformed URI constraint";
    case GEN_IPADD:
        return (bytes.len == 8 || bytes.len == 32) && namesyntax_is_mask(slice_sub(bytes, bytes.len / 2, bytes.len))
            ? NULL
            : "a malformed IP address constraint";
    default:
        return NULL;
    }
}

/* A mailbox, a host, or a dot and a domain; nothing stands for everything. */
static bool is_mail_base(struct slice base) {
    struct slice local;
    struct slice host;
    if (base.len == 0 || namesyntax_split_mail(base, &local, &host))
        return true;
    return namesyntax_is_host(base.data[0] == '.' ? slice_sub(base, 1, base.len) : base, true);
}

static bool check_certificate(X509 *certificate, size_t depth, const NAME_CONSTRAINTS *constraints,
                              struct fault *fault) {
    GENERAL_NAMES *names;
    if (!altname_read(certificate, &names))
        return fault_set(fault, REASON_CERT_MALFORMED, FAULT_OF_CERTIFICATE, depth,
                         "malformed subject alternative names");
    const char *words = NULL;
    for (int i = 0; names && !words && i < sk_GENERAL_NAME_num(names); i++)
        words = fault_of_name(sk_GENERAL_NAME_value(names, i), constraints);
    GENERAL_NAMES_free(names);
    return !words || fault_set(fault, REASON_CERT_NAME_CONSTRAINT, FAULT_OF_PATH, depth, words);
}

static const char *fault_of_name(const GENERAL_NAME *name, const NAME_CONSTRAINTS *constraints) {
    int type;
    bool has_permitted = false;
    bool is_permitted = false;
    struct slice bytes = altname_bytes(name);
    GENERAL_NAME_get0_value(name, &type);
    for (int i = 0; constraints->permittedSubtrees && i < sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees); i++) {
        const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(constraints->permittedSubtrees, i)->base;
        has_permitted = has_permitted || base->type == type;
        is_permitted =
            is_permitted || (base->type == type && is_in(type, bytes, altname_bytes(base), SUBTREE_PERMITTED));
    }
    for (int i = 0; constraints->excludedSubtrees && i < sk_GENERAL_SUBTREE_num(constraints->excludedSubtrees); i++) {
        const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(constraints->excludedSubtrees, i)->base;
        if (base->type == type && is_in(type, bytes, altname_bytes(base), SUBTREE_EXCLUDED))
            return "a name that a CA above it excludes";
    }
    return has_permitted && !is_permitted ? "a name outside of what a CA above it permits" : NULL;
}

/* Kinds of names that libcrypto judges lie in no excluded subtree and in every permitted one. */
static bool is_in(int type, struct slice name, struct slice base, enum subtree kind) {
    struct slice host;
    switch (type) {
    case GEN_DNS:
        return is_dns_in(name, base, kind);
    case GEN_EMAIL:
        return is_mail_in(name, base);
    case GEN_URI: /* one whose host is not to be seen may be anywhere */
        return namesyntax_uri_host(name, &host) ? is_host_in(host, base) : kind == SUBTREE_EXCLUDED;
    case GEN_IPADD:
        return is_address_in(name, base);
    default:
        return kind == SUBTREE_PERMITTED;
    }
}

/* "*.a" touches "b.a", though it does not lie in it. */
static bool is_dns_in(struct slice name, struct slice base, enum subtree kind) {
    bool is_wild = slice_starts(name, slice_text("*."));
    struct slice rest = is_wild ? slice_sub(name, 2, name.len) : name;
    if (base.len == 0 || namesyntax_is_within(rest, base))
        return true;
    ptrdiff_t dot = slice_find(base, '.');
    return is_wild && kind == SUBTREE_EXCLUDED && dot > 0 &&
        slice_equal_nocase(slice_sub(base, (size_t)dot + 1, base.len), rest);
}

/* The local part is compared with regard to case (RFC 5280 section 7.5). */
static bool is_mail_in(struct slice name, struct slice base) {
    struct slice local;
    struct slice host;
    struct slice base_local;
    struct slice base_host;
    if (base.len == 0)
        return true;
    if (!namesyntax_split_mail(name, &local, &host))
        return false;
    if (namesyntax_split_mail(base, &base_local, &base_host))
        return slice_equal(local, base_local) && slice_equal_nocase(host, base_host);
    return is_host_in(host, base);
}

/* With a dot in front, hosts of the domain; without, this host. */
static bool is_host_in(struct slice host, struct slice base) {
    if (base.data[0] != '.')
        return slice_equal_nocase(host, base);
    return host.len > base.len && slice_equal_nocase(slice_sub(host, host.len - base.len, base.len), base);
}

static bool is_address_in(struct slice address, struct slice base) {
    if (base.len != 2 * address.len)
        return false;
    for (size_t i = 0; i < address.len; i++) {
        if ((address.data[i] ^ base.data[i]) & base.data[address.len + i])
            return false;
    }
    return true;
}

/* The parts of the subject count as one: libcrypto compares the whole name. */
static size_t count_names(const X509 *certificate) {
    GENERAL_NAMES *names = NULL;
    size_t count = 1;
    if (altname_read(certificate, &names) && names)
        count += (size_t)sk_GENERAL_NAME_num(names);
    GENERAL_NAMES_free(names);
    return count;
}

static bool is_self_issued(const X509 *certificate) {
    return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}
