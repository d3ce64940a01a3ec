/* From the outside in: the status, the signature, what was signed, each answer in it. */
#include "pki/ocspparse.h"

#include "base/bug.h"
#include "pki/crldata.h"
#include "pki/der.h"

/* Tags that only occur here. */
enum {
    TAG_GOOD = 0x80,
    TAG_REVOKED = 0xa1,
    TAG_UNKNOWN = 0x82,
    TAG_EXTENSIONS = 0xa1,
    TAG_BY_NAME = 0xa1,
    TAG_BY_KEY = 0xa2,
    KEY_HASH_BYTES = 20
};

static const char malformed[] = "it is malformed";

static const char *parse_status(struct slice der, struct slice *bytes);
static const char *status_words(uint8_t status);
static const char *parse_basic(struct slice der, struct ocspparse *to);
static const char *parse_certificates(struct slice rest, struct ocspparse *to);
static const char *parse_data(struct slice data, struct ocspparse *to);
static bool take_version(struct slice *rest);
static bool take_responder(struct slice *rest, struct ocspparse *to);
static bool take_generalized_time(struct slice *rest, int64_t *seconds);
static const char *check_singles(struct slice singles);
static const char *take_single(struct slice *rest, struct ocspparse_single *single);
static bool is_certid(struct slice certid);
static bool take_status(struct slice *rest, struct ocspparse_single *single);
static bool read_revoked(struct slice content, struct ocspparse_single *single);
static bool take_next_update(struct slice *rest, struct ocspparse_single *single);
static const char *parse_extensions(struct slice rest, struct ocspparse *to);
static const char *read_extension(const struct der_extension *extension, struct ocspparse *to);

bool ocspparse_response(struct slice der, struct ocspparse *to, const char **fault) {
    struct slice basic;
    *to = (struct ocspparse){.is_by_key = false};
    *fault = der.len > OCSPPARSE_BYTES_MAX ? "it is larger than 64 KiB" : NULL;
    if (!*fault)
        *fault = parse_status(der, &basic);
    if (!*fault)
        *fault = parse_basic(basic, to);
    return !*fault;
}

/* ocspparse_response has checked them all. */
bool ocspparse_next(struct slice *rest, struct ocspparse_single *single) {
    if (rest->len == 0)
        return false;
    bug_on(take_single(rest, single));
    return true;
}

/* OCSPResponse: a status and, when that is successful, bytes of a type. */
static const char *parse_status(struct slice der, struct slice *bytes) {
    struct slice rest;
    struct slice status;
    struct slice wrapped;
    struct slice typed;
    struct slice type;
    if (der.len == 0)
        return "it is empty";
    if (!der_take(&der, DER_SEQUENCE, &rest) || der.len || !der_take(&rest, DER_ENUMERATED, &status) || status.len != 1)
        return "it is no DER-encoded OCSP response";
    if (status.data[0] != 0)
        return status_words(status.data[0]);
    if (!der_take(&rest, DER_CONTEXT_0_CONSTRUCTED, &wrapped) || rest.len ||
        !der_take(&wrapped, DER_SEQUENCE, &typed) || wrapped.len || !der_take(&typed, DER_OID, &type) ||
        !der_take(&typed, DER_OCTET_STRING, bytes) || typed.len)
        return malformed;
    return slice_equal(type, slice_text("\x2b\x06\x01\x05\x05\x07\x30\x01\x01")) ? NULL
                                                                                 : "it is of a type that is not known";
}

static const char *status_words(uint8_t status) {
    static const char *const words[] = {
        [1] = "the responder says malformedRequest", [2] = "the responder says internalError",
        [3] = "the responder says tryLater",         [5] = "the responder says sigRequired",
        [6] = "the responder says unauthorized",
    };
    const char *found = status < sizeof words / sizeof *words ? words[status] : NULL;
    return found ? found : "the responder's status is not known";
}

