/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_console.h - the emulated UART of a VM, bound to the hypervisor's console
 * and to the VM's interrupt controller.
 */
#pragma once

#include "dev/vuart.h"
#include "trap/mmio.h"

/* At boot: the VM, which has a console, gets it, in memory that its cores map at `uart`. */
void guest_console_create(struct vm *vm, struct vuart *uart);

/*
 * Once, by the first core: who is typed to, the first VM that has a console, and whose core takes
 * the interrupt. Without any, nobody is, and the UART interrupts nobody.
 */
void guest_console_attach(const struct system *system);

/* A line of the hypervisor's own, complete with its newline; dropped if there is no room. */
void guest_console_report(const char *line, size_t size);

/* For a core that panics: nobody else writes until the line is given up, whoever had it and lives.
 */
void guest_console_seize(void);

/*
 * For a core that has panicked, and its VM, which may be NULL: what they have of the console is
 * others' now, and what is typed goes to another VM.
 */
void guest_console_give_up(const struct vm *vm);

/* Releases the VM's uart_lock; its guest learns of what has changed. */
void guest_console_unlock(struct vm *vm);

/* Writes what this core may write now: its own lines, and its VM's output, if it has one. True if
 * something is left for later. */
bool guest_console_drain(struct vcpu *vcpu);
