/* The part of the schema about HTTP/2. */
#ifndef SALLYPORT_CONFIG_SCHEMAHTTP2_H
#define SALLYPORT_CONFIG_SCHEMAHTTP2_H

#include "config/schematype.h"

/* struct settings_http2. */
extern const struct schema_struct schemahttp2_struct;

#endif
