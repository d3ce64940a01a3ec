/* What `sallyport explain` is asked: who comes, from where, and wants what. From options, or from a line of a file of
 * cases. */
#ifndef SALLYPORT_BIN_EXPLAINQUESTION_H
#define SALLYPORT_BIN_EXPLAINQUESTION_H

#include "base/arena.h"
#include "base/error.h"

/* Texts as they were given; NULL: not given. name: what a case is called. expect: what it should come to ("allowed" or
 * the label of a reason). sni: the server name of the ClientHello, where it differs from the request's host. cert: file
 * of the presented chain, the leaf first. */
struct explainquestion {
    const char *name;
    const char *expect;
    const char *listener;
    const char *sni;
    const char *host;
    const char *method;
    const char *path;
    const char *cert;
    const char *source;
    const char *time;
};

/* Reads a case: a line that is a JSON object whose members are texts named as above. They are copied into `arena`.
 * False and an error that says what is wrong. */
[[nodiscard]] bool explainquestion_read(struct explainquestion *question, struct slice line, struct arena *arena,
                                        struct error_place place, struct error_list *errors);

#endif
