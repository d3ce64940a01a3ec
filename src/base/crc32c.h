/* CRC32C (RFC 9260 appendix A): finds accidents, proves nothing. */
#ifndef SALLYPORT_BASE_CRC32C_H
#define SALLYPORT_BASE_CRC32C_H

#include "base/slice.h"

/* The checksum of the parts, one behind the other. */
uint32_t crc32c_parts(const struct slice *parts, size_t count);

#endif
