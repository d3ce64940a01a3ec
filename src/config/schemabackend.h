/* The part of the schema about backends. */
#ifndef SALLYPORT_CONFIG_SCHEMABACKEND_H
#define SALLYPORT_CONFIG_SCHEMABACKEND_H

#include "config/schematype.h"

/* struct settings_backend. */
extern const struct schema_struct schemabackend_struct;

#endif
