/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_board.h - where things are: the same on QEMU's `virt` and in a Bulkhead VM made from it. All
 * numbers of the board's come from `bulkhead show --header` of runtime/system.yaml.
 */
#pragma once

#include "board/qemu-arm64.h" /* VIRT_ */

#define BOARD_GICD     VIRT_GICD_AT
#define BOARD_GICR     VIRT_GICR_AT /* 128 KiB per CPU */
#define BOARD_UART     VIRT_CONSOLE_AT
#define BOARD_UART_IRQ VIRT_CONSOLE_IRQ
#define BOARD_RTC      VIRT_RTC_AT
#define BOARD_RTC_IRQ  VIRT_RTC_IRQ
#define BOARD_RAM      VIRT_MEMORY_AT
#define BOARD_IMAGE    (BOARD_RAM + 0x80000)    /* below it a loader leaves a device tree */
#define BOARD_NOWHERE  (BOARD_RAM + 0x30000000) /* far behind the memory of any test's VM */

#define BOARD_TIMER_IRQ VIRT_TIMER_VIRTUAL_IRQ
#define BOARD_PMU_IRQ   VIRT_PMU_IRQ
