/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/parked.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/riscv64/controller.h"

#define UART_SOURCE (BOARD_UART_IRQ - IRQ_DEVICES)
#define UART_IER    (BOARD_UART + 1)
#define IER_THRE    2u

void parked_init(void) {
}

uint64_t parked_instructions(void) {
    return csr_read(instret);
}

/* The UART's transmitter is empty; or, as an MSI, whatever says so. */
void parked_interrupt(void) {
    mmio_write8(UART_IER, IER_THRE);
    if (irq_controller() == &plic_controller) {
        mmio_write32(PLIC_PRIORITY(UART_SOURCE), 1);
        mmio_write32(PLIC_ENABLE(plic_context(1), UART_SOURCE), 1u << UART_SOURCE % 32);
    } else if (irq_controller() == &aplic_controller) {
        mmio_write32(APLIC_SOURCECFG(UART_SOURCE), 6); /* level, active high */
        mmio_write32(APLIC_TARGET(UART_SOURCE), 1u << 18 | 1);
        mmio_write32(APLIC_SETIENUM, UART_SOURCE);
        mmio_write32(APLIC_DOMAINCFG, APLIC_DOMAINCFG_IE);
    } else {
        mmio_write32(imsic_page(1), 1);
    }
}
