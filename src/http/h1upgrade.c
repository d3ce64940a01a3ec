/* Key and proof are fields here and nowhere above: taken out where they are read, put in where they are written. */
#include "http/h1upgrade.h"

#include "http/h1write.h"

#define FIELD_KEY    slice_text("Sec-WebSocket-Key")
#define FIELD_ACCEPT slice_text("Sec-WebSocket-Accept")

static bool may_upgrade(const struct http_message *head);
static unsigned take_field(struct http_message *head, struct slice name, struct slice *value);
static bool add_field(const struct http_message *head, struct http_field fields[HTTP_FIELDS_MAX], struct slice name,
                      struct slice value, struct http_message *to);
static void turn_to_bytes(struct h1state *state);

enum reason h1upgrade_take_request(struct h1state *state, struct http_message *head) {
    struct slice key;
    if (!may_upgrade(head)) {
        head->upgrade = (struct slice){0};
        return REASON_NONE;
    }
    if (take_field(head, FIELD_KEY, &key) != 1 || !websocket_is_key(key))
        return REASON_UPGRADE_MALFORMED;
    websocket_accept(key, state->accept);
    head->body = HTTP_BODY_NONE;
    state->upgrading = true;
    return REASON_NONE;
}

bool h1upgrade_send_answer(struct h1state *state, const struct http_message *head) {
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message answer;
    if (!state->upgrading || state->input.len > 0)
        return false;
    if (!add_field(head, fields, FIELD_ACCEPT, slice_of(state->accept, sizeof state->accept), &answer) ||
        !h1write_answer(&state->out, &answer))
        return false;
    turn_to_bytes(state);
    return true;
}

bool h1upgrade_send_request(struct h1state *state, const struct http_message *head) {
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message request;
    char key[WEBSOCKET_KEY_LEN];
    if (!websocket_make_key(key) || !add_field(head, fields, FIELD_KEY, slice_of(key, sizeof key), &request))
        return false;
    request.keep_alive = true;
    if (!h1write_request(&state->out, &request))
        return false;
    websocket_accept(slice_of(key, sizeof key), state->accept);
    state->upgrading = true;
    return true;
}

bool h1upgrade_take_answer(struct h1state *state, struct http_message *head) {
    struct slice accept;
    if (!state->upgrading || !slice_equal_nocase(head->upgrade, slice_text("websocket")))
        return false;
    if (take_field(head, FIELD_ACCEPT, &accept) != 1 ||
        !slice_equal(accept, slice_of(state->accept, sizeof state->accept)))
        return false;
    turn_to_bytes(state);
    return true;
}

static bool may_upgrade(const struct http_message *head) {
    return slice_equal_nocase(head->upgrade, slice_text("websocket")) && slice_equal(head->method, slice_text("GET")) &&
        (head->body == HTTP_BODY_NONE || (head->body == HTTP_BODY_LENGTH && head->content_length == 0));
}

/* Takes every field of this name out; how many there were, and the value of the last. */
static unsigned take_field(struct http_message *head, struct slice name, struct slice *value) {
    size_t kept = 0;
    unsigned found = 0;
    for (size_t i = 0; i < head->field_count; i++) {
        if (!slice_equal_nocase(head->fields[i].name, name)) {
            head->fields[kept++] = head->fields[i];
            continue;
        }
        *value = head->fields[i].value;
        found++;
    }
    head->field_count = kept;
    return found;
}

/* The head with one field more, over another array. */
static bool add_field(const struct http_message *head, struct http_field fields[HTTP_FIELDS_MAX], struct slice name,
                      struct slice value, struct http_message *to) {
    *to = *head;
    to->fields = fields;
    to->field_room = HTTP_FIELDS_MAX;
    if (head->field_count >= HTTP_FIELDS_MAX)
        return false;
    for (size_t i = 0; i < head->field_count; i++)
        fields[i] = head->fields[i];
    return http_message_add(to, name, value, 0);
}

/* From here each direction is a body that its sender's end ends. */
static void turn_to_bytes(struct h1state *state) {
    state->upgrading = false;
    state->is_upgraded = true;
    state->keep_alive = false;
    state->input_state = H1STATE_INPUT_UNTIL_CLOSE;
    state->output_state = H1STATE_OUTPUT_UNTIL_CLOSE;
    state->end_seen = false;
    state->news = true;
    h1state_schedule(state);
}
