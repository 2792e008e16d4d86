/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/arm64/psci.h"

#include <stdbool.h>

static bool use_smc;

/* The convention lets a call change x0 to x17. */
#define SMCCC_CALL(instruction)                                                                    \
    register uint64_t r0 __asm__("x0") = x0;                                                       \
    register uint64_t r1 __asm__("x1") = x1;                                                       \
    register uint64_t r2 __asm__("x2") = x2;                                                       \
    register uint64_t r3 __asm__("x3") = x3;                                                       \
    __asm__ volatile(instruction " #0"                                                             \
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)                                      \
                     :                                                                             \
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",      \
                       "x15", "x16", "x17", "memory");                                             \
    return (struct smccc_result){{r0, r1, r2, r3}};

struct smccc_result smccc_hvc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3) {
    SMCCC_CALL("hvc")
}

struct smccc_result smccc_smc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3) {
    SMCCC_CALL("smc")
}

struct smccc_result smccc_call(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3) {
    return use_smc ? smccc_smc(x0, x1, x2, x3) : smccc_hvc(x0, x1, x2, x3);
}

int64_t psci_call(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3) {
    return (int64_t)smccc_call(x0, x1, x2, x3).x[0];
}

void psci_use_smc(void) {
    use_smc = true;
}
