/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kick_hw.h - how cores call each other: by MSI, by the board's software interrupts or by the
 * firmware's IPIs. arch_cpu_kick() of the contract and vcpu_send_ipi() of firmware.h are here as
 * well.
 */
#pragma once

#include "abi/system_image.h"

/* Each core, at boot: finds the board's way. NULL, or what is wrong. */
const char *kick_init(const struct system_board_riscv64 *board, uint32_t cpu);
