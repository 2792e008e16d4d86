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

/*
 * Feeds the watchdog, which ends this life in so many ms (1st argument), or in what its description
 * gives if that is less; 0 stops it, or where it runs from boot on, feeds it. The answer is what
 * the description gives; a VM without a watchdog has no such call.
 */
#define HYPERCALL_WATCHDOG 0xC6000003u

/*
 * The three that follow are about the VMs that the caller's description says it `manages`, numbered
 * from 0 in the order of `vms` (1st argument): beyond them it is a bad argument. What is known of
 * one (2nd, enum managed_fact); its exits, of its vCPU in the upper 32 bits of the 2nd, for the
 * cause in the lower ones; and what it is asked to do (2nd, enum manage_request), which is done a
 * little later, with enum manage_answer.
 */
#define HYPERCALL_MANAGED         0xC6000004u
#define HYPERCALL_MANAGED_COUNTER 0xC6000005u
#define HYPERCALL_MANAGE          0xC6000006u

enum managed_fact {
    MANAGED_STATE = 0,    /* enum managed_state */
    MANAGED_END = 1,      /* enum managed_end: how its last life ended */
    MANAGED_RESTARTS = 2, /* since the machine's boot */
    MANAGED_VCPUS = 3,
    MANAGED_NAME = 4, /* this and the next three: 32 bytes, as they lie in memory, then zeros */
};

enum managed_state {
    MANAGED_RUNNING = 0,
    MANAGED_CHANGING = 1, /* from one to another: ask again */
    MANAGED_WAITING = 2,  /* for its back-off to end */
    MANAGED_OFF = 3,      /* by its own wish */
    MANAGED_STOPPED = 4,
    MANAGED_LOST = 5, /* to an error in the hypervisor: until the machine's next boot */
};

enum managed_end {
    MANAGED_NEVER = 0, /* it is the first life */
    MANAGED_FAULT = 1, /* this and the next three: enum system_end + 1 */
    MANAGED_RESET = 2,
    MANAGED_POWEROFF = 3,
    MANAGED_WATCHDOG = 4,
    MANAGED_REQUEST = 5, /* another VM's: its manager, or one of its group */
    MANAGED_PANIC = 6,
};

enum manage_request {
    MANAGE_STOP = 0,
    MANAGE_START = 1, /* of one that is off or stopped, or waits */
    MANAGE_RESTART = 2,
};

enum manage_answer {
    MANAGE_DONE = 0,    /* it is on its way */
    MANAGE_ALREADY = 1, /* it is so */
    MANAGE_BUSY = 2,    /* it is about to change: ask again */
    MANAGE_GONE = 3,    /* it is lost */
};

/* riscv64: SBI implementation id, "BKH", and the extension of that implementation. */
#define HYPERCALL_SBI_IMPLEMENTATION 0x424b48u
#define HYPERCALL_SBI_EXTENSION      (0x0a000000u | HYPERCALL_SBI_IMPLEMENTATION)

/* arm64: UUID of the service, by the call that the convention reserves for it. */
#define HYPERCALL_UID   0x8600FF01u
#define HYPERCALL_UID_0 0x8b1e2a5cu
#define HYPERCALL_UID_1 0x4f6c37d1u
#define HYPERCALL_UID_2 0xa9405e83u
#define HYPERCALL_UID_3 0x6b68756cu
