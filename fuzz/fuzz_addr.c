/* Addresses and networks from any text: what is read prints as text that reads back to the same. */
#include "base/addr.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition);
static void try_addr(struct slice text);
static void try_net(struct slice text);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    try_addr(slice_of(data, size));
    try_net(slice_of(data, size));
    return 0;
}

static void require(bool condition) {
    if (!condition)
        abort();
}

static void try_addr(struct slice text) {
    struct addr addr, again;
    char printed[ADDR_TEXT_MAX];
    if (!addr_parse(text, &addr))
        return;
    size_t len = addr_text(&addr, printed);
    require(len < ADDR_TEXT_MAX && printed[len] == '\0');
    bool mapped = addr.any.sa_family == AF_INET6 && addr_ip_of(&addr).family == AF_INET;
    bool unclean = addr.any.sa_family == AF_UNIX && !slice_equal(slice_text(printed), text);
    if (!unclean)
        require(addr_parse(slice_of(printed, len), &again) && (mapped || addr_equal(&addr, &again)));
}

static void try_net(struct slice text) {
    struct addr_net net;
    if (!addr_net_parse(text, &net))
        return;
    require(net.prefix <= 128);
    struct addr_ip first = {.family = AF_INET6};
    memcpy(first.bytes, net.bytes, sizeof(first.bytes));
    require(addr_net_has(&net, &first));
}
