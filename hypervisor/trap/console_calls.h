/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_calls.h - a VM's console by calls instead of registers, where the
 * architecture has such (SBI's debug console). Bound in dev/.
 */
#ifndef TRAP_CONSOLE_CALLS_H
#define TRAP_CONSOLE_CALLS_H

#include "vm/vm.h"

struct console_calls {
    /* How many of the `size` bytes were taken; 0: the line is slower, try again. */
    uint32_t (*write)(struct vcpu *vcpu, const uint8_t *bytes, uint32_t size);
    /* How many bytes, `size` at most, had been typed. */
    uint32_t (*read)(struct vcpu *vcpu, uint8_t *bytes, uint32_t size);
};

/* The VM has a console (vm->uart); its own core calls. Neither waits for anything. */
extern const struct console_calls console_calls;
#endif
