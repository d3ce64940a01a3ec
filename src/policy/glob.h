/* Patterns with stars, matched in one pass over the text: the cost of a byte is the same whatever came before it, so
 * nobody can choose a text that is slow. Pure. */
#ifndef SALLYPORT_POLICY_GLOB_H
#define SALLYPORT_POLICY_GLOB_H

#include "base/arena.h"

/* LITERALS: bytes of a pattern besides its stars; longer than any name that is matched by pattern. WORDS: of a set of
 * its positions. COMPLAINT: longest sentence about a bad one. */
enum { GLOB_LITERALS_MAX = 511, GLOB_WORDS_MAX = (GLOB_LITERALS_MAX + 64) / 64, GLOB_COMPLAINT_MAX = 160 };

/* No separator: a star goes over every byte. */
enum { GLOB_NO_SEPARATOR = -1 };

/* A pattern. Its positions are the places before, between and after its literal bytes. staying: positions that have a
 * star, crossing: those with two. masks: for each class of bytes the positions before such a byte; class 0: bytes that
 * are not in the pattern. Belongs to the arena it was read into. */
struct glob {
    int separator;
    unsigned end;
    unsigned words;
    uint64_t staying[GLOB_WORDS_MAX];
    uint64_t crossing[GLOB_WORDS_MAX];
    const uint64_t *masks;
    uint8_t classes[256];
};

/* True when `text` has a star that is not escaped: otherwise it stands for one text, glob_literal. */
bool glob_has_star(struct slice text);

/* The text that a pattern without stars stands for, in `arena`. NULL data and a complaint when it has a backslash that
 * escapes nothing, or memory is short. */
[[nodiscard]] struct slice glob_literal(struct slice text, struct arena *arena, char complaint[GLOB_COMPLAINT_MAX]);

/* Reads a pattern: '*' stands for any number of bytes, none too, but not for the separator; '**' also for separators;
 * "\*", "\\" and "\@" for the byte itself. All else is literal and compared with case. NULL and a complaint: more than
 * two stars together, two where there is no separator, a wrong escape, too long, no memory. */
[[nodiscard]] const struct glob *glob_read(struct slice text, int separator, struct arena *arena,
                                           char complaint[GLOB_COMPLAINT_MAX]);

/* True when the pattern matches the whole text. Allocates nothing; costs `words` steps for each byte. */
bool glob_matches(const struct glob *glob, struct slice text);

#endif
