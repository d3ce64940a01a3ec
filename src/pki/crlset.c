#include "pki/crlset.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>

struct crlset {
    STACK_OF(X509_CRL) *lists;
};

struct crlset *crlset_new(void) {
    struct crlset *set = calloc(1, sizeof *set);
    if (!set)
        return NULL;
    set->lists = sk_X509_CRL_new_null();
    if (!set->lists)
        crlset_free(&set);
    return set;
}

void crlset_free(struct crlset **set) {
    struct crlset *old = *set;
    *set = NULL;
    if (!old)
        return;
    sk_X509_CRL_pop_free(old->lists, X509_CRL_free);
    free(old);
}

bool crlset_add(struct crlset *set, struct slice der) {
    const uint8_t *at = der.data;
    if (der.len == 0 || der.len > LONG_MAX || sk_X509_CRL_num(set->lists) >= CRLSET_MAX)
        return false;
    X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)der.len);
    if (list && at == der.data + der.len && sk_X509_CRL_push(set->lists, list))
        return true;
    X509_CRL_free(list);
    ERR_clear_error();
    return false;
}

STACK_OF(X509_CRL) *crlset_stack(const struct crlset *set) {
    return set->lists;
}
