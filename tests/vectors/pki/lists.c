/* Judges one chain with revocation lists compiled to an index: anchor TIME, the leaf first, "--" and lists. Everything
 * is DER. Prints the reason's label; "none" is good. */
#include "base/bug.h"
#include "base/text.h"
#include "pki/revocation.h"
#include "pki/revwrite.h"
#include "pki/verify.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 1 << 20, FILES_MAX = 16 };

static struct buf files[FILES_MAX];
static size_t file_count;

static struct slice read_file(const char *path);
static struct trust *trust_of(struct slice der, int64_t now);
static struct revindex index_of(const struct trust *trust, const struct slice *chain, size_t count, char **lists,
                                int64_t now, struct buf *to);
static const char *judge(struct trust *trust, const struct slice *chain, size_t count, char **lists, int64_t now);

int main(int argc, char **argv) {
    struct slice chain[VERIFY_CHAIN_MAX];
    size_t count = 0;
    bug_on(argc < 5);
    int64_t now = atol(argv[2]);
    struct trust *trust = trust_of(read_file(argv[1]), now);
    char **next = argv + 3;
    for (; strcmp(*next, "--") != 0; next++)
        chain[count++] = read_file(*next);
    puts(judge(trust, chain, count, next + 1, now));
    trust_unref(&trust);
    while (file_count)
        buf_fini(&files[--file_count]);
    return 0;
}

static struct slice read_file(const char *path) {
    bug_on(file_count == FILES_MAX);
    struct buf *to = &files[file_count++];
    buf_init(to, FILE_BYTES_MAX);
    uint8_t *room = buf_reserve(to, FILE_BYTES_MAX);
    FILE *file = fopen(path, "re");
    bug_on(!room || !file);
    buf_commit(to, fread(room, 1, FILE_BYTES_MAX, file));
    fclose(file);
    return buf_view(to);
}

static struct trust *trust_of(struct slice der, int64_t now) {
    struct buf pem;
    struct error_list errors;
    buf_init(&pem, FILE_BYTES_MAX);
    error_list_init(&errors);
    bug_on(!buf_append_text(&pem, "-----BEGIN CERTIFICATE-----\n"));
    uint8_t *base64 = buf_reserve(&pem, text_base64_len(der.len));
    bug_on(!base64);
    text_base64((char *)base64, der);
    buf_commit(&pem, text_base64_len(der.len));
    bug_on(!buf_append_text(&pem, "\n-----END CERTIFICATE-----\n"));
    struct trust_source source = {.pem = buf_view(&pem), .path = "anchor"};
    struct trust *trust = trust_new(&source, 1, now, &errors);
    bug_on(!trust);
    buf_fini(&pem);
    error_list_fini(&errors);
    return trust;
}

/* A list that is refused is left out: then it is missing. */
static struct revindex index_of(const struct trust *trust, const struct slice *chain, size_t count, char **lists,
                                int64_t now, struct buf *to) {
    struct revsigners *signers = revsigners_new(trust);
    struct error_list errors;
    struct revindex index;
    const char *fault;
    error_list_init(&errors);
    for (size_t i = 1; i < count; i++)
        bug_on(!revsigners_add(signers, chain[i]));
    bug_on(!revsigners_settle(signers));
    struct revwrite *writer = revwrite_new(signers, now, INT64_MIN);
    for (; *lists; lists++) {
        struct revpack_origin origin = {.path = *lists};
        if (!revwrite_add(writer, read_file(*lists), &origin, &errors))
            fprintf(stderr, "%s\n", errors.items[errors.count - 1].sentence);
    }
    if (!revwrite_finish(writer, to, &errors)) {
        fprintf(stderr, "%s\n", errors.items[errors.count - 1].sentence);
        puts("not-compiled");
        exit(0);
    }
    bug_on(!revindex_open(&index, buf_view(to), &fault));
    revwrite_free(&writer);
    revsigners_free(&signers);
    error_list_fini(&errors);
    return index;
}

static const char *judge(struct trust *trust, const struct slice *chain, size_t count, char **lists, int64_t now) {
    const struct verify_settings settings = {.purpose = VERIFY_ANY, .depth = 8, .rsa_bits_min = 1024};
    struct verify_verdict verdict;
    struct verified_peer *peer;
    struct buf bytes;
    int depth;
    buf_init(&bytes, FILE_BYTES_MAX);
    verify_chain(chain, count, trust, &settings, now, &verdict, &peer);
    enum reason reason = verdict.reason;
    if (peer) {
        struct revocation rules = {.index = index_of(trust, chain, count, lists, now, &bytes)};
        reason = revocation_check(&rules, peer, now, &depth);
    }
    verified_peer_unref(&peer);
    buf_fini(&bytes);
    return reason_row(reason)->label;
}
