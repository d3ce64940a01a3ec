/* The settings of a backend's servers and of the choice among them: part of the table of config/schema. */
#ifndef SALLYPORT_CONFIG_SCHEMABALANCE_H
#define SALLYPORT_CONFIG_SCHEMABALANCE_H

#include "config/schematype.h"

/* struct settings_server, _sticky, _passive_health, _health_check, _queue and _retries. */
extern const struct schema_struct schemabalance_server;
extern const struct schema_struct schemabalance_sticky;
extern const struct schema_struct schemabalance_passive_health;
extern const struct schema_struct schemabalance_queue;
extern const struct schema_struct schemabalance_retries;
extern const struct schema_struct schemabalance_health_check;

#endif
