/* OCSP responses of our own certificates among the contents of settings: put there by plan/staplecompile, found here
 * when endpoints are made. */
#ifndef SALLYPORT_PLAN_STAPLES_H
#define SALLYPORT_PLAN_STAPLES_H

#include "config/settings.h"

/* "staple " and SHA-256 in hex, with its terminator. */
enum { STAPLES_NAME_ROOM = 7 + 64 + 1 };

/* What the response for a certificate is called: by the bytes of its file. */
void staples_name(const struct settings *settings, const struct settings_certificate *certificate,
                  char name[STAPLES_NAME_ROOM]);

/* The response for a certificate and the last second at which it is shown; the empty slice when there is none. */
struct slice staples_get(const struct settings *settings, const struct settings_certificate *certificate,
                         int64_t *until);

/* Writes what a content of this name holds: the time in 8 bytes, and the response. The two are the same for
 * staples_get. */
enum { STAPLES_HEAD_BYTES = 8 };
void staples_head(int64_t until, uint8_t head[STAPLES_HEAD_BYTES]);

#endif
