/* SPDX-License-Identifier: Apache-2.0 */
/*
 * number.h - numbers as people write them in descriptions: 42, 0x4000_0000, 512 MiB, 10 ms.
 */
#pragma once

#include "tool/base/arena.h"

enum number_unit {
    NUMBER_PLAIN, /* no unit */
    NUMBER_SIZE,  /* KiB, MiB or GiB; the number is in bytes */
    NUMBER_TIME,  /* us, ms or s; the number is in ns */
};

enum number_result { NUMBER_OK, NUMBER_NO_NUMBER, NUMBER_WRONG_UNIT, NUMBER_TOO_LARGE };

/*
 * Parses all of `text`. Without success *why says, for a person, what is to be written. Digits may
 * be grouped by single `_` between them; a decimal number does not begin with 0, which would make
 * it octal elsewhere.
 */
enum number_result number_parse(const char *text, enum number_unit unit, uint64_t *number,
                                const char **why);

/* The same where it was not parsed, said of this very text if one can guess what it means. */
const char *number_advice(struct arena *arena, const char *text, enum number_unit unit);

/* A size in the largest unit that divides it: "512 MiB", "4 KiB", "100 bytes". */
const char *number_size_text(struct arena *arena, uint64_t size);

/* A time the same way: "10 ms". */
const char *number_time_text(struct arena *arena, uint64_t time);

/* An address as one writes it: "0x4000_0000". */
const char *number_address_text(struct arena *arena, uint64_t address);
