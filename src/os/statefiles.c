/* Opening and replacing of files below one directory. */
#include "os/statefiles.h"

#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: a pipe that somebody put there keeps nobody waiting. */
enum { OPEN_FLAGS = O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, APPEND_FLAGS = OPEN_FLAGS | O_RDWR | O_APPEND };

/* Room for the name of a file that is being written. */
enum { NEW_NAME_MAX = STATEFILES_NAME_MAX + sizeof(".new") };

static bool judge(const struct stat *about, const char *path, struct error *error);
static bool is_safe(const struct stat *about);
static int open_checked(const struct statefiles *files, const char *name, int flags);
static bool new_name(const char *name, char to[NEW_NAME_MAX]);

void statefiles_init(struct statefiles *files) {
    files->directory_fd = -1;
}

bool statefiles_may_use(const char *path, struct error *error) {
    struct stat about;
    if (stat(path, &about) == 0)
        return judge(&about, path, error);
    error_set(error, (struct error_place){0}, "The state directory %s cannot be used: %m.", path);
    return false;
}

bool statefiles_open(struct statefiles *files, const char *path, struct error *error) {
    struct stat about;
    statefiles_init(files);
    if (path[0] == '\0')
        return true;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool opened = fd >= 0 && fstat(fd, &about) == 0;
    if (!opened)
        error_set(error, (struct error_place){0}, "The state directory %s cannot be opened: %m.", path);
    bool good = opened && judge(&about, path, error);
    if (good && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        error_set(error, (struct error_place){0}, "The state directory %s is in use by another gateway.", path);
        good = false;
    }
    if (!good)
        fd_close(&fd);
    files->directory_fd = fd;
    return good;
}

void statefiles_look(struct statefiles *files, const char *path) {
    files->directory_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void statefiles_close(struct statefiles *files) {
    fd_close(&files->directory_fd);
}

bool statefiles_are_there(const struct statefiles *files) {
    return files->directory_fd >= 0;
}

int statefiles_append(const struct statefiles *files, const char *name) {
    return open_checked(files, name, APPEND_FLAGS | O_CREAT);
}

int statefiles_read(const struct statefiles *files, const char *name) {
    return open_checked(files, name, OPEN_FLAGS | O_RDONLY);
}

int statefiles_begin(const struct statefiles *files, const char *name) {
    char beside[NEW_NAME_MAX];
    if (!new_name(name, beside))
        return -1;
    unlinkat(files->directory_fd, beside, 0);
    return openat(files->directory_fd, beside, APPEND_FLAGS | O_CREAT | O_EXCL, 0600);
}

/* The directory is synchronised, too: else a crash could bring the old file back. */
bool statefiles_finish(const struct statefiles *files, const char *name) {
    char beside[NEW_NAME_MAX];
    return new_name(name, beside) && renameat(files->directory_fd, beside, files->directory_fd, name) == 0 &&
        fsync(files->directory_fd) == 0;
}

/* Who could put files there could say what they hold. */
static bool judge(const struct stat *about, const char *path, struct error *error) {
    const char *fault = NULL;
    if (!S_ISDIR(about->st_mode))
        fault = "it is no directory";
    else if (about->st_uid != geteuid() && about->st_uid != 0)
        fault = "it belongs to another user";
    else if (about->st_mode & S_IWOTH)
        fault = "everybody may write to it";
    if (fault)
        error_set(error, (struct error_place){0}, "The state directory %s cannot be used: %s.", path, fault);
    return !fault;
}

static bool is_safe(const struct stat *about) {
    bool is_owned = about->st_uid == geteuid() || about->st_uid == 0;
    return S_ISREG(about->st_mode) && is_owned && !(about->st_mode & (S_IWOTH | S_IWGRP));
}

/* A file that was made has to be found after a crash: its entry in the directory is synchronised as well. */
static int open_checked(const struct statefiles *files, const char *name, int flags) {
    struct stat about;
    int fd = openat(files->directory_fd, name, flags, 0600);
    if (fd < 0 || fstat(fd, &about) != 0) {
        fd_close(&fd);
        return -1;
    }
    if (!is_safe(&about)) {
        fd_close(&fd);
        errno = EPERM;
        return -1;
    }
    if ((flags & O_CREAT) && about.st_size == 0 && fsync(files->directory_fd) != 0)
        fd_close(&fd);
    return fd;
}

static bool new_name(const char *name, char to[NEW_NAME_MAX]) {
    int len = snprintf(to, NEW_NAME_MAX, "%s.new", name);
    if (len > 0 && len < NEW_NAME_MAX)
        return true;
    errno = ENAMETOOLONG;
    return false;
}
