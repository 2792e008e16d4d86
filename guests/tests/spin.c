/* SPDX-License-Identifier: Apache-2.0 */
/* spin - masks everything on all its CPUs and spins for ever: a neighbour to be kept from. */
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"

static void spin(uint64_t argument) {
    cpu_spin();
}

void guest_main(uint64_t tree) {
    uint32_t count = cpu_count();

    console_print("@spin\n");
    for (uint32_t cpu = 1; cpu < count; cpu++)
        cpu_start(cpu, spin, 0);
    spin(tree);
}
