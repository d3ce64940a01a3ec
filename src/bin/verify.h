/* The command `verify`: the gateway's own verdict on certificates in files. */
#ifndef SALLYPORT_BIN_VERIFY_H
#define SALLYPORT_BIN_VERIFY_H

/* Judges a leaf, with what else is given, by the very code of the gateway, and prints the verdict to stdout. Returns 0
 * when it is accepted, 1 when it is refused, 2 when the command is used wrongly or a file cannot be read. */
int verify_command(char *const *arguments);

#endif
