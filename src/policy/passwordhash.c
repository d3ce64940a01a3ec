/* libxcrypt, its working memory wiped after each use. */
#include "policy/passwordhash.h"

#include "base/text.h"
#include "policy/passwordform.h"

#include <crypt.h>
#include <stdlib.h>

/* All that has to be terminated for the library, and its working memory. */
struct work {
    char password[CRYPT_MAX_PASSPHRASE_SIZE];
    char stored[PASSWORDFORM_STORED_MAX + 1];
    struct crypt_data data;
};

static enum passwordhash_verdict check(struct work *work, struct slice password, struct slice stored);
static bool equal(const char *a, const char *b);

enum passwordhash_verdict passwordhash_check(struct slice password, struct slice stored) {
    if (passwordform_fault(stored) != NULL)
        return PASSWORDHASH_FAILED;
    if (password.len > passwordform_password_max(stored) || slice_find(password, 0) >= 0)
        return PASSWORDHASH_DIFFERS;
    struct work *work = calloc(1, sizeof(*work));
    if (work == NULL)
        return PASSWORDHASH_FAILED;
    enum passwordhash_verdict verdict = check(work, password, stored);
    text_wipe(work, sizeof(*work));
    free(work);
    return verdict;
}

static enum passwordhash_verdict check(struct work *work, struct slice password, struct slice stored) {
    memcpy(work->password, password.data, password.len);
    memcpy(work->stored, stored.data, stored.len);
    const char *made = crypt_rn(work->password, work->stored, &work->data, (int)sizeof(work->data));
    if (made == NULL || made[0] == '*')
        return PASSWORDHASH_FAILED;
    return equal(made, work->stored) ? PASSWORDHASH_MATCHES : PASSWORDHASH_DIFFERS;
}

static bool equal(const char *a, const char *b) {
    size_t len = strlen(b);
    if (strlen(a) != len)
        return false;
    uint8_t difference = 0;
    for (size_t i = 0; i < len; i++)
        difference |= (uint8_t)(a[i] ^ b[i]);
    return difference == 0;
}
