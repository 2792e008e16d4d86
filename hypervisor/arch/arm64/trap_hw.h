/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap_hw.h - what vectors.S calls when the fast paths (fast_hw.h) do not do, on the
 * guest's own core, with all its general registers saved and on the stack below its frame.
 */
#pragma once

#include <stdnoreturn.h>

#include "arch/arm64/fast_hw.h"

/* The guest's trap or SError, if it is one, and then its vCPU settles. */
void slow(enum slow_path path);

/* The hypervisor's own mistake, with the MMU off or on. */
noreturn void own_exception(const struct frame *frame, uint64_t stack);
