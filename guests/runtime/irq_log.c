/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/irq_log.h"

#include "arch_board.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/test.h"
#include "runtime/tick.h"

#define PATIENCE 1000u /* milliseconds */

volatile uint32_t irq_log[IRQ_LOG_SIZE], irq_log_cpu[IRQ_LOG_SIZE];
volatile uint32_t irq_log_length;

void irq_log_add(uint32_t irq) {
    tick_handle(irq);
    if (irq != BOARD_TIMER_IRQ && irq_log_length < IRQ_LOG_SIZE) {
        irq_log[irq_log_length] = irq;
        irq_log_cpu[irq_log_length] = cpu_index();
        irq_log_length++;
    }
}

uint32_t irq_log_take(void) {
    uint32_t before = irq_log_length;

    cpu_irq_enable();
    for (uint32_t i = 0; i < 100; i++)
        cpu_barrier();
    cpu_irq_disable();
    return irq_log_length - before;
}

static void cpu_1(uint64_t irq) {
    irq_init_cpu();
    irq_send((uint32_t)irq, 0);
    for (;;)
        cpu_sleep();
}

static bool has(uint64_t length) {
    return irq_log_length >= length;
}

bool irq_log_wait(uint64_t length) {
    return tick_wait(has, length, PATIENCE);
}

void irq_log_check_cpu_1(uint32_t up, void (*raise)(void)) {
    if (cpu_count() < 2)
        return;
    irq_log_length = 0;
    tick_start();
    test_equal("cpu_start()", (uint64_t)cpu_start(1, cpu_1, up), 0);
    test_expect(irq_log_wait(1), "CPU 1 did not come up");
    raise();
    test_expect(irq_log_wait(2), "nobody took it");
    test_equal("who took it", irq_log_cpu[1], 1);
    tick_stop();
}
