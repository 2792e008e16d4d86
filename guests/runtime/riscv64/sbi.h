/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbi.h - calls to whoever is below: the RISC-V Supervisor Binary Interface, version 2.0.
 */
#pragma once

#include <stdint.h>

#define SBI_BASE   0x10u
#define SBI_TIME   0x54494d45u
#define SBI_IPI    0x00735049u
#define SBI_RFENCE 0x52464e43u
#define SBI_HSM    0x0048534du
#define SBI_SRST   0x53525354u
#define SBI_PMU    0x00504d55u
#define SBI_DBCN   0x4442434eu
#define SBI_SUSP   0x53555350u
#define SBI_CPPC   0x43505043u
#define SBI_NACL   0x4e41434cu
#define SBI_STA    0x00535441u

/* Legacy extensions: no functions, and one result, in a0, here `error`. */
#define SBI_LEGACY_SET_TIMER 0u
#define SBI_LEGACY_PUTCHAR   1u
#define SBI_LEGACY_GETCHAR   2u
#define SBI_LEGACY_SHUTDOWN  8u
#define SBI_LEGACY_END       0x10u

#define SBI_BASE_SPEC_VERSION   0u
#define SBI_BASE_IMPLEMENTATION 1u
#define SBI_BASE_PROBE          3u
#define SBI_BASE_MVENDORID      4u
#define SBI_BASE_MARCHID        5u
#define SBI_BASE_MIMPID         6u

#define SBI_TIME_SET 0u

#define SBI_IPI_SEND 0u

#define SBI_RFENCE_FENCE_I          0u
#define SBI_RFENCE_SFENCE_VMA       1u
#define SBI_RFENCE_SFENCE_VMA_ASID  2u
#define SBI_RFENCE_HFENCE_GVMA_VMID 3u
#define SBI_RFENCE_HFENCE_VVMA      6u

#define SBI_HSM_START      0u
#define SBI_HSM_STOP       1u
#define SBI_HSM_STATUS     2u
#define SBI_HSM_SUSPEND    3u
#define SBI_HSM_STARTED    0u
#define SBI_HSM_STOPPED    1u
#define SBI_HSM_PENDING    2u
#define SBI_HSM_RETENTIVE  0x00000000u /* types of suspension */
#define SBI_HSM_NON_RETENT 0x80000000u

#define SBI_SRST_RESET    0u
#define SBI_SRST_SHUTDOWN 0u /* types of reset */
#define SBI_SRST_COLD     1u
#define SBI_SRST_WARM     2u

#define SBI_PMU_NUM_COUNTERS 0u
#define SBI_PMU_COUNTER_INFO 1u
#define SBI_PMU_CONFIG       2u
#define SBI_PMU_START        3u
#define SBI_PMU_STOP         4u
#define SBI_PMU_FW_READ      5u

#define SBI_DBCN_WRITE      0u
#define SBI_DBCN_READ       1u
#define SBI_DBCN_WRITE_BYTE 2u

#define SBI_SUSP_SUSPEND 0u

#define SBI_SUCCESS           0
#define SBI_FAILED            (-1)
#define SBI_NOT_SUPPORTED     (-2)
#define SBI_INVALID_PARAM     (-3)
#define SBI_DENIED            (-4)
#define SBI_INVALID_ADDRESS   (-5)
#define SBI_ALREADY_AVAILABLE (-6)
#define SBI_ALREADY_STARTED   (-7)
#define SBI_ALREADY_STOPPED   (-8)

struct sbi_result {
    int64_t error;
    uint64_t value;
};

/* One call with three arguments, or with five. */
struct sbi_result sbi_call(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1,
                           uint64_t a2);
struct sbi_result sbi_call_5(uint64_t extension, uint64_t function, const uint64_t a[5]);
