/* Binds a tree of config/yamldoc to the structs of config/settings by the table of config/schema: types, bounds,
 * defaults, inheritance. Finds every error, not only the first. Says afterwards what the file gave and where. */
#ifndef SALLYPORT_CONFIG_BIND_H
#define SALLYPORT_CONFIG_BIND_H

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "config/settings.h"
#include "config/yamldoc.h"

/* Where each given value is: by the address of its member, or of a list's pointer or element. */
struct bind_places {
    struct map places;
};

/* Makes an empty set of places. */
void bind_places_init(struct bind_places *places);
void bind_places_fini(struct bind_places *places);

/* The place of the value that the file gave for `member`, an address inside of bound settings; line 0 when it gave
 * none. */
struct error_place bind_place(const struct bind_places *places, const void *member);

/* Binds `root`. `directory`: what relative paths start from. The settings belong to `arena`, which also has to
 * outlive `places`. Always
 * returns settings as complete as they can be, NULL only when memory is short: use them when no error was added. */
[[nodiscard]] struct settings *bind_settings(const struct yamldoc_node *root, struct slice directory,
                                             struct arena *arena, struct bind_places *places,
                                             struct error_list *errors);

#endif
