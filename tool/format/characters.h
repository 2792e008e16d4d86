/* SPDX-License-Identifier: Apache-2.0 */
/*
 * characters.h - characters that no description can have, and those that look like others.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/report/mark.h"

/* The first mistake in a text, for a person, and its place in *mark; NULL: the text is UTF-8
 * without control characters. */
const char *characters_wrong(const char *text, size_t size, struct mark *mark, struct arena *arena);

/* The first character that people mistake for another one: "a dash (U+2013), which looks like -;
 * write that". NULL: there is none. */
const char *characters_odd(const char *text, size_t size, struct arena *arena);
