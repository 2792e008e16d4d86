/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_board.h - where things are: the same on QEMU's `virt` and in a Bulkhead VM made from it,
 * whichever of the interrupt controllers there is.
 */
#ifndef ARCH_BOARD_H
#define ARCH_BOARD_H

#define BOARD_UART    0x10000000u
#define BOARD_RTC     0x00101000u
#define BOARD_PLIC    0x0c000000u
#define BOARD_APLIC   0x0d000000u /* the domain of S-mode */
#define BOARD_IMSIC   0x28000000u /* S-mode's interrupt files */
#define BOARD_RAM     0x80000000u
#define BOARD_IMAGE   0x80200000u
#define BOARD_NOWHERE 0xf0000000u /* far behind the memory of any test's VM */

#define BOARD_FREQUENCY 10000000u /* of `time` */

/* Numbers as runtime/irq.h has them; a device's source is that number less IRQ_DEVICES. */
#define BOARD_TIMER_IRQ 16u
#define BOARD_UART_IRQ  42u
#define BOARD_RTC_IRQ   43u

#endif
