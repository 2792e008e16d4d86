/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hart.h - what the files of this folder know of each other beyond the contract: the firmware
 * below, by the RISC-V Supervisor Binary Interface (SBI 2.0), and this hart and its vCPU. Some of
 * it the sbi*.c ask for, which are pure. NULL instead of what is wrong means that all is well.
 */
#pragma once

#include "vm/this_cpu.h"

/* ---- firmware.S ---- */

struct sbi_result {
    int64_t error; /* SBI_ERR_*, 0: success */
    uint64_t value;
};

/* Extensions by their EID, the guest's as well; those that only sbi.c has to know are there. */
#define SBI_BASE   0x10u
#define SBI_TIME   0x54494d45u
#define SBI_IPI    0x735049u
#define SBI_RFENCE 0x52464e43u
#define SBI_HSM    0x48534du
#define SBI_SRST   0x53525354u
#define SBI_PMU    0x504d55u

/* One ECALL: a[0] to a[7] are its registers of these names, extension in a[7], function in a[6]. */
struct sbi_result firmware_call(const uint64_t a[8]);

/* ---- registers.S: guest state by the list ---- */

/* What every hart with H has: VS-mode's and what VU-mode shares with U-mode. */
void reset_vs(void);

/* Only where the hart has F; V. sstatus.FS and VS must not be off. */
void reset_fp(void);
void reset_vector(void);

/* Only where the hart has Ssaia. */
void reset_aia(void);

/* ---- features.c: what a hart has, what its guest is given of it, and what registers say then.
 *
 * A guest learns what it has from its device tree, made out of the board's: what the tree promises
 * (SYSTEM_ISA_*) has to be there. What no line of the table gives is hidden: its bits stay 0, and
 * the hart makes its registers and instructions illegal. Pure ---- */

/* Features are SYSTEM_ISA_*, which guests may be told of, and these, of which they are not. */
#define FEATURE_STATEEN (1u << 29) /* Smstateen, Sstateen: hstateen0-3, sstateen0-3 */
#define FEATURE_AIA     (1u << 30) /* Ssaia: hvictl and siselect */
#define FEATURE_IMSIC   (1u << 31) /* the board's interrupt files */

/* What the registers are set to. */
struct feature_values {
    uint64_t henvcfg;
    uint64_t hstateen0;
};

/* `found`: what the hart has. `isa`: SYSTEM_ISA_*, what guests are told. */
struct feature_values features_values(uint32_t found, uint32_t isa);

/* The name of an extension that guests are told of and the hart lacks; NULL if it has all. */
const char *features_missing(uint32_t found, uint32_t isa);

/* ---- features_hw.c: found by trying ---- */

/* At boot, first: what this hart has. NULL, or what it lacks that there is no way without. */
const char *features_find(const struct system_board_riscv64 *board);

/*
 * Then: gives the guest what the board's tree has of it, hides the rest, and brings all registers
 * that decide what traps to a defined state. NULL, or what the hart lacks.
 */
const char *features_give(const struct system_board_riscv64 *board);

/* Whether this hart has the feature: nothing before features_find(), nothing that is hidden after
 * features_give(). */
extern uint32_t features_found;

static inline bool cpu_has(uint32_t feature) {
    return (features_found & feature) != 0;
}

/* ---- timer_hw.c: one timer for hypervisor and guest, or with Sstc each its own ---- */

/* At boot: nothing armed. False if there is no timer. */
bool timer_init(void);

/* The timer interrupt. */
void timer_fired(struct vcpu *vcpu);

/* The vCPU's own core: its timer fires at this value of the guest's `time`; ~0: never. */
void vcpu_set_timer(struct vcpu *vcpu, uint64_t deadline);

/* ---- kick_hw.c: how cores call each other. arch_cpu_kick() is there as well ---- */

/* Each core, at boot: finds the board's way, and tries it. NULL, or what is wrong. */
const char *kick_init(const struct system *system, uint32_t cpu);

/* A supervisor software interrupt for any vCPU of the caller's VM, its own too. */
void vcpu_send_ipi(struct vcpu *target);

/* ---- intc_hw.c: the machine's interrupt controller put together with what a VM sees of it ---- */

/*
 * Three kinds, chosen by the board's data (enum system_controller): a PLIC, an APLIC in direct
 * delivery mode, and an APLIC with IMSICs whose guest files deliver to the guest without the
 * hypervisor. The contract's functions about interrupts are there as well: these are sources of
 * PLIC or APLIC by their number. Registers are mapped at SPACE_ARCH.
 *
 * Each core: its own part to a defined state. NULL, or what is wrong.
 */
const char *intc_cpu_init(const struct system *system);

/* What each of a VM's cores resets. */
void intc_vcpu_reset(struct vcpu *vcpu);

/*
 * A supervisor external interrupt is pending on this core: takes one. True: it is another core's
 * kick, which is the caller's. Fast path.
 */
bool intc_handle(struct vcpu *vcpu);

/* This core's vCPU gets (hvip.VSEIP) what its controller has for it. */
void intc_sync(struct vcpu *vcpu);

/* ---- vcpu_hw.c ---- */

/* Which counters its guest reads, on this core: all, or `time` alone. */
void vcpu_show_counters(bool all);

/* A suspended vCPU has been woken, and begins where it asked to. */
void vcpu_resume(struct vcpu *vcpu);

/* Functions of SBI_RFENCE; 0: FENCE.I. */
#define FENCE_VVMA_ASID 5u
#define FENCE_VVMA      6u
#define FENCE_ALL       UINT64_MAX /* as size */

/*
 * What the function does on a hart, on this one, in its guest's address space: whole pages from
 * `start` on.
 */
void guest_fence(uint64_t function, uint64_t start, uint64_t size, uint64_t asid);

/* ---- probe_hw.c ---- */

/* In a call of this core's guest: it makes it once more, with its interrupts as they are. */
void guest_call_again(void);

/* Reads or writes `size` bytes at a guest-physical address, through stage 2; false on any fault. */
bool guest_memory(uint64_t at, uint8_t *bytes, uint64_t size, bool write);

/* ---- trap_hw.c: what vectors.S calls, on the guest's own hart ---- */

/* A trap, with only the registers saved that C may change: true if it has been dealt with. */
bool fast_trap(struct vcpu *vcpu);

/* With all saved: what that one has left to do. */
void slow_trap(struct vcpu *vcpu);

/* With all saved: the vCPU's `work` is done, and its guest to be entered. */
void slow_settle(struct vcpu *vcpu);

/* An exception in the hypervisor itself: a probe, or our mistake. */
void own_exception(struct frame *frame);
