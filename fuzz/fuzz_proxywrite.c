/* PROXY headers written and read back: whatever is told, the reader finds exactly that. */
#include "base/bug.h"
#include "io/proxyproto.h"
#include "io/proxywrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes up to 255 bytes, or with a first byte of 255 up to `max`, for a text. */
static struct slice take(struct slice *rest, size_t max) {
    size_t len = rest->len ? rest->data[0] : 0;
    struct slice taken = slice_sub(*rest, 1, len == 255 ? max : len);
    *rest = slice_sub(*rest, 1 + taken.len, rest->len);
    return taken;
}

static struct addr_ip take_address(struct slice *rest) {
    static const uint8_t families[] = {AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC};
    struct slice bytes = slice_sub(*rest, 0, 19);
    struct addr_ip ip = {.family = AF_UNSPEC};
    *rest = slice_sub(*rest, 19, rest->len);
    if (bytes.len < 19)
        return ip;
    ip.family = families[bytes.data[0] & 3];
    ip.port = (uint16_t)(bytes.data[1] << 8 | bytes.data[2]);
    memcpy(ip.bytes, bytes.data + 3, sizeof ip.bytes);
    if (ip.family == AF_INET) {
        memset(ip.bytes, 0, 10);
        memset(ip.bytes + 10, 0xff, 2);
    }
    return ip;
}

static void check_same(const struct addr_ip *written, const struct addr_ip *read) {
    bug_on(memcmp(written->bytes, read->bytes, sizeof read->bytes) != 0 || written->port != read->port);
}

static void check_read(const struct proxywrite *told, struct slice bytes, bool has_tlvs) {
    struct proxyproto header;
    enum proxyproto_status status = proxyproto_parse(bytes, &header);
    bool are_ip = (told->source.family == AF_INET || told->source.family == AF_INET6) &&
        (told->destination.family == AF_INET || told->destination.family == AF_INET6);
    if (bytes.len > PROXYPROTO_MAX || told->unique_id.len > 128)
        return;
    bug_on(status != (are_ip ? PROXYPROTO_PROXIED : PROXYPROTO_LOCAL) || header.header_bytes != bytes.len);
    if (!are_ip)
        return;
    check_same(&told->source, &header.source);
    check_same(&told->destination, &header.destination);
    if (!has_tlvs)
        return;
    bug_on(!slice_equal(told->alpn, header.alpn) || !slice_equal(told->authority, header.authority));
    bug_on(!slice_equal(told->unique_id, header.unique_id) || told->has_ssl != header.has_ssl);
    if (!told->has_ssl)
        return;
    bug_on(told->ssl_client != header.ssl_client || told->ssl_verify != header.ssl_verify);
    bug_on(!slice_equal(told->ssl_version, header.ssl_version));
    bug_on(!slice_equal(told->ssl_common_name, header.ssl_common_name));
    bug_on(!slice_equal(told->ssl_certificate, header.ssl_certificate));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice rest = slice_of(data, size);
    if (size < 6)
        return 0;
    struct proxywrite told = {.has_ssl = data[0] & 1,
                              .has_checksum = data[0] & 2,
                              .ssl_client = data[1],
                              .ssl_verify = (uint32_t)data[2] << 24 | data[3]};
    rest = slice_sub(rest, 4, rest.len);
    told.source = take_address(&rest);
    told.destination = take_address(&rest);
    struct slice *const texts[] = {&told.alpn,        &told.authority,       &told.unique_id,
                                   &told.ssl_version, &told.ssl_common_name, &told.ssl_cipher,
                                   &told.ssl_key,     &told.ssl_signature,   &told.ssl_certificate};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = take(&rest, 4096);
    struct buf written;
    buf_init(&written, 2 * PROXYWRITE_MAX);
    if (proxywrite_v2(&told, &written))
        check_read(&told, buf_view(&written), true);
    buf_consume(&written, buf_len(&written));
    bug_on(!proxywrite_v1(&told, &written));
    check_read(&told, buf_view(&written), false);
    buf_fini(&written);
    return 0;
}
