/* One pass over the entries: each goes to the part of the issuer that was named last. */
#include "pki/crlsplit.h"

#include "base/buf.h"
#include "base/bug.h"
#include "pki/der.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

/* A part under construction. name: its issuer's; entries: a copy of those that are about it. */
struct part {
    struct crlsplit_part out;
    const X509_NAME *name;
    struct buf entries;
};

struct crlsplit {
    struct part *parts;
    size_t count;
};

static bool begin(struct crlsplit *split, const struct crl *crl, const struct revsigners *signers,
                  const struct revsigners_row *signer);
static bool has_authority(const struct crlsplit *split, unsigned authority);
static bool add_part(struct crlsplit *split, const struct crl *crl, const struct revsigners *signers, size_t row,
                     bool is_own);
static const char *deal_out(struct crlsplit *split, const struct crl *crl);
static const char *turn(struct crlsplit *split, struct slice issuer, struct part **part);
static struct part *find(struct crlsplit *split, const GENERAL_NAMES *names);
static bool append(struct part *part, const struct crl_entry *entry, struct slice whole);

struct crlsplit *crlsplit_new(const struct crl *crl, const struct revsigners *signers,
                              const struct revsigners_row *signer, const char **fault) {
    struct crlsplit *split = calloc(1, sizeof *split);
    bool is_begun = split && begin(split, crl, signers, signer);
    *fault = is_begun ? deal_out(split, crl) : "there is no memory for it";
    if (*fault)
        crlsplit_free(&split);
    return split;
}

void crlsplit_free(struct crlsplit **split) {
    struct crlsplit *old = *split;
    *split = NULL;
    if (!old)
        return;
    for (size_t i = 0; i < old->count; i++)
        buf_fini(&old->parts[i].entries);
    free(old->parts);
    free(old);
}

size_t crlsplit_count(const struct crlsplit *split) {
    return split->count;
}

const struct crlsplit_part *crlsplit_at(const struct crlsplit *split, size_t index) {
    bug_on(index >= split->count);
    return &split->parts[index].out;
}

/* The signer's own part comes first: entries are about its certificates until one names another issuer. */
static bool begin(struct crlsplit *split, const struct crl *crl, const struct revsigners *signers,
                  const struct revsigners_row *signer) {
    size_t count = revsigners_count(signers);
    split->parts = calloc(count, sizeof *split->parts);
    if (!split->parts)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (revsigners_at(signers, i) == signer && !add_part(split, crl, signers, i, true))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct revsigners_row *row = revsigners_at(signers, i);
        if (revsigners_share_anchor(row, signer) && !has_authority(split, row->authority) &&
            !add_part(split, crl, signers, i, false))
            return false;
    }
    return true;
}

static bool has_authority(const struct crlsplit *split, unsigned authority) {
    for (size_t i = 0; i < split->count; i++) {
        if (split->parts[i].out.authority == authority)
            return true;
    }
    return false;
}

/* For certificates of others the list speaks only as far as they name its issuer (RFC 5280 section 6.3.3 (b)). */
static bool add_part(struct crlsplit *split, const struct crl *crl, const struct revsigners *signers, size_t row,
                     bool is_own) {
    struct part *part = &split->parts[split->count++];
    *part = (struct part){.out = {.authority = revsigners_at(signers, row)->authority, .crl = *crl},
                          .name = X509_get_subject_name(revsigners_certificate(signers, row))};
    struct crl *out = &part->out.crl;
    buf_init(&part->entries, crl->entries.len);
    out->entries = slice_of(NULL, 0);
    out->entry_count = out->serial_bytes_max = 0;
    if (is_own)
        return true;
    out->scope.points.count = 0;
    out->scope.has_points = true;
    return distpoint_add_indirect(&out->scope.points, crl->scope.has_points ? &crl->scope.points : NULL, crl->issuer,
                                  crl->scope.reasons);
}

static const char *deal_out(struct crlsplit *split, const struct crl *crl) {
    struct slice rest = crl->entries;
    struct part *part = &split->parts[0];
    struct crl_entry entry;
    size_t turns = 0;
    for (struct slice before = rest; crl_next(crl, &rest, &entry); before = rest) {
        const char *fault = entry.issuer.len ? turn(split, entry.issuer, &part) : NULL;
        turns += entry.issuer.len > 0;
        if (turns > CRLSPLIT_TURNS_MAX)
            fault = "its entries change their issuer too often";
        if (!fault && part && !append(part, &entry, slice_sub(before, 0, before.len - rest.len)))
            fault = "there is no memory for it";
        if (fault)
            return fault;
    }
    for (size_t i = 0; i < split->count; i++)
        split->parts[i].out.crl.entries = buf_view(&split->parts[i].entries);
    return NULL;
}

/* *part becomes NULL for an issuer that nobody knows. */
static const char *turn(struct crlsplit *split, struct slice issuer, struct part **part) {
    const uint8_t *at = issuer.data;
    GENERAL_NAMES *names = issuer.len <= LONG_MAX ? d2i_GENERAL_NAMES(NULL, &at, (long)issuer.len) : NULL;
    bool is_good = names && at == issuer.data + issuer.len;
    if (is_good)
        *part = find(split, names);
    GENERAL_NAMES_free(names);
    ERR_clear_error();
    return is_good ? NULL : "the issuer that an entry names is malformed";
}

static struct part *find(struct crlsplit *split, const GENERAL_NAMES *names) {
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        for (size_t k = 0; name->type == GEN_DIRNAME && k < split->count; k++) {
            if (X509_NAME_cmp(name->d.directoryName, split->parts[k].name) == 0)
                return &split->parts[k];
        }
    }
    return NULL;
}

static bool append(struct part *part, const struct crl_entry *entry, struct slice whole) {
    struct crl *crl = &part->out.crl;
    crl->entry_count++;
    crl->serial_bytes_max = entry->serial.len > crl->serial_bytes_max ? entry->serial.len : crl->serial_bytes_max;
    return buf_append(&part->entries, whole);
}
