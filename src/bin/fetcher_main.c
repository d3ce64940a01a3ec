/* sallyport-fetcher: the one program that links libcurl; started by the supervisor. */
#include "bin/fetcher.h"

#include <stdio.h>
#include <string.h>

int main(int count, char **arguments) {
    if (count != 6 || strcmp(arguments[1], "--role") != 0 || strcmp(arguments[2], "fetcher") != 0) {
        fputs("sallyport-fetcher is started by sallyport-supervisor.\n", stderr);
        return 2;
    }
    return fetcher_main(arguments[4]);
}
