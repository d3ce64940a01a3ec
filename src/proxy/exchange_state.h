/* What is known of one exchange: written by proxy/exchange and its parts, read by
 * proxy/account. */
#ifndef SALLYPORT_PROXY_EXCHANGE_STATE_H
#define SALLYPORT_PROXY_EXCHANGE_STATE_H

#include "base/arena.h"
#include "policy/limitpace.h"
#include "proxy/passwords.h"
#include "proxy/session.h"
#include "upstream/pool.h"

/* Owner of both http_streams, of the backend connection while it uses it, of the references to snapshot and server.
 * `request` is what the backend is sent, in `arena`; `host` is the request's host as compared. `verdict` is the
 * judge's. `not_dialled`: what is known of why the last connection could not be opened, or NULL. `password` is asked
 * for besides (NULL: none), by `check`. place: in its backend's queue. failed: the server of the last attempt that
 * failed, or NULL. total_end_ms: when all of it has to be over, 0: no limit. `call_deadline`: set where a gRPC client
 * says how long it waits for all of it. `interims` counts the interim answers told. The flags only ever go
 * from false to true:
 * was_stale: an attempt was lost to a kept connection that its server had closed.
 * body_taken: a part of the request's body is with a backend, so it cannot be sent again.
 * request_sent: all of it is. answer_begun: a final head is on its way to the client. over: the exchange has ended,
 * its memory waits for re-use. is_upgraded: it goes on in WebSocket; then request_sent and answer_sent say that the
 * client's and the backend's direction has ended. waits_to_upgrade, which changes: the server has yet to say whether
 * it takes a request to upgrade. is_clients_turn, which changes: within a body, the client has to send or read; `pace`
 * is how slow it may be at that, by pace_rules (none for a conversation such as gRPC's, where silence is no sloth). */
struct exchange {
    struct list link;
    struct session_room *room;
    struct session *session;
    struct snapshot *snapshot;
    const struct plan_route *route;
    struct server *server;
    struct http_stream *front;
    struct http_stream *back;
    struct pool_conn *conn;
    struct pool_attempt *attempt;
    struct deadline deadline;
    struct deadline call_deadline;
    struct loop_task bury;
    struct arena arena;
    struct http_message request;
    struct slice host;
    struct judge_verdict verdict;
    const struct dial_facts *not_dialled;
    const struct plan_password *password;
    struct passwords_check check;
    struct queue_place place;
    struct server *failed;
    int64_t total_end_ms;
    struct limitpace_rules pace_rules;
    struct limitpace pace;
    uint64_t id;
    int64_t began_us;
    uint64_t in_bytes;
    uint64_t out_bytes;
    enum reason reason;
    uint16_t status;
    uint8_t attempts;
    uint8_t interims;
    bool was_stale;
    bool body_taken;
    bool request_sent;
    bool answer_begun;
    bool is_upgraded;
    bool answer_sent;
    bool is_clients_turn;
    bool waits_to_upgrade;
    bool over;
};

#endif
