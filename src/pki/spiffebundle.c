/* A key is looked at whole before it counts: its members come in any order. */
#include "pki/spiffebundle.h"

#include "base/jsonread.h"
#include "base/text.h"
#include "pki/pem.h"

enum { USE_BYTES_MAX = 64, CERTIFICATE_TEXT_BYTES_MAX = 2 * PEM_BLOCK_BYTES_MAX };

static const char not_json[] = "it is no JSON";
static const char twice[] = "a member that is there twice, or whose name is escaped";

/* A member that is looked for: its value as it is written, empty until it is found. */
struct member {
    const char *name;
    struct slice value;
};

static const char *find(struct slice object, struct member *members, size_t count);
static const char *read_number(struct slice value, uint64_t *number);
static const char *read_keys(struct slice list, struct spiffebundle *bundle, struct buf *pem);
static const char *read_key(struct slice key, struct spiffebundle *bundle, struct buf *pem);
static bool is_for_svids(struct slice use);
static const char *put_certificate(struct slice list, struct buf *pem);
static const char *put_pem(struct slice base64, struct buf *pem);

bool spiffebundle_is_json(struct slice text) {
    size_t at = 0;
    while (at < text.len && memchr(" \t\r\n", text.data[at], 4))
        at++;
    return at < text.len && text.data[at] == '{';
}

const char *spiffebundle_read(struct slice text, struct spiffebundle *bundle, struct buf *pem) {
    struct member members[] = {{.name = "keys"}, {.name = "spiffe_sequence"}, {.name = "spiffe_refresh_hint"}};
    *bundle = (struct spiffebundle){.certificates = 0};
    const char *fault = find(text, members, 3);
    fault = fault ? fault : read_number(members[1].value, &bundle->sequence);
    fault = fault ? fault : read_number(members[2].value, &bundle->refresh_hint_s);
    fault = fault ? fault : read_keys(members[0].value, bundle, pem);
    return fault || bundle->certificates ? fault : "it has no key for x509-svid";
}

/* Of two members of one name, two readers take two different ones; so they do of an escaped name. */
static const char *find(struct slice object, struct member *members, size_t count) {
    struct jsonread reading;
    struct slice name;
    struct slice value;
    jsonread_begin(&reading, object);
    while (jsonread_next(&reading, &name, &value)) {
        if (slice_find(name, '\\') >= 0)
            return twice;
        for (size_t i = 0; i < count; i++) {
            if (!slice_equal(name, slice_text(members[i].name)))
                continue;
            if (members[i].value.len)
                return twice;
            members[i].value = value;
        }
    }
    return reading.is_bad ? not_json : NULL;
}

static const char *read_number(struct slice value, uint64_t *number) {
    return value.len == 0 || slice_decimal(value, number) ? NULL : "a number that is not whole, or too large";
}

static const char *read_keys(struct slice list, struct spiffebundle *bundle, struct buf *pem) {
    struct jsonread reading;
    struct slice key;
    size_t count = 0;
    jsonread_begin_list(&reading, list);
    while (jsonread_item(&reading, &key)) {
        const char *fault = count++ < SPIFFEBUNDLE_KEYS_MAX ? read_key(key, bundle, pem) : "more than 1000 keys";
        if (fault)
            return fault;
    }
    return reading.is_bad ? "its \"keys\" are no list" : NULL;
}

/* A key without a known use is for somebody else. */
static const char *read_key(struct slice key, struct spiffebundle *bundle, struct buf *pem) {
    struct member members[] = {{.name = "use"}, {.name = "x5c"}};
    const char *fault = find(key, members, 2);
    if (fault || !is_for_svids(members[0].value))
        return fault;
    bundle->certificates++;
    return put_certificate(members[1].value, pem);
}

static bool is_for_svids(struct slice use) {
    struct buf text;
    buf_init(&text, USE_BYTES_MAX);
    bool is_it = jsonread_text(use, &text) && slice_equal(buf_view(&text), slice_text("x509-svid"));
    buf_fini(&text);
    return is_it;
}

static const char *put_certificate(struct slice list, struct buf *pem) {
    struct jsonread reading;
    struct slice value;
    struct slice more;
    struct buf base64;
    jsonread_begin_list(&reading, list);
    if (!jsonread_item(&reading, &value) || jsonread_item(&reading, &more))
        return "a key for x509-svid has exactly one certificate in x5c";
    buf_init(&base64, CERTIFICATE_TEXT_BYTES_MAX);
    const char *fault = jsonread_text(value, &base64) ? put_pem(buf_view(&base64), pem) : "an x5c that is no text";
    buf_fini(&base64);
    return fault;
}

/* Lines of 64 letters, as PEM has them. */
static const char *put_pem(struct slice base64, struct buf *pem) {
    struct buf der;
    buf_init(&der, PEM_BLOCK_BYTES_MAX);
    bool is_good = text_unbase64(&der, base64) && buf_len(&der) > 0;
    buf_fini(&der);
    if (!is_good)
        return "a certificate in x5c that is not base64, or too large";
    is_good = buf_append_text(pem, "-----BEGIN CERTIFICATE-----\n");
    for (size_t at = 0; is_good && at < base64.len; at += 64)
        is_good = buf_append(pem, slice_sub(base64, at, 64)) && buf_append_byte(pem, '\n');
    return is_good && buf_append_text(pem, "-----END CERTIFICATE-----\n") ? NULL : "its certificates are too large";
}
