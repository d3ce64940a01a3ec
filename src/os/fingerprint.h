/* Whether something on disk changed since one looked last, without reading it. */
#ifndef SALLYPORT_OS_FINGERPRINT_H
#define SALLYPORT_OS_FINGERPRINT_H

#include <stdint.h>

/* A number over inode, size and times of a file, or of everything right in a directory; another one when any of it
 * changed. 0: there is nothing, or it cannot be looked at. Not for secrets: two states could share a number by
 * chance. */
uint64_t fingerprint_of(const char *path);

#endif
