/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_text.h - a format's table in words, for docs/system-description.md and for editors.
 */
#pragma once

#include <stdio.h>

#include "tool/format/schema.h"

/* A key's meaning, its default and an example, in one paragraph. */
const char *schema_text_key(const struct key *key, struct arena *arena);

/*
 * The root's keys, and those of all maps below it, each as a table in Markdown behind a line
 * <!-- keys: SLUG -->, with <!-- end --> below it; and behind <!-- later: SLUG --> a list of what
 * is not yet supported of them.
 */
void schema_text_markdown(const struct schema *root, FILE *stream);

/* All rules the same way, behind <!-- rules -->. */
void schema_text_rules(FILE *stream);
