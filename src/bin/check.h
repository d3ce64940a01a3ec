/* The command `check`: would this configuration run? */
#ifndef SALLYPORT_BIN_CHECK_H
#define SALLYPORT_BIN_CHECK_H

/* Compiles the configuration as a start or reload would, and prints every error to stderr. Returns 0 when there is
 * none, 1 otherwise. */
int check_command(char *const *arguments);

#endif
