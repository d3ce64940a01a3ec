/* Records of one request or connection as a story for a person. */
#ifndef SALLYPORT_BIN_STORY_H
#define SALLYPORT_BIN_STORY_H

#include "base/buf.h"

/* Appends all that the records (lines of JSON objects: that of the refusal and that of the request, or one of them)
 * say, the outcome first, nothing twice. False when a line is no record or `to` is full. */
[[nodiscard]] bool story_print(struct slice lines, struct buf *to);

#endif
