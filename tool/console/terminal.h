/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal.h - the user's terminal: raw while we run, as it was afterwards.
 *
 * One terminal per process. Its state is also restored by the fatal signals
 * that a program may die of by mistake, and at exit().
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* True if stdin and stdout are a terminal that understands cursor addressing. */
bool terminal_is_interactive(void);

/* True if the locale (setlocale() was called) says that the terminal takes UTF-8. */
bool terminal_is_utf8(void);

/* Remember the terminal's state and make it raw. Returns false if it cannot be had. */
bool terminal_enter(void);

/* Put it back as it was. Harmless if it was not entered. */
void terminal_leave(void);

/* The size now; 24 by 80 if it is unknown. */
void terminal_size(unsigned *rows, unsigned *columns);

/* Write all of it to stdout; returns false if that is gone, or a signal asks to stop. */
bool terminal_write(const char *bytes, size_t size, const volatile sig_atomic_t *stop);
