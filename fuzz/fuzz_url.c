/* URLs from certificates: the parts lie inside, and a host that is read is allowed by its own name only. */
#include "base/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct url url;
    struct slice text = slice_of(data, size);
    if (!url_parse(text, &url)) {
        url_is_host(text);
        return 0;
    }
    const uint8_t *end = data + size;
    bool inside = url.host.data >= data && url.host.data + url.host.len <= end && url.path.data + url.path.len <= end;
    bool ordinary = url.port == 80 || url.port == 443;
    if (!inside || url.host.len == 0 || url.port == 0 || !url_is_host(url.host) ||
        url_host_is(&url, url.host) != ordinary || url_host_is(&url, slice_sub(url.host, 1, url.host.len)))
        __builtin_trap();
    return 0;
}
