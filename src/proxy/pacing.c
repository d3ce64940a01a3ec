/* Whose turn it is, and until when. */
#include "proxy/pacing.h"

void pacing_begin(struct exchange *exchange, const struct http_message *head) {
    struct slice type = http_message_find(head, slice_text("content-type"));
    exchange->pace_rules = exchange->session->listener->body_pace;
    if (http_message_upgrades(head) || slice_starts(type, slice_text("application/grpc")))
        exchange->pace_rules.bytes_per_s = 0;
    limitpace_init(&exchange->pace, &exchange->pace_rules);
}

void pacing_wait(struct exchange *exchange, int64_t wait_ms) {
    struct loop *loop = exchange->room->loop;
    int64_t end_ms = loop_now_ms(loop) + wait_ms;
    if (exchange->total_end_ms > 0 && exchange->total_end_ms < end_ms)
        end_ms = exchange->total_end_ms;
    deadline_set(loop_deadlines(loop), &exchange->deadline, end_ms);
}

static void pacing_go_on(struct exchange *exchange, size_t bytes, bool is_clients_turn) {
    struct loop *loop = exchange->room->loop;
    int64_t now_ms = loop_now_ms(loop);
    int64_t wait_ms = exchange->route->backend->body_idle_timeout_ms;
    exchange->is_clients_turn = is_clients_turn;
    limitpace_note(&exchange->pace, &exchange->pace_rules, bytes, is_clients_turn, now_ms);
    if (is_clients_turn)
        wait_ms = limitpace_wait_ms(&exchange->pace, &exchange->pace_rules);
    pacing_wait(exchange, wait_ms);
}

void pacing_turn(struct exchange *exchange, bool is_clients_turn) {
    pacing_go_on(exchange, 0, is_clients_turn);
}

void pacing_carried(struct exchange *exchange, size_t bytes, bool is_clients_turn) {
    if (bytes > 0 || exchange->is_clients_turn != is_clients_turn)
        pacing_go_on(exchange, bytes, is_clients_turn);
}

bool pacing_is_too_slow(const struct exchange *exchange) {
    return limitpace_is_too_slow(&exchange->pace, &exchange->pace_rules);
}
