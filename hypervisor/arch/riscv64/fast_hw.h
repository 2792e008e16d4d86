/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_hw.h - what vectors.S calls first. All of it runs on the guest's own hart, on
 * the stack below its frame.
 */
#pragma once

#include "arch_types.h"

/* The fast paths; true: go on with the slow one. */
bool fast_sync(struct frame *frame);
bool fast_irq(void);
