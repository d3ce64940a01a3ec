/* One accepted connection, from accept to close. A session is always in exactly one phase, and in that phase's list:
 * counts, drains and sweeps walk lists. */
#ifndef SALLYPORT_PROXY_SESSION_H
#define SALLYPORT_PROXY_SESSION_H

#include "base/addr.h"
#include "http/conn.h"
#include "io/loop.h"
#include "io/stream.h"
#include "ipc/counters.h"
#include "ipc/events.h"
#include "plan/snapshot.h"
#include "proxy/asks.h"
#include "proxy/claims.h"
#include "proxy/clients.h"
#include "proxy/judge.h"
#include "proxy/ocspwatch.h"
#include "tls/hello.h"
#include "tls/tlsstream.h"
#include "upstream/pool.h"

/* PROXY: waits for a PROXY header. HELLO: for the ClientHello. HANDSHAKE: TLS under way. ADMIT: the
 * handshake is done, an OCSP responder is asked about the client, nothing was served yet. IDLE: open, no request.
 * HEAD: a request head is coming. BUSY: a request is answered. LEAVING: the last bytes go out, nothing more is read.
 * TUNNEL: bytes go to a server and back, as they come. */
enum session_phase {
    SESSION_PROXY,
    SESSION_HELLO,
    SESSION_HANDSHAKE,
    SESSION_ADMIT,
    SESSION_IDLE,
    SESSION_HEAD,
    SESSION_BUSY,
    SESSION_LEAVING,
    SESSION_TUNNEL,
    SESSION_PHASES
};

struct session;
struct passwords;
struct tunnel;

/* What the rooms above do when a session gets somewhere; set by the gate.
 * admitted: the handshake and all checks are done, session->stream carries clear bytes.
 * expired:  the deadline of the session's phase ran out. */
struct session_handlers {
    void (*admitted)(struct session *session);
    void (*expired)(struct session *session);
};

/* SCRATCH: read at once before a session has buffers of its own; ordinary hellos fit. ARRIVAL: kept of a PROXY
 * header or a ClientHello that comes in parts. */
enum { SESSION_SCRATCH_BYTES = 32768, SESSION_ARRIVAL_BYTES_MAX = HELLO_RAW_MAX + SESSION_SCRATCH_BYTES };

/* What all sessions of a worker share. `phases` are the lists of sessions and `counts` their lengths; `clients` says
 * how many sessions whom has, `hosts` how many each host, `requests` how many are in progress; `asks` carries
 * questions to service processes, `passwords` those about passwords; `spare_exchanges` are kept for re-use. */
struct session_room {
    struct loop *loop;
    struct asks *asks;
    struct ocspwatch_desk ocsp;
    struct passwords *passwords;
    struct counters *counters;
    struct events *events;
    struct snapshot *snapshot;
    struct denylist denials;
    const struct session_handlers *handlers;
    struct list phases[SESSION_PHASES];
    unsigned counts[SESSION_PHASES];
    struct clients clients;
    struct limitcount hosts;
    unsigned requests;
    struct list spare_exchanges;
    unsigned spare_exchange_count;
    uint64_t next_id;
    uint64_t id_seed;
    bool draining;
    uint8_t scratch[SESSION_SCRATCH_BYTES];
};

/* What a session needs until its ClientHello is read: the parser's state, and the bytes that came so far when they came
 * in parts. */
struct session_arrival {
    struct hello hello;
    struct buf waiting;
};

/* Owner of `stream` (until the HTTP connection or the tunnel takes it over), of `http`, of `arrival`, and of the
 * references to snapshot and peer. `refused` is why the client's chain was refused, where the handshake went on all
 * the same. `client` is who is at the other end, `destination` where it connected to: from the PROXY header, where
 * there is one; `scope` are the connections to servers that are this session's alone (proxy/scope), NULL before there
 * are any; `address` and `identity` are where it is counted (identity: NULL until something counts by it), `at_host`
 * where its host's are. `listener` and `host` point into the snapshot. `entered_ms` is when the phase began. `verdict`
 * is the last one on the client. `passed_denials` is the generation of the deny-list that had nothing against it: a
 * client that is only reported is asked about again. `offered`: the protocols of the ClientHello (ALPN), where the
 * host depends on them. `claims`: what a PROXY header says of the client, or NULL. `exchanges` are those under way;
 * `is_swept`: they have what is left of the drain, whatever else ends meanwhile. `tunnel` is proxy/tunnel's. */
