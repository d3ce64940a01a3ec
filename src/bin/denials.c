/* Passing the book and the index on. */
#include "bin/denials.h"

#include "base/log.h"
#include "os/fd.h"
#include "os/sealed.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const char book_name[] = "denylist";

static bool take_index(struct denials *denials, struct wire_in *in);
static bool take_unreadable(struct denials *denials, struct wire_in *in);
static bool begin_new(struct denials *denials, struct child *control);
static bool finish_new(struct denials *denials, struct child *control);
static void tell_replaced(struct child *control, bool done);
static void send_index(struct denials *denials, struct slot *slot);
static bool is_serving(const struct slot *slot);
static bool finish_change(const struct denials *denials, const struct denials_change *change, const struct slot *slots,
                          unsigned count);
static struct wire_out *begin(struct child *control, enum catalog_message type);
static void send_begun(struct child *control, const int *fds);

void denials_init(struct denials *denials) {
    *denials = (struct denials){.book_fd = -1, .new_fd = -1, .index_fd = -1};
}

bool denials_open(struct denials *denials, const struct statefiles *state, const char *path, struct error *error) {
    denials->state = state;
    denials->is_kept = statefiles_are_there(state);
    snprintf(denials->path, sizeof(denials->path), "%s/%s", denials->is_kept ? path : "(memory)", book_name);
    denials->book_fd = denials->is_kept ? statefiles_append(state, book_name) : sealed_begin("sallyport-denylist");
    if (denials->book_fd < 0)
        error_set(error, (struct error_place){0}, "The deny-list %s cannot be opened: %m.", denials->path);
    return denials->book_fd >= 0;
}

void denials_fini(struct denials *denials) {
    fd_close(&denials->book_fd);
    fd_close(&denials->new_fd);
    fd_close(&denials->index_fd);
}

/* A memory file has no O_APPEND: whoever writes to it begins at its end. */
void denials_greet(struct denials *denials, struct child *control) {
    denials->control = control;
    denials->changes_count = 0;
    fd_close(&denials->new_fd);
    struct wire_out *out = begin(control, CATALOG_DENY_BOOK);
    if (out) {
        wire_put_bool(out, denials->is_kept);
        wire_put_text(out, denials->path);
    }
    send_begun(control, &denials->book_fd);
}

bool denials_take(struct denials *denials, struct channel_message *message) {
    struct child *control = denials->control;
    bool good = true;
    if (message->type == CATALOG_DENY_INDEX)
        good = take_index(denials, &message->in);
    else if (message->type == CATALOG_DENY_UNREADABLE)
        good = take_unreadable(denials, &message->in);
    else if (message->type == CATALOG_DENY_REWRITE)
        good = wire_in_done(&message->in) && begin_new(denials, control);
    else if (message->type == CATALOG_DENY_REWRITTEN)
        good = wire_in_done(&message->in) && finish_new(denials, control);
    else
        return false;
    if (!good)
        child_kill(control, "it sent a malformed message");
    return true;
}

bool denials_bring(struct denials *denials, struct slot *slot) {
    if (denials->is_ready && denials->sent[slot->number - 1] < denials->generation)
        send_index(denials, slot);
    return denials->is_ready;
}

const char *denials_fault(struct denials *denials) {
    const struct child *control = denials->control;
    if (!denials->is_ready && denials->fault[0] == '\0' && control && control->pid == 0)
        snprintf(denials->fault, sizeof(denials->fault),
                 "The control process ended before it had read the deny-list: %s.", control->last_end);
    return !denials->is_ready && denials->fault[0] != '\0' ? denials->fault : NULL;
}

void denials_forget(struct denials *denials, const struct slot *slot) {
    denials->sent[slot->number - 1] = 0;
    denials->confirmed[slot->number - 1] = 0;
}

bool denials_confirm(struct denials *denials, const struct slot *slot, struct wire_in *in) {
    uint64_t generation = wire_get_u64(in);
    uint32_t closed = wire_get_u32(in);
    if (!wire_in_done(in) || generation > denials->sent[slot->number - 1])
        return false;
    denials->confirmed[slot->number - 1] = generation;
    for (size_t i = 0; i < denials->changes_count; i++)
        if (denials->changes[i].generation == generation)
            denials->changes[i].closed += closed;
    return true;
}

