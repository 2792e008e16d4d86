/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/number.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static const struct unit {
    const char *name;
    enum number_unit unit;
    uint64_t factor;
} units[] = {
    {"KiB", NUMBER_SIZE, UINT64_C(1) << 10},
    {"MiB", NUMBER_SIZE, UINT64_C(1) << 20},
    {"GiB", NUMBER_SIZE, UINT64_C(1) << 30},
    {"us", NUMBER_TIME, 1000},
    {"ms", NUMBER_TIME, 1000000},
    {"s", NUMBER_TIME, 1000000000},
};

static const char *hint(enum number_unit unit) {
    switch (unit) {
    case NUMBER_SIZE:
        return "write a number and KiB, MiB or GiB, as in 16 MiB";
    case NUMBER_TIME:
        return "write a number and us, ms or s, as in 10 ms";
    default:
        return "write a plain number, as in 42 or 0x4000_0000";
    }
}

static int digit_value(char c) {
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Reads digits, which `_` may group; false if the number passes 64 bits. */
static bool read_digits(const char **at, unsigned base, uint64_t *number) {
    *number = 0;
    for (; isxdigit((unsigned char)**at) || **at == '_'; (*at)++) {
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

    *why = hint(unit);
    if (hex ? !isxdigit((unsigned char)*at) : !isdigit((unsigned char)*at))
        return NUMBER_NO_NUMBER;
    if (!read_digits(&at, hex ? 16 : 10, number))
        return NUMBER_TOO_LARGE;
    while (*at == ' ')
        at++;
    if (unit == NUMBER_PLAIN)
        return *at == '\0' ? NUMBER_OK : NUMBER_NO_NUMBER;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (units[i].unit == unit && strcmp(units[i].name, at) == 0) {
            if (*number > UINT64_MAX / units[i].factor)
                return NUMBER_TOO_LARGE;
            *number *= units[i].factor;
            return NUMBER_OK;
        }
    }
    return NUMBER_WRONG_UNIT;
}

const char *number_size_text(struct arena *arena, uint64_t size) {
    for (int i = 2; i >= 0; i--) {
        if (size != 0 && size % units[i].factor == 0) {
            return arena_printf(arena, "%llu %s", (unsigned long long)(size / units[i].factor),
                                units[i].name);
        }
    }
    return arena_printf(arena, "%llu bytes", (unsigned long long)size);
}
