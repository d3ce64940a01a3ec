#include "plan/staples.h"

#include "base/text.h"
#include "pki/digest.h"

#include <endian.h>

static const char name_word[] = "staple ";

static const struct settings_content *find(const struct settings *settings, const char *name);

void staples_name(const struct settings *settings, const struct settings_certificate *certificate,
                  char name[STAPLES_NAME_ROOM]) {
    uint8_t digest[DIGEST_BYTES];
    digest_parts(&settings->contents[certificate->certificate.content].bytes, 1, digest);
    memcpy(name, name_word, sizeof(name_word));
    text_hex(name + sizeof(name_word) - 1, slice_of(digest, sizeof(digest)));
    name[STAPLES_NAME_ROOM - 1] = '\0';
}

struct slice staples_get(const struct settings *settings, const struct settings_certificate *certificate,
                         int64_t *until) {
    char name[STAPLES_NAME_ROOM];
    uint64_t little;
    if (!certificate->stapling.enabled)
        return slice_text("");
    staples_name(settings, certificate, name);
    const struct settings_content *content = find(settings, name);
    if (content == NULL || content->bytes.len <= STAPLES_HEAD_BYTES)
        return slice_text("");
    memcpy(&little, content->bytes.data, sizeof(little));
    *until = (int64_t)le64toh(little);
    return slice_sub(content->bytes, STAPLES_HEAD_BYTES, content->bytes.len);
}

void staples_head(int64_t until, uint8_t head[STAPLES_HEAD_BYTES]) {
    uint64_t little = htole64((uint64_t)until);
    memcpy(head, &little, sizeof(little));
}

/* What is added to the contents stands at their end. */
static const struct settings_content *find(const struct settings *settings, const char *name) {
    for (size_t i = settings->content_count; i > 0; i--) {
        if (strcmp(settings->contents[i - 1].path, name) == 0)
            return &settings->contents[i - 1];
    }
    return NULL;
}
