/* A document's file: a line of words, the name of its source, a line end, and the document. The file is found by a hash
 * of the name; the name in it tells two of one hash apart. */
#include "bin/keptdocs.h"

#include "base/log.h"
#include "os/fd.h"
#include "os/sealed.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DOCUMENT_BYTES_MAX = 1 << 30, HEAD_MAX = 4096, COPY_BYTES = 65536 };

static const char head_words[] = "sallyport document 1\n";
static const char numbers_name[] = "revocation-numbers";

static void file_name(struct slice name, char to[STATEFILES_NAME_MAX]);
static bool make_head(struct slice name, char to[HEAD_MAX], struct slice *head);
static bool save(const struct statefiles *files, const char *file, struct slice head, int from_fd);
static bool write_mapped(int fd, struct slice head, int from_fd);
static int load(const struct statefiles *files, const char *file, struct slice head, int64_t *written_ms);
static bool starts_with(int fd, struct slice head);
static int copy(int fd);

bool keptdocs_save(const struct statefiles *files, struct slice name, int document_fd) {
    char file[STATEFILES_NAME_MAX];
    char memory[HEAD_MAX];
    struct slice head;
    file_name(name, file);
    return make_head(name, memory, &head) && save(files, file, head, document_fd);
}

void keptdocs_save_numbers(const struct statefiles *files, int numbers_fd) {
    bool ignored = save(files, numbers_name, slice_text(""), numbers_fd); /* said in the log */
    (void)ignored;
}

int keptdocs_load(const struct statefiles *files, struct slice name, int64_t *written_ms) {
    char file[STATEFILES_NAME_MAX];
    char memory[HEAD_MAX];
    struct slice head;
    file_name(name, file);
    return make_head(name, memory, &head) ? load(files, file, head, written_ms) : -1;
}

int keptdocs_load_numbers(const struct statefiles *files) {
    int64_t ignored;
    return load(files, numbers_name, slice_text(""), &ignored);
}

static void file_name(struct slice name, char to[STATEFILES_NAME_MAX]) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ name.data[i]) * UINT64_C(0x100000001b3);
    snprintf(to, STATEFILES_NAME_MAX, "document-%016llx", (unsigned long long)hash);
}

static bool make_head(struct slice name, char to[HEAD_MAX], struct slice *head) {
    int len = snprintf(to, HEAD_MAX, "%s%.*s\n", head_words, (int)name.len, (const char *)name.data);
    *head = slice_of(to, (size_t)len);
    return len > 0 && len < HEAD_MAX;
}

static bool save(const struct statefiles *files, const char *file, struct slice head, int from_fd) {
    int fd = statefiles_begin(files, file);
    bool done = fd >= 0 && write_mapped(fd, head, from_fd) && fsync(fd) == 0 && statefiles_finish(files, file);
    if (!done)
        log_line(LOG_LEVEL_ERROR, "the state directory does not take %s: %m; after a restart it is missing", file);
    fd_close(&fd);
    return done;
}

static bool write_mapped(int fd, struct slice head, int from_fd) {
    struct slice bytes;
    struct error error;
    if (!sealed_map(from_fd, DOCUMENT_BYTES_MAX, &bytes, &error))
        return false;
    bool done = fd_write_all(fd, head) && fd_write_all(fd, bytes);
    sealed_unmap(&bytes);
    return done;
}

static int load(const struct statefiles *files, const char *file, struct slice head, int64_t *written_ms) {
    struct stat about;
    int fd = statefiles_read(files, file);
    if (fd < 0 && errno != ENOENT)
        log_line(LOG_LEVEL_ERROR, "%s of the state directory cannot be read: %m", file);
    bool good = fd >= 0 && fstat(fd, &about) == 0 && starts_with(fd, head);
    if (good)
        *written_ms = about.st_mtim.tv_sec * INT64_C(1000);
    int sealed = good ? copy(fd) : -1;
    fd_close(&fd);
    return sealed;
}

static bool starts_with(int fd, struct slice head) {
    char found[HEAD_MAX];
    return head.len == 0 || (read(fd, found, head.len) == (ssize_t)head.len && memcmp(found, head.data, head.len) == 0);
}

/* The rest of the file. */
static int copy(int fd) {
    static uint8_t bytes[COPY_BYTES];
    int sealed = sealed_begin("sallyport-kept");
    ssize_t got;
    bool good = sealed >= 0;
    while (good && (got = read(fd, bytes, sizeof(bytes))) != 0)
        good = got > 0 && fd_write_all(sealed, slice_of(bytes, (size_t)got));
    if (!good || !sealed_finish(sealed))
        fd_close(&sealed);
    return sealed;
}
