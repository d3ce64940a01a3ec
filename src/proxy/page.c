#include "proxy/page.h"

#include <stdio.h>

static bool is_refused(struct slice parameters);

static const char html[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Access refused</title>\n"
    "<style>\n"
    "body { margin: 15vh auto; max-width: 34em; padding: 0 1.5em; font: 1.05rem/1.6 system-ui, sans-serif;"
    " color: #222; background: #fff }\n"
    "h1 { font-size: 1.6rem; font-weight: 600 }\n"
    "code { padding: .1em .4em; border-radius: .3em; background: #eee; color: #222 }\n"
    "a { color: #0b57d0 }\n"
    "@media (prefers-color-scheme: dark) { body { color: #ddd; background: #1b1b1b } a { color: #a8c7fa } }\n"
    "</style>\n"
    "</head>\n"
    "<body>\n"
    "<main>\n"
    "<h1>Access refused</h1>\n"
    "<p>%s</p>\n"
    "%s%s%s"
    "<p>If you ask for help, tell this number: <code>%016llx</code></p>\n"
    "</main>\n"
    "</body>\n"
    "</html>\n";

static const char plain[] = "Access refused\n\n%s\n%s%s%sIf you ask for help, tell this number: %016llx\n";

bool page_accepts_html(struct slice accept) {
    while (accept.len > 0) {
        ptrdiff_t comma = slice_find(accept, ',');
        struct slice range = slice_sub(accept, 0, comma < 0 ? accept.len : (size_t)comma);
        ptrdiff_t semicolon = slice_find(range, ';');
        size_t type_len = semicolon < 0 ? range.len : (size_t)semicolon;
        if (slice_equal_nocase(slice_trim(slice_sub(range, 0, type_len)), slice_text("text/html")))
            return !is_refused(slice_sub(range, type_len, range.len));
        accept = slice_sub(accept, range.len + 1, accept.len);
    }
    return false;
}

size_t page_write(const struct page *page, enum reason reason, uint64_t id, char to[PAGE_BYTES_MAX]) {
    const char *link = page->help_link ? page->help_link : "";
    const char *before = !page->help_link ? "" : page->is_html ? "<p><a href=\"" : "Help: ";
    const char *behind = !page->help_link ? "" : page->is_html ? "\">How to get access</a></p>\n" : "\n";
    int len = snprintf(to, PAGE_BYTES_MAX, page->is_html ? html : plain, page_sentence(reason), before, link, behind,
                       (unsigned long long)id);
    return len < PAGE_BYTES_MAX ? (size_t)len : PAGE_BYTES_MAX - 1;
}

const char *page_media_type(const struct page *page) {
    return page->is_html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
}

/* What a person can do something about is said; of the rest, only whose turn it is. */
const char *page_sentence(enum reason reason) {
    switch (reason) {
    case REASON_CERT_MISSING:
        return "This site asks for a client certificate, and your browser or program has not shown one.";
    case REASON_CERT_EXPIRED:
        return "The certificate that you have shown has expired. Please renew it.";
    case REASON_CERT_NOT_YET_VALID:
        return "The certificate that you have shown is not valid yet. Please check the clock of your device.";
    case REASON_CERT_UNKNOWN_ISSUER:
        return "The certificate that you have shown was not issued for this site. Please choose another one.";
    case REASON_CERT_REVOKED:
        return "The certificate that you have shown is revoked. Please ask for a new one.";
    case REASON_CERT_ON_HOLD:
        return "The certificate that you have shown is suspended. Please ask those who issued it.";
    case REASON_CERT_WRONG_USAGE:
        return "The certificate that you have shown is for another purpose. Please choose another one.";
    case REASON_REVOCATION_LIST_MISSING:
    case REASON_REVOCATION_LIST_STALE:
        return "The certificate that you have shown cannot be checked at present. Please try again later.";
    case REASON_POLICY:
        return "Your certificate is good, but you have no access to this page.";
    default:
        return "The certificate that you have shown is not accepted here.";
    }
}

/* True for a weight of zero: the client wants anything but this. */
static bool is_refused(struct slice parameters) {
    while (parameters.len > 0) {
        struct slice rest = slice_sub(parameters, 1, parameters.len);
        ptrdiff_t semicolon = slice_find(rest, ';');
        struct slice parameter = slice_trim(slice_sub(rest, 0, semicolon < 0 ? rest.len : (size_t)semicolon));
        bool is_weight = slice_starts(parameter, slice_text("q=")) || slice_starts(parameter, slice_text("Q="));
        size_t zeros = 2;
        while (is_weight && zeros < parameter.len && (parameter.data[zeros] == '0' || parameter.data[zeros] == '.'))
            zeros++;
        if (is_weight)
            return zeros == parameter.len;
        parameters = semicolon < 0 ? slice_of(NULL, 0) : slice_sub(rest, (size_t)semicolon, rest.len);
    }
    return false;
}
