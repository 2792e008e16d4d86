/* SPDX-License-Identifier: Apache-2.0 */
/*
 * psci.h - calls to whoever is below: the SMC calling convention (Arm DEN 0028) and the power
 * interface on it (PSCI, Arm DEN 0022).
 */
#pragma once

#include <stdint.h>

#define PSCI_VERSION           0x84000000u
#define PSCI_CPU_SUSPEND       0x84000001u
#define PSCI_CPU_OFF           0x84000002u
#define PSCI_CPU_ON            0x84000003u
#define PSCI_AFFINITY_INFO     0x84000004u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_OFF        0x84000008u
#define PSCI_SYSTEM_RESET      0x84000009u
#define PSCI_FEATURES          0x8400000au
#define TRNG_RND               0x84000053u
#define PSCI_64                0x40000000u /* set in the 64-bit form of a call */
#define SMCCC_VERSION          0x80000000u
#define SMCCC_ARCH_FEATURES    0x80000001u

#define PSCI_SUCCESS            0
#define PSCI_NOT_SUPPORTED      (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED             (-3)
#define PSCI_ALREADY_ON         (-4)
#define PSCI_ON_PENDING         (-5)
#define PSCI_INVALID_ADDRESS    (-9)

#define TRNG_NO_ENTROPY (-3)

#define PSCI_AFFINITY_ON  0
#define PSCI_AFFINITY_OFF 1

struct smccc_result {
    uint64_t x[4];
};

/* One call by that instruction; x0 to x3 in, x0 to x3 out. */
struct smccc_result smccc_hvc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
struct smccc_result smccc_smc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);

/* One call by whichever of them this machine answers; all of it, or x0 alone. */
struct smccc_result smccc_call(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
int64_t psci_call(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);

/* The boot code's finding: the firmware is called by SMC instead of HVC. Once, at start. */
void psci_use_smc(void);
