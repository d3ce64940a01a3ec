/* What the sanitizers' runtime does on its own account, mostly at exit: it reads the maps of its process, starts a
 * tracer that stops it, and looks up names for a report. In a build without them all of this is empty. The only
 * place that asks which build this is. */
#ifndef SALLYPORT_OS_SANITIZER_H
#define SALLYPORT_OS_SANITIZER_H

#include <stddef.h>
#include <sys/syscall.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)

/* 1 when the process has to stay open to its own tracer. */
enum { SANITIZER_TRACES_ITSELF = 1 };

/* System calls allowed beyond the promises; ends with -1. */
static const int sanitizer_syscalls[] = {SYS_openat,
                                         SYS_newfstatat,
                                         SYS_statx,
                                         SYS_readlinkat,
                                         SYS_getdents64,
                                         SYS_pread64,
                                         SYS_clone,
                                         SYS_ptrace,
                                         SYS_wait4,
                                         SYS_prctl,
                                         SYS_pipe2,
                                         SYS_dup3,
                                         SYS_prlimit64,
                                         SYS_process_vm_readv,
                                         SYS_set_robust_list,
                                         SYS_getpgid,
                                         SYS_kill,
                                         SYS_tgkill,
                                         SYS_personality,
                                         SYS_mmap,
                                         SYS_mprotect,
                                         SYS_msync,
                                         SYS_mincore,
                                         SYS_sched_getaffinity,
#ifdef SYS_open
                                         SYS_open,
                                         SYS_getdents,
                                         SYS_readlink,
                                         SYS_stat,
                                         SYS_access,
                                         SYS_pipe,
                                         SYS_dup2,
                                         SYS_fork,
                                         SYS_arch_prctl,
#endif
                                         -1};

/* Paths readable beyond the promises; ends with NULL. */
static const char *const sanitizer_paths[] = {"/proc", "/proc/self/exe", "/usr/lib", "/lib", NULL};

#else

enum { SANITIZER_TRACES_ITSELF = 0 };
static const int sanitizer_syscalls[] = {-1};
static const char *const sanitizer_paths[] = {NULL};

#endif
#endif
