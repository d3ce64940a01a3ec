/* libcrypto's verification errors (X509_V_ERR_*) as reasons of ours. */
#ifndef SALLYPORT_PKI_VERIFYERROR_H
#define SALLYPORT_PKI_VERIFYERROR_H

#include "base/reason.h"

/* The reason of an error; one that has no row of its own is REASON_CERT_INVALID. */
enum reason verifyerror_reason(int error);

#endif
