/* Reads a ClientHello before any TLS library sees it: what is needed to choose the host. Pure: bytes in, result out.
 * The bytes themselves go to the library unchanged afterwards. Strict: what two readers could take for two different
 * hellos is refused here. */
#ifndef SALLYPORT_TLS_HELLO_H
#define SALLYPORT_TLS_HELLO_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* MORE: a good beginning. PLAIN_HTTP: not TLS but an HTTP request line. All but MORE are final. */
enum hello_status { HELLO_MORE, HELLO_OK, HELLO_MALFORMED, HELLO_TOO_LARGE, HELLO_PLAIN_HTTP };

/* HELLO_BODY_MAX: the longest hello read; post-quantum key shares need 2 KB, the TLS library itself stops here.
 * HELLO_RAW_MAX: the same in its worst form, records of 1 byte. hello_parse never says MORE to this many bytes.
 * HELLO_EXTENSIONS_MAX: clients send up to 25; each is compared with each.
 * HELLO_NAME_MAX: the longest host name of the DNS, a trailing dot not counted. */
enum {
    HELLO_BODY_MAX = 16384,
    HELLO_RAW_MAX = 6 * (4 + HELLO_BODY_MAX),
    HELLO_EXTENSIONS_MAX = 64,
    HELLO_NAME_MAX = 253,
};

/* What a hello says, valid after HELLO_OK. The slices point into the bytes of that last call or into `message`: they
 * live as long as both. server_name is as sent (see hello_server_name), empty when there was none. alpn is the
 * checked list as sent (see hello_alpn_next). has_tls12 and has_tls13 are what the client offers. raw_bytes is where
 * the last record of the hello ends. */
struct hello {
    struct slice server_name;
    struct slice alpn;
    size_t raw_bytes;
    uint16_t legacy_version;
    uint8_t session_id_bytes;
    bool has_tls12;
    bool has_tls13;
    bool has_extended_master_secret;
    bool has_ticket;
    bool has_psk;
    bool has_early_data;

    /* The progress over calls, and the hello put together when it came in several records. */
    enum hello_status status;
    struct buf message;
};

/* Makes an empty state; takes no memory yet. */
void hello_init(struct hello *hello);

/* Gives back the memory of a hello that came in several records; server_name and alpn are void then. */
void hello_fini(struct hello *hello);

/* Reads on. `bytes` is everything that came on the connection so far, from its first byte (it may have moved); what
 * was read in an earlier call is not read again, so that a hello which comes byte by byte costs no more than one at
 * once. Refused: records of 0 bytes, bytes after the hello in its record, extensions given twice, any length that
 * does not fit exactly (RFC 8446 sections 4.1.2, 4.2 and 5.1; RFC 5246 section 7.4.1.2). */
enum hello_status hello_parse(struct slice bytes, struct hello *hello);

/* Writes the server name in the form in which hosts are compared, lower-case and without a trailing dot, and a
 * terminator; returns its length, 0 when there was none. `to` holds HELLO_NAME_MAX + 1 bytes. */
size_t hello_server_name(const struct hello *hello, char *to);

/* Takes the next protocol name off `rest`, which begins as hello->alpn; false at the end. */
bool hello_alpn_next(struct slice *rest, struct slice *protocol);

#endif
