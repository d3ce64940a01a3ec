/* The rows of a server, and of what goes on between servers. */
#include "config/schemabalance.h"

#include "config/schemarow.h"
#include "config/settings.h"

static const char *const same_site_words[] = {[SETTINGS_SAME_SITE_LAX] = "lax",
                                              [SETTINGS_SAME_SITE_STRICT] = "strict",
                                              [SETTINGS_SAME_SITE_NONE] = "none",
                                              [SETTINGS_SAME_SITE_UNSAID] = "off",
                                              NULL};

static const struct schema_field server_fields[] = {
    ROW("address", AT(settings_server, address), .kind = SCHEMA_TARGET, .required = true, .is_short = true,
        .also = "url host", .example = "127.0.0.1:8080",
        .doc = "Where it listens: IPv4, [IPv6], a name, or a Unix socket. A name stands for a server at each of its "
               "addresses."),
    ROW("name", AT(settings_server, name), .kind = SCHEMA_NAME, .also = "label id", .example = "blue",
        .doc = "What it is called in logs, status and commands, instead of its address."),
    ROW("weight", AT(settings_server, weight), .kind = SCHEMA_COUNT, .min = 1, .max = 1000, .initial = "1",
        .doc = "Its share of the requests beside the other servers' weights."),
    ROW("backup", AT(settings_server, backup), .kind = SCHEMA_BOOL, .initial = "false",
        .doc = "Use it only while no server that is not a backup can be used."),
    ROW("max_connections", AT(settings_server, max_connections), .kind = SCHEMA_COUNT, .max = 1000000, .initial = "0",
        .also = "maxconn max_conns limit",
        .doc = "Most requests and tunnels in progress at once; more wait in the queue. Shared out evenly among the "
               "workers, at least one for each. 0: no limit."),
};
const struct schema_struct schemabalance_server =
    STRUCT_OF(server, settings_server, "Server", "a server",
              "One server of a backend. Its address alone may stand for it.");

static const struct schema_field sticky_fields[] = {
    ROW("cookie", AT(settings_sticky, cookie), .kind = SCHEMA_TEXT, .also = "name", .example = "server",
        .doc = "Name of the cookie; without it, there is none."),
    ROW("secret", AT(settings_sticky, secret), .kind = SCHEMA_TEXT, .also = "key salt",
        .doc = "Goes into what the cookie calls a server, so that nobody can find out by trying which name or address "
               "that stands for. The same in all gateways that share their clients."),
    ROW("path", AT(settings_sticky, path), .kind = SCHEMA_PREFIX, .initial = "/", .doc = "The cookie's Path."),
    ROW("secure", AT(settings_sticky, secure), .kind = SCHEMA_BOOL, .initial = "true",
        .doc = "Whether the cookie is Secure: sent over https only."),
    ROW("http_only", AT(settings_sticky, http_only), .kind = SCHEMA_BOOL, .initial = "true", .also = "httponly",
        .doc = "Whether the cookie is HttpOnly: kept from scripts."),
    ROW("same_site", AT(settings_sticky, same_site), .kind = SCHEMA_CHOICE, .words = same_site_words, .initial = "lax",
        .also = "samesite", .doc = "The cookie's SameSite; off leaves it out."),
};
const struct schema_struct schemabalance_sticky =
    STRUCT_OF(sticky, settings_sticky, "Sticky cookie", "sticky",
              "A cookie that brings a client back to the server that answered it before.");

static const char *const check_words[] = {[SETTINGS_CHECK_OFF] = "off",
                                          [SETTINGS_CHECK_TCP] = "tcp",
                                          [SETTINGS_CHECK_TLS] = "tls",
                                          [SETTINGS_CHECK_HTTP] = "http",
                                          NULL};

