/* Reading windows word by word; time is counted in minutes of a local day. */
#include "policy/window.h"

enum { DAY_MINUTES = 24 * 60, DAYS = 7, EVERY_DAY = 0x7f, OFFSET_MAX = 14 * 60 };

/* 1970-01-01 was a Thursday. */
enum { EPOCH_DAY = 3 };

static struct slice next_part(struct slice *rest, uint8_t separator);
static bool parse_days(struct slice text, unsigned *days);
static bool add_days(struct slice text, unsigned *days);
static int parse_day(struct slice text);
static bool parse_hours(struct slice text, struct window *window);
static bool parse_zone(struct slice text, int *offset_minutes);
static int parse_clock(struct slice text);
static bool is_digit(uint8_t byte);
static int64_t floor_divide(int64_t number, int64_t by);

bool window_parse(struct slice text, struct window *window) {
    *window = (struct window){.days = EVERY_DAY, .until = DAY_MINUTES};
    struct slice rest = text;
    struct slice word = next_part(&rest, ' ');
    bool has_days = parse_days(word, &window->days);
    if (has_days && rest.data == NULL)
        return true;
    if (has_days)
        word = next_part(&rest, ' ');
    bool has_hours = parse_hours(word, window);
    if (has_hours && rest.data == NULL)
        return true;
    if (has_hours)
        word = next_part(&rest, ' ');
    return (has_days || has_hours) && rest.data == NULL && parse_zone(word, &window->offset_minutes);
}

bool window_has(const struct window *window, int64_t unix_s) {
    int64_t minutes = floor_divide(unix_s, 60) + window->offset_minutes;
    int64_t day = floor_divide(minutes, DAY_MINUTES);
    int minute = (int)(minutes - day * DAY_MINUTES);
    int64_t weekday = day + EPOCH_DAY - floor_divide(day + EPOCH_DAY, DAYS) * DAYS;
    bool today = window->days >> weekday & 1;
    bool yesterday = window->days >> (weekday + DAYS - 1) % DAYS & 1;
    if (window->from < window->until)
        return today && minute >= window->from && minute < window->until;
    return (today && minute >= window->from) || (yesterday && minute < window->until);
}

/* Cuts the part before the separator off; the rest has no data when there was none. */
static struct slice next_part(struct slice *rest, uint8_t separator) {
    struct slice whole = *rest;
    ptrdiff_t at = slice_find(whole, separator);
    *rest = at < 0 ? (struct slice){.data = NULL} : slice_sub(whole, (size_t)at + 1, whole.len);
    return at < 0 ? whole : slice_sub(whole, 0, (size_t)at);
}

static bool parse_days(struct slice text, unsigned *days) {
    unsigned read = 0;
    struct slice rest = text;
    do {
        if (!add_days(next_part(&rest, ','), &read))
            return false;
    } while (rest.data != NULL);
    *days = read;
    return true;
}

/* "mon", or "fri-mon": from the one to the other, round the end of the week. */
static bool add_days(struct slice text, unsigned *days) {
    struct slice rest = text;
    int first = parse_day(next_part(&rest, '-'));
    int last = rest.data != NULL ? parse_day(rest) : first;
    if (first < 0 || last < 0)
        return false;
    for (int day = first;; day = (day + 1) % DAYS) {
        *days |= 1u << day;
        if (day == last)
            return true;
    }
}

static int parse_day(struct slice text) {
    static const char *const names[DAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (int day = 0; day < DAYS; day++) {
        if (slice_equal_nocase(text, slice_text(names[day])))
            return day;
    }
    return -1;
}

static bool parse_hours(struct slice text, struct window *window) {
    struct slice rest = text;
    int from = parse_clock(next_part(&rest, '-'));
    int until = parse_clock(rest);
    if (from < 0 || until < 0 || from == until || from == DAY_MINUTES)
        return false;
    window->from = from;
    window->until = until;
    return true;
}

static bool parse_zone(struct slice text, int *offset_minutes) {
    if (slice_equal(text, slice_text("UTC")))
        return true;
    if (text.len == 0 || (text.data[0] != '+' && text.data[0] != '-'))
        return false;
    int minutes = parse_clock(slice_sub(text, 1, text.len));
    *offset_minutes = text.data[0] == '-' ? -minutes : minutes;
    return minutes >= 0 && minutes <= OFFSET_MAX;
}

/* "08:30" as minutes, up to "24:00"; -1 for anything else. */
static int parse_clock(struct slice text) {
    if (text.len != 5 || text.data[2] != ':' || !is_digit(text.data[0]) || !is_digit(text.data[1]) ||
        !is_digit(text.data[3]) || !is_digit(text.data[4]))
        return -1;
    int hour = (text.data[0] - '0') * 10 + text.data[1] - '0';
    int minute = (text.data[3] - '0') * 10 + text.data[4] - '0';
    int minutes = hour * 60 + minute;
    return minute < 60 && minutes <= DAY_MINUTES ? minutes : -1;
}

static bool is_digit(uint8_t byte) {
    return (uint8_t)(byte - '0') < 10;
}

static int64_t floor_divide(int64_t number, int64_t by) {
    int64_t quotient = number / by;
    return number % by < 0 ? quotient - 1 : quotient;
}
