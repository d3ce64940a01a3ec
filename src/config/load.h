/* The configuration from text to settings: yamldoc, bind, check in a row. Then the files that it names. Pure: opens
 * nothing itself. */
#ifndef SALLYPORT_CONFIG_LOAD_H
#define SALLYPORT_CONFIG_LOAD_H

#include "base/arena.h"
#include "base/error.h"
#include "config/settings.h"

/* ARENA: 100,000 hosts fit. FILE: a certificate, key or bundle of anchors is smaller by far. FILES: a certificate
 * and a key for each of 100,000 hosts. FILES_BYTES: of all loaded files together; the bundle holds them. */
enum {
    LOAD_ARENA_BYTES_MAX = 1 << 30,
    LOAD_ARENA_BLOCK_BYTES = 64 << 10,
    LOAD_FILE_BYTES_MAX = 4 << 20,
    LOAD_FILES_MAX = 200000,
    LOAD_FILES_BYTES_MAX = 256 << 20
};

/* Reads the configuration in `text`; `file` is its path: for errors, and what relative paths in it are relative to
 * (it has to outlive the settings). NULL and every error, in the order of the file. The settings belong to `arena`
 * and have no file contents yet. */
[[nodiscard]] struct settings *load_settings(struct arena *arena, struct slice text, const char *file,
                                             struct error_list *errors);

/* Most bytes of the names in one directory. */
enum { LOAD_NAMES_BYTES_MAX = 4 << 20 };

/* Where files come from. read: appends a file's bytes to `to`; false and an error with this place when it cannot be
 * read whole. list: appends the names in a directory, each ended by a zero, in any order; false when `path` is none
 * (or cannot be read: then `read` says so). NULL: there are no directories. */
struct load_source {
    bool (*read)(void *owner, const char *path, struct error_place place, struct buf *to, struct error_list *errors);
    bool (*list)(void *owner, const char *path, struct buf *names);
    void *owner;
};

/* Loads each file that the settings name, once, into `arena`; a directory is replaced by the files in it, sorted. False
 * and an error for each file that cannot be read or is empty, and for each directory without a file that counts. */
[[nodiscard]] bool load_files(struct settings *settings, struct arena *arena, const struct load_source *source,
                              struct error_list *errors);

/* Overwrites the loaded contents: there are private keys among them. */
void load_wipe(struct settings *settings);

#endif
