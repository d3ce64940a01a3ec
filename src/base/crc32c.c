/* Half a byte a step: 64 bytes of table for what is rare and short. */
#include "base/crc32c.h"

uint32_t crc32c_parts(const struct slice *parts, size_t count) {
    static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                       0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                       0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    uint32_t sum = UINT32_MAX;
    for (size_t part = 0; part < count; part++) {
        for (size_t i = 0; i < parts[part].len; i++) {
            sum ^= parts[part].data[i];
            sum = sum >> 4 ^ table[sum & 15];
            sum = sum >> 4 ^ table[sum & 15];
        }
    }
    return ~sum;
}
