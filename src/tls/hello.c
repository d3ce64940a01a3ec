/* The ClientHello: records are taken off one by one, their fragments put together, then the hello is read once, from
 * front to back. */
#include "tls/hello.h"

#include "base/bug.h"

/* RFC 8446 sections 4, 4.2 and 5.1. */
enum { RECORD_HANDSHAKE = 22, RECORD_HEADER_BYTES = 5, RECORD_MAX = 16384 };
enum { MESSAGE_CLIENT_HELLO = 1, MESSAGE_HEADER_BYTES = 4 };
enum { VERSION_MAJOR = 3, VERSION_TLS12 = 0x0303, VERSION_TLS13 = 0x0304 };
enum { RANDOM_BYTES = 32, SESSION_ID_MAX = 32, NAME_TYPE_HOST = 0, LABEL_MAX = 63 };
enum {
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_ALPN = 16,
    EXTENSION_EXTENDED_MASTER_SECRET = 23,
    EXTENSION_SESSION_TICKET = 35,
    EXTENSION_PRE_SHARED_KEY = 41,
    EXTENSION_EARLY_DATA = 42,
    EXTENSION_SUPPORTED_VERSIONS = 43,
};

static enum hello_status read_on(struct slice bytes, struct hello *hello);
static enum hello_status not_tls(struct slice bytes);
static enum hello_status next_record(struct slice bytes, struct hello *hello, struct slice *fragment);
static enum hello_status put_together(struct hello *hello, struct slice fragment, struct slice *message);
static enum hello_status measure(struct slice message, size_t *whole_bytes);
static bool read_body(struct slice rest, struct hello *hello);
static bool read_extensions(struct slice rest, struct hello *hello);
static bool read_extension(size_t type, struct slice data, struct hello *hello);
static bool read_server_name(struct slice rest, struct hello *hello);
static bool host_is_good(struct slice host);
static bool read_alpn(struct slice rest, struct hello *hello);
static bool read_versions(struct slice rest, struct hello *hello);
static bool take(struct slice *rest, size_t len, struct slice *part);
static bool take_number(struct slice *rest, size_t width, size_t *number);
static bool take_vector(struct slice *rest, size_t width, struct slice *part);

void hello_init(struct hello *hello) {
    *hello = (struct hello){.status = HELLO_MORE};
    buf_init(&hello->message, MESSAGE_HEADER_BYTES + HELLO_BODY_MAX);
}

void hello_fini(struct hello *hello) {
    buf_fini(&hello->message);
    hello->server_name = hello->alpn = (struct slice){0};
}

enum hello_status hello_parse(struct slice bytes, struct hello *hello) {
    if (hello->status == HELLO_MORE)
        hello->status = read_on(bytes, hello);
    return hello->status;
}

size_t hello_server_name(const struct hello *hello, char *to) {
    size_t len = hello->server_name.len;
    if (len > 0 && hello->server_name.data[len - 1] == '.')
        len--;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = hello->server_name.data[i];
        to[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    to[len] = 0;
    return len;
}

bool hello_alpn_next(struct slice *rest, struct slice *protocol) {
    return take_vector(rest, 1, protocol);
}

/* --- records --- */

/* Takes complete records from raw_bytes on until the hello is complete. */
static enum hello_status read_on(struct slice bytes, struct hello *hello) {
    if (bytes.len > 0 && bytes.data[0] != RECORD_HANDSHAKE)
        return not_tls(bytes);
    struct slice message = {0};
    for (;;) {
        struct slice fragment;
        enum hello_status status = next_record(bytes, hello, &fragment);
        if (status != HELLO_OK)
            return status;
        status = put_together(hello, fragment, &message);
        if (status == HELLO_OK)
            break;
        if (status != HELLO_MORE)
            return status;
    }
    struct slice body = slice_of(message.data + MESSAGE_HEADER_BYTES, message.len - MESSAGE_HEADER_BYTES);
    return read_body(body, hello) ? HELLO_OK : HELLO_MALFORMED;
}

/* A browser that was told http:// for an https:// port deserves an answer that it can show. */
static enum hello_status not_tls(struct slice bytes) {
    static const char methods[][9] = {"GET ",     "HEAD ",  "POST ",  "PUT ",     "DELETE ",
                                      "OPTIONS ", "PATCH ", "TRACE ", "CONNECT ", "PRI "};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct slice method = slice_text(methods[i]);
        if (slice_starts(bytes, method))
            return HELLO_PLAIN_HTTP;
        if (slice_starts(method, bytes))
            return HELLO_MORE;
    }
    return HELLO_MALFORMED;
}

