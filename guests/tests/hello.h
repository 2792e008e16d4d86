/* SPDX-License-Identifier: Apache-2.0 */
/* hello.h - what the smallest guest asks of each architecture. */
#pragma once

/* The privilege level, by its name. */
const char *hello_level(void);

/* Tests that this CPU is what it should be at its start. */
void hello_check_cpu(void);
