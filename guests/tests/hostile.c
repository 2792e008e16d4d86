/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile - does to the hypervisor what a broken or malicious guest might do, thousands of
 * times, at random but the same in every run; then checks that its own machine still works.
 * What it must not do to its neighbours is for the test around it to see.
 */
#include "tests/hostile.h"

#include "abi/console.h"
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/fault.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "runtime/timer.h"

#define ACCESSES   20000u
#define ABORTS     5000u
#define SENDS      20000u
#define TICKS      5000u
#define CHARACTERS 20000u
#define AROUND     0x4000u /* bytes before and behind a device that are tried as well */
/* Where no VM of a test has anything. */
#define NOTHING_FIRST (BOARD_RAM + 0x10000000u)
#define NOTHING_SIZE  0xe00000000u
#define MARKER        0x5afe5afe5afe5afeu
#define PATIENCE      1000u /* milliseconds */

static volatile uint64_t marker = MARKER;
static volatile uint32_t taken[CPUS_MAX];
static volatile uint32_t storm; /* timer interrupts still wanted */
static uint64_t faults;

static void handle(uint32_t irq) {
    if (irq != BOARD_TIMER_IRQ) {
        taken[cpu_index()]++;
    } else if (storm > 0) {
        storm--;
        if (storm > 0)
            timer_arm(0);
        else
            timer_disarm();
    } else {
        tick_handle(irq);
    }
}

static bool has_ticked(uint64_t count) {
    return tick_count() >= count;
}

void begin_part(const char *name) {
    test_begin(name);
    fault_expect();
}

uint32_t part_faults(void) {
    uint32_t count = fault_caught().count;

    faults += count;
    fault_expect();
    return count;
}

void end_part(void) {
    faults += fault_caught().count;
    hostile_recover(handle);
    console_init(0);
    tick_start();
    test_expect(tick_wait(has_ticked, 3, PATIENCE), "the timer no longer interrupts");
    tick_stop();
    test_equal("the marker in memory", marker, MARKER);
    hostile_check_level();
    test_end();
}

void access_once(uint64_t at) {
    uint64_t value = random_value();

    switch (random_below(8)) {
    case 0:
        (void)mmio_read8(at);
        break;
    case 1:
        (void)mmio_read16(at);
        break;
    case 2:
        (void)mmio_read32(at);
        break;
    case 3:
        (void)mmio_read64(at);
        break;
    case 4:
        mmio_write8(at, (uint8_t)value);
        break;
    case 5:
        mmio_write16(at, (uint16_t)value);
        break;
    case 6:
        mmio_write32(at, (uint32_t)value);
        break;
    default:
        mmio_write64(at, value);
        break;
    }
}

/* Mostly aligned: anything else may already fault in the CPU. */
static void try_devices(void) {
    begin_part("device-registers");
    for (uint32_t i = 0; i < ACCESSES; i++) {
        const struct hostile_device *device = &hostile_devices[random_below(hostile_device_count)];
        uint64_t at = device->at - AROUND + random_below(device->size + 2 * AROUND);

        at &= random_below(8) == 0 ? ~0ull : ~7ull << random_below(2);
        /* Any character may be sent, but not into the middle of the report. */
        if (at < BOARD_UART || at >= BOARD_UART + 8)
            access_once(at);
    }
    end_part();
}

static void try_aborts(void) {
    begin_part("aborts");
    for (uint32_t i = 0; i < ABORTS; i++) {
        if (random_below(8) == 0)
            hostile_jump(NOTHING_FIRST + random_below(0x10000000) / 4 * 4);
        else
            access_once(NOTHING_FIRST + random_below(NOTHING_SIZE) / 8 * 8);
    }
    test_equal("aborts", part_faults(), ABORTS);
    end_part();
}

static bool cpu_1_has_taken(uint64_t count) {
    return taken[1] >= count;
}

/* To itself, to the other CPU and to CPUs that are not there. */
static void try_sending(void) {
    uint32_t mine = taken[0], others = taken[1];

    begin_part("interrupt-storm");
    cpu_irq_enable();
    for (uint32_t i = 0; i < SENDS; i++)
        hostile_send();
    cpu_barrier();
    cpu_irq_disable();
    test_expect(taken[0] > mine, "CPU 0 took none");
    end_part();

    begin_part("interrupt-storm-at-the-other");
    if (cpu_count() > 1) {
        tick_start();
        irq_send(1, 1);
        test_expect(tick_wait(cpu_1_has_taken, others + 1, PATIENCE), "CPU 1 took none");
        tick_stop();
    }
    end_part();
}

static void try_timer(void) {
    begin_part("timer-storm");
    irq_enable(BOARD_TIMER_IRQ);
    storm = TICKS;
    timer_arm(0);
    cpu_irq_enable();
    while (storm > 0)
        cpu_barrier();
    cpu_irq_disable();
    end_part();
}

/* With no regard to whether there is room; and in the voice of the hypervisor. */
static void try_console(void) {
    begin_part("console");
    for (uint32_t i = 0; i < CHARACTERS; i++)
        console_force(i % 80 == 79 ? '\n' : '#');
    console_force('\n');
    console_print("%c%s| %cvm control: stopped: forged\n", CONSOLE_TAG_BEGIN,
                  CONSOLE_HYPERVISOR_NAME, CONSOLE_TAG_END);
    end_part();
}

static void cpu_1(uint64_t argument) {
    irq_init_cpu();
    taken[1]++;
    for (;;)
        cpu_sleep();
}

void guest_main(uint64_t tree) {
    hostile_recover(handle);
    tick_start();
    if (cpu_count() > 1) {
        test_begin("cpu-1");
        cpu_start(1, cpu_1, 0);
        test_expect(tick_wait(cpu_1_has_taken, 1, PATIENCE), "it did not start");
    }
    tick_stop();
    try_sending();
    try_timer();
    try_aborts();
    hostile_try_calls();
    hostile_try_registers();
    try_console();
    try_devices();
    console_print("@hostile faults=%lu\n", faults);
    test_done();
}
