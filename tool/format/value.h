/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - from YAML to typed values, by the tables of schema.h.
 *
 * Each key's value lands in a struct value inside a C struct of the map's own, at the key's
 * offset. A value that could not be read is marked bad, so that no rule says more about it.
 */
#pragma once

#include "tool/format/value_scalar.h"

/*
 * Reads the map `yaml` into `target`, a zeroed struct of schema->size bytes, with
 * errors of the reading rules in the reader's diagnostics. `defaults`, if not NULL, is a map whose
 * values count for keys that `yaml` does not have.
 */
void value_read(struct value_reader *reader, const struct schema *schema, const struct yaml *yaml,
                const struct yaml *defaults, void *target);
