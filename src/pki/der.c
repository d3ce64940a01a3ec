#include "pki/der.h"

static bool take_length(struct slice *rest, size_t *len);
static bool is_time_tag(uint8_t tag);
static bool read_time(struct slice digits, int year, int64_t *seconds);
static int days_of(int year, int month);
static int64_t days_since_1970(int year, int month, int day);
static bool read_digits(struct slice *text, size_t count, int *number);

bool der_next(struct slice *rest, struct der_item *item) {
    struct slice left = *rest;
    size_t len;
    if (left.len < 2 || (left.data[0] & 0x1f) == 0x1f)
        return false;
    item->tag = left.data[0];
    left = slice_sub(left, 1, left.len);
    if (!take_length(&left, &len) || len > left.len)
        return false;
    item->content = slice_sub(left, 0, len);
    item->whole = slice_of(rest->data, (size_t)(left.data - rest->data) + len);
    *rest = slice_sub(left, len, left.len);
    return true;
}

bool der_take(struct slice *rest, uint8_t tag, struct slice *content) {
    struct slice left = *rest;
    struct der_item item;
    if (!der_next(&left, &item) || item.tag != tag)
        return false;
    *content = item.content;
    *rest = left;
    return true;
}

bool der_is_integer(struct slice content) {
    if (content.len == 0)
        return false;
    if (content.len == 1)
        return true;
    bool is_second_high = content.data[1] & 0x80;
    return !(content.data[0] == 0 && !is_second_high) && !(content.data[0] == 0xff && is_second_high);
}

bool der_boolean(struct slice content, bool *value) {
    if (content.len != 1 || (content.data[0] != 0 && content.data[0] != 0xff))
        return false;
    *value = content.data[0] != 0;
    return true;
}

bool der_take_extension(struct slice *rest, struct der_extension *extension) {
    struct slice content;
    struct slice critical;
    extension->is_critical = false;
    if (!der_take(rest, DER_SEQUENCE, &content) || !der_take(&content, DER_OID, &extension->type))
        return false;
    if (der_take(&content, DER_BOOLEAN, &critical) && !der_boolean(critical, &extension->is_critical))
        return false;
    return der_take(&content, DER_OCTET_STRING, &extension->value) && content.len == 0;
}

/* Years of two digits: 1950 to 2049. */
bool der_take_time(struct slice *rest, int64_t *seconds) {
    struct slice left = *rest;
    struct der_item item;
    int century = 0;
    int year = 0;
    if (!der_next(&left, &item) || !is_time_tag(item.tag))
        return false;
    struct slice digits = item.content;
    if (item.tag == DER_GENERALIZED_TIME && !read_digits(&digits, 2, &century))
        return false;
    if (!read_digits(&digits, 2, &year))
        return false;
    if (item.tag == DER_UTC_TIME)
        century = year < 50 ? 20 : 19;
    *rest = left;
    return read_time(digits, century * 100 + year, seconds);
}

static bool take_length(struct slice *rest, size_t *len) {
    enum { LENGTH_BYTES_MAX = 4 };
    size_t bytes = rest->data[0];
    *rest = slice_sub(*rest, 1, rest->len);
    *len = bytes;
    if (bytes < 0x80)
        return true;
    bytes &= 0x7f;
    if (bytes == 0 || bytes > LENGTH_BYTES_MAX || bytes > rest->len || rest->data[0] == 0)
        return false;
    *len = 0;
    for (size_t i = 0; i < bytes; i++)
        *len = *len << 8 | rest->data[i];
    *rest = slice_sub(*rest, bytes, rest->len);
    return *len >= 0x80;
}

static bool is_time_tag(uint8_t tag) {
    return tag == DER_UTC_TIME || tag == DER_GENERALIZED_TIME;
}

/* Month, day, hour, minute, second and a Z. timegm would take a third of the time that a long list takes to read. */
static bool read_time(struct slice digits, int year, int64_t *seconds) {
    int parts[5];
    for (size_t i = 0; i < 5; i++) {
        if (!read_digits(&digits, 2, &parts[i]))
            return false;
    }
    if (digits.len != 1 || digits.data[0] != 'Z' || parts[0] < 1 || parts[0] > 12 || parts[1] < 1 ||
        parts[1] > days_of(year, parts[0]) || parts[2] > 23 || parts[3] > 59 || parts[4] > 59)
        return false;
    *seconds = days_since_1970(year, parts[0], parts[1]) * 86400 + parts[2] * 3600 + parts[3] * 60 + parts[4];
    return true;
}

static int days_of(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

/* Years begin in March here, so that the leap day is their last: 153 days are five months from then on. */
static int64_t days_since_1970(int year, int month, int day) {
    int64_t years = month > 2 ? year : year - 1;
    int64_t months = month > 2 ? month - 3 : month + 9;
    if (years < 0) /* January and February of the year 0 */
        return -719529 + (month - 1) * 31 + day;
    return years * 365 + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 719469;
}

static bool read_digits(struct slice *text, size_t count, int *number) {
    if (text->len < count)
        return false;
    *number = 0;
    for (size_t i = 0; i < count; i++) {
        if (text->data[i] < '0' || text->data[i] > '9')
            return false;
        *number = *number * 10 + (text->data[i] - '0');
    }
    *text = slice_sub(*text, count, text->len);
    return true;
}
