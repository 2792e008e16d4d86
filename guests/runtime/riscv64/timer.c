/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/timer.h"

#include "runtime/fault.h"
#include "runtime/riscv64/sbi.h"

static bool has_stimecmp;

void timer_init(void) {
    fault_expect();
    timer_set_stimecmp(TIMER_NEVER);
    has_stimecmp = fault_caught().count == 0;
}

bool timer_has_stimecmp(void) {
    return has_stimecmp;
}

void timer_arm(uint64_t deadline) {
    if (has_stimecmp)
        timer_set_stimecmp(deadline);
    else
        sbi_call(SBI_TIME, SBI_TIME_SET, deadline, 0, 0);
}

void timer_disarm(void) {
    timer_arm(TIMER_NEVER);
}
