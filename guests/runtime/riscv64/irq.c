/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One handler for all interrupts: the timer, the controller's, and those that CPUs send each
 * other. Those are MSIs where there is an IMSIC, else the one that the firmware can send, with
 * the number in memory.
 */
#include "runtime/irq.h"

#include "arch_board.h"
#include "arch_cpu.h"
#include "arch_mmio.h"
#include "runtime/cpu.h"
#include "runtime/fault.h"
#include "runtime/riscv64/controller.h"
#include "runtime/riscv64/sbi.h"

#include <stddef.h>

void irq_handle(uint64_t cause);

static irq_handler handle;
static const struct controller *controller;
static uint32_t sent[CPUS_MAX]; /* bit n: number n is on its way to this CPU */

static bool answers(uint64_t address) {
    fault_expect();
    (void)mmio_read32(address);
    return fault_caught().count == 0;
}

const struct controller *irq_controller(void) {
    if (controller == NULL) {
        if (!answers(BOARD_APLIC))
            controller = &plic_controller;
        else
            controller = answers(BOARD_IMSIC) ? &imsic_controller : &aplic_controller;
    }
    return controller;
}

void irq_init(irq_handler handler) {
    handle = handler;
    irq_controller()->init();
}

void irq_init_cpu(void) {
    controller->init_cpu();
    csr_write(sie, 1u << INTERRUPT_SOFTWARE | 1u << INTERRUPT_EXTERNAL);
}

void irq_enable(uint32_t irq) {
    if (irq == BOARD_TIMER_IRQ)
        csr_set(sie, 1u << INTERRUPT_TIMER);
    else
        controller->enable(irq - IRQ_DEVICES);
}

void irq_disable(uint32_t irq) {
    if (irq == BOARD_TIMER_IRQ)
        csr_clear(sie, 1u << INTERRUPT_TIMER);
    else
        controller->disable(irq - IRQ_DEVICES);
}

void irq_send(uint32_t irq, uint32_t cpu) {
    if (controller == &imsic_controller) {
        cpu_barrier();
        mmio_write32(imsic_page(cpu), irq);
    } else {
        __atomic_fetch_or(&sent[cpu], 1u << irq, __ATOMIC_SEQ_CST);
        sbi_call(SBI_IPI, SBI_IPI_SEND, 1, cpu, 0);
    }
}

static void handle_sent(void) {
    uint32_t numbers;

    csr_clear(sip, 1u << INTERRUPT_SOFTWARE);
    numbers = __atomic_exchange_n(&sent[cpu_index()], 0, __ATOMIC_SEQ_CST);
    for (uint32_t irq = 0; irq < IRQ_DEVICES; irq++)
        if (numbers & 1u << irq)
            handle(irq);
}

/* Called by the vectors, with scause. */
void irq_handle(uint64_t cause) {
    uint32_t irq;

    switch (cause & 0xff) {
    case INTERRUPT_TIMER:
        handle(BOARD_TIMER_IRQ);
        break;
    case INTERRUPT_SOFTWARE:
        handle_sent();
        break;
    case INTERRUPT_EXTERNAL:
        irq = controller->claim();
        if (irq != 0) {
            handle(irq);
            controller->complete(irq);
        }
        break;
    default:
        break;
    }
}
