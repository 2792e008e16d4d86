/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer_hw.h - this hart's timer. With Sstc the hypervisor has stimecmp for itself
 * and the guest its own; without it, both share the one that the firmware sets.
 */
#ifndef RISCV64_TIMER_HW_H
#define RISCV64_TIMER_HW_H

#include <stdbool.h>

struct vcpu;

/* At boot: nothing armed. `sstc`: the hart has it. */
void timer_init(bool sstc);

/* The timer interrupt. */
void timer_fired(struct vcpu *vcpu);
#endif
