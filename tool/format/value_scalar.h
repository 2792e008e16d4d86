/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value_scalar.h - reads a value that is no map, by its key's type. For value.c.
 */
#pragma once

#include <stdbool.h>

#include "tool/format/value.h"
#include "tool/report/rules.h"

/* Marks a value as bad and says why. */
#define VALUE_REFUSE(reader, value, rule, mark, ...)                                               \
    ((value)->bad = true, rule_broken((reader)->diagnostics, rule, mark, __VA_ARGS__))

/* Reads `yaml`, a scalar with something in it, into `value`; the key is of a scalar type. */
void value_read_scalar(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key);

/* Reads one CPU, a range, or a list of such. */
void value_read_cpus(struct value_reader *reader, struct value *value, const struct yaml *yaml);

/* Reads a word that is one of the key's choices, if it has any. */
void value_read_word(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                     const struct key *key);
