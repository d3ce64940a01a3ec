/* Memory files (memfd_create) with seals. */
#include "os/sealed.h"

#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* Linux 6.3: nobody can execute it, ever */
#endif

static const int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
static const int size_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW;

static bool has_seals(int fd, int wanted);
static bool refuse(struct error *error, const char *why);

int sealed_begin(const char *name) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

bool sealed_finish(int fd) {
    return fcntl(fd, F_ADD_SEALS, all_seals) == 0;
}

int sealed_of(const char *name, struct slice bytes) {
    int fd = sealed_begin(name);
    if (fd >= 0 && !(fd_write_all(fd, bytes) && sealed_finish(fd)))
        fd_close(&fd);
    return fd;
}

bool sealed_map(int fd, size_t max_bytes, struct slice *bytes, struct error *error) {
    struct stat what;
    if (!has_seals(fd, all_seals))
        return refuse(error, "it is not sealed");
    if (fstat(fd, &what) != 0)
        return refuse(error, strerror(errno));
    size_t len = (size_t)what.st_size;
    if (len > max_bytes)
        return refuse(error, "it is larger than allowed");
    *bytes = slice_of(NULL, 0);
    if (len == 0)
        return true;
    void *memory = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return refuse(error, strerror(errno));
    *bytes = slice_of(memory, len);
    return true;
}

void sealed_unmap(struct slice *bytes) {
    if (bytes->len > 0)
        munmap((void *)(uintptr_t)bytes->data, bytes->len);
    *bytes = slice_of(NULL, 0);
}

void sealed_trim(struct slice *bytes, struct slice part) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t before = (size_t)(part.data - bytes->data) / page * page;
    size_t end = ((size_t)(part.data - bytes->data) + part.len + page - 1) / page * page;
    struct slice head = slice_sub(*bytes, 0, before);
    struct slice tail = slice_sub(*bytes, end, bytes->len);
    *bytes = slice_sub(*bytes, before, end - before);
    sealed_unmap(&head);
    sealed_unmap(&tail);
}

int sealed_shared(const char *name, size_t bytes) {
    int fd = sealed_begin(name);
    bool done = fd >= 0 && ftruncate(fd, (off_t)bytes) == 0 && fcntl(fd, F_ADD_SEALS, size_seals) == 0;
    if (!done)
        fd_close(&fd);
    return fd;
}

void *sealed_map_shared(int fd, size_t bytes) {
    struct stat what;
    if (fstat(fd, &what) != 0)
        return NULL;
    if (!has_seals(fd, size_seals) || (size_t)what.st_size != bytes) {
        errno = EPERM;
        return NULL;
    }
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void sealed_unmap_shared(void *memory, size_t bytes) {
    munmap(memory, bytes);
}

static bool has_seals(int fd, int wanted) {
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & wanted) == wanted;
}

static bool refuse(struct error *error, const char *why) {
    error_set(error, (struct error_place){.file = NULL}, "Cannot map the memory file: %s.", why);
    return false;
}
