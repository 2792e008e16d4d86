/* SPDX-License-Identifier: Apache-2.0 */
/* Those of dev/ in the hypervisor, and in a program that has it. */
#include "vm/alarm.h"

__attribute__((weak)) void alarm_console(struct vcpu *vcpu) {
    (void)vcpu;
}

__attribute__((weak)) void alarm_watchdog(struct vcpu *vcpu) {
    (void)vcpu;
}
