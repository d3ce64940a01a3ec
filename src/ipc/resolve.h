/* Names of servers and what they resolve to, on the wire: the compiler's list for the supervisor, the supervisor's
 * questions to the fetcher, and the addresses that the workers are told. */
#ifndef SALLYPORT_IPC_RESOLVE_H
#define SALLYPORT_IPC_RESOLVE_H

#include "ipc/wire.h"

/* NAME: longest name (RFC 1035 section 2.3.4). NAMES: of one configuration; a site with more has a registry, not DNS.
 * ADDRESSES: of one name, each a server; answers with more are cut. SERVERS: name servers in one text, "ip:port"
 * separated by commas. WHY: a sentence. LIST: the whole list of a configuration. */
enum {
    RESOLVE_NAME_MAX = 253,
    RESOLVE_NAMES_MAX = 256,
    RESOLVE_ADDRESSES_MAX = 64,
    RESOLVE_ADDRESS_BYTES = 16,
    RESOLVE_SERVERS_MAX = 512,
    RESOLVE_WHY_MAX = 256,
    RESOLVE_LIST_BYTES_MAX = 64 + RESOLVE_SERVERS_MAX + RESOLVE_NAMES_MAX * (4 + RESOLVE_NAME_MAX),
};

/* No lookup takes longer, and no answer is used for longer. */
enum { RESOLVE_TIMEOUT_MAX_MS = 60000, RESOLVE_TTL_MAX_MS = 86400000 };

enum resolve_family { RESOLVE_BOTH, RESOLVE_IPV4, RESOLVE_IPV6 };

/* How names are looked up. every_ms 0: as long as the answer's time to live, but not less than min_ttl_ms and not more
 * than max_ttl_ms. servers: empty: those of the system. Its text is borrowed. */
struct resolve_settings {
    enum resolve_family family;
    int64_t every_ms;
    int64_t min_ttl_ms;
    int64_t max_ttl_ms;
    int64_t timeout_ms;
    struct slice servers;
};

/* One lookup; the texts are borrowed. */
struct resolve_request {
    struct slice name;
    enum resolve_family family;
    int64_t timeout_ms;
    struct slice servers;
};

/* What a name resolves to: addresses of 16 bytes (IPv4 as ::ffff:a.b.c.d) in ascending order, each once. ttl_s: the
 * least of the records'; 0 where there is none, as for the hosts file. */
struct resolve_answer {
    uint32_t ttl_s;
    uint32_t count;
    uint8_t addresses[RESOLVE_ADDRESSES_MAX][RESOLVE_ADDRESS_BYTES];
};

/* Writes and reads the settings, which begin the compiler's list; each name follows with resolve_get_name. */
void resolve_put_settings(const struct resolve_settings *settings, struct wire_out *out);
void resolve_get_settings(struct resolve_settings *settings, struct wire_in *in);

/* Reads a name; `in` turns bad when it is empty or too long. */
struct slice resolve_get_name(struct wire_in *in);

/* Writes and reads a question. */
void resolve_put_request(const struct resolve_request *request, struct wire_out *out);
void resolve_get_request(struct resolve_request *request, struct wire_in *in);

/* Adds an address to `answer` where it belongs; one that is there already, or one too many, is left out. */
void resolve_add(struct resolve_answer *answer, const uint8_t address[RESOLVE_ADDRESS_BYTES]);

/* Writes and reads an answer; `in` turns bad when there are too many addresses or they are not in order. */
void resolve_put_answer(const struct resolve_answer *answer, struct wire_out *out);
void resolve_get_answer(struct resolve_answer *answer, struct wire_in *in);

/* True when both have the same addresses, however long they hold. */
bool resolve_equal(const struct resolve_answer *a, const struct resolve_answer *b);

#endif
