/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test.h - how test guests report: `@test NAME ok` or `@test NAME fail: why` for each thing
 * checked, `@done` at the end. One CPU at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

/* Begins a test, and ends the one before it. */
void test_begin(const char *name);

/* One condition of the test; `what` is said if it does not hold. Only a test's first failure
 * is reported. Returns ok. */
bool test_expect(bool ok, const char *what);

/* Two numbers that have to be the same; both are reported if they differ. */
bool test_equal(const char *what, uint64_t got, uint64_t wanted);

/* Ends the test and reports it: where something else is to be said or done before the next. */
void test_end(void);

/* Ends the last test, reports the end of all and switches the machine off. */
noreturn void test_done(void);

/* The same, but in a VM's first life: that one ends with a reset. */
noreturn void test_done_after_reset(void);

/* Checks on CPU 0, then on CPU 1 with CPU 0 off, and both again after a reset. */
void test_done_on_each_cpu(void (*check)(void));
