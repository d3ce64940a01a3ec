/* Reads one PROXY header in hex per line and prints what the parser makes of it, one line each: for
 * vectors_proxyproto.py. PROXIED lines: status, length, source, port, destination, port, then name=hex for each TLV
 * that was there. */
#include "io/proxyproto.h"

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

int main(void) {
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) >= 0) {
        uint8_t *bytes = malloc(strlen(line) / 2 + 1);
        struct proxyproto header;
        enum proxyproto_status status = proxyproto_parse(slice_of(bytes, unhex(line, bytes)), &header);
        printf("%s %zu", status_names[status], header.header_bytes);
        if (status == PROXYPROTO_PROXIED)
            print_header(&header);
        printf("\n");
        free(bytes);
    }
    free(line);
    return 0;
}
