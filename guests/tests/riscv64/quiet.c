/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quiet - interrupts of its timer, MSIs and interrupts between its CPUs, each a thousand times a
 * second for ten seconds, without one exit: the hardware delivers them all. A device's MSI is
 * what the guest writes to an interrupt file itself: to this CPU's and to the other's.
 */
#include "abi/counters.h"
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/riscv64/controller.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "runtime/timer.h"

#define ROUNDS 10000u /* one a millisecond */
#define IPI    1u
#define MSI    12u
#define SETTLE 100u /* milliseconds until the console has said all */

static volatile uint32_t timers, others_timers, messages[CPUS_MAX], ipis[CPUS_MAX];
static volatile bool stop;
static uint32_t cpus;

static void handle(uint32_t irq) {
    uint32_t me = cpu_index();

    if (irq == IPI) {
        ipis[me]++;
    } else if (irq == MSI) {
        messages[me]++;
    } else if (me == 0) {
        tick_handle(irq);
        timers++;
    } else {
        others_timers++;
        timer_arm(timer_count() + timer_frequency() / 1000);
    }
}

/* A timer of its own, and an IPI back for each that comes. */
static void cpu_1(uint64_t argument) {
    uint32_t answered = 0;

    irq_init_cpu();
    irq_enable(BOARD_TIMER_IRQ);
    timer_arm(timer_count());
    for (;;) {
        cpu_sleep();
        if (stop)
            timer_disarm();
        for (; answered < ipis[1]; answered++)
            irq_send(IPI, 0);
    }
}

/* Of all CPUs for all causes. From one reading to the next lie as many calls as it takes. */
static int64_t exits(void) {
    int64_t sum = 0;

    for (uint32_t cpu = 0; cpu < cpus; cpu++)
        for (uint32_t cause = 0; cause < EXIT_CAUSES; cause++)
            sum += machine_exits(cpu, cause);
    return sum;
}

static void run(void) {
    uint32_t begin = timers;

    for (uint32_t round = 1; round <= ROUNDS; round++) {
        while (timers - begin < round)
            cpu_sleep();
        mmio_write32(imsic_page(0), MSI);
        if (cpus > 1) {
            mmio_write32(imsic_page(1), MSI);
            irq_send(IPI, 1);
        } else {
            irq_send(IPI, 0);
        }
    }
    tick_sleep(2);
}

void guest_main(uint64_t tree) {
    uint32_t first_timers, other;
    int64_t count, counted;

    irq_begin(handle);
    if (irq_controller() != &imsic_controller || !timer_has_stimecmp()) {
        console_print("@test quiet fail: no IMSIC, or no stimecmp\n");
        test_done();
    }
    cpus = cpu_count() > 1 ? 2 : 1;
    other = cpus - 1;
    tick_start();
    if (cpus > 1)
        cpu_start(1, cpu_1, 0);
    tick_sleep(SETTLE);

    /* One call to see that exits are counted, then none. */
    count = exits();
    machine_restarts();
    counted = exits() - count - (int64_t)cpus * EXIT_CAUSES;

    first_timers = timers + others_timers;
    count = exits();
    run();
    count = exits() - count - (int64_t)cpus * EXIT_CAUSES;
    first_timers = timers + others_timers - first_timers;
    stop = true;
    tick_sleep(2);
    tick_stop();

    console_print("@quiet exits=%ld timer=%u msi=%u ipi=%u\n", count, first_timers,
                  messages[0] + messages[other] * other, ipis[0] + ipis[other] * other);
    test_begin("quiet");
    test_equal("exits of one call", (uint64_t)counted, 1);
    test_equal("exits", (uint64_t)count, 0);
    test_expect(first_timers >= ROUNDS * cpus - cpus, "timer interrupts are missing");
    test_equal("MSIs to CPU 0", messages[0], ROUNDS);
    test_equal("MSIs to the other", messages[other], ROUNDS);
    test_equal("IPIs to CPU 0", ipis[0], ROUNDS);
    test_equal("IPIs to the other", ipis[other], ROUNDS);
    test_done();
}
