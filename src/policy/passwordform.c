/* Prefix, cost, alphabet and length of each form. */
#include "policy/passwordform.h"

/* BCRYPT: below 10 a guess is too cheap, above 13 a check takes seconds. ROUNDS: 5000 are those of SHA-512 without a
 * number; 500,000 take as long as bcrypt with 13. */
enum {
    BCRYPT_COST_MIN = 10,
    BCRYPT_COST_MAX = 13,
    BCRYPT_TAIL = 53,
    ROUNDS_MIN = 5000,
    ROUNDS_MAX = 500000,
    SHA512_SALT_MAX = 16,
    SHA512_TAIL = 86,
    YESCRYPT_SALT_MAX = 64,
    YESCRYPT_TAIL = 43,
    PASSWORD_MAX = 511,
};

#define MAKE_ONE "make one with `mkpasswd -m yescrypt` or `htpasswd -B -C 12`"

/* Beginnings of what is stored elsewhere, and what to say of it. */
struct weak {
    const char *prefix;
    const char *fault;
};

static const struct weak weak_forms[] = {
    {"$apr1$", "MD5 (apr1) is too weak; " MAKE_ONE},
    {"$1$", "MD5 is too weak; " MAKE_ONE},
    {"$5$", "SHA-256 is not accepted; " MAKE_ONE},
    {"$2a$", "bcrypt in the form $2a$ is ambiguous; " MAKE_ONE},
    {"$2x$", "bcrypt in the form $2x$ is broken; " MAKE_ONE},
    {"$argon2", "argon2 is not known here; " MAKE_ONE},
    {"{SHA}", "SHA-1 without salt is too weak; " MAKE_ONE},
    {"{", "passwords of directory servers are not known here; " MAKE_ONE},
    {"$", "this form is not known here; " MAKE_ONE},
    {"", "this is a plain password or DES, which both are too weak; " MAKE_ONE},
};

static const char *bcrypt_fault(struct slice rest);
static const char *sha512_fault(struct slice rest);
static const char *yescrypt_fault(struct slice rest);
static bool take_part(struct slice *rest, struct slice *part);
static bool is_tail(struct slice text, size_t len);

const char *passwordform_fault(struct slice stored) {
    struct slice rest = slice_sub(stored, 4, stored.len);
    if (stored.len > PASSWORDFORM_STORED_MAX)
        return "this is too long; " MAKE_ONE;
    if (slice_starts(stored, slice_text("$2b$")) || slice_starts(stored, slice_text("$2y$")))
        return bcrypt_fault(rest);
    rest = slice_sub(stored, 3, stored.len);
    if (slice_starts(stored, slice_text("$6$")))
        return sha512_fault(rest);
    if (slice_starts(stored, slice_text("$y$")))
        return yescrypt_fault(rest);
    size_t at = 0;
    while (!slice_starts(stored, slice_text(weak_forms[at].prefix)))
        at++;
    return weak_forms[at].fault;
}

size_t passwordform_password_max(struct slice stored) {
    return slice_starts(stored, slice_text("$2")) ? PASSWORDFORM_BCRYPT_PASSWORD_MAX : PASSWORD_MAX;
}

/* "12$" and 22 characters of salt, 31 of hash. */
static const char *bcrypt_fault(struct slice rest) {
    struct slice cost_text;
    uint64_t cost;
    if (!take_part(&rest, &cost_text) || cost_text.len != 2 || !slice_decimal(cost_text, &cost) ||
        !is_tail(rest, BCRYPT_TAIL))
        return "this bcrypt is malformed; " MAKE_ONE;
    if (cost < BCRYPT_COST_MIN)
        return "the cost of this bcrypt is below 10, which is too weak; make one with `htpasswd -B -C 12`";
    if (cost > BCRYPT_COST_MAX)
        return "the cost of this bcrypt is above 13: each check would take seconds; make one with `htpasswd -B -C 12`";
    return NULL;
}

/* An optional "rounds=N$", salt and "$", the hash. */
static const char *sha512_fault(struct slice rest) {
    struct slice salt;
    struct slice rounds_word = slice_text("rounds=");
    uint64_t rounds = ROUNDS_MIN;
    bool good = true;
    if (slice_starts(rest, rounds_word)) {
        struct slice part = slice_text("");
        good = take_part(&rest, &part);
        part = slice_sub(part, rounds_word.len, part.len);
        good = good && part.len > 0 && part.data[0] != '0' && slice_decimal(part, &rounds);
    }
    good = good && take_part(&rest, &salt) && salt.len <= SHA512_SALT_MAX && is_tail(salt, salt.len);
    if (!good || !is_tail(rest, SHA512_TAIL))
        return "this SHA-512 is malformed; make one with `openssl passwd -6`";
    if (rounds < ROUNDS_MIN || rounds > ROUNDS_MAX)
        return "the rounds of this SHA-512 are not within 5000 and 500000; make one with `openssl passwd -6`";
    return NULL;
}

/* Parameters, salt and hash. The parameters are those that crypt_gensalt(3) writes for its costs 1 to 8: more takes a
 * second and hundreds of megabytes. */
static const char *yescrypt_fault(struct slice rest) {
    static const char *const known[] = {"j75", "j85", "j7T", "j8T", "j9T", "jAT", "jBT", "jCT"};
    struct slice parameters, salt;
    if (!take_part(&rest, &parameters) || !take_part(&rest, &salt) || salt.len == 0 || salt.len > YESCRYPT_SALT_MAX ||
        !is_tail(salt, salt.len) || !is_tail(rest, YESCRYPT_TAIL))
        return "this yescrypt is malformed; make one with `mkpasswd -m yescrypt`";
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (slice_equal(parameters, slice_text(known[i])))
            return NULL;
    }
    return "the cost of this yescrypt is not one of 1 to 8; make one with `mkpasswd -m yescrypt`";
}

/* Takes what is before the next '$', and that. */
static bool take_part(struct slice *rest, struct slice *part) {
    ptrdiff_t end = slice_find(*rest, '$');
    if (end < 0)
        return false;
    *part = slice_sub(*rest, 0, (size_t)end);
    *rest = slice_sub(*rest, (size_t)end + 1, rest->len);
    return true;
}

/* Exactly `len` characters of crypt's base64. */
static bool is_tail(struct slice text, size_t len) {
    if (text.len != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = text.data[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '.' && byte <= '9')) /* ".", "/" and digits follow each other */
            return false;
    }
    return true;
}
