/* The demonstration: its scenes, and what it prints. */
#include "bin/demo.h"

#include "bin/demostage.h"
#include "bin/options.h"
#include "control/admin.h"
#include "os/fd.h"
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* RECORD_MS: for a record to come out of the ring. CURL_ARGUMENTS: more than the longest line has. */
enum { RECORD_MS = 5000, STEP_MS = 50, OUTPUT_BYTES_MAX = 65536, CURL_ARGUMENTS = 24, RECORDS_BYTES_MAX = 16 << 20 };

/* One request. certificate NULL: none is presented. field: one that the client adds, or NULL. status: what must come
 * back, 0 for a refused handshake. reason: what the gateway must call it, or its beginning; NULL when nothing is
 * refused. */
struct scene {
    const char *title;
    const char *certificate;
    const char *field;
    int status;
    const char *reason;
};

static const struct scene scenes[] = {
    {"A good certificate", "good", NULL, 200, NULL},
    {"No certificate", NULL, NULL, 0, "certificate-missing"},
    {"An expired certificate", "expired", NULL, 0, "certificate-expired"},
    {"A certificate of a foreign CA that calls itself what the right one is called", "foreign", NULL, 0,
     "certificate-"},
    {"A good certificate, and a forged header that names somebody else", "good", "Client-Cert: :bWFsbG9yeQ==:", 400,
     "protected-field"},
};

/* A command line as it is run and printed; texts holds what its arguments point to. */
struct curl_line {
    const char *arguments[CURL_ARGUMENTS];
    size_t count;
    char url[160];
    char certificate[32];
    char key[32];
};

static bool play_all(const struct demostage *stage);
static bool play(const struct demostage *stage, const struct scene *scene);
static void make_curl_line(const struct demostage *stage, const struct scene *scene, struct curl_line *line);
static void add(struct curl_line *line, const char *argument);
static void print_curl_line(const struct curl_line *line);
static int run_curl(struct curl_line *line, struct buf *output);
static bool read_all(int fd, struct buf *output);
static int take_status(struct buf *output);
static void print_indented(struct slice text, size_t lines_max);
static bool explain(const struct demostage *stage, size_t known, const struct scene *scene);
static bool next_record(const struct demostage *stage, size_t known, struct buf *records, struct slice *record);
static struct slice member_of(struct slice record, const char *name);
static void print_member(struct slice record, const char *name, const char *title);
static void invite(const struct demostage *stage);

int demo_command(char *const *arguments) {
    static struct demostage stage;
    struct error error = {0};
    bool keeps = false;
    const struct options_row rows[] = {{.name = "keep", .flag = &keeps}, {0}};
    if (!options_read(arguments, rows, NULL))
        return 2;
    puts("Sallyport at work: clients in front, the gateway, and a backend behind that says what it was told.\n");
    bool good = demostage_start(&stage, &error);
    if (good)
        printf("   $ cd %s\n\n", stage.files.directory);
    if (good)
        good = play_all(&stage);
    else
        fprintf(stderr, "sallyport: demo: %s%s%s\n", error.file, error.file[0] ? ": " : "", error.sentence);
    if (good && keeps && !demostage_is_interrupted(&stage)) {
        invite(&stage);
        demostage_wait(&stage);
    }
    demostage_end(&stage);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool play_all(const struct demostage *stage) {
    bool good = true;
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]) && !demostage_is_interrupted(stage); i++) {
        printf("%zu. %s\n", i + 1, scenes[i].title);
        good = play(stage, &scenes[i]) && good;
        putchar('\n');
    }
    puts(good ? "✓ Every result is as it must be." : "✗ Not every result is as it must be.");
    return good;
}

static bool play(const struct demostage *stage, const struct scene *scene) {
    struct curl_line line;
    struct buf output;
    size_t known = 0;
    buf_init(&output, RECORDS_BYTES_MAX);
    bool good = demostage_refusals(stage, &output, &known);
    buf_consume(&output, buf_len(&output));
    make_curl_line(stage, scene, &line);
    print_curl_line(&line);
    int status = run_curl(&line, &output);
    good = good && status == scene->status;
    if (status > 0)
        printf("   %s HTTP status %d\n", good ? "✓" : "✗", status);
    else
        printf("   %s %s\n", good ? "✓" : "✗", status == 0 ? "refused in the handshake" : "curl could not be run");
    print_indented(buf_view(&output), scene->status == 200 ? 6 : 1);
    if (scene->reason)
        good = explain(stage, known, scene) && good;
    buf_fini(&output);
    return good;
}

static void make_curl_line(const struct demostage *stage, const struct scene *scene, struct curl_line *line) {
    line->count = 0;
    snprintf(line->url, sizeof(line->url), "https://%s/", stage->listen);
    add(line, "curl");
    add(line, "--cacert");
    add(line, "servers-ca.pem");
    if (scene->certificate) {
        snprintf(line->certificate, sizeof(line->certificate), "%s.pem", scene->certificate);
        snprintf(line->key, sizeof(line->key), "%s.key", scene->certificate);
        add(line, "--cert");
        add(line, line->certificate);
        add(line, "--key");
        add(line, line->key);
    }
    if (scene->field) {
        add(line, "--header");
        add(line, scene->field);
    }
    add(line, line->url);
}

static void add(struct curl_line *line, const char *argument) {
    line->arguments[line->count++] = argument;
    line->arguments[line->count] = NULL;
}

