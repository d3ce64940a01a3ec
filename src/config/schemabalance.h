/* The settings of a backend's servers and of the choice among them: part of the table of config/schema. */
#ifndef SALLYPORT_CONFIG_SCHEMABALANCE_H
#define SALLYPORT_CONFIG_SCHEMABALANCE_H

#include "config/schematype.h"

/* struct settings_server, and struct settings_sticky. */
extern const struct schema_struct schemabalance_server;
extern const struct schema_struct schemabalance_sticky;

#endif
