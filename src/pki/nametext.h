/* The text of a distinguished name (RFC 4514) in the one form in which two names are compared, whoever wrote them: a
 * certificate's name as pki/name prints it, or what a person typed. Names are compared as RFC 5280 section 7.1 says,
 * without regard to the case of ASCII letters and to how many spaces there are. Pure. */
#ifndef SALLYPORT_PKI_NAMETEXT_H
#define SALLYPORT_PKI_NAMETEXT_H

#include "base/slice.h"

struct X509_name_st;

/* NAMETEXT_MAX: room for a name in this form, with its terminator; longer ones have none. NAMETEXT_PARTS_MAX: parts of
 * a name. */
enum { NAMETEXT_MAX = 1024, NAMETEXT_PARTS_MAX = 64 };

/* One part of a name in this form. escaped: its value as it stands there; value: without escapes, borrowed from
 * `bytes`. has_der: it is no text; value is what follows the '#'. */
struct nametext_part {
    struct slice type;
    struct slice escaped;
    struct slice value;
    bool has_der;
    char bytes[NAMETEXT_MAX];
};

/* Writes `text` to `to` in the form for comparing: types by their short names in lower case ("cn", "emailaddress") or
 * dotted; values folded; everything but printable ASCII, and what is special, escaped; the parts of one relative name
 * in order. False and a fault (a fixed string) when it is no such text, is empty, or is too long. */
[[nodiscard]] bool nametext_canonical(struct slice text, char to[NAMETEXT_MAX], const char **fault);

/* The same of a certificate's name; false when it has no such form (it is empty, or too long). */
[[nodiscard]] bool nametext_of(const struct X509_name_st *name, char to[NAMETEXT_MAX]);

/* Takes the first part off `rest`, which is a name in this form; false when there is none. */
[[nodiscard]] bool nametext_next(struct slice *rest, struct nametext_part *part);

#endif
