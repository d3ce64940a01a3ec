/* A reload: compile, check what may change, open what is new, let all workers prepare, and commit; or nothing at
 * all. One at a time; who asks meanwhile gets the next one. A refresh is the same for new documents of sources: the
 * bundle in use is compiled anew instead of the configuration file, and nobody asked for it. */
#ifndef SALLYPORT_BIN_RELOAD_H
#define SALLYPORT_BIN_RELOAD_H

#include "bin/compilation.h"
#include "bin/crew.h"
#include "bin/liaison.h"
#include "bin/sources.h"

/* COMPILED waits for workers that are just starting, and for a while for names of servers that are new. */
enum reload_phase { RELOAD_IDLE, RELOAD_COMPILING, RELOAD_COMPILED, RELOAD_PREPARING, RELOAD_COMMITTING };

/* is_refresh: what is under way is one. patient_until_ms: the end of COMPILED's wait for names. logs: opened for the
 * reload under way. wanted: another one is. asked: those who wait for the one under way. result_*: how the last one
 * ended, for the report. ended: one did since the owner looked. */
struct reload {
    enum reload_phase phase;
    bool is_refresh;
    struct compilation *compilation;
    struct crew *crew;
    struct liaison *liaison;
    struct sources *sources;
    struct names *names;
    struct service *service;
    const struct child_program *program;
    struct logfiles logs;
    int64_t patient_until_ms;
    bool wanted;
    bool ended;
    uint32_t asked[LIAISON_REQUESTS_MAX];
    size_t asked_count;
    int64_t result_ms;
    bool result_ok;
    char result_text[CATALOG_TEXT_MAX];
};

/* Makes an idle one over these, which outlive it. */
void reload_init(struct reload *reload, struct compilation *compilation, struct crew *crew, struct liaison *liaison,
                 struct sources *sources, struct names *names, struct service *service,
                 const struct child_program *program);

/* Wants a reload: at once, or after the one under way. */
void reload_want(struct reload *reload);

/* Moves on as far as possible now. Takes the liaison's requests. */
void reload_step(struct reload *reload, int64_t now_ms);

/* Forgets who waits for an answer: the control process that knew them is gone. */
void reload_forget_requests(struct reload *reload);

/* Drops what is under way: the gateway ends, perhaps before reload_init. */
void reload_fini(struct reload *reload);

#endif
