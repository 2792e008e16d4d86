/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_json.h - a format's table as a JSON Schema (draft 7), which editors use to complete keys,
 * to show what they mean and to mark mistakes. It takes what the parser takes, be it read as YAML
 * 1.2 or as nothing but strings; keys and words that are not yet supported are not allowed.
 */
#pragma once

#include "tool/base/json.h"
#include "tool/format/schema.h"

/* The schema of a file whose outermost map is `root`. */
json_t *schema_json(const struct schema *root, const char *title);
