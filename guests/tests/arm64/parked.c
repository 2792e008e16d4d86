/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/parked.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/arm64/gic.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"

#define EVENT_INST_RETIRED 0x08u
#define FILTER_EL2         (1u << 27) /* set: EL2 counts as well */
#define UART_IMSC          (BOARD_UART + 0x38)
#define IMSC_TX            (1u << 5)

void parked_init(void) {
    sysreg_write(pmevtyper0_el0, EVENT_INST_RETIRED | FILTER_EL2);
    sysreg_write(pmcntenset_el0, 1);
    sysreg_write(pmcr_el0, sysreg_read(pmcr_el0) | 1);
    cpu_isb();
}

uint64_t parked_instructions(void) {
    return sysreg_read(pmevcntr0_el0);
}

/* The UART has room to send, and says so to this CPU. */
void parked_interrupt(void) {
    irq_enable(BOARD_UART_IRQ);
    mmio_write64(BOARD_GICD + GICD_IROUTER + 8 * BOARD_UART_IRQ, 1);
    mmio_write32(UART_IMSC, IMSC_TX);
}
