/* The table of counters: COUNTER(NAME, label, kind, help). No include guard: included where a column is wanted. */

COUNTER(ACCEPTED, "connections_accepted", TOTAL, "Connections accepted.")
COUNTER(ACCEPT_PAUSES, "accept_pauses", TOTAL, "Pauses in accepting because descriptors or memory were short.")
COUNTER(ACCEPT_PAUSED, "accept_paused", GAUGE,
        "Workers that accept nothing now because descriptors or memory are short.")
COUNTER(DESCRIPTORS, "descriptors", GAUGE, "Descriptors that the workers have open, looked at every second.")
COUNTER(MEMORY, "memory_bytes", GAUGE, "Memory that the workers have allocated, looked at every second.")
COUNTER(CONNECTIONS, "connections", GAUGE, "Connections open now.")
COUNTER(HANDSHAKES_NOW, "handshakes_in_progress", GAUGE, "TLS handshakes in progress.")
COUNTER(HANDSHAKES, "handshakes", TOTAL, "TLS handshakes finished.")
COUNTER(HANDSHAKES_RESUMED, "handshakes_resumed", TOTAL, "TLS handshakes finished by resumption.")
COUNTER(HANDSHAKES_REFUSED, "handshakes_refused", TOTAL, "Connections refused before or in the handshake.")
COUNTER(CHAIN_LOOKUPS, "chain_lookups", TOTAL, "Certificate chains judged.")
COUNTER(CHAIN_HITS, "chain_hits", TOTAL, "Certificate chains judged from memory.")
COUNTER(OCSP_QUESTIONS, "ocsp_questions", TOTAL, "Questions to OCSP responders about clients.")
COUNTER(OCSP_FAILURES, "ocsp_failures", TOTAL, "Times that no OCSP responder gave a usable answer about a client.")
COUNTER(OCSP_WAITS, "ocsp_waits", TOTAL, "Connections that waited for an OCSP answer before they were let in.")
COUNTER(OCSP_UNANSWERED, "ocsp_unanswered", TOTAL,
        "Connections let in without a usable OCSP answer, as mode soft has it.")
COUNTER(REQUESTS, "requests", TOTAL, "Requests answered.")
COUNTER(REQUESTS_REFUSED, "requests_refused", TOTAL, "Requests refused by the gateway.")
COUNTER(SHADOW_DIFFERENCES, "shadow_rule_differences", TOTAL,
        "Connections and requests that shadow rules would have decided otherwise.")
COUNTER(REQUESTS_NOW, "requests_in_progress", GAUGE, "Requests in progress.")
COUNTER(TUNNELS, "tunnels", GAUGE,
        "Connections open now whose bytes go to a server and back: modes tcp and passthrough.")
COUNTER(TUNNELS_OPENED, "tunnels_opened", TOTAL, "Connections in modes tcp and passthrough that reached a server.")
COUNTER(TUNNELS_REFUSED, "tunnels_refused", TOTAL,
        "Connections in modes tcp and passthrough for which no server could be reached.")
COUNTER(TUNNEL_BYTES_IN, "tunnel_bytes_in", TOTAL,
        "Bytes of clients in modes tcp and passthrough, counted when the connection ends.")
COUNTER(TUNNEL_BYTES_OUT, "tunnel_bytes_out", TOTAL,
        "Bytes to clients in modes tcp and passthrough, counted when the connection ends.")
COUNTER(PASSWORDS_CHECKED, "passwords_checked", TOTAL, "Passwords that the checker was asked about.")
COUNTER(PASSWORDS_REMEMBERED, "passwords_remembered", TOTAL, "Passwords known to be right or wrong from memory.")
COUNTER(PASSWORDS_WAITING, "passwords_waiting", GAUGE, "Requests that wait for the checker.")
COUNTER(BACKEND_CONNECTS, "backend_connects", TOTAL, "Connections opened to backends.")
COUNTER(BACKEND_FAILURES, "backend_failures", TOTAL, "Attempts at a backend's server that failed.")
COUNTER(BACKEND_RETRIES, "backend_retries", TOTAL, "Requests tried again on another server or connection.")
COUNTER(HEALTH_CHECKS, "health_checks", TOTAL, "Health checks of servers.")
COUNTER(HEALTH_CHECK_FAILURES, "health_check_failures", TOTAL, "Health checks of servers that failed.")
COUNTER(SERVERS_DOWN, "servers_down", GAUGE, "Servers that health checks found down, in all workers together.")
COUNTER(BYTES_IN, "bytes_in", TOTAL, "Bytes of request bodies.")
COUNTER(BYTES_OUT, "bytes_out", TOTAL, "Bytes of answer bodies.")
COUNTER(LONGEST_TURN, "longest_turn_us", PEAK,
        "Longest time that a worker's loop was busy in one go while it served, microseconds.")
COUNTER(EVENTS_LOST, "events_lost", TOTAL,
        "Access and refusal records dropped because the log was slower than the traffic.")