static const struct schema_field health_check_fields[] = {
    ROW("type", AT(settings_health_check, type), .kind = SCHEMA_CHOICE, .words = check_words, .initial = "off",
        .example = "http",
        .doc =
            "What is asked of a server: tcp: that it accepts a connection; tls: that its handshake succeeds, with its "
            "certificate verified; http: that it answers a request. off: nothing."),
    ROW("path", AT(settings_health_check, path), .kind = SCHEMA_PREFIX, .initial = "/", .also = "uri url",
        .example = "/health", .doc = "Path of the request."),
    ROW("method", AT(settings_health_check, method), .kind = SCHEMA_NAME, .initial = "GET",
        .doc = "Method of the request."),
    ROW("host", AT(settings_health_check, host), .kind = SCHEMA_HOST, .example = "app.example.com",
        .doc = "Host of the request, instead of the server's own name or address."),
    ROW("expect_status", LIST_AT(settings_health_check, expect_status, expect_status_count), .kind = SCHEMA_COUNT,
        .shape = SCHEMA_ONE_OR_LIST, .min = 200, .max = 599, .items_max = 16, .also = "expect status",
        .example = "[200]", .doc = "Statuses that are good; without it, all below 400."),
    ROW("port", AT(settings_health_check, port), .kind = SCHEMA_COUNT, .max = 65535, .initial = "0",
        .doc = "Port to ask instead of the server's own; 0: that."),
    ROW("interval", AT(settings_health_check, interval_ms), .kind = SCHEMA_DURATION, .min = 10, .max = DAYS(1),
        .initial = "2s", .also = "inter every",
        .doc = "Pause between two checks of a server by a worker, longer or shorter by up to a tenth."),
    ROW("timeout", AT(settings_health_check, timeout_ms), WAIT, .initial = "2s", .doc = "Longest time for a check."),
    ROW("rise", AT(settings_health_check, rise), .kind = SCHEMA_COUNT, .min = 1, .max = 100, .initial = "2",
        .also = "healthy passes", .doc = "So many good checks in a row bring a server back."),
    ROW("fall", AT(settings_health_check, fall), .kind = SCHEMA_COUNT, .min = 1, .max = 100, .initial = "3",
        .also = "unhealthy fails", .doc = "So many failed checks in a row take a server out."),
};
const struct schema_struct schemabalance_health_check =
    STRUCT_OF(health_check, settings_health_check, "Health checks", "health_check",
              "Asking the servers regularly whether they are well. Each worker does it by itself.");

static const struct schema_field passive_health_fields[] = {
    ROW("failures", AT(settings_passive_health, failures), .kind = SCHEMA_COUNT, .max = 1000, .initial = "3",
        .also = "max_fails", .doc = "So many failures in a row eject a server; 0 never does."),
    ROW("server_errors", AT(settings_passive_health, server_errors), .kind = SCHEMA_BOOL, .initial = "false",
        .also = "5xx http_5xx", .doc = "Whether an answer with a status of 500 and more is a failure."),
    ROW("pause", AT(settings_passive_health, pause_ms), WAIT, .initial = "10s", .also = "fail_timeout",
        .doc = "How long an ejected server is passed over, while another can be used. It doubles each time that the "
               "server fails again right away."),
    ROW("max_pause", AT(settings_passive_health, pause_max_ms), WAIT, .initial = "5m", .doc = "Longest pause."),
    ROW("max_ejected", AT(settings_passive_health, max_ejected), .kind = SCHEMA_COUNT, .max = 100, .initial = "80",
        .also = "max_ejection_percent", .doc = "Most servers that may be ejected at once, in percent of all."),
};
const struct schema_struct schemabalance_passive_health =
    STRUCT_OF(passive_health, settings_passive_health, "Passive health", "passive_health",
              "What the gateway concludes from failures of real requests.");

static const struct schema_field queue_fields[] = {
    ROW("max", AT(settings_queue, max), .kind = SCHEMA_COUNT, .max = 100000, .initial = "1000", .also = "size limit",
        .doc = "Most requests that wait; shared out evenly among the workers. 0: none may."),
    ROW("timeout", AT(settings_queue, timeout_ms), WAIT, .initial = "5s",
        .doc = "How long one waits; then it is answered with 503."),
};
const struct schema_struct schemabalance_queue =
    STRUCT_OF(queue, settings_queue, "Queue of a backend", "queue",
              "Requests that wait, first come, first served, for servers with max_connections.");

static const struct schema_field retries_fields[] = {
    ROW("count", AT(settings_retries, count), .kind = SCHEMA_COUNT, .max = 10, .initial = "1", .also = "max attempts",
        .doc = "How often one request may be tried again; 0: never."),
    ROW("budget", AT(settings_retries, budget), .kind = SCHEMA_COUNT, .max = 100, .initial = "20", .also = "percent",
        .doc = "Retries of all requests together, in percent of the requests, beside a reserve of 100 for each "
               "worker; 0: none at all."),
};
const struct schema_struct schemabalance_retries =
    STRUCT_OF(retries, settings_retries, "Retries", "retries",
              "How often requests are tried again that a server did not answer.");
