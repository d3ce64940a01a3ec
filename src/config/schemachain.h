/* What is asked of a chain of certificates, a client's or a server's: rows and words that both have. */
#ifndef SALLYPORT_CONFIG_SCHEMACHAIN_H
#define SALLYPORT_CONFIG_SCHEMACHAIN_H

#include "config/schematype.h"

/* Lists of revoked certificates, and pins. */
extern const struct schema_struct schemachain_revocation;
extern const struct schema_struct schemachain_pins;

/* Words of the enums tls_version, verify_usage, settings_key_type, settings_digest and verify_profile. */
extern const char *const schemachain_versions[];
extern const char *const schemachain_usages[];
extern const char *const schemachain_key_types[];
extern const char *const schemachain_digests[];
extern const char *const schemachain_profiles[];

#endif
