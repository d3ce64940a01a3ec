/* Which Sallyport this is. The number comes from the build (meson.build). */
#ifndef SALLYPORT_BIN_VERSION_H
#define SALLYPORT_BIN_VERSION_H

#define VERSION_TEXT SALLYPORT_VERSION

#endif