void denials_tick(struct denials *denials, struct slot *slots, unsigned count, int64_t now_ms) {
    denials->ticked_ms = now_ms;
    for (unsigned i = 0; i < count; i++)
        if (is_serving(&slots[i]) && denials->sent[i] < denials->generation)
            send_index(denials, &slots[i]);
    size_t done = 0;
    while (done < denials->changes_count && finish_change(denials, &denials->changes[done], slots, count))
        done++;
    denials->changes_count -= done;
    memmove(denials->changes, denials->changes + done, denials->changes_count * sizeof(denials->changes[0]));
}

/* The same generation comes again from a control process that was started again, and is no news. */
static bool take_index(struct denials *denials, struct wire_in *in) {
    uint64_t generation = wire_get_u64(in);
    bool is_asked = wire_get_bool(in);
    if (!wire_in_done(in) || denials->changes_count == DENIALS_CHANGES_MAX)
        return false;
    int fd = channel_take_fd(denials->control->channel, 0);
    if (generation > denials->generation) {
        fd_close(&denials->index_fd);
        denials->index_fd = fd;
        denials->generation = generation;
    } else {
        fd_close(&fd);
    }
    denials->is_ready = true;
    if (is_asked)
        denials->changes[denials->changes_count++] =
            (struct denials_change){.generation = generation, .until_ms = denials->ticked_ms + DENIALS_WAIT_MS};
    return true;
}

/* While the gateway runs, the newest index stays in force. */
static bool take_unreadable(struct denials *denials, struct wire_in *in) {
    wire_get_text(in, denials->fault, sizeof(denials->fault));
    if (wire_in_done(in) && denials->is_ready)
        log_line(LOG_LEVEL_ERROR, "%s The list that is in force stays.", denials->fault);
    return wire_in_done(in);
}

static bool begin_new(struct denials *denials, struct child *control) {
    fd_close(&denials->new_fd);
    denials->new_fd =
        denials->is_kept ? statefiles_begin(denials->state, book_name) : sealed_begin("sallyport-denylist");
    if (denials->new_fd < 0) {
        log_line(LOG_LEVEL_WARNING, "the deny-list cannot be written anew: %m");
        tell_replaced(control, false);
    } else if (begin(control, CATALOG_DENY_PAPER)) {
        send_begun(control, &denials->new_fd);
    }
    return true;
}

static bool finish_new(struct denials *denials, struct child *control) {
    if (denials->new_fd < 0)
        return false;
    bool done = !denials->is_kept || statefiles_finish(denials->state, book_name);
    if (done) {
        fd_close(&denials->book_fd);
        denials->book_fd = denials->new_fd;
        denials->new_fd = -1;
    } else {
        log_line(LOG_LEVEL_ERROR, "the deny-list cannot be replaced: %m");
        fd_close(&denials->new_fd);
    }
    tell_replaced(control, done);
    return true;
}

static void tell_replaced(struct child *control, bool done) {
    struct wire_out *out = begin(control, CATALOG_DENY_REPLACED);
    if (out)
        wire_put_bool(out, done);
    send_begun(control, NULL);
}

/* An empty first list needs no index. */
static void send_index(struct denials *denials, struct slot *slot) {
    slot_send_denials(slot, denials->generation, denials->index_fd);
    denials->sent[slot->number - 1] = denials->generation;
}

/* One that only starts is brought the newest before it accepts. */
static bool is_serving(const struct slot *slot) {
    return slot->child.pid != 0 && (slot->state == REPORT_RUNNING || slot->state == REPORT_DRAINING);
}

/* True when the change is over: all workers that serve have it, or their time has run out. */
static bool finish_change(const struct denials *denials, const struct denials_change *change, const struct slot *slots,
                          unsigned count) {
    uint64_t late = 0;
    uint32_t workers = 0;
    for (unsigned i = 0; i < count; i++) {
        bool has_it = denials->confirmed[i] >= change->generation;
        workers += is_serving(&slots[i]) && has_it;
        if (is_serving(&slots[i]) && !has_it)
            late |= UINT64_C(1) << i;
    }
    if (late != 0 && denials->ticked_ms < change->until_ms)
        return false;
    struct child *control = denials->control;
    struct wire_out *out = begin(control, CATALOG_DENY_ENFORCED);
    if (out) {
        wire_put_u64(out, change->generation);
        wire_put_u32(out, workers);
        wire_put_u32(out, change->closed);
        wire_put_u64(out, late);
    }
    send_begun(control, NULL);
    return true;
}

/* NULL when there is nobody to talk to. */
static struct wire_out *begin(struct child *control, enum catalog_message type) {
    return control->channel ? channel_begin(control->channel, type) : NULL;
}

static void send_begun(struct child *control, const int *fds) {
    if (control->channel && !channel_send(control->channel, fds))
        child_kill(control, "it does not read its channel");
}
