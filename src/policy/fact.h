/* The facts that rules ask for, as a table: their names in the configuration, what their values look like, and where
 * they come from. */
#ifndef SALLYPORT_POLICY_FACT_H
#define SALLYPORT_POLICY_FACT_H

#include "base/slice.h"

enum fact {
#define FACT(name, key, form, source, type, also, example, doc) FACT_##name,
#include "policy/fact_table.h"
#undef FACT
    FACT_COUNT
};

/* What a value looks like and how it is compared. DIGEST: 32 bytes. SERIAL, OID, METHOD: exact. TEXT, MAIL, URI,
 * SPIFFE, DOMAIN, ATTRIBUTE, PATH: patterns. NETWORK, WINDOW, PRESENCE: by their meaning. */
enum fact_form {
    FACT_FORM_DIGEST,
    FACT_FORM_SERIAL,
    FACT_FORM_OID,
    FACT_FORM_TEXT,
    FACT_FORM_ATTRIBUTE,
    FACT_FORM_MAIL,
    FACT_FORM_URI,
    FACT_FORM_SPIFFE,
    FACT_FORM_DOMAIN,
    FACT_FORM_NETWORK,
    FACT_FORM_WINDOW,
    FACT_FORM_PRESENCE,
    FACT_FORM_METHOD,
    FACT_FORM_PATH
};

/* KEY: of the certificate, proven by possession of its key. NAME: said by the certificate, and true only when its chain
 * was verified. CONNECTION: known at the handshake. REQUEST: of each request. */
enum fact_source { FACT_SOURCE_KEY, FACT_SOURCE_NAME, FACT_SOURCE_CONNECTION, FACT_SOURCE_REQUEST };

/* type: of the attribute in the subject (or in the issuer's, the root's), dotted; empty for what is no attribute. */
struct fact_row {
    const char *key;
    enum fact_form form;
    enum fact_source source;
    const char *type;
};

/* The row of a fact; a value outside of the table is a bug. */
const struct fact_row *fact_row(enum fact fact);

/* The fact with this key, or FACT_COUNT. */
enum fact fact_find(struct slice key);

/* True for what a client's certificate says or is. */
bool fact_is_of_certificate(enum fact fact);

/* True for what a request says. */
bool fact_is_of_request(enum fact fact);

#endif
