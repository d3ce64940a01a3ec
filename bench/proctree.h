/* CPU time and memory of a process and all its descendants, from outside. */
#ifndef SALLYPORT_BENCH_PROCTREE_H
#define SALLYPORT_BENCH_PROCTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The most processes of one tree; a proxy has a handful. */
#define PROCTREE_MAX 256

struct proctree {
    size_t count;
    pid_t pids[PROCTREE_MAX];
    uint64_t cpu_ns[PROCTREE_MAX]; /* user and system time of all threads, ended ones too */
};

/* Finds `root` and its descendants through /proc and reads their CPU time; false when `root` is gone or the tree is
 * too large. */
bool proctree_read(struct proctree *tree, pid_t root);

/* CPU time spent between two readings of one tree; a process born between them counts whole. False when one of
 * `begin` has ended, since its time cannot be known then. */
bool proctree_cpu_between(const struct proctree *begin, const struct proctree *end, uint64_t *cpu_ns);

/* Sum of the tree's proportional set sizes in KB (1,024 bytes), by smaps_rollup; false when one cannot be read
 * (another user's). */
bool proctree_memory_kb(const struct proctree *tree, uint64_t *memory_kb);

#endif
