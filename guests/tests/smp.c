/* SPDX-License-Identifier: Apache-2.0 */
/* smp - all vCPUs started, interrupting each other, switched off and on again. */
#include "arch_board.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tick.h"

#define IRQ_NUDGE 1u /* look at your orders, or at mine */
#define IRQ_PING  2u
#define IRQ_PONG  3u
#define ROUNDS    10u
#define PATIENCE  1000u /* milliseconds */

#define ORDER_NONE     0u
#define ORDER_OFF      1u
#define ORDER_PING(to) (0x100u + (to))

static volatile uint32_t started[CPUS_MAX]; /* how often this CPU came up */
static volatile uint32_t number_seen[CPUS_MAX];
static volatile uint64_t argument_seen[CPUS_MAX];
static volatile uint32_t order[CPUS_MAX];
static volatile uint32_t ping_from[CPUS_MAX];
static volatile uint32_t pongs[CPUS_MAX];

static void handle(uint32_t irq) {
    uint32_t me = cpu_index();

    if (irq == BOARD_TIMER_IRQ)
        tick_handle(irq);
    else if (irq == IRQ_PING)
        irq_send(IRQ_PONG, ping_from[me]);
    else if (irq == IRQ_PONG)
        pongs[me]++;
}

static bool was_answered(uint64_t pongs_before) {
    return pongs[cpu_index()] != pongs_before;
}

/* Pings `to` ROUNDS times, each time waiting for the answer. CPU 0 has the ticks, and with
 * them the patience that ends; it watches the others. */
static void ping(uint32_t to) {
    uint32_t me = cpu_index();

    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t before = pongs[me];

        ping_from[to] = me;
        irq_send(IRQ_PING, to);
        if (me == 0)
            test_expect(tick_wait(was_answered, before, PATIENCE), "CPU 0 got no answer");
        else
            while (!was_answered(before))
                cpu_sleep();
    }
}

static void secondary(uint64_t argument) {
    uint32_t me = (uint32_t)argument & 0xff;

    irq_init_cpu();
    number_seen[me] = cpu_index();
    argument_seen[me] = argument;
    started[me]++;
    irq_send(IRQ_NUDGE, 0);
    for (;;) {
        while (order[me] == ORDER_NONE)
            cpu_sleep();
        if (order[me] == ORDER_OFF) {
            order[me] = ORDER_NONE;
            cpu_off();
        }
        ping(order[me] - ORDER_PING(0));
        order[me] = ORDER_NONE;
        irq_send(IRQ_NUDGE, 0);
    }
}

static bool is_off(uint64_t cpu) {
    return cpu_is_off((uint32_t)cpu);
}

static bool has_started(uint64_t cpu_and_times) {
    return started[cpu_and_times & 0xff] == cpu_and_times >> 8;
}

static bool is_done(uint64_t cpu) {
    return order[cpu] == ORDER_NONE;
}

/* The CPU comes up for the `times`-th time. */
static void check_start(uint32_t cpu, uint64_t times) {
    uint64_t argument = 0xa11ce00000000000u + times * 0x100 + cpu;

    test_expect(is_off(cpu), "it is not off before");
    test_equal("cpu_start()", (uint64_t)cpu_start(cpu, secondary, argument), 0);
    test_expect(tick_wait(has_started, times << 8 | cpu, PATIENCE), "a CPU did not start");
    test_equal("its number", number_seen[cpu], cpu);
    test_equal("its argument", argument_seen[cpu], argument);
    test_expect(cpu_is_on(cpu), "it is not on");
}

static void check_pairs(uint32_t count) {
    for (uint32_t from = 0; from < count; from++) {
        for (uint32_t to = 0; to < count; to++) {
            if (from == 0) {
                ping(to);
            } else {
                order[from] = ORDER_PING(to);
                irq_send(IRQ_NUDGE, from);
                test_expect(tick_wait(is_done, from, PATIENCE), "a CPU got no answer");
            }
            test_equal("answers", pongs[from], (to + 1) * ROUNDS);
        }
    }
}

void guest_main(uint64_t tree) {
    uint32_t count = cpu_count();

    irq_begin(handle);
    tick_start();

    for (uint64_t times = 1; times <= 3; times++) {
        test_begin(times == 1 ? "cpu-on" : times == 2 ? "cpu-on-again" : "cpu-on-once-more");
        for (uint32_t cpu = 1; cpu < count; cpu++)
            check_start(cpu, times);

        if (times == 1) {
            test_begin("interrupt-pairs");
            check_pairs(count);
        }

        test_begin(times == 1 ? "cpu-off" : times == 2 ? "cpu-off-again" : "cpu-off-once-more");
        for (uint32_t cpu = 1; cpu < count; cpu++) {
            order[cpu] = ORDER_OFF;
            irq_send(IRQ_NUDGE, cpu);
            test_expect(tick_wait(is_off, cpu, PATIENCE), "a CPU did not go off");
        }
    }
    test_done();
}
