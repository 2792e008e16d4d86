/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hypercall.h - Bulkhead's own calls, on HVC (arm64).
 *
 * SMC Calling Convention (Arm DEN 0028, 1.5): SMC64/HVC64 fast calls of the
 * vendor specific hypervisor service, owner 6. The result comes in x0;
 * SMCCC_NOT_SUPPORTED (-1) for an unknown call, SMCCC_INVALID_PARAMETER (-3)
 * for a bad argument.
 */
#ifndef ABI_HYPERCALL_H
#define ABI_HYPERCALL_H

/* Exits of vCPU x1 of the caller's own VM for cause x2 (enum exit_cause). */
#define HYPERCALL_COUNTER 0xC6000001u
/* How often the caller's VM was restarted since the machine's boot. */
#define HYPERCALL_RESTARTS 0xC6000002u

/* UUID of the service, by the call that the convention reserves for it. */
#define HYPERCALL_UID   0x8600FF01u
#define HYPERCALL_UID_0 0x8b1e2a5cu
#define HYPERCALL_UID_1 0x4f6c37d1u
#define HYPERCALL_UID_2 0xa9405e83u
#define HYPERCALL_UID_3 0x6b68756cu
#endif
