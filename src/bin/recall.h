/* The commands that ask a running gateway about what it has seen of late: why, refusals, who-breaks. */
#ifndef SALLYPORT_BIN_RECALL_H
#define SALLYPORT_BIN_RECALL_H

/* Each takes --socket PATH, or -c FILE to find the socket's path there, and --json. They return 1 when there is no
 * gateway or it knows nothing of what was asked, 2 when used wrongly. */
int recall_why(char *const *arguments);
int recall_refusals(char *const *arguments);
int recall_who_breaks(char *const *arguments);

#endif
