/* The steps in their order, and the walk that loads files. */
#include "config/load.h"

#include "base/text.h"
#include "config/check.h"
#include "config/schema.h"
#include "config/yamldoc.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOAD_PATH_MAX = 4096 };

/* Contents by path; indexes are kept with 1 added, because a map holds no NULL. expanded: what lists became, by the
 * list that they were: hosts share that of their listener. */
struct loader {
    struct settings *settings;
    struct arena *arena;
    const struct load_source *source;
    struct error_list *errors;
    struct map indexes;
    struct map expanded;
    size_t room;
    size_t bytes;
};

/* What a list became that may have directories in it. */
struct file_list {
    struct settings_file *files;
    size_t count;
    size_t room;
};

static struct settings *bind_and_check(struct arena *arena, const struct yamldoc_node *root, const char *file,
                                       struct error_list *errors);
static struct slice directory_of(const char *file);
static void sort_errors(struct error_list *errors);
static int compare_errors(const void *a, const void *b);
static void load_struct(struct loader *loader, const struct schema_struct *type, void *object);
static void expand(struct loader *loader, const struct schema_field *field, void *object);
static struct file_list *expand_list(struct loader *loader, const struct schema_field *field,
                                     const struct settings_file *files, size_t count);
static bool has_directory(struct loader *loader, const struct settings_file *files, size_t count);
static bool add_path(struct loader *loader, const struct schema_field *field, const struct settings_file *file,
                     struct file_list *list);
static bool add_directory(struct loader *loader, const struct schema_field *field, const struct settings_file *file,
                          struct slice names, struct file_list *list);
static bool counts(const struct schema_field *field, struct slice name);
static bool add_file(struct loader *loader, const struct schema_field *field, struct settings_file file,
                     struct file_list *list);
static int compare_files(const void *a, const void *b);
static void load_file(struct loader *loader, struct settings_file *file);
static void add_content(struct loader *loader, struct settings_file *file);
static struct slice read_content(struct loader *loader, const struct settings_file *file);
static bool make_room(struct loader *loader);

struct settings *load_settings(struct arena *arena, struct slice text, const char *file, struct error_list *errors) {
    size_t errors_before = errors->total;
    struct arena nodes;
    arena_init(&nodes, LOAD_ARENA_BLOCK_BYTES, LOAD_ARENA_BYTES_MAX);
    const struct yamldoc_node *root = yamldoc_parse(&nodes, text, file, errors);
    struct settings *settings = root != NULL ? bind_and_check(arena, root, file, errors) : NULL;
    arena_fini(&nodes);
    sort_errors(errors);
    return errors->total == errors_before ? settings : NULL;
}

bool load_files(struct settings *settings, struct arena *arena, const struct load_source *source,
                struct error_list *errors) {
    size_t errors_before = errors->total;
    struct loader loader = {.settings = settings, .arena = arena, .source = source, .errors = errors};
    map_init(&loader.indexes, LOAD_FILES_MAX, 0);
    map_init(&loader.expanded, LOAD_FILES_MAX, 0);
    load_struct(&loader, schema_root(), settings);
    map_fini(&loader.expanded);
    map_fini(&loader.indexes);
    return errors->total == errors_before;
}

void load_wipe(struct settings *settings) {
    for (size_t i = 0; i < settings->content_count; i++) {
        struct slice bytes = settings->contents[i].bytes;
        if (bytes.len > 0) /* a file that could not be read has none */
            text_wipe((void *)bytes.data, bytes.len);
    }
}

/* The checks across settings need whole settings: with errors in single values they would only echo these. */
static struct settings *bind_and_check(struct arena *arena, const struct yamldoc_node *root, const char *file,
                                       struct error_list *errors) {
    size_t errors_before = errors->total;
    struct bind_places places;
    bind_places_init(&places);
    struct settings *settings = bind_settings(root, directory_of(file), arena, &places, errors);
    if (settings == NULL)
        error_add(errors, root->place, "not enough memory for the settings");
    if (settings != NULL && errors->total == errors_before)
        check_settings(settings, &places, errors);
    bind_places_fini(&places);
    return settings;
}

