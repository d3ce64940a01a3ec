/* Line by line into an array, which is sorted at the end. */
#include "policy/passwordfile.h"

#include "base/text.h"
#include "policy/passwordbasic.h"
#include "policy/passwordform.h"

#include <stdlib.h>

struct reader {
    struct slice rest;
    struct error_place place;
    bool has_fingerprints;
    struct arena *arena;
    struct passwordfile *file;
    size_t room;
    struct error_list *errors;
};

static bool read_line(struct reader *reader);
static bool read_user(struct reader *reader, struct slice line);
static bool read_fingerprints(struct reader *reader, struct slice text, struct passwordfile_user *user);
static const char *name_fault(struct slice name);
static bool add(struct reader *reader, const struct passwordfile_user *user);
static bool check_unique(struct reader *reader);
static struct slice take_until(struct slice *rest, uint8_t end, bool *found);
static bool unhex(struct slice text, uint8_t to[PEER_FINGERPRINT_BYTES]);
static int digit(uint8_t byte);
static int compare_names(struct slice a, struct slice b);
static int compare_users(const void *a, const void *b);
static bool no_memory(struct reader *reader);

bool passwordfile_read(struct slice bytes, const char *path, bool has_fingerprints, struct arena *arena,
                       struct passwordfile *file, struct error_list *errors) {
    struct reader reader = {.rest = bytes,
                            .place = {.file = path},
                            .has_fingerprints = has_fingerprints,
                            .arena = arena,
                            .file = file,
                            .errors = errors};
    *file = (struct passwordfile){.count = 0};
    bool good = true;
    while (reader.rest.len > 0)
        good = read_line(&reader) && good;
    if (file->count > 1)
        qsort(file->users, file->count, sizeof(*file->users), compare_users);
    good = check_unique(&reader) && good;
    if (good && file->count == 0)
        return error_add(errors, (struct error_place){.file = path},
                         "there is no user in this file; add one with "
                         "`htpasswd -B -C 12`");
    return good;
}

const struct passwordfile_user *passwordfile_find(const struct passwordfile *file, struct slice name) {
    size_t low = 0, high = file->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_names(name, file->users[middle].name);
        if (order == 0)
            return &file->users[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct passwordfile_user *passwordfile_stand_in(const struct passwordfile *file, uint64_t number) {
    return &file->users[number % file->count];
}

static bool read_line(struct reader *reader) {
    bool found;
    struct slice line = take_until(&reader->rest, '\n', &found);
    reader->place.line++;
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    if (line.len == 0 || line.data[0] == '#')
        return true;
    if (line.len > PASSWORDFILE_LINE_MAX)
        return error_add(reader->errors, reader->place, "this line is longer than %d bytes", PASSWORDFILE_LINE_MAX);
    return read_user(reader, line);
}

static bool read_user(struct reader *reader, struct slice line) {
    bool has_stored, has_more;
    struct passwordfile_user user = {.line = reader->place.line};
    user.name = take_until(&line, ':', &has_stored);
    user.stored = take_until(&line, ':', &has_more);
    const char *fault = has_stored ? name_fault(user.name) : "a line is \"user:password hash\"";
    if (fault == NULL)
        fault = passwordform_fault(user.stored);
    if (fault == NULL && has_more && !reader->has_fingerprints)
        fault = "there is something behind the password; fingerprints are read with \"bind: fingerprint\" only";
    if (fault == NULL && !has_more && reader->has_fingerprints)
        fault = "with \"bind: fingerprint\", the SHA-256 fingerprints of this user's certificates have to follow: "
                "\"user:hash:fingerprint,fingerprint\"";
    if (fault != NULL)
        return error_add(reader->errors, reader->place, "%s", fault);
    return (!has_more || read_fingerprints(reader, line, &user)) && add(reader, &user);
}

/* Hex with or without colons, split by commas. */
static bool read_fingerprints(struct reader *reader, struct slice text, struct passwordfile_user *user) {
    size_t most = text.len / (2 * PEER_FINGERPRINT_BYTES) + 1;
    uint8_t(*read)[PEER_FINGERPRINT_BYTES] = arena_array(reader->arena, most, sizeof(*read));
    if (read == NULL)
        return no_memory(reader);
    for (bool more = true; more; user->fingerprint_count++) {
        struct slice part = take_until(&text, ',', &more);
        if (user->fingerprint_count == most || !unhex(slice_trim(part), read[user->fingerprint_count]))
            return error_add(reader->errors, reader->place,
                             "a fingerprint is 64 hex digits (SHA-256 of the certificate, as `openssl x509 "
                             "-fingerprint -sha256` prints it), several are split by commas");
    }
    user->fingerprints = (const uint8_t(*)[PEER_FINGERPRINT_BYTES])read;
    return true;
}

static const char *name_fault(struct slice name) {
    if (name.len == 0)
        return "the user name is empty";
    if (name.len > PASSWORDBASIC_USER_MAX)
        return "the user name is longer than 255 bytes";
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < ' ' || name.data[i] == 0x7f)
            return "the user name holds a control character, which HTTP cannot carry";
    }
    return text_utf8(name) ? NULL : "the user name is not UTF-8";
}

