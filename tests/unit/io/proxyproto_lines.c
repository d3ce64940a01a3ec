/* Reads one PROXY header in hex per line and prints what the parser makes of it, one line each: for
 * vectors_proxyproto.py. PROXIED lines: status, length, source, port, destination, port, then name=hex for each TLV
 * that was there. What was read is also written anew, by io/proxywrite, and has to be read as the same again. */
#include "base/bug.h"
#include "io/proxyproto.h"
#include "io/proxywrite.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const status_names[] = {[PROXYPROTO_PROXIED] = "proxied",
                                           [PROXYPROTO_LOCAL] = "local",
                                           [PROXYPROTO_MORE] = "more",
                                           [PROXYPROTO_BAD] = "bad"};

static size_t unhex(const char *text, uint8_t *to) {
    size_t len = 0;
    unsigned byte;
    while (sscanf(text + 2 * len, "%2x", &byte) == 1)
        to[len++] = (uint8_t)byte;
    return len;
}

static void print_ip(const struct addr_ip *ip) {
    char text[ADDR_TEXT_MAX] = "unix";
    if (ip->family != AF_UNIX)
        addr_ip_text_host(ip, text);
    printf(" %s %u", text, ip->port);
}

static void print_value(const char *name, struct slice value) {
    if (!value.data)
        return;
    printf(" %s=", name);
    for (size_t i = 0; i < value.len; i++)
        printf("%02x", value.data[i]);
}

static void print_header(const struct proxyproto *header) {
    print_ip(&header->source);
    print_ip(&header->destination);
    print_value("alpn", header->alpn);
    print_value("authority", header->authority);
    print_value("unique_id", header->unique_id);
    print_value("netns", header->network_namespace);
    print_value("tls_version", header->ssl_version);
    print_value("cn", header->ssl_common_name);
    if (header->has_ssl)
        printf(" client=%02x verify=%08x", header->ssl_client, header->ssl_verify);
}

static void check_same(const struct proxyproto *header, const struct proxyproto *again) {
    bug_on(memcmp(header->source.bytes, again->source.bytes, 16) != 0 || header->source.port != again->source.port);
    bug_on(memcmp(header->destination.bytes, again->destination.bytes, 16) != 0);
    bug_on(header->destination.port != again->destination.port || header->has_ssl != again->has_ssl);
    bug_on(header->ssl_client != again->ssl_client || header->ssl_verify != again->ssl_verify);
    bug_on(!slice_equal(header->alpn, again->alpn) || !slice_equal(header->authority, again->authority));
    bug_on(!slice_equal(header->unique_id, again->unique_id));
    bug_on(!slice_equal(header->ssl_version, again->ssl_version));
    bug_on(!slice_equal(header->ssl_common_name, again->ssl_common_name));
    bug_on(!slice_equal(header->ssl_certificate, again->ssl_certificate));
}

/* A path says nothing to others: it is not written. */
static void check_written(const struct proxyproto *header) {
    const struct proxywrite told = {.source = header->source,
                                    .destination = header->destination,
                                    .alpn = header->alpn,
                                    .authority = header->authority,
                                    .unique_id = header->unique_id,
                                    .has_ssl = header->has_ssl,
                                    .ssl_client = header->ssl_client,
                                    .ssl_verify = header->ssl_verify,
                                    .ssl_version = header->ssl_version,
                                    .ssl_common_name = header->ssl_common_name,
                                    .ssl_certificate = header->ssl_certificate,
                                    .has_checksum = true};
    struct proxyproto again;
    struct buf written;
    buf_init(&written, PROXYWRITE_MAX);
    bug_on(!proxywrite_v2(&told, &written));
    enum proxyproto_status status = proxyproto_parse(buf_view(&written), &again);
    bug_on(status != (header->source.family == AF_UNIX ? PROXYPROTO_LOCAL : PROXYPROTO_PROXIED));
    if (status == PROXYPROTO_PROXIED)
        check_same(header, &again);
    buf_fini(&written);
}

int main(void) {
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) >= 0) {
        uint8_t *bytes = malloc(strlen(line) / 2 + 1);
        struct proxyproto header;
        enum proxyproto_status status = proxyproto_parse(slice_of(bytes, unhex(line, bytes)), &header);
        printf("%s %zu", status_names[status], header.header_bytes);
        if (status == PROXYPROTO_PROXIED) {
            print_header(&header);
            check_written(&header);
        }
        printf("\n");
        free(bytes);
    }
    free(line);
    return 0;
}
