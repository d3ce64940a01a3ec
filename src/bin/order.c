/* Receiving an order. */
#include "bin/order.h"

#include "bin/keptdocs.h"
#include "config/load.h"
#include "os/fd.h"
#include "os/sealed.h"
#include "pki/revnumbers.h"
#include "plan/bundle.h"
#include "plan/revjob.h"

#include <poll.h>

/* MORE: the order is not whole yet. */
enum step { MORE, WHOLE, WRONG };

static bool take_kept(struct order *order, const struct statefiles *files, struct slice name);
static enum channel_status await(struct channel *channel, struct channel_message *message);
static enum step take(struct order *order, struct channel *channel, struct channel_message *message);
static bool take_document(struct order *order, struct channel *channel, struct channel_message *message);
static bool map(struct channel *channel, size_t max_bytes, struct slice *bytes);

void order_init(struct order *order) {
    order->is_refresh = false;
    order->bundle = order->numbers = slice_of(NULL, 0);
    order->document_count = 0;
    arena_init(&order->arena, LOAD_ARENA_BLOCK_BYTES, LOAD_ARENA_BYTES_MAX);
    sourcelist_init(&order->sources, &order->arena);
}

void order_fini(struct order *order) {
    for (size_t i = 0; i < order->document_count; i++)
        sealed_unmap(&order->documents[i]);
    sealed_unmap(&order->numbers);
    sealed_unmap(&order->bundle);
    arena_fini(&order->arena);
}

bool order_receive(struct order *order, struct channel *channel) {
    struct channel_message message;
    enum step step = MORE;
    while (step == MORE && await(channel, &message) == CHANNEL_MESSAGE)
        step = take(order, channel, &message);
    return step == WHOLE;
}

bool order_take_kept(struct order *order, const char *state_directory) {
    struct statefiles files;
    bool is_any = false;
    statefiles_look(&files, state_directory);
    for (size_t i = 0; statefiles_are_there(&files) && i < order->sources.count; i++)
        if (order->sources.sources[i].kind == SOURCE_URL)
            is_any = take_kept(order, &files, order->sources.sources[i].name) || is_any;
    statefiles_close(&files);
    return is_any;
}

static bool take_kept(struct order *order, const struct statefiles *files, struct slice name) {
    struct error error;
    int64_t ignored;
    struct slice *bytes = &order->documents[order->document_count];
    int fd = keptdocs_load(files, name, &ignored);
    bool good = fd >= 0 && order->document_count < SOURCE_MAX && sealed_map(fd, REVJOB_LIST_BYTES_MAX, bytes, &error);
    fd_close(&fd);
    if (!good)
        return false;
    order->document_count++;
    return sourcelist_add_document(&order->sources, &(struct sourcelist_document){.name = name, .former = *bytes});
}

static enum channel_status await(struct channel *channel, struct channel_message *message) {
    enum channel_status status;
    while ((status = channel_receive(channel, message)) == CHANNEL_EMPTY) {
        struct pollfd polled = {.fd = channel_fd(channel), .events = POLLIN};
        poll(&polled, 1, -1);
    }
    return status;
}

static enum step take(struct order *order, struct channel *channel, struct channel_message *message) {
    switch (message->type) {
    case CATALOG_FORMER_DOCUMENT:
    case CATALOG_FRESH_DOCUMENT:
        return take_document(order, channel, message) ? MORE : WRONG;
    case CATALOG_NUMBERS:
        return wire_in_done(&message->in) && map(channel, REVNUMBERS_BYTES_MAX, &order->numbers) ? MORE : WRONG;
    case CATALOG_COMPILE:
        return wire_in_done(&message->in) ? WHOLE : WRONG;
    case CATALOG_REFRESH:
        order->is_refresh = true;
        return wire_in_done(&message->in) && map(channel, BUNDLE_BYTES_MAX, &order->bundle) ? WHOLE : WRONG;
    default:
        return WRONG;
    }
}

static bool take_document(struct order *order, struct channel *channel, struct channel_message *message) {
    struct slice name = arena_copy(&order->arena, wire_get_bytes(&message->in, SOURCE_NAME_MAX));
    if (!wire_in_done(&message->in) || !name.data || order->document_count == 2 * SOURCE_MAX)
        return false;
    struct slice *bytes = &order->documents[order->document_count];
    if (!map(channel, REVJOB_LIST_BYTES_MAX, bytes))
        return false;
    order->document_count++;
    struct sourcelist_document document = {.name = name};
    *(message->type == CATALOG_FRESH_DOCUMENT ? &document.fresh : &document.former) = *bytes;
    return sourcelist_add_document(&order->sources, &document);
}

/* The descriptor of the message in hand. */
static bool map(struct channel *channel, size_t max_bytes, struct slice *bytes) {
    struct error error;
    int fd = channel_take_fd(channel, 0);
    bool good = sealed_map(fd, max_bytes, bytes, &error);
    fd_close(&fd);
    return good;
}
