/* One value of a condition, read as its fact wants it: what can only be a mistake is a complaint, not a value that
 * never matches. Pure. */
#ifndef SALLYPORT_POLICY_RULEVALUE_H
#define SALLYPORT_POLICY_RULEVALUE_H

#include "base/addr.h"
#include "policy/fact.h"
#include "policy/glob.h"
#include "policy/window.h"

/* EACH: a value of a path stands for itself and for all below. COMPLAINT: longest sentence about a bad one. */
enum { RULEVALUE_EACH_MAX = 2, RULEVALUE_COMPLAINT_MAX = GLOB_COMPLAINT_MAX };

/* EXACT: a text to compare with. GLOB: a pattern. */
enum rulevalue_kind { RULEVALUE_EXACT, RULEVALUE_GLOB, RULEVALUE_NETWORK, RULEVALUE_WINDOW, RULEVALUE_PRESENCE };

/* Bits of a set: what a client can have shown. */
enum rulevalue_presence {
    RULEVALUE_NO_CERTIFICATE = 1,
    RULEVALUE_UNVERIFIED_CERTIFICATE = 2,
    RULEVALUE_VERIFIED_CERTIFICATE = 4
};

/* key: as in struct certfacts: the number of the fact as one byte, then the text in its normal form. */
struct rulevalue {
    enum rulevalue_kind kind;
    union {
        struct slice key;
        const struct glob *glob;
        struct addr_net network;
        struct window window;
        unsigned presence;
    };
};

/* Reads `text`; what the values point to is in `arena`. False and a complaint (a part of a sentence, to stand behind
 * the fact's key) when it is not a value of this fact. */
[[nodiscard]] bool rulevalue_read(enum fact fact, struct slice text, struct arena *arena,
                                  struct rulevalue values[RULEVALUE_EACH_MAX], size_t *count,
                                  char complaint[RULEVALUE_COMPLAINT_MAX]);

#endif
