/* Field lines of an HTTP/2 head or trailer section, gathered one by one and read into a message with the strictness
 * of HTTP/1.1 (RFC 9113 section 8). Pure.
 * Refused by rule: names that are empty, not lower-case tokens or look like framing fields; values with control bytes
 * or with spaces around them; pseudo-fields that are unknown, missing, twice, misplaced or in trailers;
 * connection-specific fields; TE other than "trailers"; a Host that differs from :authority; a path that does not
 * begin with '/', but "*" of OPTIONS; CONNECT, but the extended one for WebSocket (RFC 8441). */
#ifndef SALLYPORT_HTTP_H2FIELDS_H
#define SALLYPORT_HTTP_H2FIELDS_H

#include "base/buf.h"
#include "base/reason.h"
#include "http/h1parse.h"
#include "http/message.h"

/* What is gathered: the head of a request, of an answer, or trailers of either. */
enum h2fields_section { H2FIELDS_REQUEST, H2FIELDS_ANSWER, H2FIELDS_TRAILERS };

/* Pseudo-fields, in the order of their table in h2fields.c. */
enum h2fields_pseudo {
    H2FIELDS_METHOD,
    H2FIELDS_SCHEME,
    H2FIELDS_AUTHORITY,
    H2FIELDS_PATH,
    H2FIELDS_PROTOCOL,
    H2FIELDS_STATUS,
    H2FIELDS_PSEUDOS
};

/* One section while it is read. fault: the first thing that was wrong; what follows is only counted. size_bytes: its
 * size as RFC 9113 section 6.5.2 counts it (names, values, and 32 a field), also beyond the limit. pseudos: data is
 * NULL while one has not come. */
struct h2fields {
    struct h1parse_limits limits;
    enum h2fields_section section;
    enum reason fault;
    size_t size_bytes;
    struct buf bytes;
    struct slice pseudos[H2FIELDS_PSEUDOS];
    struct slice host;
    unsigned hosts;
    unsigned cookies;
    bool has_length;
    bool has_fields;
    struct http_message message;
    struct http_field fields[HTTP_FIELDS_MAX];
};

/* Makes a gatherer with room for what the limits allow; NULL when memory is short. */
[[nodiscard]] struct h2fields *h2fields_new(const struct h1parse_limits *limits);

/* Frees it and sets `*fields` to NULL. */
void h2fields_free(struct h2fields **fields);

/* Begins a section; what was gathered before is forgotten. */
void h2fields_begin(struct h2fields *fields, enum h2fields_section section);

/* Takes one line, which is copied. never_indexed: the peer sent it so (RFC 7541 section 6.2.3). */
void h2fields_add(struct h2fields *fields, struct slice name, struct slice value, bool never_indexed);

/* Ends the section. `ends`: the message ends with it, so no body follows. REASON_NONE and the message, valid until the
 * next h2fields_begin; or what is wrong: reasons of requests, whatever the section. */
enum reason h2fields_finish(struct h2fields *fields, bool ends, const struct http_message **message);

#endif
