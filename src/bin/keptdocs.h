/* Documents and numbers in the state directory: what was fetched is there after a restart, before anything answers. */
#ifndef SALLYPORT_BIN_KEPTDOCS_H
#define SALLYPORT_BIN_KEPTDOCS_H

#include "base/slice.h"
#include "os/statefiles.h"

/* Writes the document of the source with this name, or the numbers, in the place of the former one, in one step. What
 * cannot be written is said in the log, and missing after a restart; the document's is false then. */
[[nodiscard]] bool keptdocs_save(const struct statefiles *files, struct slice name, int document_fd);
void keptdocs_save_numbers(const struct statefiles *files, int numbers_fd);

/* The document of this source as a sealed file, and when it was written (milliseconds since 1970); or the numbers. -1
 * when there is none. */
int keptdocs_load(const struct statefiles *files, struct slice name, int64_t *written_ms);
int keptdocs_load_numbers(const struct statefiles *files);

#endif
