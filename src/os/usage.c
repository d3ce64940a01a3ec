/* Asked of the C library and the kernel, without a file: a sandboxed process can open none. */
#include "os/usage.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/resource.h>

size_t usage_memory_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

size_t usage_descriptors_max(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    return limit.rlim_cur == RLIM_INFINITY ? SIZE_MAX : limit.rlim_cur;
}

bool usage_limit_descriptors(size_t most) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}
