/* The commands that ask a running gateway: reload, status, refusals, why. */
#ifndef SALLYPORT_BIN_ASK_H
#define SALLYPORT_BIN_ASK_H

/* Each takes --socket PATH, or -c FILE to find the socket's path there; without both it is the default one. They print
 * the answer, and return 1 when there is no gateway or it refused. */
int ask_reload(char *const *arguments);
int ask_status(char *const *arguments);
int ask_refusals(char *const *arguments);
int ask_why(char *const *arguments);

#endif
