/* SPDX-License-Identifier: Apache-2.0 */
/* ipis - its CPUs interrupt each other, and themselves, as fast as they can, for ever. */
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"

#define IRQ_IPI 1u

static void ignore(uint32_t irq) {
}

static void storm(uint64_t argument) {
    uint32_t count = cpu_count();

    irq_init_cpu();
    for (uint32_t to = cpu_index();; to = (to + 1) % count) {
        irq_send(IRQ_IPI, to);
        cpu_irq_enable();
        cpu_irq_disable();
    }
}

void guest_main(uint64_t tree) {
    irq_begin(ignore);
    for (uint32_t cpu = 1; cpu < cpu_count(); cpu++)
        cpu_start(cpu, storm, 0);
    storm(tree);
}
