/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counters.h - why a vCPU left its guest. Each vCPU counts its exits by cause
 * from the first one on; a guest reads its own VM's with HYPERCALL_COUNTER.
 * Numbers are part of the ABI: new causes go before EXIT_CAUSES only.
 */
#pragma once

enum exit_cause {
    EXIT_TIMER = 0,        /* the guest's own timer interrupt, brought to it by the hypervisor */
    EXIT_DEVICE = 1,       /* a device interrupt that this VM owns */
    EXIT_KICK = 2,         /* another core asked: vCPU start, SGI from a sibling, restart */
    EXIT_SGI = 3,          /* the guest sent an inter-processor interrupt */
    EXIT_MMIO = 4,         /* emulated device or interrupt controller register */
    EXIT_HYPERCALL = 5,    /* PSCI, SMCCC, SBI, Bulkhead's own */
    EXIT_SYSREG = 6,       /* trapped system register */
    EXIT_FAULT = 7,        /* a stage-2 fault, or an instruction the VM does not have */
    EXIT_SERROR = 8,       /* an asynchronous external abort */
    EXIT_CONSOLE = 9,      /* draining or receiving on the hypervisor's console */
    EXIT_MAINTENANCE = 10, /* the interrupt controller's list registers ran low */
    EXIT_OTHER = 11,
    EXIT_CAUSES = 12
};
