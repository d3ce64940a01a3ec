#include "tls/handshake.h"

#include "base/bug.h"
#include "pki/cert.h"
#include "tls/baresession.h"
#include "tls/peerchain.h"

#include <openssl/ssl.h>
#include <stdlib.h>

static struct handshake *handshake_of(const SSL *ssl);
static int on_hello(SSL *ssl, int *alert, void *unused);
static bool offers_extended_secret(SSL *ssl);
static bool offers_tls13(SSL *ssl);
static int on_certificate(X509_STORE_CTX *store, void *unused);
static bool take_chain(struct handshake *handshake, const struct slice *chain, size_t count,
                       struct handshake_outcome *outcome);
static void outcome_drop(struct handshake_outcome *outcome);
static const struct verify_judge *judge_of(const struct handshake *handshake);
static void keep_for_ticket(struct handshake *handshake, const struct slice *chain, size_t count);
static int on_ticket_due(SSL *ssl, void *unused);
static int on_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                         int is_sealing);
static SSL_TICKET_RETURN on_ticket_opened(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t name_len,
                                          SSL_TICKET_STATUS status, void *unused);
static bool take_ticket(struct handshake *handshake, SSL_SESSION *session);
static bool judge_carried(struct handshake *handshake, const struct ticketdata *data);
static int64_t ticket_seconds_left(const struct handshake *handshake);
static void on_info(const SSL *ssl, int where, int value);

void handshake_install(SSL_CTX *context, const struct handshake_rules *rules) {
    bool is_strict = rules->is_required && !rules->refuses_later;
    int mode = SSL_VERIFY_PEER | (is_strict ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
    SSL_CTX_set_client_hello_cb(context, on_hello, NULL);
    SSL_CTX_set_info_callback(context, on_info);
    SSL_CTX_set_verify(context, rules->asks ? mode : SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_cert_verify_callback(context, on_certificate, NULL);
    if (rules->tickets) {
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket_key);
        SSL_CTX_set_session_ticket_cb(context, on_ticket_due, on_ticket_opened, NULL);
    }
}

void handshake_begin(struct handshake *handshake, SSL *ssl, const struct handshake_rules *rules,
                     struct verify_judge hook) {
    *handshake = (struct handshake){.rules = rules, .hook = hook};
    buf_init(&handshake->ticket, TICKETDATA_BYTES_MAX);
    SSL_set_app_data(ssl, handshake);
}

void handshake_fini(struct handshake *handshake) {
    outcome_drop(&handshake->presented);
    outcome_drop(&handshake->carried);
    buf_fini(&handshake->ticket);
}

void handshake_verify(const struct handshake_rules *rules, const struct verify_judge *judge, const struct slice *chain,
                      size_t count, int64_t now, struct verify_verdict *verdict, struct verified_peer **peer) {
    bug_on(!rules->asks || rules->judges_chain != (rules->trust != NULL));
    if (rules->judges_chain)
        chaincache_verify(rules->cache, chain, count, rules->trust, &rules->verify, judge, now, verdict, peer);
    else
        chaincache_possession(rules->cache, chain, count, &rules->verify, judge, now, verdict, peer);
}

/* A ticket that was opened may not have been taken in the end: only the library's word counts. */
struct verified_peer *handshake_peer(const struct handshake *handshake, const SSL *ssl) {
    return SSL_session_reused(ssl) ? handshake->carried.peer : handshake->presented.peer;
}

const struct verify_verdict *handshake_verdict(const struct handshake *handshake, const SSL *ssl) {
    return SSL_session_reused(ssl) ? handshake->carried.verdict : handshake->presented.verdict;
}

struct verify_verdict *handshake_take_verdict(struct handshake *handshake, const SSL *ssl) {
    struct handshake_outcome *outcome = SSL_session_reused(ssl) ? &handshake->carried : &handshake->presented;
    struct verify_verdict *verdict = outcome->verdict;
    outcome->verdict = NULL;
    return verdict;
}

int64_t handshake_now(const SSL *ssl) {
    return handshake_of(ssl)->now;
}

void handshake_shed(struct handshake *handshake, SSL *ssl) {
    outcome_drop(SSL_session_reused(ssl) ? &handshake->presented : &handshake->carried);
    buf_fini(&handshake->ticket);
    baresession_strip(ssl);
}

static struct handshake *handshake_of(const SSL *ssl) {
    struct handshake *handshake = SSL_get_app_data(ssl);
    bug_on(!handshake);
    return handshake;
}

/* TLS 1.2 without the extended master secret (RFC 7627) lets a man in the middle join two handshakes: such clients
 * are refused. */
static int on_hello(SSL *ssl, int *alert, void *unused) {
    (void)unused;
    struct handshake *handshake = handshake_of(ssl);
    bool is_tls13 = handshake->rules->has_tls13 && offers_tls13(ssl);
    if (is_tls13 || SSL_client_hello_get0_legacy_version(ssl) < TLS1_2_VERSION || offers_extended_secret(ssl))
        return SSL_CLIENT_HELLO_SUCCESS;
    handshake->lacks_extended_secret = true;
    *alert = SSL_AD_HANDSHAKE_FAILURE;
    return SSL_CLIENT_HELLO_ERROR;
}

static bool offers_extended_secret(SSL *ssl) {
    const unsigned char *body;
    size_t len;
    return SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_extended_master_secret, &body, &len);
}

