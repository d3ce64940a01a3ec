/* The TLS library's start and its differences between versions (OpenSSL 3.0 to 3.6; AWS-LC later). Nowhere else. */
#ifndef SALLYPORT_TLS_LIBRARY_H
#define SALLYPORT_TLS_LIBRARY_H

/* Starts the library for this process: no configuration file is read, direct key decoding is turned on where it
 * pays. Call before the sandbox closes. */
void tls_library_start(void);

/* The library's name and version, for `sallyport version`. */
const char *tls_library_version(void);

#endif
