/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_mmio.h - in place of mmio_hw.h: what is mapped at SPACE_ARCH are the registers
 * of the machine of controllers.h.
 */
#ifndef UNIT_RISCV64_FAKE_MMIO_H
#define UNIT_RISCV64_FAKE_MMIO_H

#define RISCV64_MMIO_HW_H

#include "arch/memory.h"
#include "mem/hypervisor_space.h"

/* As mmio_hw.h has them. What is not mapped fails the test. */
void mmio_map(uint64_t at, uint64_t registers, uint64_t size);
uint32_t mmio_read(uint64_t at);
void mmio_write(uint64_t at, uint32_t value);
#endif
