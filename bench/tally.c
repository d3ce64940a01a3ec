/* What a run has counted. */
#include "tally.h"

#include <inttypes.h>
#include <stdio.h>

static double value_of(const struct tally *tally, const struct options *options);
static void print_text(const char *text);

void tally_error(struct tally *tally, const char *sentence) {
    if (tally->errors++ == 0)
        snprintf(tally->first_error, sizeof(tally->first_error), "%s", sentence);
}

void tally_close_window(struct tally *tally, const struct tally_counts *begin) {
    tally->window.operations = tally->counts.operations - begin->operations;
    tally->window.resumed = tally->counts.resumed - begin->resumed;
    tally->window.body_bytes = tally->counts.body_bytes - begin->body_bytes;
}

bool tally_print(struct tally *tally, const struct options *options) {
    if (tally->errors == 0 && tally->window.operations == 0)
        tally_error(tally, "no operation ended in the window");
    printf("{\"scenario\": \"%s\", \"operations\": %" PRIu64 ", \"operations_of_run\": %" PRIu64
           ", \"resumed\": %" PRIu64 ", \"body_bytes\": %" PRIu64 ", \"window_ns\": %" PRId64
           ", \"load_cpu_ns\": %" PRIu64,
           options->scenario->name, tally->window.operations, tally->counts.operations, tally->window.resumed,
           tally->window.body_bytes, tally->window_ns, tally->load_cpu_ns);
    if (options->cpu_of != 0) {
        printf(", \"proxy_cpu_ns\": %" PRIu64 ", \"memory_before_kb\": %" PRIu64 ", \"memory_after_kb\": %" PRIu64,
               tally->proxy_cpu_ns, tally->memory_before_kb, tally->memory_after_kb);
        if (tally->errors == 0)
            printf(", \"value\": %.3f", value_of(tally, options));
    }
    printf(", \"errors\": %" PRIu64 ", \"first_error\": ", tally->errors);
    print_text(tally->first_error);
    puts("}");
    return tally->errors == 0;
}

/* Microseconds of the proxy per operation or per megabyte (1,000,000 bytes), or its KB per connection held. */
static double value_of(const struct tally *tally, const struct options *options) {
    double cpu_us = (double)tally->proxy_cpu_ns / 1e3;
    if (options->scenario->parks)
        return ((double)tally->memory_after_kb - (double)tally->memory_before_kb) / (double)tally->window.operations;
    if (options->scenario->counts_bytes)
        return cpu_us / ((double)tally->window.body_bytes / 1e6);
    return cpu_us / (double)tally->window.operations;
}

static void print_text(const char *text) {
    putchar('"');
    for (; *text != '\0'; text++)
        putchar(*text < ' ' || *text == '"' || *text == '\\' ? '\'' : *text);
    putchar('"');
}
