/* PROXY headers: any bytes; a good header must be MORE at each shorter length, and must not depend on what follows
 * it. */
#include "base/bug.h"
#include "io/proxyproto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* True when `part` lies inside of the header's own bytes. */
static bool inside(struct slice part, const uint8_t *data, size_t len) {
    return !part.data || (part.data >= data && part.len <= len && (size_t)(part.data - data) <= len - part.len);
}

static void check_slices(const struct proxyproto *header, const uint8_t *data) {
    const struct slice parts[] = {header->alpn,           header->authority,
                                  header->unique_id,      header->network_namespace,
                                  header->ssl_version,    header->ssl_common_name,
                                  header->ssl_certificate};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        bug_on(!inside(parts[i], data, header->header_bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct proxyproto header, again;
    enum proxyproto_status status = proxyproto_parse(slice_of(data, size), &header);
    bug_on(status == PROXYPROTO_MORE && size >= PROXYPROTO_MAX);
    if (status != PROXYPROTO_PROXIED && status != PROXYPROTO_LOCAL)
        return 0;
    bug_on(header.header_bytes > size || header.header_bytes > PROXYPROTO_MAX);
    check_slices(&header, data);
    bug_on(proxyproto_parse(slice_of(data, header.header_bytes), &again) != status);
    bug_on(again.header_bytes != header.header_bytes);
    for (size_t len = 0; len < header.header_bytes; len++)
        bug_on(proxyproto_parse(slice_of(data, len), &again) != PROXYPROTO_MORE);
    return 0;
}
