/* Each setting is looked at beside those that take its effect away. */
#include "config/chaincheck.h"

#include "base/url.h"

static void check_ocsp(const struct settings_ocsp *ocsp, bool is_used, const struct bind_places *places,
                       struct error_list *errors);

void chaincheck_versions(const struct settings_tls *tls, const struct bind_places *places, struct error_list *errors) {
    struct error_place ciphers = bind_place(places, &tls->ciphers);
    struct error_place ciphersuites = bind_place(places, &tls->ciphersuites);
    struct error_place versions = tls->place;
    if (versions.line == 0) /* of rows that stand in another struct */
        versions = bind_place(places, &tls->min_version);
    if (versions.line == 0)
        versions = bind_place(places, &tls->max_version);
    if (tls->min_version > tls->max_version)
        error_add(errors, versions, "min_version is higher than max_version: no TLS version is left");
    if (ciphers.line != 0 && tls->min_version > TLS_VERSION_12)
        error_add(errors, ciphers, "\"ciphers\" are those of TLS 1.2, which min_version excludes");
    if (ciphersuites.line != 0 && tls->max_version < TLS_VERSION_13)
        error_add(errors, ciphersuites, "\"ciphersuites\" are those of TLS 1.3, which max_version excludes");
}

/* What somebody writes about revocation has to have an effect. */
void chaincheck_revocation(const struct settings_revocation *revocation, bool is_used, const struct bind_places *places,
                           struct error_list *errors) {
    struct error_place lists = bind_place(places, &revocation->lists);
    struct error_place issuers = bind_place(places, &revocation->issuers);
    struct error_place grace = bind_place(places, &revocation->grace_ms);
    const struct settings_distribution_points *points = &revocation->distribution_points;
    if (lists.line != 0 && !is_used)
        error_add(errors, lists,
                  "\"lists\" are given, but by \"mode\" no chain is checked: nobody would be looked up in them");
    if (issuers.line != 0 && revocation->list_count + points->host_count == 0)
        error_add(errors, issuers, "\"issuers\" are given, but no \"lists\"");
    for (size_t i = 0; i < points->host_count; i++)
        if (!url_is_host(slice_text(points->hosts[i])))
            error_add(errors, bind_place(places, &points->hosts),
                      "\"%s\" is no host such as \"crl.example.com\" or \"crl.example.com:8080\"", points->hosts[i]);
    if (grace.line != 0 && revocation->stale != REVOCATION_STALE_GRACE)
        error_add(errors, grace, "\"grace\" is given, but \"stale\" is not grace");
    check_ocsp(&revocation->ocsp, is_used, places, errors);
}

static void check_ocsp(const struct settings_ocsp *ocsp, bool is_used, const struct bind_places *places,
                       struct error_list *errors) {
    struct error_place responders = bind_place(places, &ocsp->responders);
    struct error_place hosts = bind_place(places, &ocsp->aia_hosts);
    struct error_place mode = bind_place(places, &ocsp->mode);
    struct url url;
    bool is_asked = ocsp->mode != SETTINGS_OCSP_OFF;
    if (is_asked && mode.line != 0 && !is_used)
        error_add(errors, mode, "OCSP is to be asked, but the \"mode\" of \"client_auth\" is off");
    if (is_asked && ocsp->responder_count + ocsp->aia_host_count == 0)
        error_add(errors, mode.line != 0 ? mode : ocsp->place,
                  "OCSP is to be asked, but neither \"responders\" nor \"aia_hosts\" say whom");
    if (!is_asked && (responders.line != 0 || hosts.line != 0))
        error_add(errors, responders.line != 0 ? responders : hosts,
                  "responders are given, but the \"mode\" of \"ocsp\" is off: nobody would be asked");
    for (size_t i = 0; responders.line != 0 && i < ocsp->responder_count; i++) {
        if (!url_parse(slice_text(ocsp->responders[i]), &url))
            error_add(errors, responders, "\"%s\" is no http or https URL", ocsp->responders[i]);
    }
    for (size_t i = 0; hosts.line != 0 && i < ocsp->aia_host_count; i++) {
        if (!url_is_host(slice_text(ocsp->aia_hosts[i])))
            error_add(errors, hosts, "\"%s\" is no host name or address, with or without a port", ocsp->aia_hosts[i]);
    }
}
