/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stimecmp, or the firmware's timer without it; WFI; and instret, which counts instructions
 * whoever runs them: between wake-up and handler that is this guest, since its timer interrupts
 * it without an exit.
 *
 * An emulator that runs all cores in one thread under a deterministic clock gives each core a
 * slice of what remains until the next timer deadline of any core. Were the loop's own the
 * only one near, the core that crosses it would go on until the next, long after: so the alarm
 * of the board's real-time clock, its interrupt never enabled, is armed a little behind it. It
 * bounds the slices there and does nothing else. Without a real-time clock of its own the loop
 * goes on without.
 *
 * The emulator's instret is one for all harts. Where a slice ends between wake-up and handler,
 * what others run until this hart's next one is counted: the worst of wake_insns is a bound, its
 * typical value exact.
 */
#include "control/clock.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "demo/control.h"
#include "runtime/cpu.h"
#include "runtime/fault.h"
#include "runtime/irq.h"
#include "runtime/timer.h"

#include <stddef.h>

#define BACKSTOP_NS 2000u
#define NS_PER_TICK (1000000000u / VM_TIMER_FREQUENCY)

/* The goldfish real-time clock: all in nanoseconds. */
#define TIME_LOW    0x00
#define TIME_HIGH   0x04 /* as of the last read of TIME_LOW */
#define ALARM_LOW   0x08 /* arms it */
#define ALARM_HIGH  0x0c
#define IRQ_ENABLED 0x10

static void (*on_release)(void);
static volatile bool handled;

static bool has_backstop;
static uint64_t backstop; /* nanoseconds of the real-time clock at tick 0, and BACKSTOP_NS */

static bool has_meter;
static volatile bool asleep;
static uint64_t at_wake;

static void handle_interrupt(uint32_t irq) {
    if (irq == BOARD_TIMER_IRQ) {
        on_release();
        handled = true;
    }
}

static bool is_readable(uint64_t address) {
    fault_expect();
    (void)mmio_read32(address);
    return fault_caught().count == 0;
}

static void backstop_init(void) {
    uint64_t begin = timer_count();
    uint64_t ticks, time;

    has_backstop = is_readable(VM_RTC_AT + TIME_LOW);
    if (!has_backstop)
        return;
    /* Right behind a tick, where the two clocks can be told apart by less than one. */
    do
        ticks = timer_count();
    while (ticks == begin);
    time = mmio_read32(VM_RTC_AT + TIME_LOW);
    time |= (uint64_t)mmio_read32(VM_RTC_AT + TIME_HIGH) << 32;
    backstop = time - ticks * NS_PER_TICK + BACKSTOP_NS;
    mmio_write32(VM_RTC_AT + IRQ_ENABLED, 0);
}

void clock_init(void (*release)(void)) {
    on_release = release;
    fault_expect();
    (void)csr_read(instret);
    has_meter = fault_caught().count == 0;
    backstop_init();
    irq_init(handle_interrupt);
    irq_init_cpu();
    irq_enable(BOARD_TIMER_IRQ);
}

uint64_t clock_now(void) {
    return timer_count();
}

uint64_t clock_frequency(void) {
    return timer_frequency();
}

bool clock_has_backstop(void) {
    return has_backstop;
}

uint64_t clock_first(uint64_t period) {
    return timer_count() + period;
}

void clock_set(uint64_t deadline) {
    if (has_backstop) {
        uint64_t alarm = deadline * NS_PER_TICK + backstop;

        mmio_write32(VM_RTC_AT + ALARM_HIGH, (uint32_t)(alarm >> 32));
        mmio_write32(VM_RTC_AT + ALARM_LOW, (uint32_t)alarm);
    }
    timer_arm(deadline);
}

struct clock_reading clock_read(void) {
    struct clock_reading reading = {.now = timer_count()};

    if (has_meter && asleep) {
        reading.wake_insns = (uint32_t)(csr_read(instret) - at_wake);
        reading.metered = true;
    }
    return reading;
}

void clock_sleep(void) {
    handled = false;
    while (!handled) {
        asleep = true;
        cpu_wait();
        if (has_meter)
            at_wake = csr_read(instret);
        cpu_irq_enable();
        cpu_irq_disable();
        asleep = false;
    }
}
