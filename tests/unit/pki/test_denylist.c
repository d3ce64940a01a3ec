/* An entry finds exactly the clients that it names, by whatever name, and only as long as it counts. */
#include "pki/denylist.h"

#include "crafted.h"
#include "pki/identity.h"
#include "pki/peer_new.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NOW = MINTED_EPOCH + 1000 };

static struct minted issuer;
static struct minted leaf;
static struct verified_peer *peer;
static uint8_t memory[1 << 16];

static void tweak(X509 *certificate) {
    X509_NAME *subject = X509_get_subject_name(certificate);
    bug_on(!X509_NAME_add_entry_by_txt(subject, "emailAddress", MBSTRING_UTF8, (const unsigned char *)"Eve@Old.example",
                                       -1, -1, 0));
    bug_on(!X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)"second", -1, -1, 0));
    crafted_extend(certificate, NID_subject_alt_name,
                   "DNS:Device.Example.com,email:Alice@Example.com,URI:spiffe://example.com/a,IP:10.0.0.7,"
                   "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:upn@corp.example");
}

static int make_peer(void **state) {
    (void)state;
    issuer = minted_make("Clients CA", MINT_CA, NULL);
    leaf = minted_make("Alice", MINT_CLIENT, &issuer);
    crafted_resign(&leaf, &issuer, tweak, EVP_sha256(), NULL);
    X509 *certificate = cert_parse(buf_view(&leaf.der));
    struct peer_summary summary;
    uint8_t fingerprint[CERT_FINGERPRINT_BYTES];
    cert_summarize(certificate, &summary);
    cert_fingerprint(buf_view(&leaf.der), fingerprint);
    struct slice path[] = {buf_view(&leaf.der), buf_view(&issuer.der)};
    peer = peer_new(&summary, fingerprint, INT64_MAX, path, 2);
    peer_new_identify(peer, identity_new(certificate, buf_view(&leaf.der)));
    X509_free(certificate);
    return peer == NULL;
}

static int free_peer(void **state) {
    (void)state;
    verified_peer_unref(&peer);
    minted_fini(&leaf);
    minted_fini(&issuer);
    return 0;
}

static struct denylist_entry entry_of(const char *typed) {
    struct denyname name;
    struct error error;
    assert_true(denyname_read(slice_text(typed), &name, &error));
    struct denylist_entry entry = {.kind = (uint8_t)name.kind, .until = INT64_MAX};
    denykey_of(name.kind, slice_text(name.value), entry.key);
    return entry;
}

static struct denylist list_of(const struct denylist_entry *entries, size_t count) {
    struct denylist list;
    assert_true(denylist_bytes(count) <= sizeof memory);
    denylist_write(entries, count, 7, memory);
    assert_true(denylist_open(&list, slice_of(memory, denylist_bytes(count))));
    assert_int_equal(list.generation, 7);
    assert_int_equal(list.entries, count);
    return list;
}

static enum reason asked(const char *typed, struct denylist_hit *hit) {
    struct denylist_entry entry = entry_of(typed);
    struct denylist list = list_of(&entry, 1);
    return denylist_check(&list, peer, NOW, hit);
}

static void assert_named(const char *typed, enum denyname_kind kind, int depth) {
    struct denylist_hit hit = {.depth = -1};
    assert_int_equal(asked(typed, &hit), REASON_DENIED);
    assert_int_equal(hit.kind, kind);
    assert_int_equal(hit.depth, depth);
    assert_non_null(strstr(denylist_detail(hit.kind), "deny-list names its"));
}

static void assert_not_named(const char *typed) {
    struct denylist_hit hit;
    assert_int_equal(asked(typed, &hit), REASON_NONE);
}

static void owner_is_named_by_everything_the_leaf_says(void **state) {
    (void)state;
    assert_named("cn=alice", DENYNAME_CN, 0);
    assert_named("cn=second", DENYNAME_CN, 0);
    assert_named("alice@example.com", DENYNAME_MAIL, 0);
    assert_named("eve@old.example", DENYNAME_MAIL, 0);
    assert_named("upn@corp.example", DENYNAME_MAIL, 0);
    assert_named("dns:device.example.com", DENYNAME_DNS, 0);
    assert_named("spiffe://example.com/a", DENYNAME_SPIFFE, 0);
    assert_named("ip:10.0.0.7", DENYNAME_ADDRESS, 0);
    char subject[512];
    snprintf(subject, sizeof subject, "subject:%s", verified_peer_summary(peer)->subject);
    assert_named(subject, DENYNAME_SUBJECT, 0);
}

