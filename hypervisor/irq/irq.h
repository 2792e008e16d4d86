/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irq.h - the interrupts that are the hypervisor's own. arch/ tells them apart
 * and calls these; boot/ binds them.
 */
#pragma once

struct vcpu;

struct irq_handlers {
    /* The console has received something; on the core of the VM that has it. */
    void (*console)(struct vcpu *vcpu);
};

extern const struct irq_handlers irq_handlers;