/* BasicOCSPResponse: what is signed, the signature, and certificates that may help. */
static const char *parse_basic(struct slice der, struct ocspparse *to) {
    struct slice content;
    struct slice rest;
    if (!der_take(&der, DER_SEQUENCE, &content) || der.len)
        return malformed;
    rest = content;
    for (size_t i = 0; i < 3; i++) {
        struct der_item part;
        if (!der_next(&rest, &part))
            return malformed;
    }
    if (!dersigned_take(slice_sub(content, 0, content.len - rest.len), &to->signed_part))
        return malformed;
    const char *fault = parse_certificates(rest, to);
    return fault ? fault : parse_data(to->signed_part.content, to);
}

static const char *parse_certificates(struct slice rest, struct ocspparse *to) {
    struct slice wrapped;
    struct slice list;
    struct der_item item;
    if (rest.len == 0)
        return NULL;
    if (!der_take(&rest, DER_CONTEXT_0_CONSTRUCTED, &wrapped) || rest.len || !der_take(&wrapped, DER_SEQUENCE, &list) ||
        wrapped.len)
        return malformed;
    while (list.len) {
        if (!der_next(&list, &item) || item.tag != DER_SEQUENCE)
            return malformed;
        if (to->certificate_count == OCSPPARSE_CERTIFICATES_MAX)
            return "it has more than 8 certificates";
        to->certificates[to->certificate_count++] = item.whole;
    }
    return NULL;
}

/* ResponseData. */
static const char *parse_data(struct slice data, struct ocspparse *to) {
    struct slice content;
    struct slice wrapped;
    struct slice extensions;
    if (!der_take(&data, DER_SEQUENCE, &content) || !take_version(&content) || !take_responder(&content, to) ||
        !take_generalized_time(&content, &to->produced_at) || !der_take(&content, DER_SEQUENCE, &to->singles))
        return malformed;
    const char *fault = check_singles(to->singles);
    if (fault || content.len == 0)
        return fault;
    if (!der_take(&content, TAG_EXTENSIONS, &wrapped) || content.len ||
        !der_take(&wrapped, DER_SEQUENCE, &extensions) || wrapped.len)
        return malformed;
    return parse_extensions(extensions, to);
}

/* Absent means 1; 1 itself (0) should be absent, but some write it. */
static bool take_version(struct slice *rest) {
    struct slice wrapped;
    struct slice version;
    if (!der_take(rest, DER_CONTEXT_0_CONSTRUCTED, &wrapped))
        return true;
    return der_take(&wrapped, DER_INTEGER, &version) && wrapped.len == 0 && slice_equal(version, slice_of("\0", 1));
}

static bool take_responder(struct slice *rest, struct ocspparse *to) {
    struct slice wrapped;
    if (der_take(rest, TAG_BY_NAME, &wrapped)) {
        to->responder = wrapped;
        struct slice name;
        return der_take(&wrapped, DER_SEQUENCE, &name) && wrapped.len == 0;
    }
    to->is_by_key = true;
    return der_take(rest, TAG_BY_KEY, &wrapped) && der_take(&wrapped, DER_OCTET_STRING, &to->responder) &&
        wrapped.len == 0 && to->responder.len == KEY_HASH_BYTES;
}

static bool take_generalized_time(struct slice *rest, int64_t *seconds) {
    return rest->len && rest->data[0] == DER_GENERALIZED_TIME && der_take_time(rest, seconds);
}

static const char *check_singles(struct slice singles) {
    struct ocspparse_single single;
    size_t count = 0;
    if (singles.len == 0)
        return "it has no answer in it";
    while (singles.len) {
        const char *fault = take_single(&singles, &single);
        if (fault)
            return fault;
        if (++count > OCSPPARSE_SINGLES_MAX)
            return "it has more than 64 answers in it";
    }
    return NULL;
}

