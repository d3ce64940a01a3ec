/* Landlock by its system calls: Debian's C library has no functions and its kernel headers know only the first
 * versions, so the numbers are written out here, from the kernel's documentation (userspace-api/landlock). */
#include "os/landlock.h"

#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights over files and directories; what came with a later version is said beside it. */
enum {
    RIGHT_EXECUTE = 1 << 0,
    RIGHT_WRITE_FILE = 1 << 1,
    RIGHT_READ_FILE = 1 << 2,
    RIGHT_READ_DIRECTORY = 1 << 3,
    RIGHT_REMOVE_DIRECTORY = 1 << 4,
    RIGHT_REMOVE_FILE = 1 << 5,
    RIGHT_MAKE_DIRECTORY = 1 << 7,
    RIGHT_MAKE_FILE = 1 << 8,
    RIGHT_MAKE_SOCKET = 1 << 9,
    RIGHT_REFER = 1 << 13,        /* 2: rename between directories */
    RIGHT_TRUNCATE = 1 << 14,     /* 3 */
    RIGHT_IOCTL_DEVICE = 1 << 15, /* 5 */

    RIGHTS_OF_FIRST = (1 << 13) - 1,
    RIGHTS_OF_FILES = RIGHT_EXECUTE | RIGHT_WRITE_FILE | RIGHT_READ_FILE | RIGHT_TRUNCATE,
    RIGHTS_TO_READ = RIGHT_READ_FILE | RIGHT_READ_DIRECTORY,
    RIGHTS_TO_WRITE = RIGHTS_TO_READ | RIGHT_WRITE_FILE | RIGHT_TRUNCATE | RIGHT_REMOVE_DIRECTORY | RIGHT_REMOVE_FILE |
        RIGHT_MAKE_DIRECTORY | RIGHT_MAKE_FILE | RIGHT_MAKE_SOCKET | RIGHT_REFER,
};

enum { NET_BIND = 1 << 0, NET_CONNECT = 1 << 1, SCOPE_ABSTRACT_SOCKET = 1 << 0, SCOPE_SIGNAL = 1 << 1 };
enum { ASK_VERSION = 1, RULE_PATH = 1 };

/* The kernel reads as much of it as the size given; each version added a field. */
struct ruleset {
    uint64_t files;
    uint64_t net;    /* 4 */
    uint64_t scoped; /* 6 */
};

struct path_rule {
    uint64_t rights;
    int32_t parent_fd;
} __attribute__((packed));

static struct ruleset handled(const struct landlock_access *access, unsigned version);
static size_t ruleset_size(unsigned version);
static bool allow_paths(int ruleset_fd, const char *const *paths, uint64_t rights);
static bool allow_path(int ruleset_fd, const char *path, uint64_t rights);

unsigned landlock_version(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
    return version > 0 ? (unsigned)version : 0;
}

bool landlock_enter(const struct landlock_access *access) {
    unsigned version = landlock_version();
    struct ruleset ruleset = handled(access, version);
    int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, ruleset_size(version), 0);
    if (fd < 0)
        return false;
    uint64_t execute = access->execute ? RIGHT_EXECUTE : 0;
    bool done = allow_paths(fd, access->readable_paths, (RIGHTS_TO_READ | execute) & ruleset.files) &&
        allow_paths(fd, access->further_paths, (RIGHTS_TO_READ | execute) & ruleset.files) &&
        allow_paths(fd, access->writable_paths, RIGHTS_TO_WRITE & ruleset.files) &&
        syscall(SYS_landlock_restrict_self, fd, 0) == 0;
    fd_close(&fd);
    return done;
}

static struct ruleset handled(const struct landlock_access *access, unsigned version) {
    struct ruleset ruleset = {.files = RIGHTS_OF_FIRST};
    if (version >= 2)
        ruleset.files |= RIGHT_REFER;
    if (version >= 3)
        ruleset.files |= RIGHT_TRUNCATE;
    if (version >= 4)
        ruleset.net = (access->bind ? 0 : NET_BIND) | (access->connect ? 0 : NET_CONNECT);
    if (version >= 5)
        ruleset.files |= RIGHT_IOCTL_DEVICE;
    if (version >= 6)
        ruleset.scoped = (access->signal ? 0 : SCOPE_SIGNAL) | (access->connect ? 0 : SCOPE_ABSTRACT_SOCKET);
    return ruleset;
}

static size_t ruleset_size(unsigned version) {
    if (version < 4)
        return offsetof(struct ruleset, net);
    return version < 6 ? offsetof(struct ruleset, scoped) : sizeof(struct ruleset);
}

static bool allow_paths(int ruleset_fd, const char *const *paths, uint64_t rights) {
    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++) {
        if (!allow_path(ruleset_fd, paths[i], rights))
            return false;
    }
    return true;
}

static bool allow_path(int ruleset_fd, const char *path, uint64_t rights) {
    struct stat what;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    struct path_rule rule = {.parent_fd = fd};
    bool done = fstat(fd, &what) == 0;
    if (done) {
        rule.rights = S_ISDIR(what.st_mode) ? rights : rights & RIGHTS_OF_FILES;
        done = syscall(SYS_landlock_add_rule, ruleset_fd, RULE_PATH, &rule, 0) == 0;
    }
    fd_close(&fd);
    return done;
}
