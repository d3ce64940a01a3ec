/* The part of the schema about TLS to servers. */
#ifndef SALLYPORT_CONFIG_SCHEMABACKTLS_H
#define SALLYPORT_CONFIG_SCHEMABACKTLS_H

#include "config/schematype.h"

/* struct settings_backend_tls. */
extern const struct schema_struct schemabacktls_struct;

#endif
