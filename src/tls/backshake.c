#include "tls/backshake.h"

#include "base/bug.h"
#include "pki/identity.h"
#include "pki/ocsp.h"
#include "pki/ocspsubject.h"
#include "pki/staple.h"
#include "tls/baresession.h"
#include "tls/peerchain.h"

#include <openssl/ssl.h>
#include <stdlib.h>

static void drop_outcome(struct backshake *backshake);
static struct backshake *backshake_of(const SSL *ssl);
static bool say_name(struct backshake *backshake, SSL *ssl);
static bool offer_session(struct backshake *backshake, SSL *ssl);
static bool is_still_good(struct backshake *backshake, const struct verified_peer *known);
static int on_certificate(X509_STORE_CTX *store, void *unused);
static bool take_chain(struct backshake *backshake, const struct slice *chain, size_t count);
static enum reason judge(void *owner, struct verified_peer *peer, int *depth, const char **detail);
static int on_staple(SSL *ssl, void *unused);
static bool judge_staple(struct backshake *backshake, struct slice response);
static bool is_staple_owed(const struct backshake *backshake);
static bool refuse_staple(struct backshake *backshake, enum reason reason, const char *detail);
static int on_session(SSL *ssl, SSL_SESSION *session);
static void keep_session(struct backshake *backshake, SSL_SESSION *session);
static void on_info(const SSL *ssl, int where, int value);

void backshake_install(SSL_CTX *context, const struct backshake_rules *rules) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(context, on_certificate, NULL);
    SSL_CTX_set_info_callback(context, on_info);
    if (rules->staple != BACKSHAKE_STAPLE_OFF) {
        SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp);
        SSL_CTX_set_tlsext_status_cb(context, on_staple);
    }
    if (rules->sessions) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, on_session);
    }
}

bool backshake_begin(struct backshake *backshake, SSL *ssl, const struct backshake_rules *rules,
                     const struct backshake_server *server, struct verify_judge hook, int64_t now) {
    *backshake = (struct backshake){
        .rules = rules, .server = server, .hook = hook, .now = now, .until = now + SESSIONS_LIFETIME_S};
    SSL_set_app_data(ssl, backshake);
    return say_name(backshake, ssl) && offer_session(backshake, ssl);
}

bool backshake_finish(struct backshake *backshake, SSL *ssl) {
    bool is_good = SSL_version(ssl) >= TLS1_3_VERSION || SSL_get_extms_support(ssl) == 1;
    if (is_good && SSL_session_reused(ssl) && SSL_version(ssl) < TLS1_3_VERSION && backshake->rules->sessions)
        keep_session(backshake, SSL_get1_session(ssl)); /* may be used again, unlike a ticket of TLS 1.3 */
    baresession_strip(ssl);
    return is_good;
}

void backshake_fini(struct backshake *backshake) {
    drop_outcome(backshake);
    free((void *)backshake->key.data);
    backshake->key = (struct slice){0};
}

static void drop_outcome(struct backshake *backshake) {
    verified_peer_unref(&backshake->peer);
    free(backshake->verdict);
    backshake->verdict = NULL;
}

static struct backshake *backshake_of(const SSL *ssl) {
    struct backshake *backshake = SSL_get_app_data(ssl);
    bug_on(!backshake);
    return backshake;
}

/* A server keeps sessions of different names apart, so the key has both: address, zero, name, zero. */
static bool say_name(struct backshake *backshake, SSL *ssl) {
    const struct backshake_server *server = backshake->server;
    size_t address_room = server->address.len + 1;
    size_t len = address_room + server->sni.len + 1;
    uint8_t *key = calloc(1, len);
    if (!key)
        return false;
    memcpy(key, server->address.data, server->address.len);
    memcpy(key + address_room, server->sni.data, server->sni.len);
    backshake->key = slice_of(key, len);
    char *sni = (char *)(key + address_room);
    return !server->sni.len || SSL_set_tlsext_host_name(ssl, sni);
}

/* A session that is offered may be taken, and then the server says nothing more about itself: so its chain is judged
 * before, by what holds now. */
static bool offer_session(struct backshake *backshake, SSL *ssl) {
    const struct backshake_rules *rules = backshake->rules;
    struct sessions_item item;
    bool is_good = true;
    if (!rules->sessions || !sessions_take(rules->sessions, backshake->key, backshake->now, &item))
        return true;
    if (is_still_good(backshake, item.peer)) {
        backshake->until = item.until;
        is_good = SSL_set_session(ssl, item.session) == 1;
    }
    sessions_drop(&item);
    return is_good;
}

/* By the path that was found then: what else was presented does not count any more. */
static bool is_still_good(struct backshake *backshake, const struct verified_peer *known) {
    struct slice chain[PEER_PATH_MAX];
    size_t count = verified_peer_path_len(known);
    for (size_t i = 0; i < count; i++)
        chain[i] = verified_peer_path(known, i);
    bool is_good = take_chain(backshake, chain, count);
    free(backshake->verdict); /* a full handshake has the word now */
    backshake->verdict = NULL;
    return is_good;
}

/* In place of libssl's own verification, which also checks that the server has the key. A certificate that comes after
 * all ends what a session stood for. */
