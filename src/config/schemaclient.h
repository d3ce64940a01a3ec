/* The settings of single clients: part of the table of config/schema. */
#ifndef SALLYPORT_CONFIG_SCHEMACLIENT_H
#define SALLYPORT_CONFIG_SCHEMACLIENT_H

#include "config/schematype.h"

/* struct settings_client_limits, and struct settings_password. */
extern const struct schema_struct schemaclient_limits;
extern const struct schema_struct schemaclient_password;

#endif
