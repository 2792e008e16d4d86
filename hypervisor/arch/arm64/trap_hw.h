/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap_hw.h - what vectors.S calls when the fast paths (fast_hw.h) do not do, on the
 * guest's own core, with the whole frame saved and on the stack below it.
 */
#pragma once

#include "arch_types.h"

/* A fast path has done its work, but the vCPU has to settle. */
void slow_settle(struct frame *frame);

/* A trap. */
void slow_sync(struct frame *frame);

/* An SError, while the guest ran. */
void slow_serror(struct frame *frame);

/* An exception in the hypervisor itself: a probe of memory, or our mistake. */
void own_exception(struct frame *frame);
