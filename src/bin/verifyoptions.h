/* The options of `verify`. */
#ifndef SALLYPORT_BIN_VERIFYOPTIONS_H
#define SALLYPORT_BIN_VERIFYOPTIONS_H

#include "bin/options.h"
#include "pki/verifysettings.h"

/* As they were given; `settings` points into the object. now: seconds since 1970. */
struct verifyoptions {
    struct options_list trust;
    struct options_list untrusted;
    struct options_list crls;
    struct options_list ocsp_responses;
    const char *leaf;
    int64_t now;
    bool as_json;
    struct verify_settings settings;
    struct slice policies[VERIFY_POLICIES_MAX];
    struct verify_pin pins[VERIFY_PINS_MAX];
};

/* Reads the arguments after the command's name; false, with lines on stderr, when something is wrong. */
[[nodiscard]] bool verifyoptions_read(struct verifyoptions *options, char *const *arguments);

#endif
