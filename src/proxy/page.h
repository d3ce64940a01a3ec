/* The page that a refused person reads: what is wrong in words for outside, the request's id, where to find help.
 * Nothing of it comes from the client, and nothing tells how the gateway is configured. Pure. */
#ifndef SALLYPORT_PROXY_PAGE_H
#define SALLYPORT_PROXY_PAGE_H

#include "base/reason.h"
#include "base/slice.h"

/* The longest page: our own text and a help link at its maximum. */
enum { PAGE_BYTES_MAX = 4096 };

/* help_link: a URL without anything that HTML would read otherwise (config/check), or NULL. is_html: else plain
 * text. */
struct page {
    const char *help_link;
    bool is_html;
};

/* True when an Accept field (RFC 9110 section 12.5.1) names text/html: browsers do, other programs seldom. */
bool page_accepts_html(struct slice accept);

/* Writes the page; returns its length. */
size_t page_write(const struct page *page, enum reason reason, uint64_t id, char to[PAGE_BYTES_MAX]);

/* Its media type. */
const char *page_media_type(const struct page *page);

/* What is told of a reason outside: whole sentences. */
const char *page_sentence(enum reason reason);

#endif
