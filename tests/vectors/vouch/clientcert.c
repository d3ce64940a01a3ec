/* Writes the fields of RFC 9440 for certificate paths, for rfc9440.py. Input, a line each: the path's DER in hex,
 * leaf first, a space between two.
 * Output, a line each: Client-Cert, a tab, Client-Cert-Chain or "-". */
#include "http/octets.h"
#include "pki/peer_new.h"
#include "vouch/profiles.h"

#include <stdio.h>
#include <stdlib.h>

static size_t unhex(char *text, struct slice path[PEER_PATH_MAX]);
static int print_fields(const struct slice *path, size_t path_len);

int main(void) {
    char *line = NULL;
    size_t room = 0;
    int status = EXIT_SUCCESS;
    while (status == EXIT_SUCCESS && getline(&line, &room, stdin) > 1) {
        struct slice path[PEER_PATH_MAX];
        status = print_fields(path, unhex(line, path));
    }
    free(line);
    return status;
}

/* Decodes in place: the bytes take half of the room of their digits. */
static size_t unhex(char *text, struct slice path[PEER_PATH_MAX]) {
    size_t count = 0;
    while (*text != '\0' && *text != '\n' && count < PEER_PATH_MAX) {
        uint8_t *to = (uint8_t *)text;
        struct slice der = {.data = to};
        for (; octets_hex((uint8_t)text[0]) >= 0; text += 2)
            *to++ = (uint8_t)(octets_hex((uint8_t)text[0]) << 4 | octets_hex((uint8_t)text[1]));
        der.len = (size_t)(to - der.data);
        path[count++] = der;
        text += *text == ' ';
    }
    return count;
}

static int print_fields(const struct slice *path, size_t path_len) {
    static const struct peer_summary summary = {.present = true};
    static const uint8_t fingerprint[PEER_FINGERPRINT_BYTES];
    struct verified_peer *peer = peer_new(&summary, fingerprint, 0, path, path_len);
    if (!peer)
        return EXIT_FAILURE;
    struct http_field fields[VOUCH_FIELDS_MAX];
    struct http_message message;
    struct arena arena;
    enum reason reason;
    http_message_init(&message, fields, VOUCH_FIELDS_MAX);
    arena_init(&arena, 1024, 65536);
    const struct vouch_profile_set set = {.bits = 1u << VOUCH_RFC9440};
    bool is_added = vouch_add_fields(&set, &(struct vouch_client){.peer = peer}, &arena, &message, &reason);
    struct slice leaf = http_message_find(&message, slice_text("Client-Cert"));
    struct slice chain = http_message_find(&message, slice_text("Client-Cert-Chain"));
    if (is_added)
        printf("%.*s\t%.*s\n", (int)leaf.len, (const char *)leaf.data, chain.data ? (int)chain.len : 1,
               chain.data ? (const char *)chain.data : "-");
    arena_fini(&arena);
    verified_peer_unref(&peer);
    return is_added ? EXIT_SUCCESS : EXIT_FAILURE;
}
