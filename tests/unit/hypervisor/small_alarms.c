/* SPDX-License-Identifier: Apache-2.0 */
/* boot/bind.c's in the hypervisor: for tests that have none of their own. */
#include "hypervisor/support.h"

#include "vm/alarm.h"

void (*const alarm_handlers[ALARMS])(struct vcpu *vcpu);
