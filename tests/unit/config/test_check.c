/* Tests of config/check: what contradicts itself, leads nowhere or would do nothing. */
#include "loading.h"

#define MINIMAL LOADING_LISTENER LOADING_CERTIFICATES

static void names_have_to_lead_somewhere(void **state) {
    loading_refuses(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "    hosts: [{names: [api.example.com]}]\n    default_host: apj.example.com\n"
        "backends: {apis: {servers: 127.0.0.1:1}, other: {servers: 127.0.0.1:1}}\n",
        "4:24: there is no backend \"api\"; did you mean \"apis\"?\n"
        "7:19: default_host \"apj.example.com\" is no host of this listener; did you mean \"api.example.com\"?\n");
    loading_refuses(*state,
                    LOADING_LISTENER LOADING_CERTIFICATES
                    "    default_host: somewhere.else\nbackends: {x: {servers: 127.0.0.1:1}}\n",
                    "4:24: there is no backend \"api\"\n"
                    "6:19: default_host \"somewhere.else\" is no host of this listener\n");
}

static void nothing_is_given_twice(void **state) {
    loading_refuses(
        *state,
        LOADING_LISTENER LOADING_CERTIFICATES
        "    hosts:\n      - names: [a.example, A.Example.]\n      - names: a.example\n"
        "  - name: public\n    bind: [1.2.3.4:1, \"0.0.0.0:8443\", 1.2.3.4:1]\n"
        "    routes: [{host: a.example, backend: api}, {host: a.example, backend: api}]\n" LOADING_CERTIFICATES
        "backends: {api: {servers: [1.1.1.1:1, 1.1.1.1:1], forward: {profiles: [verdict, verdict]}}}\n",
        "7:28: the host name of this listener \"a.example\" is given twice; first in line 7\n"
        "8:16: the host name of this listener \"a.example\" is given twice; first in line 7\n"
        "9:11: the listener name \"public\" is given twice; first in line 2\n"
        "10:23: the address to bind \"0.0.0.0:8443\" is given twice; first in line 3\n"
        "10:39: the address to bind \"1.2.3.4:1\" is given twice; first in line 10\n"
        "11:47: the route \"a.example\" is given twice; first in line 11\n"
        "13:39: a server of this backend has this address already; first in line 13\n"
        "13:81: this forwarding profile is given twice\n");
}

static void client_authentication_needs_trust_and_trust_needs_client_authentication(void **state) {
    loading_refuses(*state, MINIMAL "    client_auth: {mode: required}\n" LOADING_BACKENDS,
                    "6:25: client certificates are asked for, but there is no \"trust\" to check them against\n");
    loading_refuses(
        *state, MINIMAL "    client_auth: {trust: ca.pem}\n" LOADING_BACKENDS,
        "6:26: \"trust\" is given, but \"mode\" is off: no client certificate would be asked for or checked\n");
    loading_refuses(
        *state,
        MINIMAL "    client_auth: {mode: optional, trust: ca.pem}\n"
                "    hosts: [{names: a, client_auth: {mode: off, trust: b.pem}}]\n" LOADING_BACKENDS,
        "7:56: \"trust\" is given, but \"mode\" is off: no client certificate would be asked for or checked\n");
    loading_refuses(*state, MINIMAL "    hosts: [{names: a, client_auth: {mode: optional}}]\n" LOADING_BACKENDS,
                    "6:44: client certificates are asked for, but there is no \"trust\" to check them against\n");
    /* A listener without client authentication may hold the trust of its hosts. */
    loading_accepts(*state,
                    MINIMAL "    client_auth: {trust: ca.pem}\n"
                            "    hosts: [{names: a, client_auth: {mode: required}}]\n" LOADING_BACKENDS);
}

static void versions_have_to_leave_something(void **state) {
    loading_refuses(*state, MINIMAL "    tls: {min_version: 1.3, max_version: 1.2}\n" LOADING_BACKENDS,
                    "6:10: min_version is higher than max_version: no TLS version is left\n");
    loading_refuses(*state, MINIMAL "    tls: {min_version: 1.3, ciphers: AES}\n" LOADING_BACKENDS,
                    "6:38: \"ciphers\" are those of TLS 1.2, which min_version excludes\n");
    loading_refuses(*state, MINIMAL "    tls: {max_version: 1.2, ciphersuites: X}\n" LOADING_BACKENDS,
                    "6:43: \"ciphersuites\" are those of TLS 1.3, which max_version excludes\n");
}

