/* Whether a user may come with a certificate: the user's name has to be a fact of it, or it has to be one of those that
 * the user file names. Pure. */
#ifndef SALLYPORT_POLICY_PASSWORDBIND_H
#define SALLYPORT_POLICY_PASSWORDBIND_H

#include "pki/peer.h"
#include "policy/passwordfile.h"

/* NONE: with any certificate, or none. FINGERPRINT: the certificate is one of the user's. The others: the user's name
 * is the only common name of the subject; one of the mail addresses or principal names among the alternative names.
 * (A URI can be no user's name: a colon ends that.) */
enum passwordbind {
    PASSWORDBIND_NONE,
    PASSWORDBIND_FINGERPRINT,
    PASSWORDBIND_SUBJECT_CN,
    PASSWORDBIND_SAN_MAIL,
    PASSWORDBIND_SAN_PRINCIPAL
};

/* True when the user may come with this peer (NULL: no verified certificate). Names are compared byte for byte. */
bool passwordbind_allows(enum passwordbind bind, const struct passwordfile_user *user,
                         const struct verified_peer *peer);

#endif