static bool add(struct reader *reader, const struct passwordfile_user *user) {
    struct passwordfile *file = reader->file;
    if (file->count == PASSWORDFILE_USERS_MAX)
        return error_add(reader->errors, reader->place, "there are more than %d users", PASSWORDFILE_USERS_MAX);
    if (file->count == reader->room) {
        size_t room = reader->room == 0 ? 16 : reader->room * 2;
        struct passwordfile_user *users = arena_array(reader->arena, room, sizeof(*users));
        if (users == NULL)
            return no_memory(reader);
        if (file->count > 0)
            memcpy(users, file->users, file->count * sizeof(*users));
        file->users = users;
        reader->room = room;
    }
    struct passwordfile_user *kept = &file->users[file->count];
    *kept = *user;
    kept->name = arena_copy(reader->arena, user->name);
    kept->stored = arena_copy(reader->arena, user->stored);
    if (kept->name.data == NULL || kept->stored.data == NULL)
        return no_memory(reader);
    file->count++;
    return true;
}

/* Of two lines for one user, which counts? Nobody should have to guess. */
static bool check_unique(struct reader *reader) {
    bool good = true;
    for (size_t i = 1; i < reader->file->count; i++) {
        const struct passwordfile_user *earlier = &reader->file->users[i - 1];
        const struct passwordfile_user *user = &reader->file->users[i];
        reader->place.line = user->line;
        if (compare_names(earlier->name, user->name) == 0)
            good = error_add(reader->errors, reader->place, "the user \"%.*s\" is given twice; first in line %u",
                             (int)user->name.len, (const char *)user->name.data, earlier->line);
    }
    return good;
}

/* Takes what is before the next `end`, and that; all of the rest when there is none. */
static struct slice take_until(struct slice *rest, uint8_t end, bool *found) {
    ptrdiff_t at = slice_find(*rest, end);
    *found = at >= 0;
    struct slice part = slice_sub(*rest, 0, *found ? (size_t)at : rest->len);
    *rest = slice_sub(*rest, *found ? (size_t)at + 1 : rest->len, rest->len);
    return part;
}

static bool unhex(struct slice text, uint8_t to[PEER_FINGERPRINT_BYTES]) {
    size_t len = 0;
    for (size_t at = 0; at < text.len; at += 2) {
        if (len > 0 && at < text.len && text.data[at] == ':')
            at++;
        if (len == PEER_FINGERPRINT_BYTES || at + 2 > text.len || digit(text.data[at]) < 0 ||
            digit(text.data[at + 1]) < 0)
            return false;
        to[len++] = (uint8_t)(digit(text.data[at]) << 4 | digit(text.data[at + 1]));
    }
    return len == PEER_FINGERPRINT_BYTES;
}

static int digit(uint8_t byte) {
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    uint8_t letter = (uint8_t)((byte | 0x20) - 'a');
    return letter < 6 ? letter + 10 : -1;
}

/* Any order will do that every name has a place in. */
static int compare_names(struct slice a, struct slice b) {
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return memcmp(a.data, b.data, a.len);
}

/* Of equal names the earlier line comes first. */
static int compare_users(const void *a, const void *b) {
    const struct passwordfile_user *first = a, *second = b;
    int order = compare_names(first->name, second->name);
    if (order != 0)
        return order;
    return first->line < second->line ? -1 : 1;
}

static bool no_memory(struct reader *reader) {
    return error_add(reader->errors, reader->place, "not enough memory for the users");
}
