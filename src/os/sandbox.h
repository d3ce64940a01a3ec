/* Least privilege: a process promises what it will do, and the kernel holds it to that (seccomp and Landlock). A
 * forbidden system call ends the process with SIGSYS, so that it is seen; looking up a path answers EACCES, since
 * libraries probe for optional files. */
#ifndef SALLYPORT_OS_SANDBOX_H
#define SALLYPORT_OS_SANDBOX_H

#include "base/error.h"

/* What a process may ask for. Every role has SANDBOX_LOOP. */
enum sandbox_promise {
    /* wait for, read and write what is open; memory, clocks, random bytes, own signals, exit */
    SANDBOX_LOOP = 1 << 0,
    SANDBOX_ACCEPT = 1 << 1,      /* accept on the listening sockets it was given */
    SANDBOX_CONNECT = 1 << 2,     /* open stream sockets outward */
    SANDBOX_LISTEN = 1 << 3,      /* bind and listen */
    SANDBOX_PASS_FDS = 1 << 4,    /* send and receive descriptors */
    SANDBOX_READ_FILES = 1 << 5,  /* open the readable paths for reading */
    SANDBOX_WRITE_FILES = 1 << 6, /* open, create, rename and remove below the writable paths */
    SANDBOX_SEAL = 1 << 7,        /* make and seal memory files */
    SANDBOX_SPAWN = 1 << 8,       /* fork, execute, wait, set limits and credentials */
    SANDBOX_SIGNAL = 1 << 9,      /* signal other processes */
    SANDBOX_SYNC = 1 << 10,       /* bring what it wrote to open files to the disk, and cut them */
    SANDBOX_RESOLVE = 1 << 11,    /* ask name servers, in threads; the files for it are readable paths */
};

/* Paths are files or directories (with all below); the lists end with NULL, and NULL is an empty one. A path that
 * does not exist is left
 * out: name the directory of a file that will be made later. */
struct sandbox {
    unsigned promises;
    const char *const *readable_paths;
    const char *const *writable_paths;
};

/* What this kernel could not do, in sentences for the log. */
struct sandbox_warnings {
    const char *sentences[4];
    size_t count;
};

/* Enters the sandbox for good; may be called again to promise less. A kernel without seccomp or Landlock gives a
 * warning each, and the process goes on; false only when the kernel has them and refuses. Opens the paths, so it
 * comes after spawn_become. */
[[nodiscard]] bool sandbox_enter(const struct sandbox *sandbox, struct sandbox_warnings *warnings, struct error *error);

#endif
