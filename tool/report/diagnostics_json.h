/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diagnostics_json.h - what is wrong, and the rules, for programs: `bulkhead check --json`. The
 * form is described in docs/system-description.md; keys are added, never renamed.
 */
#pragma once

#include <stdio.h>

#include "tool/report/diagnostics.h"

/* One document with all of them, in order, about the description `file`. */
void diagnostics_json(struct diagnostics *diagnostics, const char *file, FILE *stream);

/* One document with all rules. */
void diagnostics_json_rules(FILE *stream);