struct session {
    struct list link;
    struct session_room *room;
    struct snapshot *snapshot;
    const struct plan_listener *listener;
    const struct plan_host *host;
    struct limitcount_key *address;
    struct limitcount_key *identity;
    struct limitcount_key *at_host;
    struct stream *stream;
    struct http_conn *http;
    struct tunnel *tunnel;
    struct verified_peer *peer;
    struct ocspwatch *watch;
    struct verify_verdict *refused;
    struct session_arrival *arrival;
    char *server_name;
    struct slice offered;
    struct claims *claims;
    struct pool_scope *scope;
    struct list exchanges;
    struct deadline deadline;
    struct loop_task bury;
    struct tls_facts facts;
    struct judge_verdict verdict;
    struct addr_ip client;
    struct addr_ip destination;
    uint64_t id;
    enum session_phase phase;
    bool is_http2;
    bool is_swept;
    int64_t entered_ms;
    uint64_t passed_denials;
};

/* Empties a room that the caller zeroed, with `seed` for the ids of its requests. False when memory is short. */
[[nodiscard]] bool session_room_init(struct session_room *room, uint64_t seed);
void session_room_fini(struct session_room *room);

/* A number for a connection or request that does not repeat in this worker and hardly anywhere. */
uint64_t session_room_id(struct session_room *room);

/* Open sessions in all phases, and those that are not admitted yet. */
unsigned session_room_count(const struct session_room *room);
unsigned session_room_arriving(const struct session_room *room);

/* A new session over `stream` (which becomes the session's, also on failure) of a client at `client`, in phase PROXY.
 * NULL when memory is short. */
[[nodiscard]] struct session *session_new(struct session_room *room, const struct plan_listener *listener,
                                          struct stream *stream, const struct addr_ip *client);

/* True when the gateway speaks TLS with the client, and what requests have as their scheme then and otherwise. Of a
 * session whose host is chosen. */
bool session_has_tls(const struct session *session);
struct slice session_scheme(const struct session *session);

/* True when connections from `client` begin with a PROXY header: the address is a proxy's, and the client's comes. */
bool session_comes_by_proxy(const struct plan_listener *listener, const struct addr_ip *client);

/* How many sessions the address (its network, by limits.ipv4_prefix and ipv6_prefix) has open in this worker. */
unsigned session_address_count(const struct session_room *room, const struct addr_ip *client);

/* Moves a session to a phase: into its list, with the deadline that the listener's timeouts give it. */
void session_enter(struct session *session, enum session_phase phase);

/* Puts the deadline of the present phase off to `wait_ms` from now. */
void session_wait(struct session *session, int64_t wait_ms);

/* The facts of a session whose host is chosen, for the judge. Borrowed from the session. */
struct judge_case session_case(const struct session *session);

/* The peer, when its host judges chains: who somebody vouches for. Otherwise NULL: anybody can make a certificate with
 * any name in it, and as many as they like. */
const struct verified_peer *session_proven_peer(const struct session *session);

/* By what the session's client is told apart where one may not do something too often: the identity that its
 * certificate proves, or else its network. Borrowed from the session. */
struct slice session_client_key(struct session *session);

/* Counts the session's requests by the limits, for the judge. */
struct judge_meter session_meter(struct session *session);

/* Asks the judge about the client as things are now: NONE, or why it may ask for nothing more (the session could not go
 * over to the newest snapshot, a certificate has expired or is revoked since). Keeps the verdict. */
enum reason session_check(struct session *session);

/* Why a phase ended by its deadline. */
enum reason session_timeout_reason(enum session_phase phase);

/* Closes everything at once; the memory goes at the end of the turn. The exchanges must have ended. */
void session_close(struct session *session);

/* Frees what was needed for the arrival. */
void session_arrived(struct session *session);

/* Makes `client` the session's client: what a PROXY header says. False when memory is short. */
[[nodiscard]] bool session_set_client(struct session *session, const struct addr_ip *client);

/* Counts the session for the identity of its proven peer, if it has one and is not counted yet. False when memory is
 * short. */
[[nodiscard]] bool session_identify(struct session *session);

/* Counts the session, once, for the host that was chosen. NONE, or why it cannot be taken there: the host has as many
 * as it may have (the verdict tells the place), or memory is short. */
enum reason session_count_at_host(struct session *session);

/* Puts the session under `snapshot`. False, and nothing changed, when it may not go on there: its listener or host is
 * gone, or the host's client authentication or trust is another one. */
[[nodiscard]] bool session_rebind(struct session *session, struct snapshot *snapshot);

/* True for a session that was let in: it speaks HTTP, is about to, or has a tunnel. */
bool session_is_admitted(const struct session *session);

/* The server name of the ClientHello, lower case, or the empty slice. */
struct slice session_server_name(const struct session *session);

/* A listener of a snapshot by its name, or NULL. */
const struct plan_listener *session_listener(const struct snapshot *snapshot, const char *name);

#endif