/* supported_versions (RFC 8446 section 4.2.1): a byte of length, then versions of two bytes. */
static bool offers_tls13(SSL *ssl) {
    const unsigned char *body;
    size_t len;
    if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &body, &len))
        return false;
    for (size_t i = 1; i + 1 < len; i += 2) {
        if (body[i] == TLS1_3_VERSION >> 8 && body[i + 1] == (TLS1_3_VERSION & 0xff))
            return true;
    }
    return false;
}

/* In place of libssl's own verification. Possession of the key is proven later, by CertificateVerify, which libssl
 * checks. */
static int on_certificate(X509_STORE_CTX *store, void *unused) {
    (void)unused;
    struct handshake *handshake = handshake_of(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    struct peerchain chain;
    const struct verify_verdict *verdict = NULL;
    outcome_drop(&handshake->presented);
    bool is_good =
        peerchain_init(&chain, store) && take_chain(handshake, chain.der, chain.count, &handshake->presented);
    if (is_good)
        keep_for_ticket(handshake, chain.der, chain.count);
    peerchain_fini(&chain);
    verdict = handshake->presented.verdict;
    uint8_t alert = verdict ? reason_row(verdict->reason)->alert : SSL_AD_INTERNAL_ERROR;
    X509_STORE_CTX_set_error(store, is_good ? X509_V_OK : peerchain_error_of_alert(alert));
    return is_good;
}

/* True when the handshake may go on with this chain: it is good, or it is refused later. */
static bool take_chain(struct handshake *handshake, const struct slice *chain, size_t count,
                       struct handshake_outcome *outcome) {
    struct verify_verdict verdict;
    handshake_verify(handshake->rules, judge_of(handshake), chain, count, handshake->now, &verdict, &outcome->peer);
    if (outcome->peer)
        return true;
    outcome->verdict = malloc(sizeof verdict);
    if (outcome->verdict)
        *outcome->verdict = verdict;
    return outcome->verdict && handshake->rules->refuses_later;
}

static void outcome_drop(struct handshake_outcome *outcome) {
    verified_peer_unref(&outcome->peer);
    free(outcome->verdict);
    outcome->verdict = NULL;
}

/* NULL: nobody has to be asked. */
static const struct verify_judge *judge_of(const struct handshake *handshake) {
    return handshake->hook.judge ? &handshake->hook : NULL;
}

/* An empty buffer afterwards means: no ticket. There is none for who has shown nothing where a certificate is required:
 * the next handshake is to ask again. */
static void keep_for_ticket(struct handshake *handshake, const struct slice *chain, size_t count) {
    struct ticketdata data = {.verified_at = handshake->now, .chain_count = count};
    bool is_missing = count == 0 && handshake->rules->is_required;
    buf_consume(&handshake->ticket, buf_len(&handshake->ticket));
    handshake->is_chain_of_ticket = count > 0;
    if (!handshake->rules->tickets || count > VERIFY_CHAIN_MAX || is_missing)
        return;
    memcpy(data.context, handshake->rules->context, sizeof data.context);
    for (size_t i = 0; i < count; i++)
        data.chain[i] = chain[i];
    if (!ticketdata_encode(&data, &handshake->ticket))
        buf_consume(&handshake->ticket, buf_len(&handshake->ticket));
}

/* A ticket is about to be written from the session. Whoever did not resume gets a ticket for what was presented in
 * this handshake, never for what an opened but unused
 * ticket carried: tickets travel in the clear, and anybody can show a copied one. */
static int on_ticket_due(SSL *ssl, void *unused) {
    (void)unused;
    struct handshake *handshake = handshake_of(ssl);
    if (!SSL_session_reused(ssl) && !handshake->is_chain_of_ticket)
        keep_for_ticket(handshake, NULL, 0);
    struct slice data = buf_view(&handshake->ticket);
    SSL_SESSION *session = SSL_get_session(ssl);
    if (data.len == 0)
        return 1;
    SSL_SESSION_set_timeout(session, (long)ticket_seconds_left(handshake));
    return baresession_strip(ssl) && SSL_SESSION_set1_ticket_appdata(session, data.data, data.len);
}

/* libssl's protocol: negative fails the handshake, 0 means no ticket, 1 good, 2 good and renew. */
static int on_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                         int is_sealing) {
    static const int answers[] = {
        [TLS_TICKETS_FAILED] = -1, [TLS_TICKETS_NONE] = 0, [TLS_TICKETS_GOOD] = 1, [TLS_TICKETS_OLD] = 2};
    const struct handshake *handshake = handshake_of(ssl);
    const struct tls_tickets *tickets = handshake->rules->tickets;
    if (is_sealing && buf_len(&handshake->ticket) == 0)
        return 0;
    return answers[is_sealing ? tls_tickets_seal(tickets, name, iv, cipher, mac)
                              : tls_tickets_open(tickets, name, iv, cipher, mac)];
}

