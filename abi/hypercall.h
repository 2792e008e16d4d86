/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hypercall.h - Bulkhead's own calls, on HVC (arm64) and ECALL (riscv64).
 *
 * arm64: SMC Calling Convention (Arm DEN 0028, 1.5): SMC64/HVC64 fast calls of the
 * vendor specific hypervisor service, owner 6. The result comes in x0;
 * SMCCC_NOT_SUPPORTED (-1) for an unknown call, SMCCC_INVALID_PARAMETER (-3)
 * for a bad argument. Arguments are in x1 and x2.
 *
 * riscv64: the SBI extension that the specification (SBI 2.0, chapter 13) leaves to
 * the implementation; function id is the number less HYPERCALL_BASE. Arguments are
 * in a0 and a1, the value comes in a1, SBI_ERR_NOT_SUPPORTED (-2) and
 * SBI_ERR_INVALID_PARAM (-3) in a0.
 */
#pragma once

#define HYPERCALL_BASE 0xC6000000u

/* Exits of vCPU (1st argument) of the caller's own VM for a cause (2nd, enum exit_cause). */
#define HYPERCALL_COUNTER 0xC6000001u
/* How often the caller's VM was restarted since the machine's boot. */
#define HYPERCALL_RESTARTS 0xC6000002u

/* riscv64: SBI implementation id, "BKH", and the extension of that implementation. */
#define HYPERCALL_SBI_IMPLEMENTATION 0x424b48u
#define HYPERCALL_SBI_EXTENSION      (0x0a000000u | HYPERCALL_SBI_IMPLEMENTATION)

/* arm64: UUID of the service, by the call that the convention reserves for it. */
#define HYPERCALL_UID   0x8600FF01u
#define HYPERCALL_UID_0 0x8b1e2a5cu
#define HYPERCALL_UID_1 0x4f6c37d1u
#define HYPERCALL_UID_2 0xa9405e83u
#define HYPERCALL_UID_3 0x6b68756cu
