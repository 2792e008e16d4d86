/* SPDX-License-Identifier: Apache-2.0 */
#include "witness/witness.h"

#include "runtime/cpu.h"
#include "tests/each.h"

#define ROUNDS "2000"
#define HELD   "5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"

#define UNUSED(X) TWO(X, sscratch, scounteren)
#define OTHERS(X) FOUR(X, stvec, sie, satp, 0x10a /* senvcfg */)

#define SUM(name)   sum = (sum ^ csr_read(name)) * 31;
#define WRITE(name) csr_write(name, 0x5afe5afc);

uint64_t witness_sum(void) {
    uint64_t sum = 0;

    UNUSED(SUM)
    OTHERS(SUM)
    return sum;
}

void witness_write(void){UNUSED(WRITE)}

uint64_t witness_registers(uint64_t seed) {
    register uint64_t bad __asm__("a0") = seed;

    __asm__ volatile(".irp n," HELD "\n\taddi x\\n, a0, \\n\n\t.endr\n\t"
                     "li ra, " ROUNDS "\n1:\taddi ra, ra, -1\n\tbnez ra, 1b\n\t"
                     ".irp n," HELD "\n\t"
                     "addi x\\n, x\\n, -\\n\n\txor x\\n, x\\n, a0\n\tor ra, ra, x\\n\n\t.endr\n\t"
                     "mv a0, ra"
                     : "+r"(bad)
                     :
                     : "ra", "x5", "x6", "x7", "x8", "x9", "x11", "x12", "x13", "x14", "x15", "x16",
                       "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
                       "x28", "x29", "x30", "x31");
    return bad;
}
