/* Files to bytes to settings. */
#include "bin/readconfig.h"

#include "os/fd.h"
#include "os/statefiles.h"
#include "plan/bundlefiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 65536 };

static bool read_for_load(void *owner, const char *path, struct error_place place, struct buf *to,
                          struct error_list *errors);
static bool list_for_load(void *owner, const char *path, struct buf *names);

struct settings *readconfig_settings(const char *path, struct buf *text, struct arena *arena,
                                     struct error_list *errors) {
    if (!readconfig_file(path, text)) {
        error_add(errors, (struct error_place){.file = path}, "The configuration cannot be read: %m.");
        return NULL;
    }
    return load_settings(arena, buf_view(text), path, errors);
}

bool readconfig_files(struct settings *settings, struct arena *arena, struct error_list *errors) {
    const struct load_source source = {.read = read_for_load, .list = list_for_load};
    return load_files(settings, arena, &source, errors) && bundlefiles_read(settings, arena, errors);
}

bool readconfig_lists(struct settings *settings, struct arena *arena, const struct revcompile *how,
                      struct error_list *errors) {
    const struct load_source source = {.read = read_for_load, .list = list_for_load};
    struct revcompile from_disk = *how;
    from_disk.source = &source;
    return revcompile_lists(settings, arena, &from_disk, errors);
}

bool readconfig_state_directory(const struct settings *settings, struct error_list *errors) {
    const struct settings_directory *directory = &settings->state_directory;
    struct error error;
    if (!directory->path || statefiles_may_use(directory->path, &error))
        return true;
    return error_add(errors, directory->place, "%s", error.sentence);
}

bool readconfig_socket(const char *path, char *to, size_t room) {
    struct buf text;
    struct buf lines;
    struct arena arena;
    struct error_list errors;
    buf_init(&text, READCONFIG_BYTES_MAX);
    buf_init(&lines, READCONFIG_BYTES_MAX);
    arena_init(&arena, LOAD_ARENA_BLOCK_BYTES, LOAD_ARENA_BYTES_MAX);
    error_list_init(&errors);
    struct settings *settings = readconfig_settings(path, &text, &arena, &errors);
    bool good = settings && readconfig_absolute(settings->control.socket, to, room);
    if (!good && error_list_print(&errors, &lines))
        fprintf(stderr, "%.*s", (int)buf_len(&lines), (const char *)buf_view(&lines).data);
    error_list_fini(&errors);
    arena_fini(&arena);
    buf_fini(&lines);
    buf_fini(&text);
    return good;
}

bool readconfig_absolute(const char *path, char *to, size_t room) {
    size_t len = 0;
    if (path[0] != '/') {
        if (!getcwd(to, room))
            return false;
        len = strlen(to);
    }
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    int more = snprintf(to + len, room - len, "%s%s", len > 0 ? "/" : "", path);
    return more >= 0 && (size_t)more < room - len;
}

/* A device or a pipe is no configuration and could keep us waiting. Room for all of it is made first: growing would
 * leave a copy of a private key behind. */
bool readconfig_file(const char *path, struct buf *to) {
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return false;
    ssize_t got = -1;
    if (fstat(fd, &about) == 0 && !S_ISREG(about.st_mode))
        errno = S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
    else if (!buf_reserve(to, (size_t)about.st_size + READ_BYTES))
        errno = EFBIG;
    else
        do {
            uint8_t *room = buf_reserve(to, READ_BYTES);
            errno = EFBIG;
            got = room ? read(fd, room, READ_BYTES) : -1;
            if (got > 0)
                buf_commit(to, (size_t)got);
        } while (got > 0);
    fd_close(&fd);
    return got == 0;
}

static bool read_for_load(void *owner, const char *path, struct error_place place, struct buf *to,
                          struct error_list *errors) {
    (void)owner;
    if (readconfig_file(path, to))
        return true;
    return error_add(errors, place, "%s cannot be read: %m.", path);
}

/* A directory that cannot be listed whole is none: then reading it as a file fails, which is told. */
static bool list_for_load(void *owner, const char *path, struct buf *names) {
    (void)owner;
    DIR *directory = opendir(path);
    if (!directory)
        return false;
    const struct dirent *entry;
    bool is_good = true;
    errno = 0;
    while (is_good && (entry = readdir(directory)))
        is_good = buf_append_text(names, entry->d_name) && buf_append_byte(names, '\0');
    is_good = is_good && errno == 0;
    closedir(directory);
    return is_good;
}
