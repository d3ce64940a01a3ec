/* The positions that are possible so far are bits of a set. Each byte moves the set on: to the next position where the
 * byte is the literal there, and to the same one where a star stands. */
#include "policy/glob.h"

#include <stdio.h>

/* One piece of a pattern: a literal byte, or one or two stars. */
struct piece {
    uint8_t literal;
    unsigned stars;
};

static bool next_piece(struct slice *rest, struct piece *piece, char *complaint);
static bool take_stars(struct slice *rest, struct piece *piece, char *complaint);
static bool is_escapable(uint8_t byte);
static bool place_pieces(struct glob *glob, struct slice text, uint8_t *literals, char *complaint);
static bool place_stars(struct glob *glob, unsigned stars, char *complaint);
static const uint64_t *make_masks(struct glob *glob, const uint8_t *literals, struct arena *arena);
static void set_bit(uint64_t *words, unsigned bit);
static bool step(const struct glob *glob, uint8_t byte, uint64_t *positions);
static bool complain(char *complaint, const char *sentence);

bool glob_has_star(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '*')
            return true;
        i += text.data[i] == '\\';
    }
    return false;
}

struct slice glob_literal(struct slice text, struct arena *arena, char complaint[GLOB_COMPLAINT_MAX]) {
    uint8_t *literal = arena_alloc(arena, text.len);
    struct slice rest = text;
    struct piece piece;
    size_t len = 0;
    if (literal == NULL)
        complain(complaint, "not enough memory");
    while (literal != NULL && rest.len > 0) {
        if (!next_piece(&rest, &piece, complaint))
            return (struct slice){.data = NULL};
        literal[len++] = piece.literal;
    }
    return slice_of(literal, len);
}

const struct glob *glob_read(struct slice text, int separator, struct arena *arena,
                             char complaint[GLOB_COMPLAINT_MAX]) {
    uint8_t literals[GLOB_LITERALS_MAX];
    struct glob *glob = arena_alloc(arena, sizeof(*glob));
    if (glob == NULL) {
        complain(complaint, "not enough memory");
        return NULL;
    }
    glob->separator = separator;
    if (!place_pieces(glob, text, literals, complaint))
        return NULL;
    glob->words = glob->end / 64 + 1;
    glob->masks = make_masks(glob, literals, arena);
    if (glob->masks == NULL)
        complain(complaint, "not enough memory");
    return glob->masks != NULL ? glob : NULL;
}

bool glob_matches(const struct glob *glob, struct slice text) {
    uint64_t positions[GLOB_WORDS_MAX] = {1};
    for (size_t i = 0; i < text.len; i++) {
        if (!step(glob, text.data[i], positions))
            return false;
    }
    return positions[glob->end / 64] >> (glob->end % 64) & 1;
}

/* Moves the positions on by one byte; false when none is left. */
static bool step(const struct glob *glob, uint8_t byte, uint64_t *positions) {
    const uint64_t *before = glob->masks + (size_t)glob->classes[byte] * glob->words;
    const uint64_t *stays = byte == glob->separator ? glob->crossing : glob->staying;
    uint64_t carry = 0, any = 0;
    for (unsigned i = 0; i < glob->words; i++) {
        uint64_t moved = positions[i] & before[i];
        positions[i] = (positions[i] & stays[i]) | moved << 1 | carry;
        carry = moved >> 63;
        any |= positions[i];
    }
    return any != 0;
}

static bool next_piece(struct slice *rest, struct piece *piece, char *complaint) {
    uint8_t byte = rest->data[0];
    *piece = (struct piece){.literal = byte};
    if (byte == '*')
        return take_stars(rest, piece, complaint);
    *rest = slice_sub(*rest, 1, rest->len);
    if (byte != '\\')
        return true;
    if (rest->len == 0 || !is_escapable(rest->data[0]))
        return complain(complaint, "a \"\\\" stands before \"*\", \"@\" or another \"\\\" only");
    piece->literal = rest->data[0];
    *rest = slice_sub(*rest, 1, rest->len);
    return true;
}

static bool take_stars(struct slice *rest, struct piece *piece, char *complaint) {
    while (rest->len > 0 && rest->data[0] == '*') {
        piece->stars++;
        *rest = slice_sub(*rest, 1, rest->len);
    }
    return piece->stars <= 2 || complain(complaint, "more than two stars together mean nothing");
}

static bool is_escapable(uint8_t byte) {
    return byte == '*' || byte == '\\' || byte == '@';
}

/* Fills in the stars and `literals`; the end is behind the last literal. */
static bool place_pieces(struct glob *glob, struct slice text, uint8_t *literals, char *complaint) {
    struct slice rest = text;
    struct piece piece;
    while (rest.len > 0) {
        if (!next_piece(&rest, &piece, complaint))
            return false;
        if (piece.stars > 0 && !place_stars(glob, piece.stars, complaint))
            return false;
        if (piece.stars > 0)
            continue;
        if (glob->end == GLOB_LITERALS_MAX)
            return complain(complaint, "a pattern has at most 511 bytes besides its stars");
        literals[glob->end++] = piece.literal;
    }
    return true;
}

static bool place_stars(struct glob *glob, unsigned stars, char *complaint) {
    if (stars == 2 && glob->separator == GLOB_NO_SEPARATOR)
        return complain(complaint, "\"**\" has no meaning of its own here: write \"*\"");
    set_bit(glob->staying, glob->end);
    if (stars == 2)
        set_bit(glob->crossing, glob->end);
    return true;
}

/* Numbers the classes of bytes, and notes before which positions each stands. */
static const uint64_t *make_masks(struct glob *glob, const uint8_t *literals, struct arena *arena) {
    unsigned classes = 1;
    for (unsigned i = 0; i < glob->end; i++) {
        if (glob->classes[literals[i]] == 0)
            glob->classes[literals[i]] = (uint8_t)classes++;
    }
    uint64_t *masks = arena_array(arena, (size_t)classes * glob->words, sizeof(*masks));
    for (unsigned i = 0; masks != NULL && i < glob->end; i++)
        set_bit(masks + (size_t)glob->classes[literals[i]] * glob->words, i);
    return masks;
}

static void set_bit(uint64_t *words, unsigned bit) {
    words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* Always false, so that a check can end with it. */
static bool complain(char *complaint, const char *sentence) {
    snprintf(complaint, GLOB_COMPLAINT_MAX, "%s", sentence);
    return false;
}
