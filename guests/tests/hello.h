/* SPDX-License-Identifier: Apache-2.0 */
/* hello.h - what the smallest guest asks of each architecture. */
#ifndef TESTS_HELLO_H
#define TESTS_HELLO_H

/* The privilege level, by its name. */
const char *hello_level(void);

/* Tests that this CPU is what it should be at its start. */
void hello_check_cpu(void);

#endif
