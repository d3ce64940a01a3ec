/* What one run of the load tool is to do: the command line as a struct, and the table of scenarios. */
#ifndef SALLYPORT_BENCH_OPTIONS_H
#define SALLYPORT_BENCH_OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The most client certificates that one run presents in turn; each holds an SSL_CTX. */
#define OPTIONS_CERTIFICATES_MAX 1000

/* The most streams at a time on a connection. */
#define OPTIONS_STREAMS_MAX 1000

/* The most connections of one run: the ephemeral ports of one address end near 28,000. */
#define OPTIONS_CONNECTIONS_MAX 20000

/* One row of the table of scenarios: the shape of an operation. */
struct scenario {
    const char *name;
    const char *path;       /* NULL: no request is sent */
    uint64_t body_bytes;    /* that every answer must have */
    size_t connections;     /* at a time, unless --connections says otherwise */
    bool keeps_connections; /* an operation is a request; otherwise it is a whole connection */
    bool resumes;           /* every connection but each slot's first must be resumed */
    bool parks;             /* connections are held open after one request; memory is measured, not time */
    bool counts_bytes;      /* the unit is the megabyte, not the operation */
    size_t streams;         /* of HTTP/2 on each connection, always busy; 0: HTTP/1.1 */
};

struct options {
    const struct scenario *scenario;
    struct sockaddr_in address;
    const char *name; /* for SNI and Host */
    const char *certificates[OPTIONS_CERTIFICATES_MAX];
    size_t certificate_count; /* 0: the client presents none */
    size_t connections;
    size_t streams; /* 0: HTTP/1.1 */
    int64_t warmup_ms;
    int64_t window_ms;
    pid_t cpu_of; /* root of the measured process tree; 0: nothing is measured */
    bool tls12;
    bool plain_keys; /* do not take OpenSSL 3.0's direct way to decode keys */
};

/* Reads the command line into `options`. On a mistake, or --help, it says so on stderr and returns false. */
bool options_parse(struct options *options, int argc, char **argv);

#endif
