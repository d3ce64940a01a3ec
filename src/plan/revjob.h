/* One index of revoked certificates in the making: the trust, who signs its lists, and the lists so far. A part of
 * plan/revcompile. */
#ifndef SALLYPORT_PLAN_REVJOB_H
#define SALLYPORT_PLAN_REVJOB_H

#include "config/load.h"
#include "pki/revwrite.h"
#include "plan/revocations.h"
#include "plan/sourcelist.h"

/* URLS_MAX: of one index, those that the operator wrote and those of distribution points. LIST_BYTES: of a list; one of
 * four million entries takes as much. */
enum { REVJOB_URLS_MAX = SOURCE_MAX, REVJOB_LIST_BYTES_MAX = 160 << 20 };

/* What all indexes are made with. takes_old: files may be too old as well: what is in use already ages where it is. */
struct revjob_context {
    const struct settings *settings;
    struct arena *arena;
    const struct load_source *source;
    int64_t now;
    bool takes_old;
    const struct revnumbers *numbers;
    struct sourcelist *sources;
};

/* is_kept: the lists in its files are not to be believed; what was in use stays (a refresh only). */
struct revjob {
    const struct settings_client_auth *client_auth;
    char name[REVOCATIONS_NAME_ROOM];
    bool is_kept;
    struct trust *trust;
    struct revsigners *signers;
    struct revwrite *writer;
    const char *urls[REVJOB_URLS_MAX];
    size_t url_count;
    struct buf *files;
    size_t file_count;
};

/* Makes a job for these settings' lists; NULL when memory is short. */
[[nodiscard]] struct revjob *revjob_new(const struct settings_client_auth *client_auth);
void revjob_free(struct revjob **job);

/* Reads trust, signers and the lists in files, and finds out which URLs it takes lists from. False and every error. */
[[nodiscard]] bool revjob_open(struct revjob *job, const struct revjob_context *context, struct error_list *errors);

/* True when the job takes lists from this URL. */
bool revjob_uses(const struct revjob *job, struct slice url);

/* Takes in what was fetched from `url` (one that the job uses), or, with errors, nothing of it. */
[[nodiscard]] bool revjob_add(struct revjob *job, struct slice url, struct slice document, struct error_list *errors);

#endif
