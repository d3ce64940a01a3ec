/* What the tests of a program with one duo share: its certificates, made once, and a duo for each test. */
#ifndef SALLYPORT_TESTS_DUOSTAGE_H
#define SALLYPORT_TESTS_DUOSTAGE_H

#include "duo.h"

#include <signal.h>

static struct duo_pki pki;
static struct duo duo;

static inline int set_up_all(void **state) {
    (void)state;
    signal(SIGPIPE, SIG_IGN); /* OpenSSL's client answers a cut with an alert */
    tls_library_start();
    duo_pki_init(&pki);
    return 0;
}

static inline int tear_down_all(void **state) {
    (void)state;
    duo_pki_fini(&pki);
    return 0;
}

static inline int set_up(void **state) {
    (void)state;
    duo_init(&duo, &pki);
    return 0;
}

static inline int tear_down(void **state) {
    (void)state;
    duo_fini(&duo);
    return 0;
}

#endif
