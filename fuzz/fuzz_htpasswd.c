/* Fuzzes policy/passwordfile: each user of a file that is read is found by name, has a form that is accepted, and
 * stands once. The first byte says whether fingerprints are wanted. */
#include "base/bug.h"
#include "policy/passwordfile.h"
#include "policy/passwordform.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_user(const struct passwordfile *file, const struct passwordfile_user *user, bool has_fingerprints) {
    bug_on(passwordfile_find(file, user->name) != user);
    bug_on(passwordform_fault(user->stored) != NULL);
    bug_on(user->name.len == 0 || slice_find(user->name, ':') >= 0 || slice_find(user->name, '\n') >= 0);
    bug_on((user->fingerprint_count > 0) != has_fingerprints);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    struct arena arena;
    struct error_list errors;
    struct passwordfile file;
    bool has_fingerprints = data[0] & 1;
    arena_init(&arena, 4096, 16 << 20);
    error_list_init(&errors);
    bool read = passwordfile_read(slice_of(data + 1, size - 1), "users", has_fingerprints, &arena, &file, &errors);
    bug_on(read != (errors.total == 0) || (read && file.count == 0));
    for (size_t i = 0; read && i < file.count; i++)
        check_user(&file, &file.users[i], has_fingerprints);
    error_list_fini(&errors);
    arena_fini(&arena);
    return 0;
}
