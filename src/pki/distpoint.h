/* The names of distribution points (RFC 5280 sections 4.2.1.13 and 5.2.5), as short digests that can be compared. */
#ifndef SALLYPORT_PKI_DISTPOINT_H
#define SALLYPORT_PKI_DISTPOINT_H

#include "base/slice.h"

struct DIST_POINT_NAME_st;
struct X509_name_st;
struct asn1_string_st;

/* MAX: names taken; one or two are usual. ALL: bits 1 to 8 of ReasonFlags. */
enum { DISTPOINT_BYTES = 16, DISTPOINT_MAX = 8, DISTPOINT_REASONS_ALL = 0x1fe };

/* A name, and the reasons (bit n for flag n) that are listed there. */
struct distpoint {
    uint8_t name[DISTPOINT_BYTES];
    uint16_t reasons;
};

/* Those of one certificate or list. */
struct distpoint_set {
    size_t count;
    struct distpoint points[DISTPOINT_MAX];
};

/* Adds the names of `from`; one that is relative is completed by `issuer`. False when there is no room for all. */
[[nodiscard]] bool distpoint_add(struct distpoint_set *set, struct DIST_POINT_NAME_st *from,
                                 const struct X509_name_st *issuer, uint16_t reasons);

/* Adds the directory name `name`. */
[[nodiscard]] bool distpoint_add_directory(struct distpoint_set *set, const struct X509_name_st *name,
                                           uint16_t reasons);

/* Adds `names`, or with NULL any name, as points of indirect lists that `issuer` (DER of a Name) signs for certificates
 * of others: they are no points of direct ones. */
[[nodiscard]] bool distpoint_add_indirect(struct distpoint_set *set, const struct distpoint_set *names,
                                          struct slice issuer, uint16_t reasons);

/* The flags of a BIT STRING of ReasonFlags; NULL means all. */
uint16_t distpoint_reasons(const struct asn1_string_st *flags);

#endif
