/* The vocabulary of promises as two tables: which system calls a promise grants (seccomp), and which access to paths
 * and ports (Landlock). */
#include "os/sandbox.h"

#include "os/landlock.h"
#include "os/sanitizer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Any of `promises` grants the call, whatever its arguments. */
struct grant {
    unsigned promises;
    int syscall;
};

/* Any of `promises` grants the call when (argument & mask) == value for both comparisons; mask 0 compares nothing. */
struct narrow_grant {
    unsigned promises;
    int syscall;
    struct {
        unsigned argument;
        uint64_t mask;
        uint64_t value;
    } when[2];
};

/* The kernel looks at the low half of these arguments only, so that is what is compared. */
#define EVERY_BIT UINT32_MAX

enum { SOCKET_TYPE_BITS = 0xf, WRITING_BITS = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY) };

static const struct grant grants[] = {
    /* wait, read and write */
    {SANDBOX_LOOP, SCMP_SYS(read)},
    {SANDBOX_LOOP, SCMP_SYS(readv)},
    {SANDBOX_LOOP, SCMP_SYS(write)},
    {SANDBOX_LOOP, SCMP_SYS(writev)},
    {SANDBOX_LOOP, SCMP_SYS(recvfrom)},
    {SANDBOX_LOOP, SCMP_SYS(sendto)},
    {SANDBOX_LOOP, SCMP_SYS(shutdown)},
    {SANDBOX_LOOP, SCMP_SYS(close)},
    {SANDBOX_LOOP, SCMP_SYS(splice)},
    {SANDBOX_LOOP, SCMP_SYS(pipe2)},
    {SANDBOX_LOOP, SCMP_SYS(lseek)},
    {SANDBOX_LOOP, SCMP_SYS(fstat)},
    {SANDBOX_LOOP, SCMP_SYS(getsockopt)},
    {SANDBOX_LOOP, SCMP_SYS(setsockopt)},
    {SANDBOX_LOOP, SCMP_SYS(getsockname)},
    {SANDBOX_LOOP, SCMP_SYS(getpeername)},
    {SANDBOX_LOOP, SCMP_SYS(epoll_create1)},
    {SANDBOX_LOOP, SCMP_SYS(epoll_ctl)},
    {SANDBOX_LOOP, SCMP_SYS(epoll_wait)},
    {SANDBOX_LOOP, SCMP_SYS(epoll_pwait)},
    {SANDBOX_LOOP, SCMP_SYS(epoll_pwait2)},
    {SANDBOX_LOOP, SCMP_SYS(eventfd2)},
    {SANDBOX_LOOP, SCMP_SYS(signalfd4)},
    {SANDBOX_LOOP, SCMP_SYS(timerfd_create)},
    {SANDBOX_LOOP, SCMP_SYS(timerfd_settime)},
    {SANDBOX_LOOP, SCMP_SYS(poll)},
    {SANDBOX_LOOP, SCMP_SYS(ppoll)},
    /* memory, clocks, random bytes */
    {SANDBOX_LOOP, SCMP_SYS(brk)},
    {SANDBOX_LOOP, SCMP_SYS(munmap)},
    {SANDBOX_LOOP, SCMP_SYS(mremap)},
    {SANDBOX_LOOP, SCMP_SYS(madvise)},
    {SANDBOX_LOOP, SCMP_SYS(getrandom)},
    {SANDBOX_LOOP, SCMP_SYS(gettimeofday)},
    {SANDBOX_LOOP, SCMP_SYS(time)},
    {SANDBOX_LOOP, SCMP_SYS(clock_gettime)},
    {SANDBOX_LOOP, SCMP_SYS(clock_getres)},
    {SANDBOX_LOOP, SCMP_SYS(clock_nanosleep)},
    {SANDBOX_LOOP, SCMP_SYS(nanosleep)},
    {SANDBOX_LOOP, SCMP_SYS(getrusage)},
    {SANDBOX_LOOP, SCMP_SYS(sysinfo)}, /* qsort asks how much memory there is */
    /* this process itself */
    {SANDBOX_LOOP, SCMP_SYS(futex)},
    {SANDBOX_LOOP, SCMP_SYS(sched_yield)},
    {SANDBOX_LOOP, SCMP_SYS(sched_getaffinity)},
    {SANDBOX_LOOP, SCMP_SYS(membarrier)},
    {SANDBOX_LOOP, SCMP_SYS(getpid)},
    {SANDBOX_LOOP, SCMP_SYS(getppid)},
    {SANDBOX_LOOP, SCMP_SYS(gettid)},
    {SANDBOX_LOOP, SCMP_SYS(getuid)},
    {SANDBOX_LOOP, SCMP_SYS(geteuid)},
    {SANDBOX_LOOP, SCMP_SYS(getgid)},
    {SANDBOX_LOOP, SCMP_SYS(getegid)},
    {SANDBOX_LOOP, SCMP_SYS(rt_sigaction)},
    {SANDBOX_LOOP, SCMP_SYS(rt_sigprocmask)},
    {SANDBOX_LOOP, SCMP_SYS(rt_sigreturn)},
    {SANDBOX_LOOP, SCMP_SYS(sigaltstack)},
    {SANDBOX_LOOP, SCMP_SYS(restart_syscall)},
    {SANDBOX_LOOP, SCMP_SYS(exit)},
    {SANDBOX_LOOP, SCMP_SYS(exit_group)},
    /* promising less */
    {SANDBOX_LOOP, SCMP_SYS(seccomp)},
    {SANDBOX_LOOP, SCMP_SYS(landlock_create_ruleset)},
    {SANDBOX_LOOP, SCMP_SYS(landlock_add_rule)},
    {SANDBOX_LOOP, SCMP_SYS(landlock_restrict_self)},
    /* sockets */
    {SANDBOX_ACCEPT, SCMP_SYS(accept)},
    {SANDBOX_ACCEPT, SCMP_SYS(accept4)},
    {SANDBOX_CONNECT, SCMP_SYS(connect)},
    {SANDBOX_LISTEN | SANDBOX_RESOLVE, SCMP_SYS(bind)}, /* the resolver binds its netlink socket */
    {SANDBOX_LISTEN, SCMP_SYS(listen)},
    {SANDBOX_PASS_FDS, SCMP_SYS(sendmsg)},
    {SANDBOX_PASS_FDS, SCMP_SYS(recvmsg)},
    {SANDBOX_PASS_FDS | SANDBOX_SPAWN, SCMP_SYS(socketpair)},
    {SANDBOX_RESOLVE, SCMP_SYS(sendmmsg)},
    {SANDBOX_RESOLVE, SCMP_SYS(uname)},
    /* files */
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(stat)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(lstat)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(newfstatat)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(statx)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(access)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(faccessat)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(faccessat2)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(readlink)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(readlinkat)},
    {SANDBOX_READ_FILES, SCMP_SYS(getdents64)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(getcwd)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(getdents64)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(pread64)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(fadvise64)},
    {SANDBOX_READ_FILES | SANDBOX_WRITE_FILES, SCMP_SYS(fstatfs)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(open)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(openat)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(pwrite64)},
    {SANDBOX_WRITE_FILES | SANDBOX_SYNC, SCMP_SYS(fsync)},
    {SANDBOX_WRITE_FILES | SANDBOX_SYNC, SCMP_SYS(fdatasync)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(flock)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(fchmod)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(rename)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(renameat)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(renameat2)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(unlink)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(unlinkat)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(mkdir)},
    {SANDBOX_WRITE_FILES, SCMP_SYS(mkdirat)},
    {SANDBOX_WRITE_FILES | SANDBOX_SEAL | SANDBOX_SYNC, SCMP_SYS(ftruncate)},
    {SANDBOX_WRITE_FILES | SANDBOX_SEAL, SCMP_SYS(fallocate)},
    {SANDBOX_WRITE_FILES | SANDBOX_SEAL | SANDBOX_SPAWN, SCMP_SYS(fcntl)},
    {SANDBOX_SEAL, SCMP_SYS(memfd_create)},
    /* other processes */
    {SANDBOX_SIGNAL | SANDBOX_SPAWN, SCMP_SYS(kill)},
    {SANDBOX_SIGNAL | SANDBOX_SPAWN, SCMP_SYS(tgkill)},
    {SANDBOX_SIGNAL | SANDBOX_SPAWN, SCMP_SYS(pidfd_send_signal)},
    {SANDBOX_SPAWN, SCMP_SYS(pidfd_open)},
    {SANDBOX_SPAWN, SCMP_SYS(clone)},
    {SANDBOX_SPAWN, SCMP_SYS(fork)},
    {SANDBOX_SPAWN, SCMP_SYS(vfork)},
    {SANDBOX_SPAWN, SCMP_SYS(execve)},
    {SANDBOX_SPAWN, SCMP_SYS(wait4)},
    {SANDBOX_SPAWN, SCMP_SYS(waitid)},
    {SANDBOX_SPAWN, SCMP_SYS(close_range)},
    {SANDBOX_SPAWN, SCMP_SYS(dup)},
    {SANDBOX_SPAWN, SCMP_SYS(dup2)},
    {SANDBOX_SPAWN, SCMP_SYS(dup3)},
    {SANDBOX_SPAWN, SCMP_SYS(prctl)},
    {SANDBOX_SPAWN, SCMP_SYS(prlimit64)},
    {SANDBOX_SPAWN, SCMP_SYS(setgroups)},
    {SANDBOX_SPAWN, SCMP_SYS(getgroups)},
    {SANDBOX_SPAWN, SCMP_SYS(setresuid)},
    {SANDBOX_SPAWN, SCMP_SYS(setresgid)},
    {SANDBOX_SPAWN, SCMP_SYS(getresuid)},
    {SANDBOX_SPAWN, SCMP_SYS(getresgid)},
    {SANDBOX_SPAWN, SCMP_SYS(setuid)},
    {SANDBOX_SPAWN, SCMP_SYS(setgid)},
    /* the start of an executed program */
    {SANDBOX_SPAWN, SCMP_SYS(mmap)},
    {SANDBOX_SPAWN, SCMP_SYS(mprotect)},
    {SANDBOX_SPAWN, SCMP_SYS(arch_prctl)},
    {SANDBOX_SPAWN, SCMP_SYS(set_tid_address)},
    /* that, and of a thread */
    {SANDBOX_SPAWN | SANDBOX_RESOLVE, SCMP_SYS(set_robust_list)},
    {SANDBOX_SPAWN | SANDBOX_RESOLVE, SCMP_SYS(rseq)},
};

