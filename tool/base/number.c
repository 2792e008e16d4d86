/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/number.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Units, as we write them and in other ways that people know, whatever the case of letters. */
static const struct unit {
    enum number_unit unit;
    uint64_t factor;
    const char *ours; /* NULL: we do not take it */
    const char *others[4];
} units[] = {
    {NUMBER_SIZE, 1, NULL, {"b", "byte", "bytes"}},
    {NUMBER_SIZE, UINT64_C(1) << 10, "KiB", {"k", "kb", "kib"}},
    {NUMBER_SIZE, UINT64_C(1) << 20, "MiB", {"m", "mb", "mib"}},
    {NUMBER_SIZE, UINT64_C(1) << 30, "GiB", {"g", "gb", "gib"}},
    {NUMBER_SIZE, UINT64_C(1) << 40, NULL, {"t", "tb", "tib"}},
    {NUMBER_TIME, 1, NULL, {"ns"}},
    {NUMBER_TIME, 1000, "us", {"us", "usec", "\u00b5s", "\u03bcs"}},
    {NUMBER_TIME, 1000000, "ms", {"ms", "msec"}},
    {NUMBER_TIME, 1000000000, "s", {"s", "sec", "second", "seconds"}},
    {NUMBER_TIME, UINT64_C(60) * 1000000000, NULL, {"min", "minute", "minutes"}},
    {NUMBER_TIME, UINT64_C(3600) * 1000000000, NULL, {"h", "hour", "hours"}},
};

static const char *const hints[] = {
    [NUMBER_PLAIN] = "write a plain number, as in 42 or 0x4000_0000",
    [NUMBER_SIZE] = "write a number and KiB, MiB or GiB, as in 16 MiB",
    [NUMBER_TIME] = "write a number and us, ms or s, as in 10 ms",
};