static void modes_that_judge_no_chain_need_no_trust(void **state) {
    loading_accepts(*state, MINIMAL "    client_auth: {mode: request}\n" LOADING_BACKENDS);
    loading_accepts(*state, MINIMAL "    client_auth: {mode: any_with_proof}\n" LOADING_BACKENDS);
    loading_refuses(*state, MINIMAL "    client_auth: {mode: report_only}\n" LOADING_BACKENDS,
                    "6:25: client certificates are asked for, but there is no \"trust\" to check them against\n");
    loading_refuses(
        *state, MINIMAL "    client_auth: {mode: request, trust: ca.pem}\n" LOADING_BACKENDS,
        "6:41: \"trust\" is given, but \"mode\" is one that takes any certificate: no chain would be checked\n");
}

static void a_help_link_is_a_url_of_a_page(void **state) {
#define LINKED(link)                                                                                                   \
    MINIMAL "    client_auth: {mode: any_with_proof, refuse_with: page, help_link: \"" link "\"}\n" LOADING_BACKENDS
    static const char bad[] =
        "6:71: \"help_link\" has to be a URL of https, http or mailto, in ASCII and at most 512 bytes\n";
    loading_accepts(*state, LINKED("https://help.example/certificates?a=1&b=2"));
    loading_accepts(*state, LINKED("mailto:help@example.com"));
    loading_refuses(*state, LINKED("javascript:alert(1)"), bad);
    loading_refuses(*state, LINKED("https://a/<script>"), bad);
    loading_refuses(*state, LINKED("https://a/'b"), bad);
    loading_refuses(*state, LINKED("https://a/ b"), bad);
    loading_refuses(*state, LINKED("https://"), bad);
    loading_refuses(*state, LINKED("https://b\u00fc"), bad);
#undef LINKED
    loading_refuses(*state,
                    MINIMAL "    client_auth: {mode: any_with_proof, help_link: \"https://a/\"}\n" LOADING_BACKENDS,
                    "6:52: \"help_link\" is given, but \"refuse_with\" is not page\n");
}

static void a_date_has_to_end_a_lenience(void **state) {
    loading_refuses(*state,
                    MINIMAL "    client_auth: {mode: required, trust: ca.pem, extended_key_usage: required,\n"
                            "                  extended_key_usage_until: 2027-03-31}\n" LOADING_BACKENDS,
                    "7:45: \"extended_key_usage_until\" has no effect: \"extended_key_usage\" is required already\n");
}

static void asking_by_ocsp_needs_somebody_to_ask(void **state) {
#define ASKING(words)                                                                                                  \
    MINIMAL "    client_auth: {mode: required, trust: ca.pem, revocation: {\n      ocsp: {" words                      \
            "}}}\n" LOADING_BACKENDS
    loading_accepts(*state,
                    ASKING("mode: hard, responders: \"http://ocsp.test/\", aia_hosts: [a.test, \"b.test:81\"]"));
    loading_refuses(*state, ASKING("mode: hard"),
                    "7:20: OCSP is to be asked, but neither \"responders\" nor \"aia_hosts\" say whom\n");
    loading_refuses(*state, ASKING("aia_hosts: a.test"),
                    "7:25: responders are given, but the \"mode\" of \"ocsp\" is off: nobody would be asked\n");
    loading_refuses(*state, ASKING("mode: soft, responders: \"ldap://ocsp.test/\""),
                    "7:38: \"ldap://ocsp.test/\" is no http or https URL\n");
    loading_refuses(*state, ASKING("mode: soft, aia_hosts: \"http://a.test/\""),
                    "7:37: \"http://a.test/\" is no host name or address, with or without a port\n");
    loading_refuses(
        *state,
        MINIMAL
        "    client_auth: {revocation: {ocsp: {mode: hard, responders: \"http://ocsp.test/\"}}}\n" LOADING_BACKENDS,
        "6:45: OCSP is to be asked, but the \"mode\" of \"client_auth\" is off\n");
}

static void every_host_needs_certificates(void **state) {
    loading_refuses(*state, LOADING_LISTENER LOADING_BACKENDS,
                    "2:5: this listener has no certificates: give \"certificates\"\n");
    loading_refuses(*state, LOADING_LISTENER "    hosts: [{names: a}]\n" LOADING_BACKENDS,
                    "5:13: this host has no certificates: give \"certificates\" here or to its listener\n");
    loading_accepts(*state,
                    LOADING_LISTENER
                    "    hosts: [{names: a, certificates: [{certificate: c, private_key: k}]}]\n" LOADING_BACKENDS);
}