/* The process's own number, known at run time only, has its rows in grant_own_signals. */
static const struct narrow_grant narrow_grants[] = {
    {SANDBOX_LOOP, SCMP_SYS(mmap), {{2, PROT_EXEC, 0}}},
    {SANDBOX_LOOP, SCMP_SYS(mprotect), {{2, PROT_EXEC, 0}}},
    {SANDBOX_LOOP, SCMP_SYS(newfstatat), {{3, AT_EMPTY_PATH, AT_EMPTY_PATH}}}, /* what libc makes of fstat */
    {SANDBOX_LOOP, SCMP_SYS(fcntl), {{1, EVERY_BIT, F_GETFD}}},
    {SANDBOX_LOOP, SCMP_SYS(fcntl), {{1, EVERY_BIT, F_SETFD}}},
    {SANDBOX_LOOP, SCMP_SYS(fcntl), {{1, EVERY_BIT, F_GETFL}}},
    {SANDBOX_LOOP, SCMP_SYS(fcntl), {{1, EVERY_BIT, F_SETFL}}},
    {SANDBOX_LOOP, SCMP_SYS(fcntl), {{1, EVERY_BIT, F_DUPFD_CLOEXEC}}},
    {SANDBOX_LOOP, SCMP_SYS(fcntl), {{1, EVERY_BIT, F_GET_SEALS}}},
    {SANDBOX_LOOP, SCMP_SYS(ioctl), {{1, EVERY_BIT, FIONREAD}}},
    {SANDBOX_LOOP, SCMP_SYS(ioctl), {{1, EVERY_BIT, TCGETS}}}, /* stdio asks whether it writes to a terminal */
    {SANDBOX_LOOP, SCMP_SYS(prctl), {{0, EVERY_BIT, PR_SET_NO_NEW_PRIVS}}},
    {SANDBOX_LOOP, SCMP_SYS(prctl), {{0, EVERY_BIT, PR_SET_DUMPABLE}}},
    {SANDBOX_LOOP, SCMP_SYS(prctl), {{0, EVERY_BIT, PR_SET_NAME}}},
    {SANDBOX_LOOP, SCMP_SYS(prlimit64), {{0, EVERY_BIT, 0}}},
    {SANDBOX_CONNECT | SANDBOX_LISTEN, SCMP_SYS(socket), {{0, EVERY_BIT, AF_INET}, {1, SOCKET_TYPE_BITS, SOCK_STREAM}}},
    {SANDBOX_CONNECT | SANDBOX_LISTEN,
     SCMP_SYS(socket),
     {{0, EVERY_BIT, AF_INET6}, {1, SOCKET_TYPE_BITS, SOCK_STREAM}}},
    {SANDBOX_CONNECT | SANDBOX_LISTEN, SCMP_SYS(socket), {{0, EVERY_BIT, AF_UNIX}}},
    {SANDBOX_RESOLVE, SCMP_SYS(socket), {{0, EVERY_BIT, AF_INET}, {1, SOCKET_TYPE_BITS, SOCK_DGRAM}}},
    {SANDBOX_RESOLVE, SCMP_SYS(socket), {{0, EVERY_BIT, AF_INET6}, {1, SOCKET_TYPE_BITS, SOCK_DGRAM}}},
    {SANDBOX_RESOLVE, SCMP_SYS(socket), {{0, EVERY_BIT, AF_NETLINK}}},
    {SANDBOX_RESOLVE, SCMP_SYS(clone), {{0, CLONE_THREAD, CLONE_THREAD}}},
    {SANDBOX_READ_FILES, SCMP_SYS(open), {{1, WRITING_BITS, O_RDONLY}}},
    {SANDBOX_READ_FILES, SCMP_SYS(openat), {{2, WRITING_BITS, O_RDONLY}}},
};