static int digit_value(char c) {
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Reads digits, which single `_` may group; false if the number passes 64 bits. */
static bool read_digits(const char **at, unsigned base, uint64_t *number) {
    *number = 0;
    for (; isxdigit((unsigned char)**at) || (**at == '_' && isxdigit((unsigned char)(*at)[1]));
         (*at)++) {
        if (**at == '_')
            continue;
        uint64_t digit = (uint64_t)digit_value(**at);
        if (digit >= base)
            break;
        if (*number > (UINT64_MAX - digit) / base)
            return false;
        *number = *number * base + digit;
    }
    return true;
}

enum number_result number_parse(const char *text, enum number_unit unit, uint64_t *number,
                                const char **why) {
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *at = hex ? text + 2 : text;

    *why = hints[unit];
    if (hex ? !isxdigit((unsigned char)*at) : !isdigit((unsigned char)*at))
        return NUMBER_NO_NUMBER;
    if (!hex && at[0] == '0' && (isdigit((unsigned char)at[1]) || at[1] == '_'))
        return NUMBER_NO_NUMBER;
    if (!read_digits(&at, hex ? 16 : 10, number))
        return NUMBER_TOO_LARGE;
    while (*at == ' ')
        at++;
    if (unit == NUMBER_PLAIN)
        return *at == '\0' ? NUMBER_OK : NUMBER_NO_NUMBER;
    for (size_t i = 0; i < COUNT(units); i++) {
        if (units[i].unit == unit && units[i].ours != NULL && strcmp(units[i].ours, at) == 0) {
            if (*number > UINT64_MAX / units[i].factor)
                return NUMBER_TOO_LARGE;
            *number *= units[i].factor;
            return NUMBER_OK;
        }
    }
    return NUMBER_WRONG_UNIT;
}

/* A number in the largest of our units that divides it, or in `smallest`. */
static const char *text_in_units(struct arena *arena, uint64_t number, enum number_unit unit,
                                 const char *smallest) {
    uint64_t factor = 1;

    for (size_t i = 0; i < COUNT(units); i++) {
        if (units[i].unit == unit && units[i].ours != NULL && number != 0 &&
            number % units[i].factor == 0) {
            factor = units[i].factor;
            smallest = units[i].ours;
        }
    }
    return arena_printf(arena, "%llu %s", (unsigned long long)(number / factor), smallest);
}

const char *number_size_text(struct arena *arena, uint64_t size) {
    return text_in_units(arena, size, NUMBER_SIZE, "bytes");
}

const char *number_time_text(struct arena *arena, uint64_t time) {
    return text_in_units(arena, time, NUMBER_TIME, "ns");
}

const char *number_address_text(struct arena *arena, uint64_t address) {
    const char *groups = "";

    for (; address > 0xffff; address >>= 16)
        groups = arena_printf(arena, "_%04x%s", (unsigned)(address & 0xffff), groups);
    return arena_printf(arena, "0x%x%s", (unsigned)address, groups);
}

/* The bytes or ns of a unit, written in any way that people know; 0: it is none. */
static uint64_t other_factor(const char *name, enum number_unit unit) {
    for (size_t i = 0; i < COUNT(units); i++)
        for (size_t j = 0; j < COUNT(units[i].others) && units[i].others[j] != NULL; j++)
            if (units[i].unit == unit && strcasecmp(units[i].others[j], name) == 0)
                return units[i].factor;
    return 0;
}

/* Reads ".25", or ",25", as 25 of 100; false if there are too many digits. */
static bool read_fraction(const char **at, uint64_t *part, uint64_t *whole) {
    *part = 0;
    *whole = 1;
    if (**at != '.' && **at != ',')
        return true;
    for ((*at)++; isdigit((unsigned char)**at); (*at)++) {
        if (*whole >= 1000000)
            return false;
        *part = *part * 10 + (uint64_t)digit_value(**at);
        *whole *= 10;
    }
    return true;
}

/* The bytes or ns that a text seems to mean; 0: there is no telling. */
static uint64_t guess(const char *text, enum number_unit unit) {
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *at = hex ? text + 2 : text;
    uint64_t number = 0;
    uint64_t part = 0;
    uint64_t whole = 1;

    if (!isxdigit((unsigned char)*at) || !read_digits(&at, hex ? 16 : 10, &number) ||
        !read_fraction(&at, &part, &whole))
        return 0;
    while (*at == ' ')
        at++;
    uint64_t factor = *at == '\0' ? unit == NUMBER_SIZE : other_factor(at, unit);
    if (factor == 0 || number >= UINT64_MAX / factor - 1)
        return 0;
    return number * factor + (part * (factor / whole) + part * (factor % whole) / whole);
}

/* The length of a number with its unit that more text follows; 0: there is none. */
static size_t complete_length(const char *text, enum number_unit unit) {
    size_t digits = strspn(text, "0123456789");
    const char *at = text + digits + strspn(text + digits, " ");

    for (size_t i = 0; i < COUNT(units); i++) {
        size_t length = units[i].ours == NULL ? 0 : strlen(units[i].ours);

        if (units[i].unit == unit && length != 0 && digits != 0 &&
            strncmp(at, units[i].ours, length) == 0 && !isalnum((unsigned char)at[length]))
            return (size_t)(at - text) + length;
    }
    return 0;
}

const char *number_advice(struct arena *arena, const char *text, enum number_unit unit) {
    uint64_t guessed = unit == NUMBER_PLAIN ? 0 : guess(text, unit);
    bool bare = text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
    size_t complete = complete_length(text, unit);
    bool leading_zero = text[0] == '0' && (isdigit((unsigned char)text[1]) || text[1] == 'o');

    if (text[0] == '-')
        return arena_printf(arena, "no number is negative here; %s", hints[unit]);
    if (text[0] == '$')
        return arena_printf(arena, "${NAME} stands for something in paths only; %s", hints[unit]);
    if (complete != 0)
        return arena_printf(arena,
                            "nothing can follow %.*s; a comment begins with ' #', and all else has "
                            "a key of its own",
                            (int)complete, text);
    if (leading_zero && unit == NUMBER_PLAIN)
        return "a 0 in front makes a number octal elsewhere; write it without, or with 0x";
    if (bare && guessed < 1024 * 1024 && unit == NUMBER_SIZE)
        return arena_printf(arena, "a number alone has no unit; write %s MiB, if that is meant",
                            text);
    if (bare && unit == NUMBER_TIME)
        return arena_printf(arena, "a number alone has no unit; write %s s or %s ms", text, text);
    if (guessed != 0 && unit == NUMBER_SIZE && guessed % 1024 == 0)
        return arena_printf(arena, "write %s", number_size_text(arena, guessed));
    if (guessed != 0 && unit == NUMBER_TIME && guessed % 1000 == 0)
        return arena_printf(arena, "write %s", number_time_text(arena, guessed));
    return hints[unit];
}
