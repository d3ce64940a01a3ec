/* The load tool's command line. */
#include "options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_BYTES 100
#define BULK_BYTES  (16 * 1024 * 1024)

static const struct scenario scenarios[] = {
    {.name = "handshake", .connections = 16},
    {.name = "full", .path = "/", .body_bytes = SMALL_BYTES, .connections = 16},
    {.name = "resumed", .path = "/", .body_bytes = SMALL_BYTES, .connections = 16, .resumes = true},
    {.name = "request", .path = "/", .body_bytes = SMALL_BYTES, .connections = 32, .keeps_connections = true},
    {.name = "bulk",
     .path = "/bulk",
     .body_bytes = BULK_BYTES,
     .connections = 4,
     .keeps_connections = true,
     .counts_bytes = true},
    {.name = "h2", .path = "/", .body_bytes = SMALL_BYTES, .connections = 4, .keeps_connections = true, .streams = 100},
    {.name = "idle", .path = "/", .body_bytes = SMALL_BYTES, .connections = 5000, .parks = true},
};

static const char usage[] =
    "usage: bench-load --scenario handshake|full|resumed|request|bulk|h2|idle --connect ADDRESS:PORT [options]\n"
    "  --cert FILE         PEM file with key, leaf and intermediates; repeat it to present many in turn\n"
    "  --name NAME         host name for SNI and Host (bench.example)\n"
    "  --connections N     connections at a time\n"
    "  --streams N         streams at a time on each connection (100), in the scenario h2\n"
    "  --warmup-ms N       time before the window (600)\n"
    "  --window-ms N       time in which operations and CPU time are counted (2500)\n"
    "  --cpu-of PID        measure this process and all its descendants\n"
    "  --tls12             speak TLS 1.2 in place of 1.3\n"
    "  --plain-keys        leave OpenSSL's decoding of the server's keys as it comes\n"
    "One line of JSON on stdout; exit status 1 when a row is not valid. The server's certificate is not verified:\n"
    "that would be the client's cost only.\n";

static bool set_option(struct options *options, int letter, const char *value);
static bool set_scenario(struct options *options, const char *name);
static bool set_address(struct sockaddr_in *address, const char *text);
static bool set_number(int64_t *number, const char *text, int64_t smallest, int64_t largest);
static bool is_complete(const struct options *options);

bool options_parse(struct options *options, int argc, char **argv) {
    static const struct option names[] = {
        {"scenario", required_argument, NULL, 's'},    {"connect", required_argument, NULL, 'a'},
        {"cert", required_argument, NULL, 'c'},        {"name", required_argument, NULL, 'n'},
        {"connections", required_argument, NULL, 'N'}, {"streams", required_argument, NULL, 'm'},
        {"warmup-ms", required_argument, NULL, 'u'},   {"window-ms", required_argument, NULL, 'w'},
        {"cpu-of", required_argument, NULL, 'p'},      {"tls12", no_argument, NULL, '2'},
        {"plain-keys", no_argument, NULL, 'k'},        {NULL, 0, NULL, 0},
    };
    *options = (struct options){.name = "bench.example", .warmup_ms = 600, .window_ms = 2500};
    int letter;
    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (!set_option(options, letter, optarg)) {
            fputs(usage, stderr);
            return false;
        }
    }
    if (optind != argc || !is_complete(options)) {
        fputs(usage, stderr);
        return false;
    }
    if (options->connections == 0)
        options->connections = options->scenario->connections;
    if (options->streams == 0)
        options->streams = options->scenario->streams;
    return true;
}

static bool set_option(struct options *options, int letter, const char *value) {
    int64_t number = 0;
    switch (letter) {
    case 's':
        return set_scenario(options, value);
    case 'a':
        return set_address(&options->address, value);
    case 'c':
        if (options->certificate_count == OPTIONS_CERTIFICATES_MAX)
            return false;
        options->certificates[options->certificate_count++] = value;
        return true;
    case 'n':
        options->name = value;
        return strlen(value) < 256;
    case 'N':
        if (!set_number(&number, value, 1, OPTIONS_CONNECTIONS_MAX))
            return false;
        options->connections = (size_t)number;
        return true;
    case 'm':
        if (!set_number(&number, value, 1, OPTIONS_STREAMS_MAX))
            return false;
        options->streams = (size_t)number;
        return true;
    case 'u':
        return set_number(&options->warmup_ms, value, 0, 60000);
    case 'w':
        return set_number(&options->window_ms, value, 1, 600000);
    case 'p':
        if (!set_number(&number, value, 1, INT32_MAX))
            return false;
        options->cpu_of = (pid_t)number;
        return true;
    case '2':
        options->tls12 = true;
        return true;
    case 'k':
        options->plain_keys = true;
        return true;
    default:
        return false;
    }
}

static bool set_scenario(struct options *options, const char *name) {
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        if (strcmp(scenarios[i].name, name) == 0) {
            options->scenario = &scenarios[i];
            return true;
        }
    }
    return false;
}

static bool set_address(struct sockaddr_in *address, const char *text) {
    char host[INET_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (colon == NULL || (size_t)(colon - text) >= sizeof(host) || !set_number(&port, colon + 1, 1, 65535))
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

static bool set_number(int64_t *number, const char *text, int64_t smallest, int64_t largest) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    *number = value;
    return errno == 0 && end != text && *end == '\0' && value >= smallest && value <= largest;
}

static bool is_complete(const struct options *options) {
    return options->scenario != NULL && options->address.sin_port != 0 &&
        (options->streams == 0 || options->scenario->streams > 0);
}