/* Takes one complete record off (OK), or says why not. Its version's minor number is ignored (RFC 8446 section 5.1).
 * One that is longer than what the hello lacks is refused before it is there, which bounds what a caller has to keep
 * to HELLO_RAW_MAX. */
static enum hello_status next_record(struct slice bytes, struct hello *hello, struct slice *fragment) {
    bug_on(bytes.len < hello->raw_bytes);
    struct slice rest = slice_of(bytes.data + hello->raw_bytes, bytes.len - hello->raw_bytes);
    if (rest.len > 0 && rest.data[0] != RECORD_HANDSHAKE)
        return HELLO_MALFORMED;
    if (rest.len > 1 && rest.data[1] != VERSION_MAJOR)
        return HELLO_MALFORMED;
    if (rest.len < RECORD_HEADER_BYTES)
        return HELLO_MORE;
    size_t len = (size_t)rest.data[3] << 8 | rest.data[4];
    if (len == 0 || len > RECORD_MAX)
        return HELLO_MALFORMED;
    size_t whole_bytes = 0;
    struct slice message = buf_view(&hello->message);
    (void)measure(message, &whole_bytes);
    if (whole_bytes > 0 && len > whole_bytes - message.len)
        return HELLO_MALFORMED;
    if (rest.len < RECORD_HEADER_BYTES + len)
        return HELLO_MORE;
    *fragment = slice_of(rest.data + RECORD_HEADER_BYTES, len);
    hello->raw_bytes += RECORD_HEADER_BYTES + len;
    return HELLO_OK;
}

/* Adds a fragment; OK when `message` is the whole hello. A hello in one record is read where it lies. */
static enum hello_status put_together(struct hello *hello, struct slice fragment, struct slice *message) {
    size_t whole_bytes;
    if (buf_len(&hello->message) == 0) {
        enum hello_status status = measure(fragment, &whole_bytes);
        *message = fragment;
        if (status != HELLO_MORE)
            return status;
    }
    if (!buf_append(&hello->message, fragment))
        return HELLO_TOO_LARGE;
    *message = buf_view(&hello->message);
    return measure(*message, &whole_bytes);
}

/* How much of a hello `message` is, judged by its header; whole_bytes is its length with the header, 0 when not
 * known yet. */
static enum hello_status measure(struct slice message, size_t *whole_bytes) {
    *whole_bytes = 0;
    if (message.len > 0 && message.data[0] != MESSAGE_CLIENT_HELLO)
        return HELLO_MALFORMED;
    if (message.len < MESSAGE_HEADER_BYTES)
        return HELLO_MORE;
    size_t body_bytes = (size_t)message.data[1] << 16 | (size_t)message.data[2] << 8 | message.data[3];
    if (body_bytes > HELLO_BODY_MAX)
        return HELLO_TOO_LARGE;
    *whole_bytes = MESSAGE_HEADER_BYTES + body_bytes;
    if (message.len > *whole_bytes)
        return HELLO_MALFORMED;
    return message.len == *whole_bytes ? HELLO_OK : HELLO_MORE;
}

/* --- the hello itself (RFC 8446 section 4.1.2) --- */

static bool read_body(struct slice rest, struct hello *hello) {
    size_t version;
    struct slice random, session_id, ciphers, compressions, extensions;
    if (!take_number(&rest, 2, &version) || version >> 8 != VERSION_MAJOR)
        return false;
    if (!take(&rest, RANDOM_BYTES, &random))
        return false;
    if (!take_vector(&rest, 1, &session_id) || session_id.len > SESSION_ID_MAX)
        return false;
    if (!take_vector(&rest, 2, &ciphers) || ciphers.len == 0 || ciphers.len % 2 != 0)
        return false;
    if (!take_vector(&rest, 1, &compressions) || slice_find(compressions, 0) < 0)
        return false;
    hello->legacy_version = (uint16_t)version;
    hello->session_id_bytes = (uint8_t)session_id.len;
    hello->has_tls12 = version >= VERSION_TLS12;
    if (rest.len == 0)
        return true;
    return take_vector(&rest, 2, &extensions) && rest.len == 0 && read_extensions(extensions, hello);
}