/* SingleResponse. */
static const char *take_single(struct slice *rest, struct ocspparse_single *single) {
    struct slice content;
    struct slice wrapped;
    struct slice extensions;
    *single = (struct ocspparse_single){.status = OCSPPARSE_UNKNOWN};
    if (!der_take(rest, DER_SEQUENCE, &content) || !der_take(&content, DER_SEQUENCE, &single->certid) ||
        !is_certid(single->certid) || !take_status(&content, single) ||
        !take_generalized_time(&content, &single->this_update) || !take_next_update(&content, single))
        return "an answer in it is malformed";
    if (content.len == 0)
        return NULL;
    if (!der_take(&content, TAG_EXTENSIONS, &wrapped) || content.len ||
        !der_take(&wrapped, DER_SEQUENCE, &extensions) || wrapped.len)
        return "an answer in it is malformed";
    return parse_extensions(extensions, NULL);
}

static bool is_certid(struct slice certid) {
    struct slice part;
    return der_take(&certid, DER_SEQUENCE, &part) && der_take(&certid, DER_OCTET_STRING, &part) &&
        der_take(&certid, DER_OCTET_STRING, &part) && der_take(&certid, DER_INTEGER, &part) && der_is_integer(part) &&
        certid.len == 0;
}

static bool take_status(struct slice *rest, struct ocspparse_single *single) {
    struct slice content;
    if (der_take(rest, TAG_GOOD, &content)) {
        single->status = OCSPPARSE_GOOD;
        return content.len == 0;
    }
    if (der_take(rest, TAG_REVOKED, &content)) {
        single->status = OCSPPARSE_REVOKED;
        return read_revoked(content, single);
    }
    return der_take(rest, TAG_UNKNOWN, &content) && content.len == 0;
}

/* RevokedInfo: a time and, perhaps, a reason code. removeFromCRL is one of delta lists only. */
static bool read_revoked(struct slice content, struct ocspparse_single *single) {
    struct slice wrapped;
    struct slice code;
    if (!take_generalized_time(&content, &single->revoked_at))
        return false;
    if (content.len == 0)
        return true;
    if (!der_take(&content, DER_CONTEXT_0_CONSTRUCTED, &wrapped) || content.len ||
        !der_take(&wrapped, DER_ENUMERATED, &code) || wrapped.len || code.len != 1)
        return false;
    single->code = code.data[0];
    return single->code <= CRL_CODE_LAST && single->code != 7 && single->code != CRL_CODE_REMOVE;
}

static bool take_next_update(struct slice *rest, struct ocspparse_single *single) {
    struct slice wrapped;
    single->has_next_update = der_take(rest, DER_CONTEXT_0_CONSTRUCTED, &wrapped);
    if (!single->has_next_update)
        return true;
    return take_generalized_time(&wrapped, &single->next_update) && wrapped.len == 0 &&
        single->next_update >= single->this_update;
}

/* `to` is NULL for those of a single answer. */
static const char *parse_extensions(struct slice rest, struct ocspparse *to) {
    struct der_extension extension;
    while (rest.len) {
        if (!der_take_extension(&rest, &extension))
            return "an extension is malformed";
        const char *fault = read_extension(&extension, to);
        if (fault)
            return fault;
    }
    return NULL;
}

/* The nonce counts (RFC 9654); of the others none changes what an answer says. */
static const char *read_extension(const struct der_extension *extension, struct ocspparse *to) {
    struct slice value = extension->value;
    if (!to || !slice_equal(extension->type, slice_text("\x2b\x06\x01\x05\x05\x07\x30\x01\x02")))
        return extension->is_critical ? "it has a critical extension that is not known" : NULL;
    if (to->has_nonce)
        return "it has two nonces";
    to->has_nonce = true;
    if (!der_take(&value, DER_OCTET_STRING, &to->nonce) || value.len || to->nonce.len == 0 ||
        to->nonce.len > OCSPPARSE_NONCE_MAX)
        return "its nonce is malformed";
    return NULL;
}
