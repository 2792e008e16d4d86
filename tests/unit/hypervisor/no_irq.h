/* SPDX-License-Identifier: Apache-2.0 */
/* no_irq.h - the interrupts that are the hypervisor's own, in a test where none comes. */
#pragma once

#include "irq/irq.h"

void irq_handle_console(struct vcpu *vcpu) {
    (void)vcpu;
}
