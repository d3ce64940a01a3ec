/* Any bytes as a deny-list: refused, or looked into without leaving them. What was written is found again. */
#include "pki/denylist.h"

#include "base/bug.h"
#include "pki/peer_new.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(const struct denylist *list);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t memory[4096];
    static struct denylist_entry entries[64];
    struct denylist list;
    if (denylist_open(&list, slice_of(data, size)))
        look_up(&list);
    size_t count = 0;
    for (; (count + 1) * DENYKEY_BYTES <= size && count < 64; count++) {
        memcpy(entries[count].key, data + count * DENYKEY_BYTES, DENYKEY_BYTES);
        entries[count].kind = entries[count].key[0] % DENYNAME_KINDS;
    }
    denylist_write(entries, count, size, memory);
    bug_on(!denylist_open(&list, slice_of(memory, denylist_bytes(count))) || list.entries != count);
    look_up(&list);
    return 0;
}

static void look_up(const struct denylist *list) {
    struct denylist_hit hit;
    struct peer_summary summary = {0};
    uint8_t fingerprint[PEER_FINGERPRINT_BYTES] = {0};
    struct slice path[] = {slice_text("no certificate")};
    struct verified_peer *peer = peer_new(&summary, fingerprint, 0, path, 1);
    bug_on(!peer);
    enum reason reason = denylist_check(list, peer, 0, &hit);
    bug_on(reason != REASON_NONE && hit.kind >= DENYNAME_KINDS);
    verified_peer_unref(&peer);
}
