/* A bucket of tokens, counted in hundredths. */
#include "upstream/retrybudget.h"

enum { SAVED_MAX = RETRYBUDGET_RESERVE * RETRYBUDGET_WHOLE };

struct retrybudget retrybudget_full(unsigned percent) {
    return (struct retrybudget){.percent = percent, .saved = percent > 0 ? SAVED_MAX : 0};
}

void retrybudget_earn(struct retrybudget *budget) {
    unsigned room = SAVED_MAX - budget->saved;
    budget->saved += budget->percent < room ? budget->percent : room;
}

bool retrybudget_spend(struct retrybudget *budget) {
    if (budget->saved < RETRYBUDGET_WHOLE)
        return false;
    budget->saved -= RETRYBUDGET_WHOLE;
    return true;
}
