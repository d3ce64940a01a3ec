/* What this process uses of what it may use. */
#ifndef SALLYPORT_OS_USAGE_H
#define SALLYPORT_OS_USAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that the process has allocated and not freed. Not what the kernel keeps for its sockets, and not the program
 * itself. Costs a walk over the free pieces: for now and then, not for every request. */
size_t usage_memory_bytes(void);

/* How many descriptors the process may have open: its soft limit as it is now. 0 when it cannot be known. */
size_t usage_descriptors_max(void);

/* Sets that limit for this process, as far as its hard limit allows. False when the kernel refuses. */
[[nodiscard]] bool usage_limit_descriptors(size_t most);

#endif
