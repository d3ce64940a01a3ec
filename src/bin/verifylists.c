#include "bin/verifylists.h"

#include "pki/revwrite.h"

static bool compile(struct verifylists *lists, const struct pkifiles *files, const struct revsigners *signers);
static bool add_signers(struct revsigners *signers, const struct pkifiles *chain);

void verifylists_init(struct verifylists *lists, const struct pkifiles *files, const struct pkifiles *chain,
                      const struct trust *trust, int64_t now) {
    struct revsigners *signers = revsigners_new(trust);
    const char *fault;
    *lists = (struct verifylists){.now = now};
    buf_init(&lists->bytes, REVINDEX_BYTES_MAX);
    error_list_init(&lists->faults);
    bool is_good = signers && add_signers(signers, chain) && compile(lists, files, signers) &&
        revindex_open(&lists->rules.index, buf_view(&lists->bytes), &fault);
    if (!is_good)
        lists->rules.index = (struct revindex){.authorities = 0};
    revsigners_free(&signers);
}

void verifylists_fini(struct verifylists *lists) {
    buf_fini(&lists->bytes);
    error_list_fini(&lists->faults);
}

enum reason verifylists_judge(void *owner, struct verified_peer *peer, int *depth, const char **detail) {
    const struct verifylists *lists = owner;
    enum reason reason = revocation_check(&lists->rules, peer, lists->now, depth);
    bool has_fault = reason == REASON_REVOCATION_LIST_MISSING && lists->faults.count;
    *detail = has_fault ? lists->faults.items[0].sentence : reason_row(reason)->sentence;
    return reason;
}

/* How old a list may be is asked when it is looked at. */
static bool compile(struct verifylists *lists, const struct pkifiles *files, const struct revsigners *signers) {
    struct revwrite *writer = revwrite_new(signers, lists->now, INT64_MIN);
    for (size_t i = 0; writer && i < files->count; i++) {
        struct revpack_origin origin = {.path = pkifiles_path(files, i)};
        bool is_taken = revwrite_add(writer, pkifiles_get(files, i), &origin, &lists->faults);
        (void)is_taken;
    }
    bool is_good = writer && revwrite_finish(writer, &lists->bytes, &lists->faults);
    revwrite_free(&writer);
    return is_good;
}

/* Who is malformed, or one too many, signs nothing. */
static bool add_signers(struct revsigners *signers, const struct pkifiles *chain) {
    for (size_t i = 1; i < chain->count; i++) {
        bool is_taken = revsigners_add(signers, pkifiles_get(chain, i));
        (void)is_taken;
    }
    return revsigners_settle(signers);
}
