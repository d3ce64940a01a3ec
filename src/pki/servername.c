#include "pki/servername.h"

#include "base/addr.h"
#include "pki/altname.h"
#include "pki/namesyntax.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

/* What is looked for; `address` has 0, 4 or 16 bytes. */
struct wanted {
    struct slice dns;
    struct slice address;
};

static struct slice address_of(struct slice name, struct addr_net *net);
static bool is_match(const GENERAL_NAME *name, const struct wanted *wanted);
static bool is_dns_match(struct slice pattern, struct slice name);
static bool is_alternative(const GENERAL_NAMES *names, const ASN1_STRING *text);

bool servername_matches(const X509 *certificate, struct slice name) {
    struct addr_net net;
    struct wanted wanted = {.address = address_of(name, &net)};
    GENERAL_NAMES *names = NULL;
    bool is_found = false;
    wanted.dns = name.len && name.data[name.len - 1] == '.' ? slice_sub(name, 0, name.len - 1) : name;
    if (!wanted.address.len && !namesyntax_is_host(wanted.dns, true))
        return false;
    if (!altname_read(certificate, &names) || !names)
        return false;
    for (int i = 0; !is_found && i < sk_GENERAL_NAME_num(names); i++)
        is_found = is_match(sk_GENERAL_NAME_value(names, i), &wanted);
    GENERAL_NAMES_free(names);
    return is_found;
}

bool servername_has_common_names(const X509 *certificate) {
    const X509_NAME *subject = X509_get_subject_name(certificate);
    GENERAL_NAMES *names = NULL;
    bool is_good = altname_read(certificate, &names);
    for (int at = -1; is_good && (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;)
        is_good = is_alternative(names, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    GENERAL_NAMES_free(names);
    return is_good;
}

/* Empty when the name is no address. IPv4 stands in the last four of sixteen bytes. */
static struct slice address_of(struct slice name, struct addr_net *net) {
    if (slice_find(name, '/') >= 0 || !addr_net_parse(name, net))
        return (struct slice){0};
    return slice_find(name, ':') >= 0 ? slice_of(net->bytes, 16) : slice_of(net->bytes + 12, 4);
}

static bool is_match(const GENERAL_NAME *name, const struct wanted *wanted) {
    int type;
    GENERAL_NAME_get0_value(name, &type);
    if (wanted->address.len)
        return type == GEN_IPADD && slice_equal(altname_bytes(name), wanted->address);
    return type == GEN_DNS && is_dns_match(altname_bytes(name), wanted->dns);
}

static bool is_dns_match(struct slice pattern, struct slice name) {
    if (!namesyntax_is_pattern(pattern, true))
        return false;
    if (!slice_starts(pattern, slice_text("*.")))
        return slice_equal_nocase(pattern, name);
    ptrdiff_t dot = slice_find(name, '.');
    return dot > 0 &&
        slice_equal_nocase(slice_sub(pattern, 2, pattern.len), slice_sub(name, (size_t)dot + 1, name.len));
}

/* Addresses in their one short form (RFC 5952). */
static bool is_alternative(const GENERAL_NAMES *names, const ASN1_STRING *text) {
    struct slice wanted = slice_of(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        struct slice bytes = altname_bytes(name);
        char address[INET6_ADDRSTRLEN] = "";
        if (name->type == GEN_IPADD && (bytes.len == 4 || bytes.len == 16))
            inet_ntop(bytes.len == 4 ? AF_INET : AF_INET6, bytes.data, address, sizeof address);
        if (slice_equal(name->type == GEN_IPADD ? slice_text(address) : bytes, wanted))
            return true;
    }
    return false;
}
