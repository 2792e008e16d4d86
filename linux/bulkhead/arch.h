/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* arch.h - the calls, and what breaks a CPU, of the architecture that is compiled for. */
#ifndef BULKHEAD_ARCH_H
#define BULKHEAD_ARCH_H

#ifdef CONFIG_RISCV
#include "arch_riscv64.h"
#else
#include "arch_arm64.h"
#endif

#endif
