/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware.h - what sbi.c, which is pure, asks of the firmware below (firmware.S), by the RISC-V
 * Supervisor Binary Interface (SBI 2.0), and of the hart (the *_hw.c files).
 */
#pragma once

#include "lib/address.h"

struct vcpu;

struct sbi_result {
    int64_t error; /* SBI_ERR_*, 0: success */
    uint64_t value;
};

/* Extensions by their EID, the guest's as well; those that only sbi.c knows are there. */
#define SBI_BASE   0x10u
#define SBI_TIME   0x54494d45u
#define SBI_IPI    0x735049u
#define SBI_RFENCE 0x52464e43u
#define SBI_HSM    0x48534du
#define SBI_SRST   0x53525354u
#define SBI_PMU    0x504d55u

/* One ECALL: a[0] to a[7] are its registers of these names, extension in a[7], function in a[6]. */
struct sbi_result firmware_call(const uint64_t a[8]);

/* The vCPU's own core: its timer fires at this value of the guest's `time`; ~0: never. */
void vcpu_set_timer(struct vcpu *vcpu, uint64_t deadline);

/* A supervisor software interrupt for any vCPU of the caller's VM, its own too. */
void vcpu_send_ipi(struct vcpu *target);

/* Reads or writes `size` bytes at a guest-physical address, through stage 2; false on any fault. */
bool guest_memory(uint64_t at, uint8_t *bytes, uint64_t size, bool write);
