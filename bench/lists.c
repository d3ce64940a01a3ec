/* Makes the revocation lists of the comparison in a directory of bench-pki: crl-N.pem has the list of the clients'
 * root, which is empty, and that of its intermediate with N random serials of 16 bytes. */
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define SERIALS_MAX    10000000
#define PATH_MAX_BYTES 1024
#define ONE_DAY_S      86400L

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
};

static void read_authorities(const char *directory, struct authority authorities[2]);
static X509_CRL *make_list(const struct authority *authority, long serials);
static void add_serial(X509_CRL *list, const ASN1_TIME *when);
static FILE *open_file(const char *directory, const char *name, const char *mode);
static void need(bool ok, const char *what);

int main(int argc, char **argv) {
    long serials = argc == 3 ? strtol(argv[2], NULL, 10) : -1;
    struct authority authorities[2];
    char name[32];
    if (serials < 0 || serials > SERIALS_MAX) {
        fprintf(stderr, "usage: bench-lists DIRECTORY SERIALS   (0 to %d)\n", SERIALS_MAX);
        return 2;
    }
    read_authorities(argv[1], authorities);
    snprintf(name, sizeof(name), "crl-%ld.pem", serials);
    FILE *file = open_file(argv[1], name, "we");
    for (int i = 0; i < 2; i++) {
        X509_CRL *list = make_list(&authorities[i], i == 0 ? 0 : serials);
        need(PEM_write_X509_CRL(file, list), "write a list");
        X509_CRL_free(list);
        X509_free(authorities[i].certificate);
        EVP_PKEY_free(authorities[i].key);
    }
    need(fclose(file) == 0, name);
    return 0;
}

/* Root and intermediate, each a key and a certificate. */
static void read_authorities(const char *directory, struct authority authorities[2]) {
    FILE *file = open_file(directory, "authorities.pem", "re");
    for (int i = 0; i < 2; i++) {
        authorities[i].key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
        authorities[i].certificate = PEM_read_X509(file, NULL, NULL, NULL);
        need(authorities[i].key != NULL && authorities[i].certificate != NULL, "read authorities.pem");
    }
    fclose(file);
}

static X509_CRL *make_list(const struct authority *authority, long serials) {
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *now = X509_gmtime_adj(NULL, -3600);
    ASN1_TIME *later = X509_gmtime_adj(NULL, 30 * ONE_DAY_S);
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    need(list != NULL && now != NULL && later != NULL && number != NULL && ASN1_INTEGER_set(number, 1), "make a list");
    need(X509_CRL_set_version(list, X509_CRL_VERSION_2) &&
             X509_CRL_set_issuer_name(list, X509_get_subject_name(authority->certificate)) &&
             X509_CRL_set1_lastUpdate(list, now) && X509_CRL_set1_nextUpdate(list, later) &&
             X509_CRL_add1_ext_i2d(list, NID_crl_number, number, 0, 0),
         "fill in a list");
    for (long i = 0; i < serials; i++)
        add_serial(list, now);
    need(X509_CRL_sort(list) && X509_CRL_sign(list, authority->key, EVP_sha256()), "sign a list");
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(later);
    ASN1_TIME_free(now);
    return list;
}

static void add_serial(X509_CRL *list, const ASN1_TIME *when) {
    unsigned char bytes[16];
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    need(entry != NULL && serial != NULL && RAND_bytes(bytes, sizeof(bytes)) == 1, "make an entry");
    bytes[0] = (unsigned char)((bytes[0] & 0x3f) | 0x01); /* no client's: those begin with 0x40 */
    need(ASN1_STRING_set(serial, bytes, sizeof(bytes)) && X509_REVOKED_set_serialNumber(entry, serial) &&
             X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)when) && X509_CRL_add0_revoked(list, entry),
         "add an entry");
    ASN1_INTEGER_free(serial);
}

static FILE *open_file(const char *directory, const char *name, const char *mode) {
    char path[PATH_MAX_BYTES];
    need(snprintf(path, sizeof(path), "%s/%s", directory, name) < (int)sizeof(path), "build a path");
    FILE *file = fopen(path, mode);
    need(file != NULL, path);
    return file;
}

static void need(bool ok, const char *what) {
    if (ok)
        return;
    fprintf(stderr, "bench-lists: cannot %s\n", what);
    exit(1);
}
