/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind.c - where lower layers call higher ones: each such table, filled in.
 */

#include "dev/guest_console.h"
#include "dev/watchdog.h"
#include "irq/irq.h"
#include "vm/alarm.h"

const struct irq_handlers irq_handlers = {
    .console = guest_console_receive,
};

void (*const alarm_handlers[ALARMS])(struct vcpu *vcpu) = {
    [ALARM_CONSOLE] = guest_console_timer,
    [ALARM_RESTART] = vm_back_off_over,
    [ALARM_WATCHDOG] = watchdog_alarm,
};

void vm_reset_devices(struct vm *vm) {
    guest_console_reset(vm);
    watchdog_reset(vm);
}
