/* SPDX-License-Identifier: Apache-2.0 */
/* parked.h - what the parked test asks of each architecture. */
#pragma once

#include <stdint.h>

/* Instructions that all CPUs of the machine have executed, hypervisor included; CPU 0. */
void parked_init(void);
uint64_t parked_instructions(void);

/* On CPU 1, interrupts masked: a device's interrupt is pending for it, and enabled. */
void parked_interrupt(void);
