/* What would become of a client and its request: every check in the order in which the gateway asks it, by the same
 * functions. */
#ifndef SALLYPORT_BIN_EXPLANATION_H
#define SALLYPORT_BIN_EXPLANATION_H

#include "bin/explainquestion.h"
#include "bin/pkifiles.h"
#include "pki/verify.h"
#include "proxy/judge.h"

/* STEPS: more checks than there are. HEAD: of a request that is asked about. MEND: the words about one refusal. */
enum { EXPLANATION_STEPS_MAX = 64, EXPLANATION_HEAD_MAX = 80 << 10, EXPLANATION_MEND_MAX = 1024 };

/* One check as it came out. */
struct explanation_step {
    const char *check;
    enum judge_outcome outcome;
    struct judge_verdict verdict;
};

/* Where a connection would have got: the ClientHello, the handshake, the request. */
enum explanation_stage { EXPLANATION_HELLO, EXPLANATION_HANDSHAKE, EXPLANATION_REQUEST };

/* The answer. verdict: the last step's. chain: filled in when the chain was refused. peer: of the
 * path that was judged last, or NULL.
 * judged: the facts. mend: for bin/explainmend; empty at first. */
struct explanation {
    const struct explainquestion *question;
    struct explanation_step steps[EXPLANATION_STEPS_MAX];
    size_t step_count;
    enum explanation_stage stage;
    struct judge_verdict verdict;
    struct verify_verdict chain;
    struct pkifiles files;
    struct verified_peer *peer;
    struct judge_case judged;
    struct addr_ip client;
    char client_text[ADDR_TEXT_MAX];
    struct arena arena;
    char mend[EXPLANATION_MEND_MAX];
};

/* Answers `question` by `snapshot`; *explanation has to be zero or used before. False and errors when the question
 * cannot be asked: no such listener, no such file, no time. The explanation borrows from question and snapshot. */
[[nodiscard]] bool explanation_make(struct explanation *explanation, const struct explainquestion *question,
                                    const struct snapshot *snapshot, struct error_list *errors);

/* Frees what it holds; it may be used again. */
void explanation_fini(struct explanation *explanation);

/* "allowed", or the label of the reason. */
const char *explanation_result(const struct explanation *explanation);

#endif
