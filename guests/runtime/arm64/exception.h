/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exception.h - exceptions other than interrupts. The hook is shared by all CPUs.
 */
#pragma once

#define EXCEPTION_SIZE   288 /* bytes of struct exception */
#define EXCEPTION_SYNC   0
#define EXCEPTION_IRQ    1
#define EXCEPTION_FIQ    2
#define EXCEPTION_SERROR 3

/* ESR_EL1.EC, the ones our guests meet. */
#define EXCEPTION_EC_UNKNOWN     0x00 /* undefined instruction or register */
#define EXCEPTION_EC_SYSREG      0x18
#define EXCEPTION_EC_FETCH_ABORT 0x21 /* from EL1 itself */
#define EXCEPTION_EC_DATA_ABORT  0x25 /* from EL1 itself */
#define EXCEPTION_FSC_EXTERNAL   0x10 /* ESR_EL1.IFSC or DFSC: synchronous external abort */

#ifndef __ASSEMBLER__
#include "runtime/fault.h"

#include <stdbool.h>
#include <stdint.h>

/* The interrupted state; x[], elr and spsr are what the CPU returns to. */
struct exception {
    uint64_t x[31];
    uint64_t elr;
    uint64_t spsr;
    uint64_t esr;
    uint64_t far;
    uint64_t kind; /* EXCEPTION_* */
};
_Static_assert(sizeof(struct exception) == EXCEPTION_SIZE, "laid out by vectors.S");

/* Called with the exception's frame; true: dealt with, return to the frame's state. */
typedef bool (*exception_hook)(struct exception *frame);

/* Sets what sees exceptions first; NULL: none. Without one, or if it says false, trap.c
 * reports a failed test and switches the machine off. */
void exception_set_hook(exception_hook hook);

/* Shows it to the hook, and returns what that says; false without one. */
bool exception_is_expected(struct exception *frame);

/* ESR_EL1.EC, and the fault status code of an abort. */
static inline uint32_t fault_class(const struct fault *fault) {
    return (uint32_t)(fault->cause >> 26) & 0x3f;
}

static inline uint32_t fault_status(const struct fault *fault) {
    return (uint32_t)fault->cause & 0x3f;
}

#endif
