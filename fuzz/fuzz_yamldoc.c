/* Fuzzes config: a document is read, bound and checked; what is accepted has places inside of the document. */
#include "base/bug.h"
#include "config/load.h"
#include "config/yamldoc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_places(const struct yamldoc_node *node) {
    bug_on(node->place.line == 0 || node->place.column == 0);
    bug_on(node->kind == YAMLDOC_TEXT && strlen((const char *)node->text.data) != node->text.len);
    size_t count = 0;
    for (const struct yamldoc_node *child = node->first; child != NULL; child = child->next, count++)
        check_places(child);
    bug_on(count != node->count);
}

static void read_document(struct slice text, struct arena *arena, struct error_list *errors) {
    const struct yamldoc_node *root = yamldoc_parse(arena, text, "f.yaml", errors);
    bug_on((root == NULL) != (errors->total > 0));
    if (root != NULL)
        check_places(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena;
    struct error_list errors;
    arena_init(&arena, 16 << 10, 64 << 20);
    error_list_init(&errors);
    read_document(slice_of(data, size), &arena, &errors);
    error_list_fini(&errors);
    const struct settings *settings = load_settings(&arena, slice_of(data, size), "f.yaml", &errors);
    bug_on((settings == NULL) != (errors.total > 0));
    error_list_fini(&errors);
    arena_fini(&arena);
    return 0;
}