/* The part before the last '/', without it; "." when there is none. */
static struct slice directory_of(const char *file) {
    const char *slash = strrchr(file, '/');
    return slash == NULL ? slice_text(".") : slice_of(file, (size_t)(slash - file));
}

static void sort_errors(struct error_list *errors) {
    if (errors->count > 1)
        qsort(errors->items, errors->count, sizeof(*errors->items), compare_errors);
}

static int compare_errors(const void *a, const void *b) {
    const struct error *first = a, *second = b;
    if (first->line != second->line)
        return first->line < second->line ? -1 : 1;
    if (first->column != second->column)
        return first->column < second->column ? -1 : 1;
    return strcmp(first->sentence, second->sentence);
}

static void load_struct(struct loader *loader, const struct schema_struct *type, void *object) {
    for (size_t i = 0; i < type->field_count; i++) {
        const struct schema_field *field = &type->fields[i];
        bool is_file = field->kind == SCHEMA_FILE || field->kind == SCHEMA_MATCH;
        if (!is_file && field->kind != SCHEMA_STRUCT)
            continue;
        if (field->endings != NULL && loader->source->list != NULL && schema_count(field, object) > 0)
            expand(loader, field, object);
        for (size_t at = 0; at < schema_count(field, object); at++) {
            if (is_file) /* a match begins with its file */
                load_file(loader, schema_value(field, object, at));
            else
                load_struct(loader, field->child, schema_value(field, object, at));
        }
    }
}

/* Puts the files of directories in the directories' place. */
static void expand(struct loader *loader, const struct schema_field *field, void *object) {
    const struct settings_file *files = schema_value(field, object, 0);
    struct slice key = slice_of(&files, sizeof(files));
    struct file_list *list = map_get(&loader->expanded, key);
    if (list == NULL) {
        list = expand_list(loader, field, files, schema_count(field, object));
        const void *kept = arena_copy(loader->arena, key).data;
        if (list == NULL || kept == NULL || !map_set(&loader->expanded, slice_of(kept, key.len), list)) {
            error_add(loader->errors, files[0].place, "not enough memory for the files");
            return;
        }
    }
    schema_set_list(field, object, list->files, list->count);
}

static struct file_list *expand_list(struct loader *loader, const struct schema_field *field,
                                     const struct settings_file *files, size_t count) {
    struct file_list *list = arena_alloc(loader->arena, sizeof(*list));
    if (list == NULL)
        return NULL;
    *list = (struct file_list){.files = (struct settings_file *)files, .count = count};
    if (!has_directory(loader, files, count))
        return list;
    *list = (struct file_list){.room = field->items_max};
    list->files = arena_array(loader->arena, list->room, sizeof(*list->files));
    for (size_t i = 0; list->files != NULL && i < count; i++) {
        if (!add_path(loader, field, &files[i], list))
            break; /* the error is told */
    }
    return list->files != NULL ? list : NULL;
}

static bool has_directory(struct loader *loader, const struct settings_file *files, size_t count) {
    struct buf names;
    bool found = false;
    buf_init(&names, LOAD_NAMES_BYTES_MAX);
    for (size_t i = 0; i < count && !found; i++)
        found = files[i].path != NULL && loader->source->list(loader->source->owner, files[i].path, &names);
    buf_fini(&names);
    return found;
}

static bool add_path(struct loader *loader, const struct schema_field *field, const struct settings_file *file,
                     struct file_list *list) {
    struct buf names;
    buf_init(&names, LOAD_NAMES_BYTES_MAX);
    bool is_directory = file->path != NULL && loader->source->list(loader->source->owner, file->path, &names);
    bool done = is_directory ? add_directory(loader, field, file, buf_view(&names), list)
                             : add_file(loader, field, *file, list);
    buf_fini(&names);
    return done;
}

