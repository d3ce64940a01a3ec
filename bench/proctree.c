/* CPU time and memory of a process tree. */
#include "proctree.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The most processes of the whole machine that are looked through for descendants. */
#define PROCESSES_MAX 32768

struct process {
    pid_t pid;
    pid_t parent;
};

static size_t list_processes(struct process *processes, size_t max);
static bool read_parent(struct process *process, const char *name);
static bool add_children(struct proctree *tree, size_t at, const struct process *processes, size_t count);
static bool read_cpu(pid_t pid, uint64_t *cpu_ns);
static bool read_pss_kb(pid_t pid, uint64_t *pss_kb);

bool proctree_read(struct proctree *tree, pid_t root) {
    struct process *processes = malloc(PROCESSES_MAX * sizeof(*processes));
    if (processes == NULL)
        return false;
    size_t count = list_processes(processes, PROCESSES_MAX);
    bool ok = true;
    tree->pids[0] = root;
    tree->count = 1;
    for (size_t i = 0; ok && i < tree->count; i++)
        ok = add_children(tree, i, processes, count) && read_cpu(tree->pids[i], &tree->cpu_ns[i]);
    free(processes);
    return ok;
}

bool proctree_cpu_between(const struct proctree *begin, const struct proctree *end, uint64_t *cpu_ns) {
    uint64_t sum = 0;
    size_t matched = 0;
    for (size_t i = 0; i < end->count; i++) {
        sum += end->cpu_ns[i];
        for (size_t n = 0; n < begin->count; n++) {
            if (begin->pids[n] == end->pids[i]) {
                sum -= begin->cpu_ns[n];
                matched++;
            }
        }
    }
    *cpu_ns = sum;
    return matched == begin->count;
}

bool proctree_memory_kb(const struct proctree *tree, uint64_t *memory_kb) {
    *memory_kb = 0;
    for (size_t i = 0; i < tree->count; i++) {
        uint64_t pss_kb;
        if (!read_pss_kb(tree->pids[i], &pss_kb))
            return false;
        *memory_kb += pss_kb;
    }
    return true;
}

static size_t list_processes(struct process *processes, size_t max) {
    DIR *directory = opendir("/proc");
    if (directory == NULL)
        return 0;
    size_t count = 0;
    struct dirent *entry;
    while (count < max && (entry = readdir(directory)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0]) && read_parent(&processes[count], entry->d_name))
            count++;
    }
    closedir(directory);
    return count;
}

/* The parent is the second field after the command, which stands in parentheses and may hold any character. */
static bool read_parent(struct process *process, const char *name) {
    char path[300];
    char line[512];
    snprintf(path, sizeof(path), "/proc/%s/stat", name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool ok = fgets(line, sizeof(line), file) != NULL;
    fclose(file);
    char *end = ok ? strrchr(line, ')') : NULL;
    if (end == NULL || strlen(end) < 5)
        return false;
    process->pid = (pid_t)strtol(name, NULL, 10);
    process->parent = (pid_t)strtol(end + 4, NULL, 10);
    return true;
}

static bool add_children(struct proctree *tree, size_t at, const struct process *processes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (processes[i].parent != tree->pids[at])
            continue;
        if (tree->count == PROCTREE_MAX)
            return false;
        tree->pids[tree->count++] = processes[i].pid;
    }
    return true;
}

static bool read_cpu(pid_t pid, uint64_t *cpu_ns) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return false;
    *cpu_ns = (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
    return true;
}

static bool read_pss_kb(pid_t pid, uint64_t *pss_kb) {
    char path[64];
    char line[256];
    snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool found = false;
    while (!found && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "Pss:", 4) == 0) {
            *pss_kb = strtoull(line + 4, NULL, 10);
            found = true;
        }
    }
    fclose(file);
    return found;
}
