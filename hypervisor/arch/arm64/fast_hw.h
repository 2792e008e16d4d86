/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_hw.h - what vectors.S calls first. All of it runs on the guest's own core, on
 * the stack below its frame.
 */
#pragma once

#include "arch_types.h"

/* What is left to be done, when all registers have been saved; NULL: nothing. */
typedef void slow_path(struct frame *frame);

/* An interrupt, and a trap. */
slow_path *fast_irq(void);
slow_path *fast_sync(struct frame *frame);
