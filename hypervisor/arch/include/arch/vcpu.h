/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vcpu.h - contract: the virtual machine as the architecture sees it.
 *
 * arch_types.h, one per architecture, defines struct arch_vm and struct
 * arch_vcpu, which lie inside struct vm and struct vcpu.
 */
#pragma once

#include <stdnoreturn.h>

#include "lib/address.h"

struct system;
struct trap;
struct vcpu;
struct vm;

/* At boot, in the first core: fills vm->arch, and adds the interrupt controller's registers. */
void arch_vm_create(struct vm *vm, const struct system *system);

/*
 * Before each life of a VM its cores, none of them in its guest, call these three with a barrier
 * between them. First each core: its vCPU 0's turns the VM's devices' interrupts off, and what this
 * core's guest has written to devices and interrupt files is on its way before what follows.
 */
void arch_interrupts_off(struct vcpu *vcpu);

/*
 * Second each core, for its own vCPU: every register the guest can see, and interrupts that have
 * arrived before they were turned off, to its reset state. Also when a sibling starts a vCPU, whose
 * interrupts then stay.
 */
void arch_vcpu_reset(struct vcpu *vcpu);

/* Third vCPU 0's core: the interrupt controller and all that the VM's cores share. */
void arch_vm_reset(struct vm *vm);

/* On each core that owns a vCPU, once: stage 2 and identity registers. */
void arch_vcpu_attach(struct vcpu *vcpu);

/* On the vCPU's own core, after a reset: what the guest's first instruction finds. */
void arch_vcpu_set_entry(struct vcpu *vcpu, uint64_t entry, uint64_t argument);

/* Enters the guest of this core for the first time, with the frame as it is. */
noreturn void arch_guest_enter(void);

/* Handles interrupts that are pending for this core while its vCPU is off. */
void arch_interrupts_poll(struct vcpu *vcpu);

/* Brings injected interrupts to the vCPU; its own core, before it is entered. */
void arch_interrupts_sync(struct vcpu *vcpu);

/*
 * The line of an emulated device's interrupt, by the guest's number. Takes the
 * interrupt controller's lock; any core of the VM.
 */
void arch_interrupt_set_level(struct vm *vm, uint32_t number, bool level);

/* The machine's interrupt `number` goes to `cpu` from now on. */
void arch_interrupt_route(uint32_t number, uint32_t cpu);

/* The machine's interrupt `number` is delivered, to the core it is routed to. */
void arch_interrupt_enable(uint32_t number);

/* The guest's general register `n`, NULL for one that reads as zero. */
uint64_t *arch_vcpu_register(struct vcpu *vcpu, uint32_t n);

/* Where the guest is. */
uint64_t arch_vcpu_pc(const struct vcpu *vcpu);

/* The trapped instruction has been emulated: go on behind it. */
void arch_vcpu_skip(struct vcpu *vcpu);

/*
 * Injects the architecture's answer to a memory trap: an access outside the machine,
 * or one that the machine itself has refused. False if the guest can't take it: its
 * exception vector itself lies outside.
 */
bool arch_inject_abort(struct vcpu *vcpu, const struct trap *trap);

/* Injects the exception of an instruction that this machine does not have. */
void arch_inject_undefined(struct vcpu *vcpu);
