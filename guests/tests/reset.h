/* SPDX-License-Identifier: Apache-2.0 */
/* reset.h - what the reset test asks of each architecture. On CPU 0, interrupts masked. */
#pragma once

#include <stdint.h>

/* Part of a test: the interrupt controller and the CPU are as after a reset. */
void reset_check_controller(void);
void reset_check_cpu(void);

/* Leaves interrupts pending and being handled, and registers other than they should be. */
void reset_make_disorder(void);
