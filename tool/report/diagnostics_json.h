/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diagnostics_json.h - what is wrong, and the rules, for programs: `bulkhead check --json`. The
 * form is described in docs/system-description.md; keys are added, never renamed.
 */
#pragma once

#include "tool/base/json.h"
#include "tool/report/diagnostics.h"

/* One document with all of them, in order, about the description `file`. */
json_t *diagnostics_json(struct diagnostics *diagnostics, const char *file);

/* One document with all rules. */
json_t *diagnostics_json_rules(void);
