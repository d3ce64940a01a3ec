/* The compiled configuration as one string of bytes: what the compiler seals and every worker reads. Settings by the
 * table of config/schema, and the loaded files once each. Little-endian, every length checked; no pointer, no
 * digest: the memory is sealed and comes from our own compiler, but a worker takes no byte of it on trust. */
#ifndef SALLYPORT_PLAN_BUNDLE_H
#define SALLYPORT_PLAN_BUNDLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "config/settings.h"

/* BYTES: the files (LOAD_FILES_BYTES_MAX) and their settings fit. ARENA: what the settings in it become. */
enum { BUNDLE_BYTES_MAX = 512 << 20, BUNDLE_ARENA_BYTES_MAX = 1 << 30, BUNDLE_HEADER_BYTES = 32 };

/* Appends the bundle of settings with loaded contents. Room for all of it is made first, so that growing leaves no
 * copy of a private key behind; the caller wipes the buffer. False when `to` has no room. */
[[nodiscard]] bool bundle_write(const struct settings *settings, struct buf *to);

/* Reads a bundle into settings of `arena`; their file contents stay in `bytes`. NULL and an error for anything that
 * bundle_write of this version does not write. What settings name (a backend, a host) need not exist. */
[[nodiscard]] struct settings *bundle_read(struct slice bytes, struct arena *arena, struct error *error);

#endif
