/* FNV-1a over what stat tells. */
#include "os/fingerprint.h"

#include "base/slice.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FNV_BEGIN UINT64_C(0xcbf29ce484222325)

static uint64_t of_directory(const char *path, uint64_t begun);
static uint64_t of_state(const struct stat *about, uint64_t hash);
static uint64_t add(uint64_t hash, struct slice bytes);

uint64_t fingerprint_of(const char *path) {
    struct stat about;
    if (stat(path, &about) != 0)
        return 0;
    uint64_t hash = of_state(&about, FNV_BEGIN);
    if (S_ISDIR(about.st_mode))
        hash = of_directory(path, hash);
    return hash == 0 ? 1 : hash;
}

/* Entries come in any order, so theirs are added up. */
static uint64_t of_directory(const char *path, uint64_t begun) {
    DIR *directory = opendir(path);
    if (!directory)
        return 0;
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        struct stat about;
        if (fstatat(dirfd(directory), entry->d_name, &about, 0) == 0)
            begun += of_state(&about, add(FNV_BEGIN, slice_text(entry->d_name)));
    }
    closedir(directory);
    return begun;
}

/* The time of the last look is not in it. */
static uint64_t of_state(const struct stat *about, uint64_t hash) {
    const int64_t facts[] = {(int64_t)about->st_dev,          (int64_t)about->st_ino,
                             (int64_t)about->st_size,         (int64_t)about->st_mtim.tv_sec,
                             (int64_t)about->st_mtim.tv_nsec, (int64_t)about->st_ctim.tv_sec,
                             (int64_t)about->st_ctim.tv_nsec};
    return add(hash, slice_of(facts, sizeof(facts)));
}

static uint64_t add(uint64_t hash, struct slice bytes) {
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ bytes.data[i]) * UINT64_C(0x100000001b3);
    return hash;
}
