/* Revocation lists of strangers: reading, and the table that comes of it, in which every entry has to be found. */
#include "pki/crl.h"
#include "pki/revtable.h"

#include "base/bug.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void find_all(const struct crl *crl);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct crl crl;
    const char *fault;
    bool is_good = crl_parse(slice_of(data, size), &crl, &fault);
    bug_on(is_good != !fault);
    if (is_good)
        find_all(&crl);
    return 0;
}

static void find_all(const struct crl *crl) {
    struct revtable table = revtable_shape(crl);
    size_t len = revtable_bytes(&table);
    uint8_t *bytes = malloc(len);
    struct slice rest = crl->entries;
    struct crl_entry entry;
    size_t count = 0;
    bug_on(!bytes);
    revtable_write(&table, crl, 42, bytes);
    bug_on(!revtable_check(&table, slice_of(bytes, len)));
    for (; crl_next(crl, &rest, &entry); count++)
        bug_on(revtable_find(&table, bytes, 42, entry.serial) == REVTABLE_NONE);
    bug_on(count != crl->entry_count);
    free(bytes);
}
