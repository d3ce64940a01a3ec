/* What the supervisor orders of the compiler: the configuration file or a refresh of a bundle, with the documents that
 * were fetched so far. */
#ifndef SALLYPORT_BIN_ORDER_H
#define SALLYPORT_BIN_ORDER_H

#include "ipc/channel.h"
#include "plan/sourcelist.h"

/* The order, mapped. bundle: empty unless is_refresh. */
struct order {
    bool is_refresh;
    struct slice bundle;
    struct slice numbers;
    struct sourcelist sources;
    struct slice documents[2 * SOURCE_MAX];
    size_t document_count;
    struct arena arena;
};

/* Makes the order to compile the configuration file, with no documents. */
void order_init(struct order *order);
void order_fini(struct order *order);

/* After a compilation, takes the documents of its sources that a gateway kept in this state directory: for commands
 * that judge as it does. False when there are none; else the same order is to be compiled again. */
[[nodiscard]] bool order_take_kept(struct order *order, const char *state_directory);

/* Waits for the whole order; false when the supervisor is gone or sends something else. */
[[nodiscard]] bool order_receive(struct order *order, struct channel *channel);

#endif
