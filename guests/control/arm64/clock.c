/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual timer, WFI, and two event counters of the PMU that both count retired
 * instructions: one at EL2 only, one at EL1 only.
 *
 * An emulator that runs all cores in one thread under a deterministic clock gives each core a
 * slice of what remains until the next timer deadline of any core. Were the loop's own the
 * only one near, the core that crosses it would go on until the next, long after: so the
 * physical timer, masked, is armed a little behind it. It bounds the slices there and does
 * nothing else. With four cores a slice is then a fourth of that distance: enough for this
 * core to get through its interrupt and set the next deadline in one.
 *
 * Where a slice ends with this core inside the hypervisor, what other cores run until its next
 * one is counted as the hypervisor's: the worst of hv_insns is a bound, its typical value exact.
 */
#include "control/clock.h"

#include "demo/control.h"
#include "runtime/arm64/gic.h"
#include "runtime/timer.h"

#include <stddef.h>

#define BACKSTOP_US        2
#define EVENT_INST_RETIRED 0x08u
#define FILTER_NOT_EL1     (1u << 31)
#define FILTER_NOT_EL0     (1u << 30)
#define FILTER_EL2         (1u << 27) /* set: EL2 counts as well */

static void (*on_release)(void);
static volatile bool handled;
static uint64_t ahead;    /* ticks of the physical counter before the virtual one */
static uint64_t backstop; /* the same and BACKSTOP_US */

static bool has_meters;
static volatile bool asleep;
static uint32_t hv_at_sleep;
static uint32_t guest_at_wake;

static void handle_interrupt(uint32_t intid) {
    if (intid == VM_TIMER_VIRTUAL_IRQ) {
        on_release();
        handled = true;
    }
}

/* Two counters and the event they are to count: all of it must be there, or none is used. */
static bool meters_exist(void) {
    uint64_t version = sysreg_read(id_aa64dfr0_el1) >> 8 & 0xf;

    if (version == 0 || version == 0xf)
        return false;
    return (sysreg_read(pmcr_el0) >> 11 & 0x1f) >= 2 &&
           (sysreg_read(pmceid0_el0) >> EVENT_INST_RETIRED & 1) != 0;
}

static void meters_init(void) {
    sysreg_write(pmevtyper0_el0, EVENT_INST_RETIRED | FILTER_NOT_EL1 | FILTER_NOT_EL0 | FILTER_EL2);
    sysreg_write(pmevtyper1_el0, EVENT_INST_RETIRED | FILTER_NOT_EL0);
    sysreg_write(pmcntenset_el0, 3);
    sysreg_write(pmcr_el0, sysreg_read(pmcr_el0) | 1);
    cpu_isb();
}

void clock_init(void (*release)(void)) {
    uint64_t virtual = timer_count();

    /* The counters may lie a constant apart; what passes between the two reads only makes
     * the backstop a little later. */
    ahead = timer_physical_count() - virtual;
    backstop = ahead + timer_frequency() * BACKSTOP_US / 1000000;
    on_release = release;
    has_meters = meters_exist();
    if (has_meters)
        meters_init();
    irq_init(handle_interrupt);
    irq_init_cpu();
    irq_enable(VM_TIMER_VIRTUAL_IRQ);
}

uint64_t clock_now(void) {
    return timer_count();
}

uint64_t clock_frequency(void) {
    return timer_frequency();
}

bool clock_has_backstop(void) {
    return true;
}

uint64_t clock_first(uint64_t period) {
    uint64_t now = timer_count();

    return now + 2 * period - (now + ahead) % period;
}

void clock_set(uint64_t deadline) {
    timer_physical_set(deadline + backstop, TIMER_ENABLE | TIMER_MASK);
    timer_set(deadline, TIMER_ENABLE);
}

struct clock_reading clock_read(void) {
    struct clock_reading reading = {.now = timer_count()};

    if (has_meters && asleep) {
        reading.wake_insns = (uint32_t)sysreg_read(pmevcntr1_el0) - guest_at_wake;
        reading.hv_insns = (uint32_t)sysreg_read(pmevcntr0_el0) - hv_at_sleep;
        reading.metered = reading.hv_metered = true;
    }
    return reading;
}

void clock_sleep(void) {
    handled = false;
    while (!handled) {
        if (has_meters) {
            hv_at_sleep = (uint32_t)sysreg_read(pmevcntr0_el0);
            asleep = true;
            cpu_wait();
            guest_at_wake = (uint32_t)sysreg_read(pmevcntr1_el0);
        } else {
            cpu_wait();
        }
        cpu_irq_enable();
        cpu_irq_disable();
        asleep = false;
    }
}
