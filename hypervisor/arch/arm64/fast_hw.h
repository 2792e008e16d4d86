/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_hw.h - what vectors.S calls. All of it runs on the guest's own core, on
 * the stack below its frame.
 */
#pragma once

#include "arch_types.h"

/* The fast paths; true: go on with the slow one. */
bool fast_irq(void);
bool fast_sync(struct frame *frame);

/* The slow ones, with the whole frame saved. */
void slow_settle(struct frame *frame);
void slow_sync(struct frame *frame);
void slow_serror(struct frame *frame);

/* Between arch_memory_probe() and own_exception(): an access may fail, and has failed. */
extern volatile bool probe_running, probe_failed;

/* An exception in the hypervisor itself: a probe of memory, or our mistake. */
void own_exception(struct frame *frame);
