/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarm.h - this core's timer, for all who wait for some time of the clock: one each.
 */
#pragma once

#include <stdint.h>

struct vcpu;

enum alarm {
    ALARM_CONSOLE,  /* what could not be written, or read, is tried again */
    ALARM_RESTART,  /* a VM's back-off is over; on its vCPU 0's core */
    ALARM_WATCHDOG, /* of the VM, on the core of the vCPU that has fed it */
    ALARMS,
};

/* Their handlers, on the vCPU's own core, on its fast path too; defined by who sets them. */
void alarm_console(struct vcpu *vcpu);
void alarm_restart(struct vcpu *vcpu);
void alarm_watchdog(struct vcpu *vcpu);

/* Once, when the clock is at `at`; 0: not any more. Replaces an earlier one of its kind. */
void alarm_set(enum alarm alarm, uint64_t at);

/* This core's timer has fired: handles all that are due. */
void alarm_fired(struct vcpu *vcpu);
