/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What the module needs of arm64; arch_riscv64.h has the same functions. */
#ifndef ARCH_ARM64_H
#define ARCH_ARM64_H

#include <linux/arm-smccc.h>
#include <linux/of.h>

#include "abi/hypercall.h"

#define SGI_ALL_OTHERS (1ull << 40)

/* 0, -EOPNOTSUPP: there is no such call, or -EINVAL: a bad argument. */
static inline int arch_hypercall(u32 call, u64 first, u64 second, u64 *value)
{
    struct arm_smccc_res result;

    arm_smccc_1_1_hvc(call, first, second, &result);
    switch ((long)result.a0) {
    case SMCCC_RET_NOT_SUPPORTED:
        return -EOPNOTSUPP;
    case SMCCC_RET_INVALID_PARAMETER:
        return -EINVAL;
    default:
        *value = result.a0;
        return 0;
    }
}

/* Without HVC as the firmware's conduit the instruction may not even exist here. */
static inline bool arch_find_bulkhead(void)
{
    struct arm_smccc_res uid;

    if (arm_smccc_1_1_get_conduit() != SMCCC_CONDUIT_HVC)
        return false;
    arm_smccc_1_1_hvc(HYPERCALL_UID, 0, 0, &uid);
    return (u32)uid.a0 == HYPERCALL_UID_0 && (u32)uid.a1 == HYPERCALL_UID_1 &&
           (u32)uid.a2 == HYPERCALL_UID_2 && (u32)uid.a3 == HYPERCALL_UID_3;
}

/* This CPU takes no interrupt any more, of whatever kind. */
static inline void arch_mask_all(void)
{
    asm volatile("msr daifset, #0xf" ::: "memory");
}

static inline bool arch_can_storm(void)
{
    struct device_node *gic = of_find_compatible_node(NULL, NULL, "arm,gic-v3");

    of_node_put(gic);
    return gic;
}

/* SGI 0 is Linux's "reschedule": legal, harmless once, ruinous as a storm. */
static inline void arch_interrupt_others(void)
{
    asm volatile("msr S3_0_C12_C11_5, %0" : : "r"(SGI_ALL_OTHERS));
}

#endif
