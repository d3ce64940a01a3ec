/* What would mend a refusal, in words about this client and this configuration: which issuer is missing, since when a
 * certificate has expired, what it may be used for, since when a list is too old. */
#ifndef SALLYPORT_BIN_EXPLAINMEND_H
#define SALLYPORT_BIN_EXPLAINMEND_H

#include "bin/explanation.h"

/* Writes explanation->mend of a refusal; empty where the reason's own remedy says it all. */
void explainmend_write(struct explanation *explanation);

#endif
