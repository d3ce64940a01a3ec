/* Options of libcurl, and what comes back. */
#include "bin/transfer.h"

#include "base/text.h"
#include "base/version.h"
#include "os/fd.h"
#include "os/sealed.h"

#include <stdio.h>
#include <stdlib.h>

enum { STATUS_OK = 200, STATUS_REDIRECT = 300, STATUS_REDIRECT_END = 400 };

/* file: of TRANSFER_TO_FILE, else -1. is_long, is_lost: why our sink took no more. error: libcurl's words. */
struct transfer {
    CURL *handle;
    struct curl_slist *headers;
    void *owner;
    int file;
    struct buf bytes;
    uint64_t count;
    uint64_t max_bytes;
    bool is_long;
    bool is_lost;
    char error[CURL_ERROR_SIZE];
};

static bool set_up(struct transfer *transfer, const struct fetch_request *request);
static bool set_url(struct transfer *transfer, struct slice url);
static bool set_bounds(struct transfer *transfer, const struct fetch_request *request);
static bool set_body(struct transfer *transfer, const struct fetch_request *request);
static size_t take_bytes(char *bytes, size_t size, size_t count, void *owner);
static bool keep(struct transfer *transfer, struct slice bytes);
static void explain(const struct transfer *transfer, CURLcode result, long status, char *why);

struct transfer *transfer_new(const struct fetch_request *request, enum transfer_sink sink, void *owner) {
    struct transfer *transfer = calloc(1, sizeof(*transfer));
    if (!transfer)
        return NULL;
    transfer->owner = owner;
    transfer->max_bytes = request->max_bytes;
    transfer->handle = curl_easy_init();
    transfer->file = sink == TRANSFER_TO_FILE ? sealed_begin("sallyport-fetched") : -1;
    buf_init(&transfer->bytes, sink == TRANSFER_TO_BUF ? request->max_bytes : 0);
    bool has_sink = transfer->file >= 0 || sink == TRANSFER_TO_BUF;
    if (!transfer->handle || !has_sink || !set_up(transfer, request))
        transfer_free(&transfer);
    return transfer;
}

void transfer_free(struct transfer **held) {
    struct transfer *transfer = *held;
    *held = NULL;
    if (!transfer)
        return;
    curl_easy_cleanup(transfer->handle);
    curl_slist_free_all(transfer->headers);
    buf_fini(&transfer->bytes);
    fd_close(&transfer->file);
    free(transfer);
}

CURL *transfer_handle(const struct transfer *transfer) {
    return transfer->handle;
}

struct transfer *transfer_of(CURL *handle) {
    char *owner = NULL;
    curl_easy_getinfo(handle, CURLINFO_PRIVATE, &owner);
    return (struct transfer *)(void *)owner;
}

void *transfer_owner(const struct transfer *transfer) {
    return transfer->owner;
}

bool transfer_finish(struct transfer *transfer, CURLcode result, char *why) {
    long status = 0;
    curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
    bool is_whole = result == CURLE_OK && status == STATUS_OK && transfer->count > 0;
    if (is_whole && transfer->file >= 0 && !sealed_finish(transfer->file))
        is_whole = !(transfer->is_lost = true);
    if (!is_whole)
        explain(transfer, result, status, why);
    return is_whole;
}

int transfer_file(const struct transfer *transfer) {
    return transfer->file;
}

struct slice transfer_bytes(const struct transfer *transfer) {
    return buf_view(&transfer->bytes);
}

/* What is not set here and would be taken from somewhere else is turned off: proxies of the environment, redirects,
 * users in URLs, other protocols, signals. */
static bool set_up(struct transfer *transfer, const struct fetch_request *request) {
    CURL *handle = transfer->handle;
    bool done = curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_NOPROXY, "*") == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_USERAGENT, "sallyport/" SALLYPORT_VERSION) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer->error) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_bytes) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_WRITEDATA, transfer) == CURLE_OK;
    return done && set_url(transfer, request->url) && set_bounds(transfer, request) && set_body(transfer, request);
}

static bool set_url(struct transfer *transfer, struct slice url) {
    char text[URL_MAX + 1];
    if (url.len > URL_MAX)
        return false;
    memcpy(text, url.data, url.len);
    text[url.len] = '\0';
    return curl_easy_setopt(transfer->handle, CURLOPT_URL, text) == CURLE_OK;
}

static bool set_bounds(struct transfer *transfer, const struct fetch_request *request) {
    CURL *handle = transfer->handle;
    return curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)request->limit_ms) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)TRANSFER_CONNECT_MS) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, (long)TRANSFER_SLOW_BYTES_S) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, (long)TRANSFER_SLOW_S) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->max_bytes) == CURLE_OK;
}

/* Without "Expect", the body goes along with the head. */
static bool set_body(struct transfer *transfer, const struct fetch_request *request) {
    char header[sizeof("Content-Type: ") + FETCH_TYPE_MAX];
    if (request->body.len == 0)
        return true;
    snprintf(header, sizeof(header), "Content-Type: %.*s", (int)request->content_type.len,
             (const char *)request->content_type.data);
    transfer->headers = curl_slist_append(NULL, "Expect:");
    if (transfer->headers && request->content_type.len > 0 && !curl_slist_append(transfer->headers, header))
        return false;
    CURL *handle = transfer->handle;
    return transfer->headers && curl_easy_setopt(handle, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long)request->body.len) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, request->body.data) == CURLE_OK;
}

/* A count other than ours ends the transfer. The body of an answer that is not 200 is nobody's document. */
static size_t take_bytes(char *bytes, size_t size, size_t count, void *owner) {
    struct transfer *transfer = owner;
    size_t len = size * count;
    long status = 0;
    curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
    transfer->is_long = status == STATUS_OK && len > transfer->max_bytes - transfer->count;
    if (status != STATUS_OK || transfer->is_long)
        return 0;
    transfer->is_lost = !keep(transfer, slice_of(bytes, len));
    transfer->count += len;
    return transfer->is_lost ? 0 : len;
}

static bool keep(struct transfer *transfer, struct slice bytes) {
    return transfer->file >= 0 ? fd_write_all(transfer->file, bytes) : buf_append(&transfer->bytes, bytes);
}

/* What the server sent is not in the sentence; libcurl may quote it, so that is cleaned. */
static void explain(const struct transfer *transfer, CURLcode result, long status, char *why) {
    if (transfer->is_long || result == CURLE_FILESIZE_EXCEEDED)
        snprintf(why, FETCH_WHY_MAX, "The document is larger than %llu bytes.",
                 (unsigned long long)transfer->max_bytes);
    else if (transfer->is_lost)
        snprintf(why, FETCH_WHY_MAX, "There is no memory for the document.");
    else if (status >= STATUS_REDIRECT && status < STATUS_REDIRECT_END)
        snprintf(why, FETCH_WHY_MAX, "The server answered %ld; redirects are not followed.", status);
    else if (status != 0 && status != STATUS_OK)
        snprintf(why, FETCH_WHY_MAX, "The server answered %ld.", status);
    else if (result == CURLE_OK)
        snprintf(why, FETCH_WHY_MAX, "The server answered with nothing.");
    else
        snprintf(why, FETCH_WHY_MAX, "%.*s.", FETCH_WHY_MAX - 2,
                 transfer->error[0] ? transfer->error : curl_easy_strerror(result));
    text_clean(why, strlen(why));
}