static void routes_have_to_be_reachable(void **state) {
    loading_refuses(*state,
                    "listeners:\n  - name: a\n    bind: 1.2.3.4:5\n    routes:\n      - {backend: api}\n"
                    "      - {path: /x, backend: api}\n" LOADING_CERTIFICATES LOADING_BACKENDS,
                    "6:9: this route is never reached: the one in line 5 takes every request\n");
    loading_accepts(
        *state,
        "listeners:\n  - name: a\n    bind: 1.2.3.4:5\n    routes:\n      - {path: /x, backend: api}\n"
        "      - {host: x, path: /x, backend: api}\n      - {backend: api}\n" LOADING_CERTIFICATES LOADING_BACKENDS);
}

static void the_supervisor_has_room_for_so_much(void **state) {
    struct buf text;
    buf_init(&text, 1 << 16);
    assert_true(buf_append_text(&text, LOADING_BACKENDS "log: {access: /"));
    for (int i = 0; i < SETTINGS_LOG_PATH_MAX; i++)
        assert_true(buf_append_byte(&text, 'a'));
    assert_true(buf_append_text(&text, "}\nlisteners:\n"));
    for (int i = 0; i < 3; i++) {
        assert_true(
            buf_printf(&text, "  - name: l%d\n    routes: [{backend: api}]\n" LOADING_CERTIFICATES "    bind: [", i));
        for (int port = 1; port <= 43; port++)
            assert_true(buf_printf(&text, "1.2.3.%d:%d,", i, port));
        assert_true(buf_append_text(&text, "]\n"));
    }
    assert_true(buf_append_byte(&text, '\0'));
    loading_refuses(*state, (const char *)buf_view(&text).data,
                    "2:15: \"access\": a path has at most 1023 bytes here\n"
                    "4:5: the listeners bind 129 addresses; at most 128 are allowed\n");
    buf_fini(&text);
}

static void a_socket_path_has_to_fit(void **state) {
    char text[1024] = MINIMAL LOADING_BACKENDS "control: {socket: /";
    memset(text + strlen(text), 'a', 120);
    strcat(text, "}\n");
    loading_refuses(*state, text, "7:19: \"socket\": the path of a Unix socket has at most 107 bytes, this one 121\n");
}

static void a_password_needs_users_and_a_bound_one_certificates(void **state) {
    loading_refuses(*state, MINIMAL "    password: {realm: vault}\n" LOADING_BACKENDS,
                    "6:15: \"file\" is missing: there are no users whose password could be right\n");
    loading_refuses(*state, MINIMAL "    password: {file: users, bind: subject.cn}\n" LOADING_BACKENDS,
                    "6:35: \"bind\" is given, but clients are not asked for certificates: no user could come in\n");
    loading_refuses(*state, MINIMAL "    password: {file: users, realm: 'a\"b'}\n" LOADING_BACKENDS,
                    "6:36: \"realm\" has at most 128 bytes, without quotes and backslashes\n");
    loading_accepts(*state,
                    LOADING_LISTENER LOADING_CERTIFICATES
                    "    hosts:\n      - {names: a.example, password: {file: users}}\n"
                    "      - {names: b.example, password: {file: users, required: false}}\n" LOADING_BACKENDS);
}

static void limits_of_clients_have_to_limit_something(void **state) {
    loading_refuses(
        *state,
        MINIMAL
        "    client_limits: {address: {burst: 3, handshakes_burst: 4}, identity: {connections: 1}}\n" LOADING_BACKENDS,
        "6:38: a burst is given, but no \"requests_per_second\": nothing is limited by it\n"
        "6:59: a burst is given, but no \"handshakes_per_second\": nothing is limited by it\n"
        "6:73: \"identity\" is limited, but clients are not asked for certificates: give \"address\" instead\n");
    loading_accepts(*state,
                    MINIMAL "    client_limits: {address: {burst: 3, requests_per_second: 4}}\n" LOADING_BACKENDS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(limits_of_clients_have_to_limit_something, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_password_needs_users_and_a_bound_one_certificates, loading_set_up,
                                        loading_tear_down),
        cmocka_unit_test_setup_teardown(names_have_to_lead_somewhere, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_given_twice, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(client_authentication_needs_trust_and_trust_needs_client_authentication,
                                        loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(versions_have_to_leave_something, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(modes_that_judge_no_chain_need_no_trust, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_help_link_is_a_url_of_a_page, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_date_has_to_end_a_lenience, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(asking_by_ocsp_needs_somebody_to_ask, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(every_host_needs_certificates, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(routes_have_to_be_reachable, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(the_supervisor_has_room_for_so_much, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_socket_path_has_to_fit, loading_set_up, loading_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
