/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* causes.h - the names of exits' causes, as the module and the programs print them. */
#ifndef BULKHEAD_CAUSES_H
#define BULKHEAD_CAUSES_H

#include "abi/counters.h"

static const char *const cause_names[EXIT_CAUSES] = {
    [EXIT_TIMER] = "timer",
    [EXIT_DEVICE] = "device",
    [EXIT_KICK] = "kick",
    [EXIT_SGI] = "sgi",
    [EXIT_MMIO] = "mmio",
    [EXIT_HYPERCALL] = "hypercall",
    [EXIT_SYSREG] = "sysreg",
    [EXIT_FAULT] = "fault",
    [EXIT_SERROR] = "serror",
    [EXIT_CONSOLE] = "console",
    [EXIT_MAINTENANCE] = "maintenance",
    [EXIT_OTHER] = "other",
};

#endif
