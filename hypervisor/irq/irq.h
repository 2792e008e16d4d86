/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irq.h - the interrupts that are the hypervisor's own. arch/ tells them apart
 * and calls these. Defined in dev/.
 */
#pragma once

struct vcpu;

/* The console has received something; on the core of the VM that has it. */
void irq_handle_console(struct vcpu *vcpu);
