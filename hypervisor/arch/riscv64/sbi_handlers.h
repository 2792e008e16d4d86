/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbi_handlers.h - calls by the RISC-V Supervisor Binary Interface (SBI 2.0): what a guest
 * expects of its firmware, and Bulkhead's own; and the handlers of its extensions, for the
 * table in sbi.c. They run on the caller's own core, before its frame is complete: what a
 * handler knows of the guest is in `a`. The sbi*.c are pure, but for what firmware.h has.
 */
#pragma once

#include "arch/riscv64/hart.h"
#include "vm/vm.h"

/* Standard errors, chapter 3. */
#define SBI_ERR_FAILED            -1
#define SBI_ERR_NOT_SUPPORTED     -2
#define SBI_ERR_INVALID_PARAM     -3
#define SBI_ERR_DENIED            -4
#define SBI_ERR_INVALID_ADDRESS   -5
#define SBI_ERR_ALREADY_AVAILABLE -6
#define SBI_ERR_ALREADY_STOPPED   -8
#define SBI_ERR_NO_SHMEM          -9

/*
 * One ECALL of the guest: a[0] to a[7] are its registers of these names, extension
 * in a[7], function in a[6]. The result is what a0 and a1 become; the guest goes on
 * behind the call, once its vCPU's `work` is done. Fast path: called by vectors.S.
 */
typedef struct sbi_result sbi_handler(struct vcpu *vcpu, const uint64_t a[8]);
sbi_handler sbi_call;

static inline struct sbi_result success(uint64_t value) {
    return (struct sbi_result){0, value};
}

static inline struct sbi_result failure(int64_t error) {
    return (struct sbi_result){error, 0};
}

/* sbi_power.c: hart state management, chapter 9; system reset, 10; system suspend, 13. */
sbi_handler sbi_hart_start, sbi_hart_stop, sbi_hart_status, sbi_hart_suspend;
sbi_handler sbi_system_reset, sbi_system_suspend;

/* sbi_pmu.c: performance counters, chapter 11. Of one of them, and of those that a mask names. */
sbi_handler sbi_counter, sbi_counters;

/*
 * The vCPU touches them, on its own core. A life begins without them where an earlier one, or
 * others before the first, may have left something: its first touch, for which this is true, stops
 * those with an event, sets them to 0 and frees them, and `cycle` and `instret` run. One without an
 * event is 0 already, unless others have freed it before the first life. From then on the guest
 * reads them without any exit; if the firmware does not do it, nobody may see them in this life.
 */
bool counters_open(struct vcpu *vcpu);

/* sbi_console.c: the debug console, chapter 12. */
sbi_handler sbi_console_move, sbi_console_write_byte;

/*
 * And there: all that is in no extension's table, of which the legacy extensions, chapter 5, are
 * there; what their convention keeps of a1 is kept. And whether one is.
 */
sbi_handler sbi_legacy_call;
sbi_handler sbi_set_timer; /* TIME's as well, chapter 6 */
bool sbi_has_legacy(const struct vcpu *vcpu, uint64_t id);
