/* The commands that change and show the deny-list of a running gateway: revoke, hold, release, denied. */
#ifndef SALLYPORT_BIN_DENY_H
#define SALLYPORT_BIN_DENY_H

/* Each takes --socket PATH or -c FILE as the other commands do. The first three say what they understood and, when all
 * workers have the change, how long it took and how many connections were closed; they return 1 when the gateway
 * refused or a worker has not confirmed, and 2 when it is not clear who is meant. */
int deny_revoke(char *const *arguments);
int deny_hold(char *const *arguments);
int deny_release(char *const *arguments);
int deny_list(char *const *arguments);

#endif
