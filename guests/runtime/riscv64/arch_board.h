/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_board.h - where things are: the same on QEMU's `virt` and in a Bulkhead VM made from it,
 * whichever of the interrupt controllers there is. All numbers of the boards' come from `bulkhead
 * show --header` of runtime/system.yaml.
 */
#pragma once

#include "board/qemu-riscv64-aia.h" /* AIA_ */
#include "board/qemu-riscv64.h"     /* VIRT_ */

#define BOARD_UART    VIRT_CONSOLE_AT
#define BOARD_RTC     VIRT_RTC_AT
#define BOARD_PLIC    VIRT_PLIC_AT
#define BOARD_APLIC   AIA_APLIC_AT /* the domain of S-mode */
#define BOARD_IMSIC   AIA_IMSIC_AT /* S-mode's interrupt files */
#define BOARD_RAM     VIRT_MEMORY_AT
#define BOARD_IMAGE   (BOARD_RAM + 0x200000)   /* the bare board's firmware is below it */
#define BOARD_NOWHERE (BOARD_RAM + 0x70000000) /* far behind the memory of any test's VM */

#define BOARD_FREQUENCY VIRT_TIMER_FREQUENCY /* of `time` */

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Numbers as runtime/irq.h has them; a device's source is its number less IRQ_DEVICES. */
#define IRQ_DEVICES     32u
#define BOARD_TIMER_IRQ 16u
#define BOARD_UART_IRQ  (IRQ_DEVICES + (uint32_t)VIRT_CONSOLE_IRQ)
#define BOARD_RTC_IRQ   (IRQ_DEVICES + (uint32_t)VIRT_RTC_IRQ)

_Static_assert(AIA_CONSOLE_AT == VIRT_CONSOLE_AT && AIA_CONSOLE_IRQ == VIRT_CONSOLE_IRQ &&
                   AIA_RTC_AT == VIRT_RTC_AT && AIA_RTC_IRQ == VIRT_RTC_IRQ &&
                   AIA_MEMORY_AT == VIRT_MEMORY_AT && AIA_TIMER_FREQUENCY == VIRT_TIMER_FREQUENCY,
               "one guest runs on both boards");
#endif
