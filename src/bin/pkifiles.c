#include "bin/pkifiles.h"

#include "base/bug.h"
#include "base/text.h"
#include "bin/readconfig.h"
#include "pki/pem.h"

static bool add_text(struct pkifiles *files, struct slice text, const char *path, const char *label,
                     struct error_list *errors);
static bool add_pem(struct pkifiles *files, struct slice text, const char *path, const char *label,
                    struct error_list *errors);
static bool has_pem(struct slice text);
static bool finish_one(struct pkifiles *files, const char *path);

void pkifiles_init(struct pkifiles *files) {
    buf_init(&files->bytes, PKIFILES_BYTES_MAX);
    files->count = 0;
}

void pkifiles_fini(struct pkifiles *files) {
    buf_fini(&files->bytes);
}

bool pkifiles_add(struct pkifiles *files, const char *path, const char *label, struct error_list *errors) {
    struct buf text;
    buf_init(&text, PKIFILES_BYTES_MAX);
    bool is_good = readconfig_file(path, &text)
        ? add_text(files, buf_view(&text), path, label, errors)
        : error_add(errors, (struct error_place){.file = path}, "The file cannot be read: %m.");
    buf_fini(&text);
    return is_good;
}

struct slice pkifiles_get(const struct pkifiles *files, size_t index) {
    bug_on(index >= files->count);
    size_t start = index ? files->ends[index - 1] : 0;
    return slice_sub(buf_view(&files->bytes), start, files->ends[index] - start);
}

const char *pkifiles_path(const struct pkifiles *files, size_t index) {
    bug_on(index >= files->count);
    return files->paths[index];
}

bool pkifiles_pem(const struct pkifiles *files, const char *label, struct buf *to) {
    for (size_t i = 0; i < files->count; i++) {
        struct slice der = pkifiles_get(files, i);
        size_t len = text_base64_len(der.len);
        uint8_t *base64 = buf_printf(to, "-----BEGIN %s-----\n", label) ? buf_reserve(to, len) : NULL;
        if (!base64)
            return false;
        text_base64((char *)base64, der);
        buf_commit(to, len);
        if (!buf_printf(to, "\n-----END %s-----\n", label))
            return false;
    }
    return true;
}

static bool add_text(struct pkifiles *files, struct slice text, const char *path, const char *label,
                     struct error_list *errors) {
    if (has_pem(text))
        return add_pem(files, text, path, label, errors);
    if (text.len == 0)
        return error_add(errors, (struct error_place){.file = path}, "The file is empty.");
    return (buf_append(&files->bytes, text) && finish_one(files, path)) ||
        error_add(errors, (struct error_place){.file = path}, "There are too many or too large files.");
}

static bool add_pem(struct pkifiles *files, struct slice text, const char *path, const char *label,
                    struct error_list *errors) {
    struct pem_reader reader;
    struct pem_block block;
    enum pem_status status;
    pem_init(&reader, text);
    while ((status = pem_next(&reader, &block)) == PEM_FOUND) {
        struct error_place place = {.file = path, .line = block.line};
        if (!pem_is(&block, label))
            return error_add(errors, place, "This is no %s.", label);
        if (!pem_decode(&block, &files->bytes) || !finish_one(files, path))
            return error_add(errors, place, "The base64 is broken, or there is too much of it.");
    }
    return status == PEM_DONE ||
        error_add(errors, (struct error_place){.file = path, .line = reader.line}, "The PEM is broken: %s.",
                  reader.fault);
}

static bool has_pem(struct slice text) {
    static const char mark[] = "-----BEGIN ";
    return memmem(text.data, text.len, mark, sizeof mark - 1);
}

static bool finish_one(struct pkifiles *files, const char *path) {
    if (files->count == PKIFILES_COUNT_MAX)
        return false;
    files->paths[files->count] = path;
    files->ends[files->count++] = buf_len(&files->bytes);
    return true;
}
