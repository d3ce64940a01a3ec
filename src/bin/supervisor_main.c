/* sallyport-supervisor: `sallyport run` becomes this program, which holds neither TLS nor a parser. */
#include "bin/supervisor.h"

#include <stdio.h>

int main(int count, char **arguments) {
    if (count != 3) {
        fputs("sallyport-supervisor is started by `sallyport run`.\n", stderr);
        return 2;
    }
    return supervisor_run(arguments[1], arguments[2]);
}
