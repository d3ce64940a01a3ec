/* The command `run`: becomes the supervisor. */
#ifndef SALLYPORT_BIN_RUN_H
#define SALLYPORT_BIN_RUN_H

/* Executes sallyport-supervisor (which stands next to this program, or in ../libexec/sallyport) in place of this
 * process. Returns only on failure, with the exit code. */
int run_command(char *const *arguments);

#endif
