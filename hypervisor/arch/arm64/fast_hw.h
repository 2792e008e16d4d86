/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_hw.h - what vectors.S calls first. All of it runs on the guest's own core, on
 * the stack below its frame.
 */
#pragma once

#include "arch_types.h"

/* What is left to be done when all registers have been saved; vectors.S knows the numbers. */
enum slow_path {
    SLOW_NOTHING, /* back to the guest */
    SLOW_SETTLE,  /* the vCPU has to settle, ... */
    SLOW_TRAP,    /* ... behind a trap that is to be handled */
};

/* An interrupt, and a trap. */
enum slow_path fast_irq(void);
enum slow_path fast_sync(struct frame *frame);