static bool read_extensions(struct slice rest, struct hello *hello) {
    uint16_t seen[HELLO_EXTENSIONS_MAX];
    size_t count = 0;
    while (rest.len > 0) {
        size_t type;
        struct slice data;
        if (!take_number(&rest, 2, &type) || !take_vector(&rest, 2, &data))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (seen[i] == type)
                return false;
        }
        if (count == HELLO_EXTENSIONS_MAX || hello->has_psk) /* a pre-shared key comes last: section 4.2.11 */
            return false;
        seen[count++] = (uint16_t)type;
        if (!read_extension(type, data, hello))
            return false;
    }
    return true;
}

static bool read_extension(size_t type, struct slice data, struct hello *hello) {
    switch (type) {
    case EXTENSION_SERVER_NAME:
        return read_server_name(data, hello);
    case EXTENSION_ALPN:
        return read_alpn(data, hello);
    case EXTENSION_SUPPORTED_VERSIONS:
        return read_versions(data, hello);
    case EXTENSION_EXTENDED_MASTER_SECRET:
        hello->has_extended_master_secret = true;
        return data.len == 0;
    case EXTENSION_SESSION_TICKET:
        hello->has_ticket = data.len > 0;
        return true;
    case EXTENSION_PRE_SHARED_KEY:
        hello->has_psk = true;
        return data.len > 0;
    case EXTENSION_EARLY_DATA:
        hello->has_early_data = true;
        return data.len == 0;
    default:
        return true;
    }
}

/* Exactly one name, of the only type there is (RFC 6066 section 3). */
static bool read_server_name(struct slice rest, struct hello *hello) {
    struct slice names, host;
    size_t type;
    if (!take_vector(&rest, 2, &names) || rest.len > 0)
        return false;
    if (!take_number(&names, 1, &type) || type != NAME_TYPE_HOST)
        return false;
    if (!take_vector(&names, 2, &host) || names.len > 0)
        return false;
    hello->server_name = host;
    return host_is_good(host);
}

/* Labels of 1 to 63 letters, digits, '-' and '_', separated by dots; one dot may follow. */
static bool host_is_good(struct slice host) {
    if (host.len > 1 && host.data[host.len - 1] == '.')
        host.len--;
    if (host.len > HELLO_NAME_MAX)
        return false;
    size_t label = 0;
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.data[i];
        uint8_t letter = c | 0x20;
        if (c == '.' && label == 0)
            return false;
        label = c == '.' ? 0 : label + 1;
        bool good = (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        if (!good || label > LABEL_MAX)
            return false;
    }
    return label > 0;
}

/* A list of names, none of them empty (RFC 7301 section 3.1). */
static bool read_alpn(struct slice rest, struct hello *hello) {
    struct slice protocols, protocol;
    if (!take_vector(&rest, 2, &protocols) || rest.len > 0 || protocols.len == 0)
        return false;
    hello->alpn = protocols;
    while (protocols.len > 0) {
        if (!take_vector(&protocols, 1, &protocol) || protocol.len == 0)
            return false;
    }
    return true;
}

/* When it is there, this list alone counts (RFC 8446 section 4.2.1). */
static bool read_versions(struct slice rest, struct hello *hello) {
    struct slice versions;
    if (!take_vector(&rest, 1, &versions) || rest.len > 0 || versions.len == 0)
        return false;
    hello->has_tls12 = false;
    while (versions.len > 0) {
        size_t version;
        if (!take_number(&versions, 2, &version))
            return false;
        hello->has_tls12 |= version == VERSION_TLS12;
        hello->has_tls13 |= version == VERSION_TLS13;
    }
    return true;
}

/* --- taking things off the front; false, and nothing taken that counts, when too little is left --- */

static bool take(struct slice *rest, size_t len, struct slice *part) {
    if (len > rest->len)
        return false;
    *part = slice_of(rest->data, len);
    *rest = slice_of(rest->data + len, rest->len - len);
    return true;
}

/* A number of `width` bytes, the highest first. */
static bool take_number(struct slice *rest, size_t width, size_t *number) {
    struct slice part;
    if (!take(rest, width, &part))
        return false;
    *number = 0;
    for (size_t i = 0; i < width; i++)
        *number = *number << 8 | part.data[i];
    return true;
}

/* Bytes behind their length, a number of `width` bytes. */
static bool take_vector(struct slice *rest, size_t width, struct slice *part) {
    size_t len;
    return take_number(rest, width, &len) && take(rest, len, part);
}
