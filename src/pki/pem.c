/* Lines are walked once; a block is what lies between its two boundary lines. */
#include "pki/pem.h"

#include "base/text.h"

static struct slice next_line(struct pem_reader *reader);
static bool boundary_label(struct slice line, const char *word, struct slice *label);
static bool looks_like_boundary(struct slice line);
static bool contains(struct slice whole, const char *part);
static enum pem_status read_body(struct pem_reader *reader, struct pem_block *block);
static bool strip_blanks(struct slice body, struct buf *to);
static enum pem_status broken(struct pem_reader *reader, const char *fault);

void pem_init(struct pem_reader *reader, struct slice text) {
    *reader = (struct pem_reader){.rest = text};
}

enum pem_status pem_next(struct pem_reader *reader, struct pem_block *block) {
    while (reader->rest.len) {
        struct slice line = next_line(reader);
        if (boundary_label(line, "BEGIN ", &block->label)) {
            block->line = reader->line;
            return read_body(reader, block);
        }
        if (looks_like_boundary(line))
            return broken(reader, "a boundary line is malformed or out of place");
    }
    return PEM_DONE;
}

bool pem_decode(const struct pem_block *block, struct buf *to) {
    struct buf text;
    buf_init(&text, block->body.len + 1);
    bool is_decoded = strip_blanks(block->body, &text) && text_unbase64(to, buf_view(&text));
    buf_wipe(&text);
    return is_decoded;
}

bool pem_is(const struct pem_block *block, const char *label) {
    return slice_equal(block->label, slice_text(label));
}

static enum pem_status read_body(struct pem_reader *reader, struct pem_block *block) {
    const uint8_t *start = reader->rest.data;
    block->is_encrypted = false;
    while (reader->rest.len) {
        struct slice line = next_line(reader);
        struct slice label;
        if (boundary_label(line, "END ", &label)) {
            block->body = slice_of(start, (size_t)(line.data - start));
            return slice_equal(label, block->label) ? PEM_FOUND
                                                    : broken(reader, "a block ends with another label than it began");
        }
        if (looks_like_boundary(line))
            return broken(reader, "a boundary line is malformed or out of place");
        if (contains(line, "ENCRYPTED"))
            block->is_encrypted = true;
    }
    return broken(reader, "a block has no end");
}

/* The line without its end; `rest` moves behind it. */
static struct slice next_line(struct pem_reader *reader) {
    struct slice rest = reader->rest;
    ptrdiff_t end = slice_find(rest, '\n');
    size_t len = end < 0 ? rest.len : (size_t)end;
    reader->rest = slice_sub(rest, end < 0 ? len : len + 1, rest.len);
    reader->line++;
    struct slice line = slice_sub(rest, 0, len);
    while (line.len &&
           (line.data[line.len - 1] == '\r' || line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\t'))
        line.len--;
    return line;
}

/* True for "-----BEGIN label-----" with `word` "BEGIN ". */
static bool boundary_label(struct slice line, const char *word, struct slice *label) {
    static const char dashes[] = "-----";
    size_t before = strlen(dashes) + strlen(word);
    if (line.len <= before + strlen(dashes) || !slice_starts(line, slice_text(dashes)) ||
        !slice_ends(line, slice_text(dashes)) ||
        !slice_starts(slice_sub(line, strlen(dashes), line.len), slice_text(word)))
        return false;
    *label = slice_sub(line, before, line.len - before - strlen(dashes));
    return true;
}

static bool looks_like_boundary(struct slice line) {
    return slice_starts(line, slice_text("-----")) || contains(line, "BEGIN CERTIFICATE") ||
        contains(line, "END CERTIFICATE");
}

static bool contains(struct slice whole, const char *part) {
    return part[0] && whole.len && memmem(whole.data, whole.len, part, strlen(part));
}

/* Line ends and blanks inside of a block mean nothing (RFC 7468 section 3). */
static bool strip_blanks(struct slice body, struct buf *to) {
    uint8_t *text = buf_reserve(to, body.len + 1);
    if (!text)
        return false;
    size_t len = 0;
    for (size_t i = 0; i < body.len; i++) {
        uint8_t byte = body.data[i];
        if (byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n')
            text[len++] = byte;
    }
    buf_commit(to, len);
    return len > 0;
}

static enum pem_status broken(struct pem_reader *reader, const char *fault) {
    reader->fault = fault;
    return PEM_BROKEN;
}
