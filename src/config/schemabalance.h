/* The settings of a backend's servers and of the choice among them: part of the table of config/schema. */
#ifndef SALLYPORT_CONFIG_SCHEMABALANCE_H
#define SALLYPORT_CONFIG_SCHEMABALANCE_H

#include "config/schematype.h"

/* struct settings_server, struct settings_sticky, struct settings_health_check. */
extern const struct schema_struct schemabalance_server;
extern const struct schema_struct schemabalance_sticky;
extern const struct schema_struct schemabalance_health_check;

#endif