static void print_curl_line(const struct curl_line *line) {
    printf("   $");
    for (size_t i = 0; i < line->count; i++)
        printf(strpbrk(line->arguments[i], " :=") && i < line->count - 1 ? " '%s'" : " %s", line->arguments[i]);
    putchar('\n');
    fflush(stdout);
}

/* The HTTP status, 0 when no answer came, -1 when curl could not be run. The body stays in `output`. */
static int run_curl(struct curl_line *line, struct buf *output) {
    int pipes[2];
    struct error error;
    add(line, "--silent");
    add(line, "--max-time");
    add(line, "20");
    add(line, "--noproxy");
    add(line, "*");
    add(line, "--write-out");
    add(line, "\n%{http_code}");
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return -1;
    const struct spawn_fd fds[] = {{.fd = pipes[1], .number = STDOUT_FILENO}};
    const struct spawn spawn = {
        .executable = "/usr/bin/curl",
        .arguments = line->arguments,
        .fds = fds,
        .fds_count = 1,
        .death_signal = SIGKILL,
    };
    pid_t pid = spawn_start(&spawn, &error);
    fd_close(&pipes[1]);
    bool read_well = pid > 0 && read_all(pipes[0], output);
    fd_close(&pipes[0]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return read_well ? take_status(output) : -1;
}

static bool read_all(int fd, struct buf *output) {
    for (;;) {
        uint8_t *to = buf_reserve(output, OUTPUT_BYTES_MAX);
        ssize_t got = to ? read(fd, to, OUTPUT_BYTES_MAX) : -1;
        if (got <= 0)
            return got == 0;
        buf_commit(output, (size_t)got);
    }
}

/* curl wrote three digits after the last line end; "000" means that there was no answer. */
static int take_status(struct buf *output) {
    uint64_t status = 0;
    struct slice view = buf_view(output);
    if (view.len < 4 || !slice_decimal(slice_sub(view, view.len - 3, 3), &status))
        return -1;
    buf_truncate(output, view.len - 4);
    return (int)status;
}

static void print_indented(struct slice text, size_t lines_max) {
    for (size_t i = 0; i < lines_max && text.len > 0; i++) {
        ptrdiff_t end = slice_find(text, '\n');
        size_t len = end < 0 ? text.len : (size_t)end;
        printf("     | %.*s\n", (int)len, (const char *)text.data);
        text = slice_sub(text, len + 1, text.len);
    }
}

/* The gateway's own record of the refusal: that it is there, and right, is a part of the result. */
static bool explain(const struct demostage *stage, size_t known, const struct scene *scene) {
    struct buf records;
    struct slice record;
    buf_init(&records, RECORDS_BYTES_MAX);
    bool found = next_record(stage, known, &records, &record);
    bool good = found && slice_starts(member_of(record, "reason"), slice_text(scene->reason));
    if (!found)
        puts("   ✗ the gateway has no record of it");
    else if (!good)
        puts("   ✗ the gateway names another reason than it should");
    if (found) {
        print_member(record, "reason", "reason");
        print_member(record, "sentence", "that is");
        print_member(record, "subject", "presented");
        print_member(record, "config", "decided by");
        print_member(record, "remedy", "remedy");
        print_member(record, "id", "record");
    }
    buf_fini(&records);
    return good;
}

/* The first record after those that were known; it may take a moment to come. */
static bool next_record(const struct demostage *stage, size_t known, struct buf *records, struct slice *record) {
    const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
    size_t count = 0;
    for (int waited_ms = 0; waited_ms < RECORD_MS && count <= known; waited_ms += STEP_MS) {
        nanosleep(&step, NULL);
        if (!demostage_refusals(stage, records, &count))
            return false;
    }
    *record = buf_view(records);
    for (size_t i = 0; i < known && count > known; i++)
        *record = slice_sub(*record, (size_t)slice_find(*record, '\n') + 1, record->len);
    ptrdiff_t end = slice_find(*record, '\n');
    *record = slice_sub(*record, 0, end < 0 ? 0 : (size_t)end);
    return count > known;
}

/* The text of a member of our own JSON, as it is written there; the empty slice when it is not a text. */
static struct slice member_of(struct slice record, const char *name) {
    char member[48];
    int len = snprintf(member, sizeof(member), "\"%s\":\"", name);
    const uint8_t *at = memmem(record.data, record.len, member, (size_t)len);
    if (!at)
        return slice_of(NULL, 0);
    size_t start = (size_t)(at - record.data) + (size_t)len;
    size_t end = start;
    while (end < record.len && record.data[end] != '"')
        end += record.data[end] == '\\' ? 2 : 1;
    return slice_sub(record, start, end - start);
}

static void print_member(struct slice record, const char *name, const char *title) {
    struct slice value = member_of(record, name);
    if (value.len > 0)
        printf("     %-11s %.*s\n", title, (int)value.len, (const char *)value.data);
}

static void invite(const struct demostage *stage) {
    printf("\nThe gateway stays up until you press Ctrl-C. To try:\n   $ cd %s\n", stage->files.directory);
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        struct curl_line line;
        make_curl_line(stage, &scenes[i], &line);
        print_curl_line(&line);
    }
    printf("   $ %s status -c sallyport.yaml\n   $ tail refusals.log\n", stage->self);
    fflush(stdout);
}
