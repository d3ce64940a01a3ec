/* Pins as people write them: the SHA-256 of a certificate, or of a key (its SubjectPublicKeyInfo). Pure. */
#ifndef SALLYPORT_PKI_PIN_H
#define SALLYPORT_PKI_PIN_H

#include "pki/verifysettings.h"

/* Reads a digest: 64 hexadecimal digits of either case; the same in pairs split by colons; or base64 behind "sha256/"
 * or "sha256//". False, and `to` unspecified, for anything else. */
[[nodiscard]] bool pin_parse(struct slice text, uint8_t to[VERIFY_PIN_BYTES]);

#endif
