/* One YAML document as a tree of nodes, each with its place. The only user of libyaml. Pure: bytes in, tree out.
 * A small, plain part of YAML: text, lists and maps. Aliases, anchors, tags, directives, a second document and
 * duplicate keys are errors, so that a file means what it looks like. */
#ifndef SALLYPORT_CONFIG_YAMLDOC_H
#define SALLYPORT_CONFIG_YAMLDOC_H

#include "base/arena.h"
#include "base/error.h"

/* BYTES: 100,000 hosts written at length fit. DEPTH: ours nest seven deep, and reading recurses. NODES bounds the
 * memory of a hostile file to some 100 MB. */
enum { YAMLDOC_BYTES_MAX = 16 << 20, YAMLDOC_DEPTH_MAX = 32, YAMLDOC_NODES_MAX = 1000000 };

enum yamldoc_kind { YAMLDOC_TEXT, YAMLDOC_LIST, YAMLDOC_MAP };

/* A node. text: of a TEXT, zero-terminated, without NUL inside; as it is meant, not as it is quoted. quoted: it was
 * written in quotes or as a block. first, next: the children of a LIST or MAP in their order. key: the name of a map's
 * member, and its place. */
struct yamldoc_node {
    enum yamldoc_kind kind;
    bool quoted;
    struct slice text;
    struct slice key;
    struct error_place place;
    struct error_place key_place;
    struct yamldoc_node *first;
    struct yamldoc_node *next;
    size_t count;
};

/* Reads one document into `arena`. `file` names it in errors and places, and has to live as long as the nodes. NULL
 * and at least one error, with its place, for anything that is not one document of the part of YAML above. */
[[nodiscard]] struct yamldoc_node *yamldoc_parse(struct arena *arena, struct slice text, const char *file,
                                                 struct error_list *errors);

/* The member of a MAP with this key, or NULL. Walks the members. */
const struct yamldoc_node *yamldoc_member(const struct yamldoc_node *map, struct slice key);

#endif
