/* Makes the throw-away certificates of the comparison, P-256 throughout but for one RSA server key, into a
 * directory:
 *   server.pem (leaf, intermediate), server.key, server-all.pem (both in one file); server-rsa.* the same with an
 * RSA-2048 leaf;
 *   servers.pem (the servers' root), trust.pem (the clients' root), intermediate.pem (theirs), authorities.pem
 * (both with their keys); client-000.pem
 * … (key, leaf, intermediate); foreign.pem (a client of another root). */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CLIENTS_MAX    1000
#define PATH_MAX_BYTES 1024
#define ONE_DAY_S      86400L

struct entity {
    EVP_PKEY *key;
    X509 *certificate;
};

enum role { ROLE_ROOT, ROLE_INTERMEDIATE, ROLE_SERVER, ROLE_CLIENT };

static void issue(struct entity *entity, EVP_PKEY *key, enum role role, const char *name, const struct entity *issuer);
static void set_name(X509_NAME *to, const char *name);
static void set_serial(X509 *certificate);
static void add_extensions(X509 *certificate, X509 *issuer, enum role role);
static void add_extension(X509 *certificate, X509 *issuer, int type, const char *value);
static void make_tree(struct entity tree[2], const char *name);
static void write_server(const char *directory, const char *name, const struct entity *leaf,
                         const struct entity *above);
static void write_client(const char *directory, const char *name, const struct entity *above);
static void write_authorities(const char *directory, const struct entity tree[2]);
static void write_file(const char *directory, const char *name, const EVP_PKEY *key, ...);
static void entity_fini(struct entity *entity);
static void need(bool ok, const char *what);

int main(int argc, char **argv) {
    long clients = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    if (clients < 1 || clients > CLIENTS_MAX) {
        fprintf(stderr, "usage: bench-pki DIRECTORY CLIENTS   (1 to %d)\n", CLIENTS_MAX);
        return 2;
    }
    const char *directory = argv[1];
    struct entity servers[2], people[2], foreigners[2], leaf;
    make_tree(servers, "Bench servers");
    make_tree(people, "Bench clients");
    make_tree(foreigners, "Foreign clients");
    write_file(directory, "servers.pem", NULL, servers[0].certificate, NULL);
    write_file(directory, "trust.pem", NULL, people[0].certificate, NULL);
    write_file(directory, "intermediate.pem", NULL, people[1].certificate, NULL);
    write_authorities(directory, people);

    issue(&leaf, EVP_EC_gen("P-256"), ROLE_SERVER, "bench.example", &servers[1]);
    write_server(directory, "server", &leaf, &servers[1]);
    entity_fini(&leaf);
    issue(&leaf, EVP_RSA_gen(2048), ROLE_SERVER, "bench.example", &servers[1]);
    write_server(directory, "server-rsa", &leaf, &servers[1]);
    entity_fini(&leaf);

    for (long i = 0; i < clients; i++) {
        char name[32];
        snprintf(name, sizeof(name), "client-%03ld", i);
        write_client(directory, name, &people[1]);
    }
    write_client(directory, "foreign", &foreigners[1]);
    for (int i = 0; i < 2; i++) {
        entity_fini(&servers[i]);
        entity_fini(&people[i]);
        entity_fini(&foreigners[i]);
    }
    return 0;
}

/* A root and an intermediate below it. */
static void make_tree(struct entity tree[2], const char *name) {
    char full[64];
    snprintf(full, sizeof(full), "%s root", name);
    issue(&tree[0], EVP_EC_gen("P-256"), ROLE_ROOT, full, NULL);
    snprintf(full, sizeof(full), "%s intermediate", name);
    issue(&tree[1], EVP_EC_gen("P-256"), ROLE_INTERMEDIATE, full, &tree[0]);
}

/* Takes the key over; without an issuer the certificate is self-signed. */
static void issue(struct entity *entity, EVP_PKEY *key, enum role role, const char *name, const struct entity *issuer) {
    need(key != NULL, "make a key");
    X509 *certificate = X509_new();
    need(certificate != NULL, "make a certificate");
    *entity = (struct entity){.key = key, .certificate = certificate};
    X509 *above = issuer != NULL ? issuer->certificate : certificate;
    X509_set_version(certificate, X509_VERSION_3);
    set_serial(certificate);
    set_name(X509_get_subject_name(certificate), name);
    X509_set_issuer_name(certificate, X509_get_subject_name(above));
    X509_gmtime_adj(X509_getm_notBefore(certificate), -ONE_DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * ONE_DAY_S);
    X509_set_pubkey(certificate, key);
    add_extensions(certificate, above, role);
    need(X509_sign(certificate, issuer != NULL ? issuer->key : key, EVP_sha256()) > 0, "sign a certificate");
}

