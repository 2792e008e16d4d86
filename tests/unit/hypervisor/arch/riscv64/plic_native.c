/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plic_native.c - plic_hw.c compiled here, for the machine of controllers.h.
 */
#include "hypervisor/arch/riscv64/fake_mmio.h"

/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "arch/riscv64/plic/plic_hw.c"