/* Called for every ticket that the client shows, opened or not. TLS 1.3 clients use a ticket once, so each
 * resumption gives a new one. */
static SSL_TICKET_RETURN on_ticket_opened(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t name_len,
                                          SSL_TICKET_STATUS status, void *unused) {
    (void)name, (void)name_len, (void)unused;
    struct handshake *handshake = handshake_of(ssl);
    outcome_drop(&handshake->carried);
    buf_consume(&handshake->ticket, buf_len(&handshake->ticket));
    handshake->is_chain_of_ticket = false;
    bool is_opened = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
    if (!is_opened || !take_ticket(handshake, session))
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    return status == SSL_TICKET_SUCCESS && SSL_version(ssl) < TLS1_3_VERSION ? SSL_TICKET_RETURN_USE
                                                                             : SSL_TICKET_RETURN_USE_RENEW;
}

/* Everything but the signatures is checked again; what is missing or different leads to a full handshake. */
static bool take_ticket(struct handshake *handshake, SSL_SESSION *session) {
    const struct handshake_rules *rules = handshake->rules;
    struct ticketdata data;
    void *bytes;
    size_t len;
    if (!SSL_SESSION_get0_ticket_appdata(session, &bytes, &len) || !bytes ||
        !ticketdata_decode(slice_of(bytes, len), &data))
        return false;
    bool is_ours = memcmp(data.context, rules->context, sizeof data.context) == 0;
    bool is_fresh =
        data.verified_at <= handshake->now && handshake->now - data.verified_at < tls_tickets_lifetime(rules->tickets);
    return is_ours && is_fresh && judge_carried(handshake, &data) &&
        buf_append(&handshake->ticket, slice_of(bytes, len));
}

static bool judge_carried(struct handshake *handshake, const struct ticketdata *data) {
    const struct handshake_rules *rules = handshake->rules;
    if (data->chain_count == 0)
        return !rules->is_required;
    return rules->asks && take_chain(handshake, data->chain, data->chain_count, &handshake->carried);
}

/* Of the lifetime that began with the full handshake. */
static int64_t ticket_seconds_left(const struct handshake *handshake) {
    struct ticketdata data;
    int64_t lifetime = tls_tickets_lifetime(handshake->rules->tickets);
    bug_on(!ticketdata_decode(buf_view(&handshake->ticket), &data));
    return data.verified_at + lifetime - handshake->now;
}

static void on_info(const SSL *ssl, int where, int value) {
    uint8_t alert = (uint8_t)(value & 0xff);
    if (!(where & SSL_CB_ALERT) || alert == SSL_AD_CLOSE_NOTIFY)
        return;
    if (where & SSL_CB_WRITE)
        handshake_of(ssl)->alert_sent = alert;
    else
        handshake_of(ssl)->alert_received = alert;
}
