/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aplic_native.c - aplic_hw.c compiled here, for the machine of controllers.h.
 */
#include "hypervisor/arch/riscv64/fake_mmio.h"

/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "arch/riscv64/aia/aplic_hw.c"