static int on_certificate(X509_STORE_CTX *store, void *unused) {
    (void)unused;
    struct backshake *backshake = backshake_of(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    struct peerchain chain;
    drop_outcome(backshake);
    backshake->until = backshake->now + SESSIONS_LIFETIME_S;
    bool is_good = peerchain_init(&chain, store) && take_chain(backshake, chain.der, chain.count);
    peerchain_fini(&chain);
    uint8_t alert = backshake->verdict ? reason_row(backshake->verdict->reason)->alert : SSL_AD_INTERNAL_ERROR;
    X509_STORE_CTX_set_error(store, is_good ? X509_V_OK : peerchain_error_of_alert(alert));
    return is_good;
}

static bool take_chain(struct backshake *backshake, const struct slice *chain, size_t count) {
    const struct backshake_rules *rules = backshake->rules;
    const struct verify_judge own = {.judge = judge, .owner = backshake};
    struct verify_settings settings = rules->verify;
    struct verify_verdict verdict;
    settings.name = backshake->server->name;
    if (rules->judges_chain)
        chaincache_verify(rules->cache, chain, count, rules->trust, &settings, &own, backshake->now, &verdict,
                          &backshake->peer);
    else
        chaincache_possession(rules->cache, chain, count, &settings, NULL, backshake->now, &verdict, &backshake->peer);
    if (backshake->peer)
        return true;
    backshake->verdict = malloc(sizeof verdict);
    if (backshake->verdict)
        *backshake->verdict = verdict;
    return false;
}

/* The SPIFFE id first, then whoever is to be asked. */
static enum reason judge(void *owner, struct verified_peer *peer, int *depth, const char **detail) {
    const struct backshake *backshake = owner;
    struct slice wanted = backshake->server->spiffe_id;
    if (wanted.len && !slice_equal(verified_peer_identity(peer)->spiffe_id, wanted)) {
        *detail = "the certificate is not for the SPIFFE id that is asked for";
        return REASON_CERT_OTHER_NAME;
    }
    return backshake->hook.judge ? backshake->hook.judge(backshake->hook.owner, peer, depth, detail) : REASON_NONE;
}

/* Called once the chain is good, whether a response came or not. libssl's protocol: 0 sends
 * bad_certificate_status_response. */
static int on_staple(SSL *ssl, void *unused) {
    (void)unused;
    struct backshake *backshake = backshake_of(ssl);
    const unsigned char *response;
    long len = SSL_get_tlsext_status_ocsp_resp(ssl, &response);
    if (!backshake->rules->judges_chain || SSL_session_reused(ssl))
        return 1;
    if (len > 0)
        return judge_staple(backshake, slice_of(response, (size_t)len));
    return !is_staple_owed(backshake) ||
        refuse_staple(backshake, REASON_BACKEND_STAPLE_MISSING, "the server showed no OCSP response");
}

/* A session lasts no longer than the answer that it began with. */
static bool judge_staple(struct backshake *backshake, struct slice response) {
    static const struct ocsp_rules rules = {.skew_s = OCSP_SKEW_USUAL_S, .fresh_s = OCSP_FRESH_USUAL_S};
    struct ocspsubject subject;
    struct ocsp_answer answer = {.status = OCSP_UNUSABLE,
                                 .detail = "the issuer of the server's certificate is unknown"};
    if (ocspsubject_of_peer(&subject, backshake->peer, 0, backshake->rules->trust)) {
        const struct ocsp_question question = {.id = &subject.id, .issuer = subject.issuer};
        ocsp_judge(response, &question, &rules, backshake->now, &answer);
    }
    ocspsubject_fini(&subject);
    if (answer.usable_until < backshake->until)
        backshake->until = answer.usable_until;
    return answer.status == OCSP_GOOD || refuse_staple(backshake, ocsp_reason(answer.status), answer.detail);
}

static bool is_staple_owed(const struct backshake *backshake) {
    return backshake->rules->staple == BACKSHAKE_STAPLE_REQUIRED ||
        staple_is_promised(verified_peer_path(backshake->peer, 0));
}

/* Always false. The proof of the chain is taken back. */
static bool refuse_staple(struct backshake *backshake, enum reason reason, const char *detail) {
    struct verify_verdict *verdict = calloc(1, sizeof *verdict);
    if (verdict) {
        verdict->reason = reason;
        verdict->detail = detail;
        verdict->presented = *verified_peer_summary(backshake->peer);
    }
    drop_outcome(backshake);
    backshake->verdict = verdict;
    return false;
}

/* The reference is ours when 1 is returned. */
static int on_session(SSL *ssl, SSL_SESSION *session) {
    keep_session(backshake_of(ssl), session);
    return 1;
}

/* Takes over the reference. */
static void keep_session(struct backshake *backshake, SSL_SESSION *session) {
    struct sessions_item item = {.session = session, .until = backshake->until};
    int64_t ends = backshake->now + SSL_SESSION_get_timeout(session);
    if (ends < item.until)
        item.until = ends;
    if (backshake->peer)
        item.peer = verified_peer_ref(backshake->peer);
    if (item.peer && SSL_SESSION_is_resumable(session))
        sessions_put(backshake->rules->sessions, backshake->key, item);
    else
        sessions_drop(&item);
}

static void on_info(const SSL *ssl, int where, int value) {
    uint8_t alert = (uint8_t)(value & 0xff);
    if (!(where & SSL_CB_ALERT) || alert == SSL_AD_CLOSE_NOTIFY)
        return;
    if (where & SSL_CB_WRITE)
        backshake_of(ssl)->alert_sent = alert;
    else
        backshake_of(ssl)->alert_received = alert;
}
