/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* arch.h - the calls, and what breaks a CPU, of the architecture that is compiled for. */
#ifndef BULKHEAD_ARCH_H
#define BULKHEAD_ARCH_H

#include <linux/of.h>

#ifdef CONFIG_RISCV
#include "arch_riscv64.h"
#else
#include "arch_arm64.h"
#endif

/* Whether the VM's watchdog, if it has one, is fed by registers, which Linux has a driver for. */
static inline bool watchdog_has_registers(void)
{
    struct device_node *node = of_find_compatible_node(NULL, NULL, "arm,sbsa-gwdt");

    of_node_put(node);
    return node;
}

#endif
