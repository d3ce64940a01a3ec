/* Any text as what an operator types: refused with a sentence, or a value whose form is its own and is printable. */
#include "pki/denyname.h"

#include "base/bug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct denyname name;
    struct error error;
    const char *fault;
    if (denyname_read(slice_of(data, size), &name, &error)) {
        bug_on(!denyname_is_made(name.kind, slice_text(name.value)));
        for (const char *at = name.value; *at != '\0'; at++)
            bug_on(*at < ' ' || *at > '~');
    }
    for (int kind = 0; kind < DENYNAME_KINDS; kind++)
        if (denyname_make((enum denyname_kind)kind, slice_of(data, size), &name, &fault))
            bug_on(!denyname_is_made((enum denyname_kind)kind, slice_text(name.value)));
    return 0;
}
