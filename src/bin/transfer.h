/* One document on its way in, by libcurl: http or https, one host, no redirect, no proxy, bounded in size and time. */
#ifndef SALLYPORT_BIN_TRANSFER_H
#define SALLYPORT_BIN_TRANSFER_H

#include "base/buf.h"
#include "ipc/fetch.h"

#include <curl/curl.h>

/* CONNECT_MS: a server that does not even answer the call. SLOW: below SLOW_BYTES_S for SLOW_S seconds is given up. */
enum { TRANSFER_CONNECT_MS = 10000, TRANSFER_SLOW_BYTES_S = 100, TRANSFER_SLOW_S = 20 };

/* Where the document goes: into a memory file that is sealed in the end, or, when it stays small, into a buffer. */
enum transfer_sink { TRANSFER_TO_FILE, TRANSFER_TO_BUF };

struct transfer;

/* Prepares a transfer; the request is copied. NULL when memory is short. `owner` is the caller's. */
[[nodiscard]] struct transfer *transfer_new(const struct fetch_request *request, enum transfer_sink sink, void *owner);
void transfer_free(struct transfer **transfer);

/* libcurl's handle, to be put among others and taken out again by the caller; and whose transfer a handle is. */
CURL *transfer_handle(const struct transfer *transfer);
struct transfer *transfer_of(CURL *handle);
void *transfer_owner(const struct transfer *transfer);

/* After its end with `result`: true when the document is whole. Otherwise `why` (FETCH_WHY_MAX) is a sentence. */
[[nodiscard]] bool transfer_finish(struct transfer *transfer, CURLcode result, char *why);

/* The document, after transfer_finish: a sealed file, still the transfer's; or bytes. */
int transfer_file(const struct transfer *transfer);
struct slice transfer_bytes(const struct transfer *transfer);

#endif
