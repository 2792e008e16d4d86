/* SPDX-License-Identifier: Apache-2.0 */
/* pmu - a cycle counter that overflows interrupts its own CPU, in this life and in the next. */
#include "arch_board.h"
#include "runtime/arm64/gic.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/timer.h"

#define PMCR_E  1u
#define PMCR_LC (1u << 6)  /* the cycle counter overflows as 64 bits */
#define CYCLES  (1u << 31) /* its bit in the others */

static volatile uint32_t overflows[2], status[2];
static volatile bool ended, restart;

static void handle(uint32_t intid) {
    if (intid != BOARD_PMU_IRQ)
        return;
    overflows[cpu_index()]++;
    status[cpu_index()] = (uint32_t)sysreg_read(pmovsset_el0);
    if (restart)
        machine_reset(); /* active, and its line high: nothing of it is there in the next life */
    sysreg_write(pmovsclr_el0, ~0u);
    cpu_isb();
}

/* The counter overflows in `cycles`. */
static void count(uint64_t cycles) {
    sysreg_write(pmovsclr_el0, ~0u);
    sysreg_write(pmccfiltr_el0, 0);
    sysreg_write(pmccntr_el0, -cycles);
    sysreg_write(pmintenset_el1, CYCLES);
    sysreg_write(pmcntenset_el0, CYCLES);
    sysreg_write(pmcr_el0, PMCR_E | PMCR_LC);
    cpu_isb();
}

static void wait(void) {
    uint64_t end = timer_count() + timer_frequency() / 100;

    cpu_irq_enable();
    while (overflows[cpu_index()] == 0 && timer_count() < end) {
    }
    timer_wait_us(100); /* it doesn't come twice */
    cpu_irq_disable();
}

static void overflow(void) {
    overflows[cpu_index()] = status[cpu_index()] = 0;
    irq_enable(BOARD_PMU_IRQ);
    count(20000);
    wait();
}

static void check(const char *name, uint32_t cpu) {
    test_begin(name);
    test_equal("interrupts", overflows[cpu], 1);
    test_equal("PMOVSSET", status[cpu], CYCLES);
    test_end();
}

static void cpu_1(uint64_t argument) {
    irq_init_cpu();
    overflow();
    ended = true;
    cpu_off();
}

void guest_main(uint64_t tree) {
    irq_begin(handle);
    test_begin("counters");
    test_equal("PMOVSSET", sysreg_read(pmovsset_el0), 0);
    test_equal("PMCNTENSET", sysreg_read(pmcntenset_el0), 0);
    overflow();
    check("overflow", 0);
    overflow();
    check("overflow-again", 0);
    if (cpu_count() > 1) {
        cpu_start(1, cpu_1, 0);
        for (uint32_t i = 0; i < 1000 && !(ended && cpu_is_off(1)); i++)
            timer_wait_us(100);
        check("overflow-on-cpu-1", 1);
    }
    if (machine_restarts() == 0) {
        restart = true;
        overflow();
    }
    test_done();
}
