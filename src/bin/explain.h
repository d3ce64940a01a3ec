/* sallyport explain: what a configuration decides about a client and its request, and why. */
#ifndef SALLYPORT_BIN_EXPLAIN_H
#define SALLYPORT_BIN_EXPLAIN_H

/* Runs the command with the arguments after its name. Returns the exit code: 0 allowed (of cases: all as expected), 1
 * refused, 2 used wrongly or the configuration is not good. */
int explain_command(char *const *arguments);

#endif
