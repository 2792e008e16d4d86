/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_calls.h - a VM's console by calls instead of registers, where the
 * architecture has such (SBI's debug console). Defined in dev/.
 */
#pragma once

#include "vm/vm.h"

/*
 * Of a VM that has a console (vm->uart), by its own core. Neither waits for anything.
 * How many of the `size` bytes were taken; 0: the line is slower, try again. And how
 * many, `size` at most, had been typed.
 */
uint32_t console_calls_write(struct vcpu *vcpu, const uint8_t *bytes, uint32_t size);
uint32_t console_calls_read(struct vcpu *vcpu, uint8_t *bytes, uint32_t size);
