/* The forms of a verified peer, in one block of memory: the struct, then the text. */
#include "vouch/forms.h"

#include "http/structfield.h"

#include <stdlib.h>

static const char separator[] = ", ";
enum { SEPARATOR_LEN = sizeof separator - 1 };

static struct forms *make(const struct verified_peer *peer);
static void measure(const struct verified_peer *peer, struct forms *forms, size_t *leaf_len, size_t *chain_len);
static size_t write_chain(const struct verified_peer *peer, char *to);

const struct forms *forms_of(struct verified_peer *peer) {
    struct forms *forms = verified_peer_attachment(peer, PEER_SLOT_FORMS);
    if (forms)
        return forms;
    forms = make(peer);
    if (forms)
        verified_peer_attach(peer, PEER_SLOT_FORMS, forms, free);
    return forms;
}

static struct forms *make(const struct verified_peer *peer) {
    struct forms measured = {0};
    size_t leaf_len, chain_len;
    measure(peer, &measured, &leaf_len, &chain_len);
    struct forms *forms = malloc(sizeof *forms + leaf_len + chain_len);
    if (!forms)
        return NULL;
    *forms = measured;
    char *text = (char *)(forms + 1);
    if (leaf_len > 0) {
        forms->leaf = slice_of(text, structfield_write_bytes(text, verified_peer_path(peer, 0)));
        forms->leaf_base64 = slice_of(text + 1, leaf_len - 2);
    }
    if (chain_len > 0)
        forms->chain = slice_of(text + leaf_len, write_chain(peer, text + leaf_len));
    return forms;
}

/* Lengths of the text, 0 for a form that is too large or has nothing in it. */
static void measure(const struct verified_peer *peer, struct forms *forms, size_t *leaf_len, size_t *chain_len) {
    size_t path_len = verified_peer_path_len(peer);
    size_t chain_bytes = 0;
    *leaf_len = *chain_len = 0;
    for (size_t i = 1; i < path_len; i++) {
        size_t bytes = verified_peer_path(peer, i).len;
        chain_bytes += bytes;
        *chain_len += structfield_bytes_len(bytes) + (i > 1 ? SEPARATOR_LEN : 0);
    }
    forms->leaf_is_too_large = verified_peer_path(peer, 0).len > FORMS_LEAF_BYTES_MAX;
    forms->chain_is_too_large = path_len - 1 > FORMS_CHAIN_MAX || chain_bytes > FORMS_CHAIN_BYTES_MAX;
    if (!forms->leaf_is_too_large)
        *leaf_len = structfield_bytes_len(verified_peer_path(peer, 0).len);
    if (forms->chain_is_too_large)
        *chain_len = 0;
}

static size_t write_chain(const struct verified_peer *peer, char *to) {
    size_t len = 0;
    for (size_t i = 1; i < verified_peer_path_len(peer); i++) {
        if (i > 1) {
            memcpy(to + len, separator, SEPARATOR_LEN);
            len += SEPARATOR_LEN;
        }
        len += structfield_write_bytes(to + len, verified_peer_path(peer, i));
    }
    return len;
}
