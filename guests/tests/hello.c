/* SPDX-License-Identifier: Apache-2.0 */
/* hello - the smallest test guest: it starts as it should, says so and switches itself off. */
#include "runtime/arm64/cpu.h"
#include "runtime/arm64/gic.h"
#include "runtime/arm64/psci.h"
#include "runtime/arm64/timer.h"
#include "runtime/console.h"
#include "runtime/machine.h"
#include "runtime/test.h"

static volatile uint32_t zeroed[64];
static volatile uint32_t loaded = 0x600dda7a;

void guest_main(uint64_t tree) {
    uint32_t sum = 0;

    console_print("hello from EL%lu, tree at 0x%lx, %s\n", sysreg_read(currentel) >> 2, tree,
                  machine_is_bulkhead() ? "in a Bulkhead VM" : "on the bare machine");

    test_begin("level");
    test_equal("CurrentEL", sysreg_read(currentel) >> 2, 1);
    test_end();

    test_begin("memory");
    for (uint32_t i = 0; i < sizeof zeroed / sizeof zeroed[0]; i++)
        sum |= zeroed[i];
    test_equal(".bss", sum, 0);
    test_equal(".data", loaded, 0x600dda7a);
    test_end();

    test_begin("affinity");
    test_equal("MPIDR_EL1", cpu_affinity(), 0);
    test_equal("AFFINITY_INFO of CPU 0", (uint64_t)psci_call(PSCI_AFFINITY_INFO, 0, 0, 0),
               PSCI_AFFINITY_ON);
    test_end();

    test_begin("counter");
    test_expect(timer_frequency() >= 1000000, "CNTFRQ_EL0 is below 1 MHz");
    test_end();

    console_print("@hello cpus=%u\n", gic_cpu_count());
    test_done();
}
