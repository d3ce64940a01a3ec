/* Words on the command line become one change; the gateway's answer is printed as it is. */
#include "bin/deny.h"

#include "base/now.h"
#include "bin/ask.h"
#include "bin/denywire.h"
#include "bin/options.h"
#include "bin/pkifiles.h"
#include "config/value.h"
#include "control/admin.h"
#include "pki/denykey.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* TYPED_MAX: the words that say who is meant. DAYS_MAX: a --for beyond it is a mistake. */
enum { TYPED_MAX = DENYNAME_VALUE_MAX, DAYS_MAX = 36500 };

struct wanted {
    struct ask_gateway gateway;
    struct options_list words;
    const char *certificate;
    const char *by;
    const char *reason;
    const char *duration;
    const char *until;
    bool json;
};

static int change(enum denybook_verb verb, char *const *arguments);
static bool read_wanted(struct wanted *wanted, char *const *arguments, bool is_release);
static bool name_who(const struct wanted *wanted, struct denyname *name);
static bool name_typed(const struct options_list *words, struct denyname *name);
static bool name_certificate(const struct wanted *wanted, struct denyname *name);
static bool read_end(const struct wanted *wanted, int64_t *until_ms);
static bool read_time(const char *text, int64_t *unix_ms);
static bool complain(const char *what, const char *detail);

int deny_revoke(char *const *arguments) {
    return change(DENYBOOK_REVOKE, arguments);
}

int deny_hold(char *const *arguments) {
    return change(DENYBOOK_HOLD, arguments);
}

int deny_release(char *const *arguments) {
    return change(DENYBOOK_RELEASE, arguments);
}

int deny_list(char *const *arguments) {
    struct ask_gateway gateway = {0};
    bool json = false;
    const struct options_row rows[] = {
        {.name = "config", .letter = 'c', .text = &gateway.config_path},
        {.name = "socket", .text = &gateway.socket},
        {.name = "json", .flag = &json},
        {0},
    };
    if (!options_read(arguments, rows, NULL))
        return 2;
    return ask_gateway(&gateway, json ? "denied json" : "denied");
}

/* What was understood goes to stderr: it is for the person, and the answer for whoever reads the output. */
static int change(enum denybook_verb verb, char *const *arguments) {
    static struct wanted wanted; /* large */
    static struct denyname name;
    static struct denywire wire;
    struct buf line;
    if (!read_wanted(&wanted, arguments, verb == DENYBOOK_RELEASE) || !name_who(&wanted, &name) ||
        !read_end(&wanted, &wire.until_ms))
        return 2;
    wire.verb = verb;
    wire.kind = (uint8_t)name.kind;
    wire.as_json = wanted.json;
    snprintf(wire.value, sizeof(wire.value), "%s", name.value);
    snprintf(wire.reason, sizeof(wire.reason), "%s", wanted.reason ? wanted.reason : "");
    if (!wanted.json)
        fprintf(stderr, "understood as %s: %s\n", denyname_word(name.kind), name.value);
    buf_init(&line, ADMIN_LINE_MAX);
    bool fits = denywire_print(&wire, &line) && buf_append_byte(&line, '\0');
    int code = fits ? ask_gateway(&wanted.gateway, (const char *)buf_view(&line).data) : 2;
    if (!fits)
        complain("too long", "the name and the reason together");
    buf_fini(&line);
    return code;
}

static bool read_wanted(struct wanted *wanted, char *const *arguments, bool is_release) {
    const struct options_row rows[] = {
        {.name = "config", .letter = 'c', .text = &wanted->gateway.config_path},
        {.name = "socket", .text = &wanted->gateway.socket},
        {.name = "json", .flag = &wanted->json},
        {.name = "cert", .text = &wanted->certificate},
        {.name = "by", .text = &wanted->by},
        {.name = "reason", .text = &wanted->reason},
        {.name = "for", .text = &wanted->duration},
        {.name = "until", .text = &wanted->until},
        {0},
    };
    if (!options_read_words(arguments, rows, &wanted->words))
        return false;
    if ((wanted->words.count == 0) == (wanted->certificate == NULL))
        return complain("say who is meant, by a name or by --cert FILE", "(see sallyport --help)");
    if (wanted->by && !wanted->certificate)
        return complain("is for --cert", "--by");
    if (is_release && (wanted->duration || wanted->until))
        return complain("a release has no end", "--for, --until");
    if (wanted->reason && strlen(wanted->reason) >= DENYBOOK_REASON_MAX)
        return complain("too long", "--reason");
    return true;
}

static bool name_who(const struct wanted *wanted, struct denyname *name) {
    return wanted->certificate ? name_certificate(wanted, name) : name_typed(&wanted->words, name);
}

/* Several words are one: issuer=… serial=… */
static bool name_typed(const struct options_list *words, struct denyname *name) {
    char typed[TYPED_MAX];
    size_t len = 0;
    struct error error;
    typed[0] = '\0';
    for (size_t i = 0; i < words->count; i++) {
        int more = snprintf(typed + len, sizeof(typed) - len, "%s%s", i > 0 ? " " : "", words->items[i]);
        len += (size_t)more;
        if (len >= sizeof(typed))
            return complain("too long", "the name");
    }
    return denyname_read(slice_text(typed), name, &error) || complain(error.sentence, typed);
}

/* By issuer and serial number, which every copy of the certificate has; or by fingerprint, which is of these bytes. */
static bool name_certificate(const struct wanted *wanted, struct denyname *name) {
    bool by_fingerprint = wanted->by && strcmp(wanted->by, "fingerprint") == 0;
    static struct pkifiles files; /* large */
    struct error_list errors;
    const char *fault = NULL;
    if (wanted->by && !by_fingerprint && strcmp(wanted->by, "serial") != 0)
        return complain("is serial or fingerprint", "--by");
    pkifiles_init(&files);
    error_list_init(&errors);
    bool good = pkifiles_add(&files, wanted->certificate, "CERTIFICATE", &errors);
    if (!good)
        complain(errors.count > 0 ? errors.items[0].sentence : "cannot be read", wanted->certificate);
    good = good &&
        (denykey_name(pkifiles_get(&files, 0), by_fingerprint, name, &fault) || complain(fault, wanted->certificate));
    error_list_fini(&errors);
    pkifiles_fini(&files);
    return good;
}

static bool read_end(const struct wanted *wanted, int64_t *until_ms) {
    uint64_t duration_ms = 0;
    *until_ms = 0;
    if (wanted->duration && wanted->until)
        return complain("give one of them", "--for, --until");
    if (wanted->duration) {
        if (!value_duration(slice_text(wanted->duration), &duration_ms) || duration_ms == 0 ||
            duration_ms > DAYS_MAX * UINT64_C(86400000))
            return complain("is a duration such as 2h", "--for");
        *until_ms = now_unix_ms() + (int64_t)duration_ms;
    }
    if (wanted->until && !read_time(wanted->until, until_ms))
        return complain("is a time such as 2027-03-31T12:00:00Z, or a date (UTC)", "--until");
    return true;
}

static bool read_time(const char *text, int64_t *unix_ms) {
    struct tm calendar = {0};
    int64_t seconds = 0;
    const char *rest = strptime(text, "%Y-%m-%d", &calendar);
    bool is_date = rest && *rest == '\0';
    if (!is_date && !options_time(text, &seconds))
        return false;
    *unix_ms = 1000 * (is_date ? (int64_t)timegm(&calendar) : seconds);
    return *unix_ms > 0;
}

static bool complain(const char *what, const char *detail) {
    fprintf(stderr, "sallyport: %s: %s\n", detail, what);
    return false;
}
