/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test.h - a program of unit tests: cmocka with what it needs in front of it, what tests mostly
 * need of C's library, tests that need no list, and main().
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#ifndef TEST_WITHOUT_STRING /* the code under test has its own */
#include <string.h>
#endif

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* An array begins with these values. */
#define ASSERT_EACH(array, ...)                                                                    \
    do {                                                                                           \
        const uint64_t wanted_[] = {__VA_ARGS__};                                                  \
        for (size_t i_ = 0; i_ < COUNT_OF(wanted_); i_++) {                                        \
            if ((uint64_t)(array)[i_] != wanted_[i_])                                              \
                fail_msg("%s[%zu] is %#llx, not %#llx", #array, i_,                                \
                         (unsigned long long)(array)[i_], (unsigned long long)wanted_[i_]);        \
        }                                                                                          \
    } while (0)

/* A function without arguments, and something that is done with it before main(). */
#define TEST_REGISTERED(name, statement)                                                           \
    static void name(void);                                                                        \
    __attribute__((constructor)) static void register_##name(void) {                               \
        statement;                                                                                 \
    }                                                                                              \
    static void name(void)

/* A test: `TEST(what_it_shows) { ... }`. A program's tests run in the order of its file. */
#define TEST(name) TEST_REGISTERED(name, test_add(#name, name))

/* What is done before each test of the program, and what after it. A test may call it, too. */
#define BEFORE_EACH(name) TEST_REGISTERED(name, test_before_each = name)
#define AFTER_EACH(name)  TEST_REGISTERED(name, test_after_each = name)

void test_add(const char *name, void (*run)(void));
extern void (*test_before_each)(void);
extern void (*test_after_each)(void);
