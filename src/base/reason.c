/* The rows of base/reason_table.h as an array, and as the page docs/reasons.md. */
#include "base/reason.h"

#include "base/bug.h"

static const struct reason_row rows[] = {
#define REASON(name, label, fault, retry, status, alert, sentence, remedy)                                             \
    [REASON_##name] = {label, REASON_FAULT_##fault, REASON_RETRY_##retry, status, alert, sentence, remedy},
#include "base/reason_table.h"
#undef REASON
};

static bool print_row(struct buf *to, const struct reason_row *row);
static bool print_number(struct buf *to, unsigned number);

const struct reason_row *reason_row(enum reason reason) {
    bug_on((unsigned)reason >= REASON_COUNT);
    return &rows[reason];
}

enum reason reason_find(struct slice label) {
    for (unsigned i = 0; i < REASON_COUNT; i++) {
        if (slice_equal(label, slice_text(rows[i].label)))
            return (enum reason)i;
    }
    return REASON_COUNT;
}

bool reason_print_markdown(struct buf *to) {
    static const char intro[] =
        "# Reasons\n\n"
        "Whenever Sallyport refuses, ends or fails something, it gives one of these reasons. The label is the same in the\n"
        "access log, the refusal record, the counters and the error page. *Status* is the HTTP status that is answered and\n"
        "*alert* the number of the TLS alert that is sent; a dash means that there is nothing to answer with.\n\n"
        "This page is printed from `src/base/reason_table.h`: change it there.\n\n"
        "| label | status | alert | whose fault | what it says | what mends it |\n"
        "|---|--:|--:|---|---|---|\n";
    if (!buf_append_text(to, intro))
        return false;
    for (unsigned i = 0; i < REASON_COUNT; i++) {
        if (!print_row(to, &rows[i]))
            return false;
    }
    return true;
}

static bool print_row(struct buf *to, const struct reason_row *row) {
    static const char *const faults[] = {
        [REASON_FAULT_NONE] = "nobody's",
        [REASON_FAULT_CLIENT] = "the client's",
        [REASON_FAULT_BACKEND] = "the backend's",
        [REASON_FAULT_OURS] = "ours",
    };
    return buf_printf(to, "| `%s` | ", row->label) && print_number(to, row->status) && buf_append_text(to, " | ") &&
        print_number(to, row->alert) &&
        buf_printf(to, " | %s | %s | %s |\n", faults[row->fault], row->sentence, row->remedy);
}

static bool print_number(struct buf *to, unsigned number) {
    return number == 0 ? buf_append_text(to, "–") : buf_printf(to, "%u", number);
}
