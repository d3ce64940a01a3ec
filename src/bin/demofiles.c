/* Minting and writing of the demonstration's files. */
#include "bin/demofiles.h"

#include "base/now.h"
#include "os/fd.h"
#include "pki/mint.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* PEM_BYTES_MAX: a key or a certificate takes 2 KB. */
enum { HOUR_S = 3600, DAY_S = 86400, PEM_BYTES_MAX = 16384, TREE_DESCRIPTORS = 8 };

/* A certificate with its key; both PEM. */
struct identity {
    struct mint_key *key;
    struct buf certificate;
};

static bool mint_all(const struct demofiles *files, struct identity *servers, struct identity *clients,
                     struct identity *foreign, struct error *error);
static bool mint(struct identity *identity, const struct mint_request *request, const struct identity *issuer,
                 struct error *error);
static bool mint_leaf(const struct demofiles *files, const char *name, const struct mint_request *request,
                      const struct identity *issuer, struct error *error);
static struct mint_request request_for(const char *common_name, enum mint_usage usage);
static void free_identity(struct identity *identity);
static bool write_file(const struct demofiles *files, const char *name, const char *suffix, struct slice bytes,
                       struct error *error);
static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where);

bool demofiles_make(struct demofiles *files, struct error *error) {
    snprintf(files->directory, sizeof(files->directory), "/tmp/sallyport-demo-XXXXXX");
    if (!mkdtemp(files->directory)) {
        error_set(error, (struct error_place){.file = files->directory}, "No directory could be made: %m.");
        return false;
    }
    snprintf(files->socket, sizeof(files->socket), "%s/control.sock", files->directory);
    snprintf(files->log, sizeof(files->log), "%s/gateway.log", files->directory);
    return true;
}

bool demofiles_mint(const struct demofiles *files, struct error *error) {
    struct identity servers = {0};
    struct identity clients = {0};
    struct identity foreign = {0};
    bool good = mint_all(files, &servers, &clients, &foreign, error);
    free_identity(&servers);
    free_identity(&clients);
    free_identity(&foreign);
    return good;
}

bool demofiles_configure(const struct demofiles *files, const char *listen, const char *backend, struct error *error) {
    struct buf text;
    buf_init(&text, PEM_BYTES_MAX);
    bool good = buf_printf(&text,
                           "workers: 2\n"
                           "control:\n"
                           "  socket: control.sock\n"
                           "log:\n"
                           "  access: access.log\n"
                           "  refusals: refusals.log\n"
                           "listeners:\n"
                           "  - name: demo\n"
                           "    bind: %s\n"
                           "    certificates:\n"
                           "      - { certificate: gateway.pem, private_key: gateway.key }\n"
                           "    client_auth:\n"
                           "      mode: required\n"
                           "      trust: clients-ca.pem\n"
                           "    routes:\n"
                           "      - backend: whoami\n"
                           "backends:\n"
                           "  whoami:\n"
                           "    servers: [ \"%s\" ]\n",
                           listen, backend) &&
        write_file(files, "sallyport", "yaml", buf_view(&text), error);
    buf_fini(&text);
    return good;
}

void demofiles_remove(const struct demofiles *files) {
    nftw(files->directory, remove_one, TREE_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

/* The foreign CA calls itself what the right one is called: a name proves nothing. */
static bool mint_all(const struct demofiles *files, struct identity *servers, struct identity *clients,
                     struct identity *foreign, struct error *error) {
    static const char *const gateway_names[] = {"localhost", "127.0.0.1", NULL};
    struct mint_request server_ca = request_for("Demo servers CA", MINT_CA);
    struct mint_request client_ca = request_for("Demo clients CA", MINT_CA);
    struct mint_request gateway = request_for("localhost", MINT_SERVER);
    struct mint_request alice = request_for("alice", MINT_CLIENT);
    struct mint_request former = request_for("bob", MINT_CLIENT);
    struct mint_request stranger = request_for("alice", MINT_CLIENT);
    gateway.names = gateway_names;
    former.not_after = now_unix_ms() / 1000 - HOUR_S;
    former.not_before = former.not_after - 30 * DAY_S;
    return mint(servers, &server_ca, NULL, error) && mint(clients, &client_ca, NULL, error) &&
        mint(foreign, &client_ca, NULL, error) &&
        write_file(files, "servers-ca", "pem", buf_view(&servers->certificate), error) &&
        write_file(files, "clients-ca", "pem", buf_view(&clients->certificate), error) &&
        mint_leaf(files, "gateway", &gateway, servers, error) && mint_leaf(files, "good", &alice, clients, error) &&
        mint_leaf(files, "expired", &former, clients, error) && mint_leaf(files, "foreign", &stranger, foreign, error);
}

static bool mint(struct identity *identity, const struct mint_request *request, const struct identity *issuer,
                 struct error *error) {
    struct slice issuer_pem = issuer ? buf_view(&issuer->certificate) : slice_of(NULL, 0);
    buf_init(&identity->certificate, PEM_BYTES_MAX);
    identity->key = mint_key_new(MINT_EC_P256);
    if (identity->key)
        return mint_certificate(request, identity->key, issuer_pem, issuer ? issuer->key : NULL, &identity->certificate,
                                error);
    error_set(error, (struct error_place){0}, "No key could be made.");
    return false;
}

static bool mint_leaf(const struct demofiles *files, const char *name, const struct mint_request *request,
                      const struct identity *issuer, struct error *error) {
    struct identity leaf = {0};
    struct buf key_pem;
    buf_init(&key_pem, PEM_BYTES_MAX);
    bool good = mint(&leaf, request, issuer, error) && mint_key_pem(leaf.key, &key_pem) &&
        write_file(files, name, "pem", buf_view(&leaf.certificate), error) &&
        write_file(files, name, "key", buf_view(&key_pem), error);
    buf_wipe(&key_pem);
    free_identity(&leaf);
    return good;
}

static struct mint_request request_for(const char *common_name, enum mint_usage usage) {
    int64_t now = now_unix_ms() / 1000;
    return (struct mint_request){
        .common_name = common_name,
        .organization = "Sallyport demo",
        .usage = usage,
        .not_before = now - HOUR_S,
        .not_after = now + 7 * DAY_S,
    };
}

static void free_identity(struct identity *identity) {
    mint_key_free(&identity->key);
    buf_fini(&identity->certificate);
}

static bool write_file(const struct demofiles *files, const char *name, const char *suffix, struct slice bytes,
                       struct error *error) {
    char path[128];
    snprintf(path, sizeof(path), "%s/%s.%s", files->directory, name, suffix);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written = fd >= 0 && fd_write_all(fd, bytes);
    if (!written)
        error_set(error, (struct error_place){.file = path}, "It could not be written: %m.");
    fd_close(&fd);
    return written;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where) {
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}
