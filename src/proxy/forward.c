/* Hygiene first, identity last. */
#include "proxy/forward.h"

#include "base/text.h"
#include "vouch/hygiene.h"

/* Fields that we add ourselves: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-User, and what the profiles write. */
enum { FORWARD_EXTRA_FIELDS = 3 + VOUCH_FIELDS_MAX };

/* Takes the protected fields out of `message`, in place. */
static enum reason forward_clean(struct http_message *message, const struct plan_route *route) {
    size_t kept = 0;
    for (size_t i = 0; i < message->field_count; i++) {
        enum hygiene_action action = hygiene_check(message->fields[i].name);
        if (action == HYGIENE_REFUSE && !route->strip_protected)
            return REASON_PROTECTED_FIELD;
        if (action == HYGIENE_PASS)
            message->fields[kept++] = message->fields[i];
    }
    message->field_count = kept;
    return REASON_NONE;
}

/* `Connection: Client-Cert` asks a proxy to drop our own field: an attack, whatever the route says of stripping. */
static enum reason forward_check_tokens(const struct http_message *message) {
    for (size_t i = 0; i < message->connection_token_count; i++)
        if (hygiene_check(message->connection_tokens[i]) != HYGIENE_PASS)
            return REASON_PROTECTED_FIELD;
    return REASON_NONE;
}

static bool forward_is_authorization(const struct http_field *field) {
    return slice_equal_nocase(field->name, slice_text("Authorization"));
}

void forward_wipe_password(struct http_message *copied) {
    for (size_t i = 0; i < copied->field_count; i++)
        if (forward_is_authorization(&copied->fields[i]))
            text_wipe((void *)copied->fields[i].value.data, copied->fields[i].value.len);
}

/* The password was for us. */
static void forward_take_password(struct http_message *message) {
    size_t kept = 0;
    forward_wipe_password(message);
    for (size_t i = 0; i < message->field_count; i++)
        if (!forward_is_authorization(&message->fields[i]))
            message->fields[kept++] = message->fields[i];
    message->field_count = kept;
}

static bool forward_add_user(const struct forward_client *client, struct http_message *to) {
    return !client->password || !client->password->forward_user ||
        http_message_add(to, slice_text("X-Forwarded-User"), client->user, HTTP_FIELD_NEVER_INDEXED);
}

static bool forward_add_address(struct arena *arena, const struct forward_client *client, struct http_message *to) {
    char text[ADDR_TEXT_MAX];
    struct slice host = arena_copy(arena, slice_of(text, addr_ip_text_host(client->address, text)));
    return host.data && http_message_add(to, slice_text("X-Forwarded-For"), host, 0) &&
        http_message_add(to, slice_text("X-Forwarded-Proto"), client->scheme, 0);
}

enum reason forward_request(struct arena *arena, const struct http_message *from, const struct plan_route *route,
                            const struct forward_client *client, struct http_message *to) {
    enum reason reason = forward_check_tokens(from);
    if (reason != REASON_NONE)
        return reason;
    if (!http_message_copy(arena, from, to, FORWARD_EXTRA_FIELDS))
        return REASON_MEMORY;
    reason = forward_clean(to, route);
    if (reason != REASON_NONE)
        return reason;
    to->keep_alive = true;
    to->expect_continue = false;
    if (client->password && !client->password->forward_password)
        forward_take_password(to);
    if (!forward_add_address(arena, client, to) || !forward_add_user(client, to))
        return REASON_MEMORY;
    if (!vouch_add_fields(&route->profiles, &client->told, arena, to, &reason))
        return reason;
    return REASON_NONE;
}

enum reason forward_trailers(struct http_message *trailers, const struct plan_route *route) {
    return forward_clean(trailers, route);
}

void forward_answer(const struct http_message *from, struct http_field *fields, struct http_message *to) {
    *to = *from;
    to->fields = fields;
    to->field_room = HTTP_FIELDS_MAX;
    for (size_t i = 0; i < from->field_count; i++) {
        fields[i] = from->fields[i];
        if (hygiene_is_vary_on_identity(&fields[i]))
            fields[i].value = slice_text("*");
    }
}