static bool add_directory(struct loader *loader, const struct schema_field *field, const struct settings_file *file,
                          struct slice names, struct file_list *list) {
    size_t first = list->count;
    while (names.len > 0) {
        char path[LOAD_PATH_MAX];
        struct slice name = slice_text((const char *)names.data);
        struct settings_file found = *file;
        names = slice_sub(names, name.len + 1, names.len);
        if (!counts(field, name))
            continue;
        int len = snprintf(path, sizeof(path), "%s/%s", file->path, (const char *)name.data);
        found.path = len < LOAD_PATH_MAX ? arena_text(loader->arena, slice_text(path)) : NULL;
        if (found.path == NULL)
            return error_add(loader->errors, file->place, "%s: a path in it is too long, or memory is short",
                             file->path);
        if (!add_file(loader, field, found, list))
            return false;
    }
    if (list->count == first)
        return error_add(loader->errors, file->place, "the directory %s has no file that ends with one of %s",
                         file->path, field->endings);
    qsort(list->files + first, list->count - first, sizeof(*list->files), compare_files);
    return true;
}

/* Hidden files are an editor's, or somebody's work in progress. */
static bool counts(const struct schema_field *field, struct slice name) {
    for (struct slice rest = slice_text(field->endings); rest.len > 0 && name.data[0] != '.';) {
        ptrdiff_t space = slice_find(rest, ' ');
        struct slice ending = slice_sub(rest, 0, space < 0 ? rest.len : (size_t)space);
        if (name.len > ending.len && slice_equal_nocase(slice_sub(name, name.len - ending.len, ending.len), ending))
            return true;
        rest = slice_sub(rest, ending.len + 1, rest.len);
    }
    return false;
}

static bool add_file(struct loader *loader, const struct schema_field *field, struct settings_file file,
                     struct file_list *list) {
    if (list->count == list->room)
        return error_add(loader->errors, file.place, "\"%s\" has more than %zu files", field->key, list->room);
    list->files[list->count++] = file;
    return true;
}

static int compare_files(const void *a, const void *b) {
    const struct settings_file *first = a, *second = b;
    return strcmp(first->path, second->path);
}

static void load_file(struct loader *loader, struct settings_file *file) {
    if (file->path == NULL) /* not given */
        return;
    uintptr_t known = (uintptr_t)map_get(&loader->indexes, slice_text(file->path));
    if (known == 0)
        add_content(loader, file);
    else
        file->content = (unsigned)(known - 1);
}

/* A file that cannot be read is added without bytes, so that it is complained of only once. */
static void add_content(struct loader *loader, struct settings_file *file) {
    struct settings *settings = loader->settings;
    size_t index = settings->content_count;
    if (!make_room(loader) || !map_set(&loader->indexes, slice_text(file->path), (void *)(uintptr_t)(index + 1))) {
        error_add(loader->errors, file->place, "too many files, or not enough memory for them");
        return;
    }
    settings->contents[index] = (struct settings_content){.path = file->path, .bytes = read_content(loader, file)};
    settings->content_count++;
    file->content = (unsigned)index;
}

static struct slice read_content(struct loader *loader, const struct settings_file *file) {
    struct buf bytes;
    struct slice kept = slice_of(NULL, 0);
    buf_init(&bytes, LOAD_FILE_BYTES_MAX);
    if (loader->source->read(loader->source->owner, file->path, file->place, &bytes, loader->errors)) {
        size_t len = buf_len(&bytes);
        loader->bytes += len;
        if (len == 0)
            error_add(loader->errors, file->place, "%s is empty", file->path);
        else if (loader->bytes > LOAD_FILES_BYTES_MAX)
            error_add(loader->errors, file->place, "the files are larger than %d MiB together",
                      LOAD_FILES_BYTES_MAX >> 20);
        else if ((kept = arena_copy(loader->arena, buf_view(&bytes))).data == NULL)
            error_add(loader->errors, file->place, "not enough memory for %s", file->path);
    }
    buf_wipe(&bytes);
    return kept;
}

static bool make_room(struct loader *loader) {
    struct settings *settings = loader->settings;
    if (settings->content_count < loader->room)
        return true;
    size_t room = loader->room == 0 ? 16 : loader->room * 2;
    struct settings_content *contents = arena_array(loader->arena, room, sizeof(*contents));
    if (contents == NULL)
        return false;
    if (settings->content_count > 0)
        memcpy(contents, settings->contents, settings->content_count * sizeof(*contents));
    settings->contents = contents;
    loader->room = room;
    return true;
}
