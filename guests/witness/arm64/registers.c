/* SPDX-License-Identifier: Apache-2.0 */
#include "witness/witness.h"

#include "runtime/cpu.h"
#include "tests/each.h"

#define ROUNDS "2000"

#define UNUSED(X)                                                                                  \
    FOUR(X, tpidr_el0, tpidr_el1, tpidrro_el0, sp_el0)                                             \
    FOUR(X, dbgbvr0_el1, dbgwvr0_el1, contextidr_el1, ttbr1_el1)
#define OTHERS(X)                                                                                  \
    FOUR(X, vbar_el1, ttbr0_el1, tcr_el1, mair_el1)                                                \
    FOUR(X, sctlr_el1, s3_0_c4_c6_0 /* ICC_PMR */, pmevtyper0_el0, cntkctl_el1)

#define SUM(name)   sum = (sum ^ sysreg_read(name)) * 31;
#define WRITE(name) sysreg_write(name, 0x5afe5afe5afc);

uint64_t witness_sum(void) {
    uint64_t sum = 0;

    UNUSED(SUM)
    OTHERS(SUM)
    return sum;
}

void witness_write(void){UNUSED(WRITE)}

uint64_t witness_registers(uint64_t seed) {
    uint64_t bad = seed;

    __asm__ volatile(".irp n,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\n\t"
                     "add x\\n, %0, #\\n\n\t.endr\n\t"
                     ".irp n,19,20,21,22,23,24,25,26,27,28\n\tadd x\\n, %0, #\\n\n\t.endr\n\t"
                     "mov x30, #" ROUNDS "\n1:\tsubs x30, x30, #1\n\tb.ne 1b\n\t"
                     ".irp n,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\n\t"
                     "sub x\\n, x\\n, #\\n\n\teor x\\n, x\\n, %0\n\torr x30, x30, x\\n\n\t.endr\n\t"
                     ".irp n,19,20,21,22,23,24,25,26,27,28\n\t"
                     "sub x\\n, x\\n, #\\n\n\teor x\\n, x\\n, %0\n\torr x30, x30, x\\n\n\t.endr\n\t"
                     "mov %0, x30"
                     : "+r"(bad)
                     :
                     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
                       "x13", "x14", "x15", "x16", "x17", "x19", "x20", "x21", "x22", "x23", "x24",
                       "x25", "x26", "x27", "x28", "x30", "cc");
    return bad;
}
