/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exception.h - exceptions other than interrupts. The hook is shared by all CPUs.
 */
#pragma once

#define EXCEPTION_SIZE 288 /* bytes of struct exception */

/* scause */
#define CAUSE_FETCH_MISALIGNED 0
#define CAUSE_FETCH_ACCESS     1
#define CAUSE_ILLEGAL          2
#define CAUSE_BREAKPOINT       3
#define CAUSE_LOAD_MISALIGNED  4
#define CAUSE_LOAD_ACCESS      5
#define CAUSE_STORE_MISALIGNED 6
#define CAUSE_STORE_ACCESS     7
#define CAUSE_ECALL_U          8
#define CAUSE_FETCH_PAGE       12
#define CAUSE_LOAD_PAGE        13
#define CAUSE_STORE_PAGE       15

#ifndef __ASSEMBLER__
#include "runtime/fault.h"

#include <stdbool.h>
#include <stdint.h>

/* The interrupted state; x[1] to x[31], pc and status are what the CPU returns to. */
struct exception {
    uint64_t x[32];
    uint64_t pc;     /* sepc */
    uint64_t status; /* sstatus */
    uint64_t cause;  /* scause */
    uint64_t value;  /* stval */
};
_Static_assert(sizeof(struct exception) == EXCEPTION_SIZE, "laid out by vectors.S");

/* Called with the exception's frame; true: dealt with, return to the frame's state. */
typedef bool (*exception_hook)(struct exception *frame);

/* Sets what sees exceptions first; NULL: none. Without one, or if it says false, trap.c
 * reports a failed test and switches the machine off. */
void exception_set_hook(exception_hook hook);

/* Shows it to the hook, and returns what that says; false without one. */
bool exception_is_expected(struct exception *frame);

#endif
