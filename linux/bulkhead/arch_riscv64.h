/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What the module needs of riscv64; arch_arm64.h has the same functions. */
#ifndef ARCH_RISCV64_H
#define ARCH_RISCV64_H

#include <linux/cpumask.h>
#include <linux/smp.h>

#include <asm/csr.h>
#include <asm/sbi.h>

#include "abi/hypercall.h"

#define SBI_ALL_HARTS (-1ul)

/* 0, -EOPNOTSUPP: there is no such call, or -EINVAL: a bad argument. */
static inline int arch_hypercall(u32 call, u64 first, u64 second, u64 *value)
{
    struct sbiret result = sbi_ecall(HYPERCALL_SBI_EXTENSION, call - HYPERCALL_BASE, first, second,
                                     0, 0, 0, 0);

    if (result.error == SBI_ERR_INVALID_PARAM)
        return -EINVAL;
    if (result.error)
        return -EOPNOTSUPP;
    *value = (unsigned long)result.value;
    return 0;
}

static inline bool arch_find_bulkhead(void)
{
    struct sbiret id = sbi_ecall(SBI_EXT_BASE, SBI_EXT_BASE_GET_IMP_ID, 0, 0, 0, 0, 0, 0);

    return !id.error && id.value == HYPERCALL_SBI_IMPLEMENTATION;
}

/* This CPU takes no interrupt any more, of whatever kind. */
static inline void arch_mask_all(void)
{
    csr_clear(CSR_STATUS, SR_IE);
    csr_write(CSR_IE, 0);
}

static inline bool arch_can_storm(void)
{
    return true;
}

/*
 * The firmware's call, an exit each time; and what Linux itself does for "reschedule", which with
 * an IMSIC is a store to the other CPU's interrupt file and no exit.
 */
static inline void arch_interrupt_others(void)
{
    unsigned int cpu;

    sbi_ecall(SBI_EXT_IPI, SBI_EXT_IPI_SEND_IPI, 0, SBI_ALL_HARTS, 0, 0, 0, 0);
    for_each_online_cpu(cpu)
        arch_smp_send_reschedule(cpu);
}

#endif
