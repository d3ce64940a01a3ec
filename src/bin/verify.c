/* Options to settings, files to slices, and the verdict to text or JSON. */
#include "bin/verify.h"

#include "base/now.h"
#include "bin/options.h"
#include "bin/pkifiles.h"
#include "bin/verifylists.h"
#include "bin/verifyocsp.h"
#include "bin/verifyoptions.h"
#include "bin/verifyreport.h"
#include "pki/verify.h"
#include "tls/library.h"

#include <stdio.h>
#include <stdlib.h>

enum { ACCEPTED = 0, REFUSED = 1, MISUSED = 2, PRINTED_BYTES_MAX = 4 << 20 };

/* The files of a call. */
struct material {
    struct pkifiles anchors;
    struct pkifiles chain;
    struct pkifiles lists;
    struct pkifiles responses;
};

static bool read_all(struct material *material, const struct verifyoptions *options, struct error_list *errors);
static bool read_list(struct pkifiles *files, const struct options_list *paths, const char *label,
                      struct error_list *errors);
static int judge(const struct material *material, const struct verifyoptions *options);
static struct trust *load_trust(const struct pkifiles *anchors, int64_t now, struct error_list *errors);
static void run(const struct material *material, const struct verifyoptions *options, struct trust *trust,
                struct verifylists *lists, struct verifyreport *report);
static int print(const struct verifyreport *report, bool as_json);
static void print_errors(const struct error_list *errors);

int verify_command(char *const *arguments) {
    static struct verifyoptions options; /* large */
    static struct material material;
    struct error_list errors;
    if (!verifyoptions_read(&options, arguments))
        return MISUSED;
    error_list_init(&errors);
    pkifiles_init(&material.anchors);
    pkifiles_init(&material.chain);
    pkifiles_init(&material.lists);
    pkifiles_init(&material.responses);
    tls_library_start();
    int code = read_all(&material, &options, &errors) ? judge(&material, &options) : MISUSED;
    print_errors(&errors);
    pkifiles_fini(&material.anchors);
    pkifiles_fini(&material.chain);
    pkifiles_fini(&material.lists);
    pkifiles_fini(&material.responses);
    error_list_fini(&errors);
    return code;
}

/* The leaf's file comes first: what else is in it is untrusted. */
static bool read_all(struct material *material, const struct verifyoptions *options, struct error_list *errors) {
    static const char certificate[] = "CERTIFICATE";
    return pkifiles_add(&material->chain, options->leaf, certificate, errors) &&
        read_list(&material->chain, &options->untrusted, certificate, errors) &&
        read_list(&material->anchors, &options->trust, certificate, errors) &&
        read_list(&material->lists, &options->crls, "X509 CRL", errors) &&
        read_list(&material->responses, &options->ocsp_responses, "OCSP RESPONSE", errors);
}

static bool read_list(struct pkifiles *files, const struct options_list *paths, const char *label,
                      struct error_list *errors) {
    for (size_t i = 0; i < paths->count; i++) {
        if (!pkifiles_add(files, paths->items[i], label, errors))
            return false;
    }
    return true;
}

static int judge(const struct material *material, const struct verifyoptions *options) {
    struct verifyreport report = {.verdict = {.reason = REASON_CERT_INVALID}};
    struct verifylists lists = {.now = options->now};
    struct error_list errors;
    error_list_init(&errors);
    struct trust *trust = load_trust(&material->anchors, options->now, &errors);
    if (!trust) {
        report.verdict.reason = REASON_CERT_UNKNOWN_ISSUER;
        report.verdict.detail = errors.count ? errors.items[0].sentence : "the trust cannot be loaded";
    } else {
        verifylists_init(&lists, &material->lists, &material->chain, trust, options->now);
        run(material, options, trust, &lists, &report);
    }
    int code = print(&report, options->as_json);
    verified_peer_unref(&report.peer);
    verifylists_fini(&lists);
    trust_unref(&trust);
    error_list_fini(&errors);
    return code;
}

static struct trust *load_trust(const struct pkifiles *anchors, int64_t now, struct error_list *errors) {
    struct buf pem;
    buf_init(&pem, 2 * PKIFILES_BYTES_MAX);
    struct trust *trust = NULL;
    if (pkifiles_pem(anchors, "CERTIFICATE", &pem)) {
        struct trust_source source = {.pem = buf_view(&pem), .path = "trust"};
        trust = trust_new(&source, 1, now, errors);
    }
    buf_fini(&pem);
    return trust;
}

/* Without lists nothing is asked about revocation. Those that were left out are told in any case. */
static void run(const struct material *material, const struct verifyoptions *options, struct trust *trust,
                struct verifylists *lists, struct verifyreport *report) {
    static struct slice chain[PKIFILES_COUNT_MAX];
    struct verify_judge judge = {.judge = verifylists_judge, .owner = lists};
    for (size_t i = 0; i < material->chain.count; i++)
        chain[i] = pkifiles_get(&material->chain, i);
    print_errors(&lists->faults);
    verify_chain_asking(chain, material->chain.count, trust, &options->settings, material->lists.count ? &judge : NULL,
                        options->now, &report->verdict, &report->peer);
    if (report->peer && material->responses.count)
        verifyocsp_judge(&material->responses, trust, options->settings.insecure_sha1, options->now, &report->verdict,
                         &report->peer);
}

static int print(const struct verifyreport *report, bool as_json) {
    struct buf text;
    buf_init(&text, PRINTED_BYTES_MAX);
    bool is_good = as_json ? verifyreport_json(report, &text) : verifyreport_text(report, &text);
    if (is_good)
        fwrite(buf_view(&text).data, 1, buf_len(&text), stdout);
    buf_fini(&text);
    return report->peer ? ACCEPTED : REFUSED;
}

static void print_errors(const struct error_list *errors) {
    struct buf lines;
    buf_init(&lines, PRINTED_BYTES_MAX);
    if (error_list_print(errors, &lines))
        fprintf(stderr, "%.*s", (int)buf_len(&lines), (const char *)buf_view(&lines).data);
    buf_fini(&lines);
}
