/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer_hw.h - this hart's clock and timer, and how it waits. With Sstc the hypervisor has stimecmp
 * for itself and the guest its own; without it, both share the one that the firmware sets.
 */
#pragma once

#include <stdbool.h>

struct vcpu;

/* At boot: nothing armed. False if there is no timer. */
bool timer_init(void);

/* The timer interrupt. */
void timer_fired(struct vcpu *vcpu);
