/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/alarm.h"

#include "arch/cpu.h"

static uint64_t deadlines[ALARMS]; /* 0: none */

static void arm(void) {
    uint64_t first = UINT64_MAX;

    for (uint32_t i = 0; i < ALARMS; i++)
        if (deadlines[i] != 0)
            first = smaller(first, deadlines[i]);
    arch_timer_set(first);
}

void alarm_set(enum alarm alarm, uint64_t at) {
    deadlines[alarm] = at;
    arm();
}

void alarm_fired(struct vcpu *vcpu) {
    static void (*const handlers[])(struct vcpu *) = {alarm_console, alarm_restart, alarm_watchdog};
    uint64_t now = arch_clock();

    for (uint32_t i = 0; i < ALARMS; i++) {
        if (deadlines[i] != 0 && deadlines[i] <= now) {
            deadlines[i] = 0;
            handlers[i](vcpu);
        }
    }
    arm();
}
