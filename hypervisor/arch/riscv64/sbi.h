/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbi.h - calls by the RISC-V Supervisor Binary Interface (SBI 2.0): what a guest
 * expects of its firmware, and Bulkhead's own. sbi.c is pure; what it asks of
 * hardware and firmware is declared here and done in the *_hw.c files.
 */
#pragma once

#include "vm/vm.h"

struct sbi_result {
    int64_t error; /* SBI_ERR_*, 0: success */
    uint64_t value;
};

/* Extensions by their EID; those that only sbi.c knows are there. */
#define SBI_BASE   0x10u
#define SBI_TIME   0x54494d45u
#define SBI_IPI    0x735049u
#define SBI_RFENCE 0x52464e43u
#define SBI_HSM    0x48534du
#define SBI_SRST   0x53525354u
#define SBI_PMU    0x504d55u

/*
 * One ECALL of the guest: a[0] to a[7] are its registers of these names, extension
 * in a[7], function in a[6]. The result comes in a[0] (error) and a[1] (value),
 * that of the legacy extensions in a[0]. The guest
 * goes on behind the call, unless its life or the vCPU ends by it. Slow path.
 */
void sbi_call(struct vcpu *vcpu, uint64_t a[8]);

/*
 * Before a vCPU begins anew, on its own core: if its guest or, before the first life, others may
 * have touched a performance counter, those with an event are stopped, set to 0 and freed, and
 * `cycle` and `instret` run. One without an event is 0 already, unless others have freed it before
 * the first life. False if the firmware does not do it: then nobody may see them.
 */
bool counters_reset(struct vcpu *vcpu);

/* The same call to the firmware below. */
struct sbi_result firmware_call(const uint64_t a[8]);

/* The vCPU's own core: its timer fires at this value of the guest's `time`; ~0: never. */
void vcpu_set_timer(struct vcpu *vcpu, uint64_t deadline);

/* A supervisor software interrupt for any vCPU of the caller's VM, its own too. */
void vcpu_send_ipi(struct vcpu *target);

/* Reads or writes `size` bytes at a guest-physical address, through stage 2; false on any fault. */
bool guest_memory(uint64_t at, uint8_t *bytes, uint64_t size, bool write);
