/* Makes the index of revoked certificates (docs/revindex.md) from lists: checks each, picks the newest of each
 * scope, puts delta lists on their bases. For the compiler and the command that verifies files. */
#ifndef SALLYPORT_PKI_REVWRITE_H
#define SALLYPORT_PKI_REVWRITE_H

#include "base/error.h"
#include "pki/revnumbers.h"
#include "pki/revpack.h"

struct revwrite;

/* Lists in one index: the largest public CAs cut theirs into some hundreds. */
enum { REVWRITE_LISTS_MAX = 10000 };

/* Makes an empty writer. too_old: a list whose nextUpdate is before this time is an error. now: seconds since 1970.
 * `signers` are settled and outlive it. NULL when memory is short. */
[[nodiscard]] struct revwrite *revwrite_new(const struct revsigners *signers, int64_t now, int64_t too_old);
void revwrite_free(struct revwrite **writer);

/* Refuses lists whose number is lower than one that is remembered. `numbers` outlive the writer. Before any is
 * added. */
void revwrite_remember(struct revwrite *writer, const struct revnumbers *numbers);

/* Takes in what a file holds: one list in DER or any number in PEM. False and an error for whatever is not understood,
 * not signed by who may, or from the future. `bytes` must outlive the writer; so must the origin's texts. */
[[nodiscard]] bool revwrite_add(struct revwrite *writer, struct slice bytes, const struct revpack_origin *origin,
                                struct error_list *errors);

/* How many lists were taken in; and takes those back that came after there were so many: when a document that was
 * added in part is not to be believed. Before revwrite_finish. */
size_t revwrite_count(const struct revwrite *writer);
void revwrite_take_back(struct revwrite *writer, size_t count);

/* The earliest nextUpdate of the lists from this path (the origin's, compared as text); 0 when there are none. */
int64_t revwrite_next_update(const struct revwrite *writer, const char *path);

/* Appends the index. False and errors: a delta list without its base, a number that went back, a list too old, or
 * `to` has no room. */
[[nodiscard]] bool revwrite_finish(struct revwrite *writer, struct buf *to, struct error_list *errors);

/* After revwrite_finish: notes the numbers of the lists that count. False when memory is short. */
[[nodiscard]] bool revwrite_note_numbers(const struct revwrite *writer, struct revnumbers_memory *memory);

#endif