/* Without a promise about files these answer EACCES instead of ending the process. */
static const int lookups[] = {SCMP_SYS(open),     SCMP_SYS(openat),    SCMP_SYS(stat),      SCMP_SYS(lstat),
                              SCMP_SYS(statx),    SCMP_SYS(access),    SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
                              SCMP_SYS(readlink), SCMP_SYS(readlinkat)};

static bool fail(struct error *error, const char *what, int error_number);
static bool enter_landlock(const struct sandbox *sandbox, struct sandbox_warnings *warnings, struct error *error);
static bool enter_seccomp(unsigned promises, struct sandbox_warnings *warnings, struct error *error);
static bool kernel_has_seccomp(void);
static int set_attributes(scmp_filter_ctx filter);
static int fill_filter(scmp_filter_ctx filter, unsigned promises);
static int grant_narrow(scmp_filter_ctx filter, const struct narrow_grant *grant);
static int grant_own_signals(scmp_filter_ctx filter, unsigned promises);
static int grant_sanitizer(scmp_filter_ctx filter, unsigned promises);
static int answer_lookups(scmp_filter_ctx filter, unsigned promises);
static bool granted(unsigned promises, int number);

bool sandbox_enter(const struct sandbox *sandbox, struct sandbox_warnings *warnings, struct error *error) {
    warnings->count = 0;
    bool traceable =
        SANITIZER_TRACES_ITSELF == 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0; /* a change of user turned it off */
    if (!traceable || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail(error, "renounce new privileges", errno);
    return enter_landlock(sandbox, warnings, error) && enter_seccomp(sandbox->promises, warnings, error);
}

static bool fail(struct error *error, const char *what, int error_number) {
    error_set(error, (struct error_place){.file = NULL}, "Cannot %s: %s.", what, strerror(error_number));
    return false;
}

static bool enter_landlock(const struct sandbox *sandbox, struct sandbox_warnings *warnings, struct error *error) {
    unsigned promises = sandbox->promises;
    if (landlock_version() == 0) {
        warnings->sentences[warnings->count++] =
            "This kernel has no Landlock: the files that this process may open are not restricted.";
        return true;
    }
    const struct landlock_access access = {
        .connect = (promises & (SANDBOX_CONNECT | SANDBOX_SPAWN)) != 0,
        .bind = (promises & (SANDBOX_LISTEN | SANDBOX_SPAWN)) != 0,
        .signal = (promises & (SANDBOX_SIGNAL | SANDBOX_SPAWN)) != 0,
        .execute = (promises & SANDBOX_SPAWN) != 0,
        .readable_paths = (promises & (SANDBOX_READ_FILES | SANDBOX_SPAWN)) != 0 ? sandbox->readable_paths : NULL,
        .writable_paths = (promises & SANDBOX_WRITE_FILES) != 0 ? sandbox->writable_paths : NULL,
        .further_paths = sanitizer_paths,
    };
    return landlock_enter(&access) || fail(error, "restrict files with Landlock", errno);
}

static bool enter_seccomp(unsigned promises, struct sandbox_warnings *warnings, struct error *error) {
    if (!kernel_has_seccomp()) {
        warnings->sentences[warnings->count++] =
            "This kernel has no seccomp filters: the system calls of this process are not restricted.";
        return true;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int result = filter == NULL ? -ENOMEM : set_attributes(filter);
    if (result == 0)
        result = fill_filter(filter, promises);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    return result == 0 || fail(error, "restrict system calls with seccomp", -result);
}

static bool kernel_has_seccomp(void) {
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* A tree instead of a list of comparisons; the filter is for ourselves, not for foreign code that speculates, so it
 * need not slow the processor down. */
static int set_attributes(scmp_filter_ctx filter) {
    int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (result == 0)
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (result == 0)
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
    return result;
}

static int fill_filter(scmp_filter_ctx filter, unsigned promises) {
    int result = 0;
    for (size_t i = 0; result == 0 && i < COUNT(grants); i++) {
        if ((grants[i].promises & promises) != 0)
            result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, grants[i].syscall, 0);
    }
    if (result == 0)
        result = grant_sanitizer(filter, promises);
    for (size_t i = 0; result == 0 && i < COUNT(narrow_grants); i++) {
        if ((narrow_grants[i].promises & promises) != 0 && !granted(promises, narrow_grants[i].syscall))
            result = grant_narrow(filter, &narrow_grants[i]);
    }
    if (result == 0)
        result = grant_own_signals(filter, promises);
    if (result == 0)
        result = answer_lookups(filter, promises);
    bool clones = (promises & (SANDBOX_SPAWN | SANDBOX_RESOLVE)) != 0;
    if (result == 0 && clones) /* libc falls back to clone, whose arguments are in registers */
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return result;
}

static int grant_narrow(scmp_filter_ctx filter, const struct narrow_grant *grant) {
    struct scmp_arg_cmp comparisons[COUNT(grant->when)];
    unsigned count = 0;
    for (size_t i = 0; i < COUNT(grant->when); i++) {
        if (grant->when[i].mask != 0)
            comparisons[count++] =
                SCMP_CMP(grant->when[i].argument, SCMP_CMP_MASKED_EQ, grant->when[i].mask, grant->when[i].value);
    }
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, grant->syscall, count, comparisons);
}

/* abort and raise signal the own process, and nobody else. */
static int grant_own_signals(scmp_filter_ctx filter, unsigned promises) {
    if (granted(promises, SCMP_SYS(tgkill)))
        return 0;
    const struct narrow_grant own = {SANDBOX_LOOP, SCMP_SYS(tgkill), {{0, EVERY_BIT, (uint64_t)getpid()}}};
    return grant_narrow(filter, &own);
}

static int grant_sanitizer(scmp_filter_ctx filter, unsigned promises) {
    int result = 0;
    for (size_t i = 0; result == 0 && sanitizer_syscalls[i] >= 0; i++) {
        if ((promises & SANDBOX_LOOP) != 0)
            result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, sanitizer_syscalls[i], 0);
    }
    return result;
}

static int answer_lookups(scmp_filter_ctx filter, unsigned promises) {
    int result = 0;
    bool files = (promises & (SANDBOX_READ_FILES | SANDBOX_WRITE_FILES)) != 0;
    for (size_t i = 0; result == 0 && !files && i < COUNT(lookups); i++) {
        if (!granted(promises, lookups[i]))
            result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), lookups[i], 0);
    }
    return result;
}

/* True when the call is allowed whatever its arguments. */
static bool granted(unsigned promises, int number) {
    for (size_t i = 0; i < COUNT(grants); i++) {
        if (grants[i].syscall == number && (grants[i].promises & promises) != 0)
            return true;
    }
    for (size_t i = 0; sanitizer_syscalls[i] >= 0; i++) {
        if (sanitizer_syscalls[i] == number)
            return true;
    }
    return false;
}
