/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_board.h - where things are: the same on QEMU's `virt` and in a Bulkhead VM made from it.
 */
#ifndef ARCH_BOARD_H
#define ARCH_BOARD_H

#define BOARD_GICD     0x08000000u /* 64 KiB */
#define BOARD_GICR     0x080a0000u /* 128 KiB per CPU */
#define BOARD_UART     0x09000000u
#define BOARD_UART_IRQ 33u
/* On boards that have two. */
#define BOARD_SECOND_UART 0x09040000u
#define BOARD_RTC         0x09010000u
#define BOARD_RTC_IRQ     34u
#define BOARD_RAM         0x40000000u
#define BOARD_IMAGE       0x40080000u
#define BOARD_NOWHERE     0x70000000u /* far behind the memory of any test's VM */

#define BOARD_TIMER_IRQ 27u /* the virtual timer's */

#endif
