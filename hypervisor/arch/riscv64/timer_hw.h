/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer_hw.h - this hart's timer. With Sstc the hypervisor has stimecmp for itself
 * and the guest its own; without it, both share the one that the firmware sets.
 */
#pragma once

struct vcpu;

/* At boot: nothing armed. */
void timer_init(void);

/* The timer interrupt. */
void timer_fired(struct vcpu *vcpu);
