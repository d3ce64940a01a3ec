/* The command `describe`: the tables of the program, for people and for the generated documents. */
#ifndef SALLYPORT_BIN_DESCRIBE_H
#define SALLYPORT_BIN_DESCRIBE_H

/* Explains a setting (KEY), or lists them all; with --settings-md, --json-schema, --reasons-md or --messages-md
 * prints a generated document. Returns 0, or 1 when there is no such setting. */
int describe_command(char *const *arguments);

#endif