static void set_name(X509_NAME *to, const char *name) {
    X509_NAME_add_entry_by_txt(to, "O", MBSTRING_UTF8, (const unsigned char *)"Bench", -1, -1, 0);
    X509_NAME_add_entry_by_txt(to, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
}

static void set_serial(X509 *certificate) {
    unsigned char bytes[16];
    need(RAND_bytes(bytes, sizeof(bytes)) == 1, "draw a serial number");
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
    BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    need(number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL,
         "set a serial number");
    BN_free(number);
}

static void add_extensions(X509 *certificate, X509 *issuer, enum role role) {
    static const char *const constraints[] = {"critical,CA:TRUE", "critical,CA:TRUE,pathlen:0", "critical,CA:FALSE",
                                              "critical,CA:FALSE"};
    bool authority = role == ROLE_ROOT || role == ROLE_INTERMEDIATE;
    add_extension(certificate, issuer, NID_basic_constraints, constraints[role]);
    add_extension(certificate, issuer, NID_key_usage,
                  authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    if (role != ROLE_ROOT)
        add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
    if (role == ROLE_SERVER) {
        add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth");
        add_extension(certificate, issuer, NID_subject_alt_name, "DNS:bench.example");
    }
    if (role == ROLE_CLIENT) {
        add_extension(certificate, issuer, NID_ext_key_usage, "clientAuth");
        add_extension(certificate, issuer, NID_subject_alt_name, "URI:spiffe://bench.example/client");
    }
}

static void add_extension(X509 *certificate, X509 *issuer, int type, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, type, value);
    need(extension != NULL && X509_add_ext(certificate, extension, -1) == 1, "add an extension");
    X509_EXTENSION_free(extension);
}

static void write_server(const char *directory, const char *name, const struct entity *leaf,
                         const struct entity *above) {
    char file[64];
    snprintf(file, sizeof(file), "%s.pem", name);
    write_file(directory, file, NULL, leaf->certificate, above->certificate, NULL);
    snprintf(file, sizeof(file), "%s.key", name);
    write_file(directory, file, leaf->key, NULL);
    snprintf(file, sizeof(file), "%s-all.pem", name);
    write_file(directory, file, leaf->key, leaf->certificate, above->certificate, NULL);
}

static void write_client(const char *directory, const char *name, const struct entity *above) {
    struct entity leaf;
    char file[64];
    snprintf(file, sizeof(file), "%s.pem", name);
    issue(&leaf, EVP_EC_gen("P-256"), ROLE_CLIENT, name, above);
    write_file(directory, file, leaf.key, leaf.certificate, above->certificate, NULL);
    entity_fini(&leaf);
}

/* Keys and certificates of root and intermediate, for bench-lists. */
static void write_authorities(const char *directory, const struct entity tree[2]) {
    char path[PATH_MAX_BYTES];
    need(snprintf(path, sizeof(path), "%s/authorities.pem", directory) < (int)sizeof(path), "build a path");
    umask(077);
    FILE *file = fopen(path, "we");
    need(file != NULL, path);
    for (int i = 0; i < 2; i++)
        need(PEM_write_PrivateKey(file, tree[i].key, NULL, NULL, 0, NULL, NULL) &&
                 PEM_write_X509(file, tree[i].certificate),
             path);
    need(fclose(file) == 0, path);
}

/* Writes the key, if any, and the certificates up to a NULL. */
static void write_file(const char *directory, const char *name, const EVP_PKEY *key, ...) {
    char path[PATH_MAX_BYTES];
    need(snprintf(path, sizeof(path), "%s/%s", directory, name) < (int)sizeof(path), "build a path");
    umask(key != NULL ? 077 : 022);
    FILE *file = fopen(path, "we");
    need(file != NULL, path);
    if (key != NULL)
        need(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), path);
    va_list list;
    va_start(list, key);
    X509 *certificate;
    while ((certificate = va_arg(list, X509 *)) != NULL)
        need(PEM_write_X509(file, certificate), path);
    va_end(list);
    need(fclose(file) == 0, path);
}

static void entity_fini(struct entity *entity) {
    EVP_PKEY_free(entity->key);
    X509_free(entity->certificate);
}

static void need(bool ok, const char *what) {
    if (ok)
        return;
    fprintf(stderr, "bench-pki: cannot %s\n", what);
    exit(1);
}
