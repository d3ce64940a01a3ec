/* Reading and printing of the identity fields. A full buffer makes every further print fail. */
#include "bin/told.h"

#include "base/text.h"
#include "http/structfield.h"
#include "pki/cert.h"

/* CERTIFICATE_BYTES_MAX: more than the gateway forwards. */
enum { CERTIFICATE_BYTES_MAX = 65536 };

/* verdict: empty when the field is missing. certificates: of the path, the leaf first; `count` of them. */
struct told {
    struct slice verdict;
    size_t count;
    struct peer_summary certificates[PEER_PATH_MAX];
};

static void read_told(const struct http_message *request, struct told *told);
static void add_certificate(struct told *told, struct slice der);
static bool print_certificate(const struct peer_summary *summary, const char *title, struct buf *to);
static bool json_certificate(const struct peer_summary *summary, struct buf *to);
static bool json_fields(const struct http_message *request, struct buf *to);
static bool json_member(const char *name, struct slice value, struct buf *to);
static void date_text(int64_t seconds, char text[25]);

bool told_print_text(const struct http_message *request, struct buf *to) {
    struct told told;
    read_told(request, &told);
    struct slice verdict = told.verdict.data ? told.verdict : slice_text("(not told)");
    bool fits = buf_printf(to, "verdict      %.*s\n", (int)verdict.len, (const char *)verdict.data);
    if (told.count == 0)
        fits = fits && buf_append_text(to, "certificate  none\n");
    for (size_t i = 0; i < told.count; i++)
        fits = fits && print_certificate(&told.certificates[i], i == 0 ? "certificate" : "issued by", to);
    fits = fits &&
        buf_printf(to, "\n%.*s %.*s\n", (int)request->method.len, (const char *)request->method.data,
                   (int)request->path.len, (const char *)request->path.data);
    for (size_t i = 0; i < request->field_count; i++)
        fits = fits && buf_append(to, request->fields[i].name) && buf_append_text(to, ": ") &&
            buf_append(to, request->fields[i].value) && buf_append_text(to, "\n");
    return fits;
}

bool told_print_json(const struct http_message *request, struct buf *to) {
    struct told told;
    read_told(request, &told);
    bool fits = buf_append_text(to, "{\"verdict\":") &&
        (told.verdict.data ? text_json(to, told.verdict) : buf_append_text(to, "null")) &&
        buf_append_text(to, ",\"certificate\":") &&
        (told.count > 0 ? json_certificate(&told.certificates[0], to) : buf_append_text(to, "null")) &&
        buf_append_text(to, ",\"chain\":[");
    for (size_t i = 1; i < told.count; i++)
        fits = fits && (i == 1 || buf_append_text(to, ",")) && json_certificate(&told.certificates[i], to);
    return fits && buf_append_text(to, "]") && json_member(",\"method\":", request->method, to) &&
        json_member(",\"host\":", request->authority, to) && json_member(",\"path\":", request->path, to) &&
        json_fields(request, to) && buf_append_text(to, "}\n");
}

/* Client-Cert and Client-Cert-Chain (RFC 9440) are looked at first, then X-SSL-Client-Cert. */
static void read_told(const struct http_message *request, struct told *told) {
    struct buf der;
    told->count = 0;
    told->verdict = http_message_find(request, slice_text("Client-Cert-Verdict"));
    buf_init(&der, CERTIFICATE_BYTES_MAX);
    struct slice leaf = http_message_find(request, slice_text("Client-Cert"));
    struct slice other = http_message_find(request, slice_text("X-SSL-Client-Cert"));
    if ((leaf.data && structfield_read_bytes(leaf, &der)) || (other.data && text_unbase64(&der, other)))
        add_certificate(told, buf_view(&der));
    struct structfield_list list = {.rest = http_message_find(request, slice_text("Client-Cert-Chain"))};
    buf_consume(&der, buf_len(&der));
    while (list.rest.data && structfield_next_bytes(&list, &der) == STRUCTFIELD_NEXT) {
        add_certificate(told, buf_view(&der));
        buf_consume(&der, buf_len(&der));
    }
    buf_fini(&der);
}

static void add_certificate(struct told *told, struct slice der) {
    if (told->count < PEER_PATH_MAX)
        cert_summarize_der(der, &told->certificates[told->count++]);
}

static bool print_certificate(const struct peer_summary *summary, const char *title, struct buf *to) {
    char before[25];
    char after[25];
    date_text(summary->not_before, before);
    date_text(summary->not_after, after);
    if (!summary->present)
        return buf_printf(to, "%-12s (cannot be read)\n", title);
    return buf_printf(to,
                      "%-12s %s\n"
                      "  issuer     %s\n"
                      "  serial     %s\n"
                      "  sha256     %s\n"
                      "  valid      %s to %s\n",
                      title, summary->subject, summary->issuer, summary->serial, summary->fingerprint, before, after);
}

static bool json_certificate(const struct peer_summary *summary, struct buf *to) {
    char before[25];
    char after[25];
    date_text(summary->not_before, before);
    date_text(summary->not_after, after);
    if (!summary->present)
        return buf_append_text(to, "null");
    return json_member("{\"subject\":", slice_text(summary->subject), to) &&
        json_member(",\"issuer\":", slice_text(summary->issuer), to) &&
        json_member(",\"serial\":", slice_text(summary->serial), to) &&
        json_member(",\"fingerprint_sha256\":", slice_text(summary->fingerprint), to) &&
        buf_printf(to, ",\"not_before\":\"%s\",\"not_after\":\"%s\"}", before, after);
}

/* A list, since a name may come more than once. */
static bool json_fields(const struct http_message *request, struct buf *to) {
    bool fits = buf_append_text(to, ",\"fields\":[");
    for (size_t i = 0; i < request->field_count; i++)
        fits = fits && (i == 0 || buf_append_text(to, ",")) && json_member("{\"name\":", request->fields[i].name, to) &&
            json_member(",\"value\":", request->fields[i].value, to) && buf_append_text(to, "}");
    return fits && buf_append_text(to, "]");
}

static bool json_member(const char *name, struct slice value, struct buf *to) {
    return buf_append_text(to, name) && text_json(to, value);
}

static void date_text(int64_t seconds, char text[25]) {
    text_time(text, seconds * 1000);
    text[24] = '\0';
}
