/* The supervisor: binds, spawns and signals; parses nothing that a stranger or an operator wrote. */
#ifndef SALLYPORT_BIN_SUPERVISOR_H
#define SALLYPORT_BIN_SUPERVISOR_H

/* Runs the gateway of this configuration until it has drained; `executable` is the program `sallyport` that plays the
 * other roles. Returns the exit code: 0 after a wanted end, 1 when the start was refused. */
int supervisor_run(const char *executable, const char *config_path);

#endif
