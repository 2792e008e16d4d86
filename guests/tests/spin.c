/* SPDX-License-Identifier: Apache-2.0 */
/* spin - masks everything on all its CPUs and spins for ever: a neighbour to be kept from. */
#include "runtime/arm64/cpu.h"
#include "runtime/arm64/gic.h"
#include "runtime/console.h"
#include "runtime/machine.h"

static void spin(uint64_t argument) {
    (void)argument;
    __asm__ volatile("msr daifset, #0xf\n1:\tb 1b");
}

void guest_main(uint64_t tree) {
    uint32_t count = gic_cpu_count();

    console_print("@spin\n");
    for (uint32_t cpu = 1; cpu < count; cpu++)
        cpu_start(cpu, spin, 0);
    spin(tree);
}
