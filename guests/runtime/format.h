/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - a small part of printf: %s %c %d %u %x %%, with a width, zero padding and the
 * length modifiers l, ll. Anything else is copied as it stands.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Writes at most size - 1 characters and a NUL to text (size >= 1); returns how many, without
 * the NUL. Longer text is cut. */
__attribute__((format(printf, 3, 4))) size_t format_text(char *text, size_t size,
                                                         const char *format, ...);
__attribute__((format(printf, 3, 0))) size_t
format_text_list(char *text, size_t size, const char *format, va_list arguments);