static void name_of_somebody_else_names_nobody_here(void **state) {
    (void)state;
    static const char *const others[] = {"cn=clients ca",          "cn=bob",         "bob@example.com",
                                         "mail:alice@old.example", "cn=alice@x",     "dns:example.com",
                                         "spiffe://example.com/b", "ip:10.0.0.8",    "uri:https://example.com/a",
                                         "dns:alice.example.com",  "cn=example.com", "subject:CN=alice"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_not_named(others[i]);
}

static void certificate_is_named_wherever_it_is_in_the_path(void **state) {
    (void)state;
    char typed[512];
    const struct peer_summary *summary = verified_peer_summary(peer);
    assert_named(summary->fingerprint, DENYNAME_FINGERPRINT, 0);
    snprintf(typed, sizeof typed, "issuer=%s serial=%s", summary->issuer, summary->serial);
    assert_named(typed, DENYNAME_SERIAL, 0);
    struct peer_summary above;
    cert_summarize_der(buf_view(&issuer.der), &above);
    assert_named(above.fingerprint, DENYNAME_FINGERPRINT, 1);
    snprintf(typed, sizeof typed, "issuer=%s serial=%s", above.issuer, above.serial);
    assert_named(typed, DENYNAME_SERIAL, 1);
}

static void serial_of_another_issuer_is_another_one(void **state) {
    (void)state;
    char typed[512];
    snprintf(typed, sizeof typed, "issuer=CN=Other CA serial=%s", verified_peer_summary(peer)->serial);
    assert_not_named(typed);
}

static void entry_counts_until_its_time(void **state) {
    (void)state;
    struct denylist_hit hit;
    struct denylist_entry entry = entry_of("cn=alice");
    entry.until = NOW + 1;
    struct denylist list = list_of(&entry, 1);
    assert_int_equal(denylist_check(&list, peer, NOW, &hit), REASON_DENIED);
    assert_int_equal(denylist_check(&list, peer, NOW + 1, &hit), REASON_NONE);
}

static void revoked_counts_more_than_on_hold(void **state) {
    (void)state;
    struct denylist_hit hit;
    struct denylist_entry entries[] = {entry_of("cn=alice"), entry_of("cn=second"), entry_of("ip:10.0.0.7")};
    entries[0].is_hold = entries[1].is_hold = true;
    struct denylist list = list_of(entries, 2);
    assert_int_equal(denylist_check(&list, peer, NOW, &hit), REASON_DENIED_ON_HOLD);
    list = list_of(entries, 3);
    assert_int_equal(denylist_check(&list, peer, NOW, &hit), REASON_DENIED);
    assert_int_equal(hit.kind, DENYNAME_ADDRESS);
}

/* The keys that a client has were made for an earlier list, which had no such entries. */
static void later_lists_ask_for_other_names(void **state) {
    (void)state;
    assert_not_named("ip:10.0.0.8");
    assert_named("ip:10.0.0.7", DENYNAME_ADDRESS, 0);
    assert_named("cn=alice", DENYNAME_CN, 0);
    assert_named("eve@old.example", DENYNAME_MAIL, 0);
    assert_named("cn=alice", DENYNAME_CN, 0);
}

static void empty_list_names_nobody(void **state) {
    (void)state;
    struct denylist_hit hit;
    struct denylist list = list_of(NULL, 0);
    assert_int_equal(denylist_check(&list, peer, NOW, &hit), REASON_NONE);
    assert_int_equal(denylist_check(&(struct denylist){0}, peer, NOW, &hit), REASON_NONE);
}

static void one_of_many_is_found(void **state) {
    (void)state;
    enum { MANY = 1000 };
    static struct denylist_entry entries[MANY];
    struct denylist_hit hit;
    for (size_t i = 0; i < MANY; i++) {
        char typed[32];
        snprintf(typed, sizeof typed, "cn=somebody %zu", i);
        entries[i] = entry_of(typed);
    }
    struct denylist list = list_of(entries, MANY);
    assert_int_equal(denylist_check(&list, peer, NOW, &hit), REASON_NONE);
    for (size_t i = 0; i < MANY; i += 333) {
        struct denylist_entry other = entries[i];
        entries[i] = entry_of("cn=alice");
        list = list_of(entries, MANY);
        assert_int_equal(denylist_check(&list, peer, NOW, &hit), REASON_DENIED);
        entries[i] = other;
    }
}

static void broken_bytes_are_no_list(void **state) {
    (void)state;
    struct denylist_entry entries[] = {entry_of("cn=alice"), entry_of("cn=bob"), entry_of("dns:a.example.com")};
    list_of(entries, 3);
    size_t len = denylist_bytes(3);
    struct denylist list;
    for (size_t i = 0; i < len; i++) {
        assert_false(denylist_open(&list, slice_of(memory, i)));
        assert_int_equal(list.entries, 0);
    }
    for (size_t i = 0; i < 40; i++) {
        if (i >= 16 && i < 24) /* the generation may be any */
            continue;
        memory[i] ^= 1;
        assert_false(denylist_open(&list, slice_of(memory, len)));
        memory[i] ^= 1;
    }
    assert_true(denylist_open(&list, slice_of(memory, len)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_peer, free_peer)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(owner_is_named_by_everything_the_leaf_says),
        TEST(name_of_somebody_else_names_nobody_here),
        TEST(certificate_is_named_wherever_it_is_in_the_path),
        TEST(serial_of_another_issuer_is_another_one),
        TEST(entry_counts_until_its_time),
        TEST(revoked_counts_more_than_on_hold),
        TEST(later_lists_ask_for_other_names),
        TEST(empty_list_names_nobody),
        TEST(one_of_many_is_found),
        TEST(broken_bytes_are_no_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
