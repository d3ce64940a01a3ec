/* The table of protected names, and comparing with it. Most fields of most requests differ in their first letter or
 * are too short, so they cost no walk through the table. */
#include "vouch/hygiene.h"

#include "http/octets.h"

/* A folded name: lower case, every separator a '-'. is_prefix: every name that begins like this. The first row that
 * matches counts. */
struct row {
    const char *name;
    bool is_prefix;
    enum hygiene_action action;
};

/* What somebody in front of, or in the place of, this gateway uses to tell a backend who the client is (refused: a
 * client that sends one of these means to be somebody else), or where it comes from (stripped, as an honest proxy on
 * the way may send it; so are names that only look like an identity). Sources: RFC 9440, RFC 7239, the manuals of
 * the named products. */
static const struct row rows[] = {
    /* RFC 9440, our verdict, Google Cloud's variables */
    {"client-cert", true, HYGIENE_REFUSE},
    /* ASP.NET, and what people make up */
    {"x-client-cert", true, HYGIENE_REFUSE},
    /* HAProxy's and nginx's customary names, ingress-nginx */
    {"x-ssl-client", true, HYGIENE_REFUSE},
    {"ssl-client", true, HYGIENE_REFUSE},
    /* Envoy, Traefik; before the row of all x-forwarded- */
    {"x-forwarded-client-cert", true, HYGIENE_REFUSE},
    {"x-forwarded-tls-client-cert", true, HYGIENE_REFUSE},
    /* AWS ALB and CloudFront, Cloudflare, Azure App Service, Akamai */
    {"x-amzn-mtls-", true, HYGIENE_REFUSE},
    {"cloudfront-viewer-cert", true, HYGIENE_REFUSE},
    {"cf-client-cert-", true, HYGIENE_REFUSE},
    {"x-arr-clientcert", false, HYGIENE_REFUSE},
    {"client-to-edge", false, HYGIENE_REFUSE},
    /* what administrators call a client's certificate in their nginx, HAProxy or Apache */
    {"x-ssl-", true, HYGIENE_STRIP},
    {"x-tls-client", true, HYGIENE_STRIP},
    {"tls-client", true, HYGIENE_STRIP},
    {"x-clientcert", true, HYGIENE_STRIP},
    {"x-client-verify", true, HYGIENE_STRIP},
    {"x-client-dn", true, HYGIENE_STRIP},
    {"x-client-s-dn", true, HYGIENE_STRIP},
    {"x-client-subject", true, HYGIENE_STRIP},
    /* addresses and other claims of a proxy */
    {"x-forwarded-", true, HYGIENE_STRIP},
    {"forwarded", false, HYGIENE_STRIP},
    {"x-real-ip", false, HYGIENE_STRIP},
    {"x-client-ip", false, HYGIENE_STRIP},
    {"x-cluster-client-ip", false, HYGIENE_STRIP},
    {"true-client-ip", false, HYGIENE_STRIP},
    {"cf-connecting-ip", false, HYGIENE_STRIP},
    {"fastly-client-ip", false, HYGIENE_STRIP},
    /* a path other than the one that chose the route; HTTP_PROXY, which CGI programs take for their own setting */
    {"x-original-url", false, HYGIENE_STRIP},
    {"x-rewrite-url", false, HYGIENE_STRIP},
    {"proxy", false, HYGIENE_STRIP},
};

/* The shortest name in the table, and the letters that names in it begin with. */
enum {
    SHORTEST = sizeof "proxy" - 1,
    FIRST_LETTERS = 1u << ('c' - 'a') | 1u << ('f' - 'a') | 1u << ('p' - 'a') | 1u << ('s' - 'a') | 1u << ('t' - 'a') |
        1u << ('x' - 'a'),
};

static uint8_t fold(uint8_t octet);
static bool row_matches(const struct row *row, struct slice name);
static struct slice next_member(struct slice *list);

enum hygiene_action hygiene_check(struct slice name) {
    if (name.len < SHORTEST)
        return HYGIENE_PASS;
    unsigned letter = (unsigned)fold(name.data[0]) - 'a';
    if (letter > 25 || !(FIRST_LETTERS >> letter & 1))
        return HYGIENE_PASS;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (row_matches(&rows[i], name))
            return rows[i].action;
    return HYGIENE_PASS;
}

bool hygiene_is_vary_on_identity(const struct http_field *field) {
    if (field->name.len != 4 || !slice_equal_nocase(field->name, slice_text("Vary")))
        return false;
    for (struct slice rest = field->value; rest.len > 0;)
        if (hygiene_check(next_member(&rest)) == HYGIENE_REFUSE)
            return true;
    return false;
}

/* CGI, WSGI, Rack and PHP map '-', '_' and '.' to one; some CGI servers map whatever is no letter or digit. */
static uint8_t fold(uint8_t octet) {
    uint8_t lower = octets_lower(octet);
    bool is_plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    return is_plain ? lower : '-';
}

static bool row_matches(const struct row *row, struct slice name) {
    size_t i = 0;
    while (i < name.len && row->name[i] != '\0' && fold(name.data[i]) == (uint8_t)row->name[i])
        i++;
    return row->name[i] == '\0' && (row->is_prefix || i == name.len);
}

/* Takes the first member of a comma-separated list off it. */
static struct slice next_member(struct slice *list) {
    ptrdiff_t comma = slice_find(*list, ',');
    struct slice member = slice_sub(*list, 0, comma < 0 ? list->len : (size_t)comma);
    *list = slice_sub(*list, member.len + 1, list->len);
    return slice_trim(member);
}
