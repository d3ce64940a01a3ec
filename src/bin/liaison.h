/* The supervisor's side of the control process: it is given the admin socket, the logs, every slot's memory and
 * reports; it asks for reloads. When it dies, a new one is given all of it again. */
#ifndef SALLYPORT_BIN_LIAISON_H
#define SALLYPORT_BIN_LIAISON_H

#include "bin/child.h"
#include "bin/denials.h"
#include "bin/drains.h"
#include "bin/logfiles.h"
#include "bin/names.h"
#include "bin/slot.h"
#include "bin/sources.h"
#include "ipc/report.h"

/* Requests for a reload that may wait at once; the control process serves no more clients than that. */
enum { LIAISON_REQUESTS_MAX = 16 };

/* requests: those read and not yet taken by the owner. */
struct liaison {
    struct child child;
    const struct child_program *program;
    struct denials *denials;
    struct drains *drains;
    int admin_fd;
    char admin_path[OUTLINE_PATH_MAX];
    uint32_t owner;
    bool has_group;
    uint32_t group;
    struct logfiles logs;
    uint32_t requests[LIAISON_REQUESTS_MAX];
    size_t requests_count;
};

/* Makes one without anything. `program` is borrowed. */
void liaison_init(struct liaison *liaison, const struct child_program *program);

/* Opens the admin socket (for root, the user who started us, and the group "sallyport") and the logs. */
[[nodiscard]] bool liaison_open(struct liaison *liaison, const struct outline *outline, struct error *error);

/* Lets the control process keep the deny-list, which outlives the liaison. */
void liaison_use_denials(struct liaison *liaison, struct denials *denials);

/* Lets those who may ask drain servers; `drains` outlives the liaison. */
void liaison_use_drains(struct liaison *liaison, struct drains *drains);

/* Starts the control process when it is due and gives it what it works with. */
void liaison_tick(struct liaison *liaison, const struct slot *slots, unsigned count, int64_t now_ms);

/* Takes over opened logs (emptied) and tells the control process. */
void liaison_use_logs(struct liaison *liaison, struct logfiles *logs);

/* Sends a report. */
void liaison_report(struct liaison *liaison, const struct report *report);

/* Sends what changed of the sources, and of the names after them. */
void liaison_report_sources(struct liaison *liaison, struct sources *sources, struct names *names);

/* Reads what the control process said: into `requests`. */
void liaison_receive(struct liaison *liaison);

/* Answers a request for a reload. */
void liaison_answer(struct liaison *liaison, uint32_t request, bool done, struct slice text);

/* Notes that process `pid` ended; false when it is not ours. Its open requests are forgotten. */
bool liaison_ended(struct liaison *liaison, pid_t pid, int status, int64_t now_ms);

/* Hangs up: the control process writes out what is in the rings, and exits. */
void liaison_stop(struct liaison *liaison);

/* Closes everything and removes the admin socket. */
void liaison_fini(struct liaison *liaison);

#endif
