/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/vcpu.h"

#include <stddef.h>

#include "arch/host/host.h"
#include "trap/trap.h"

static struct host_guest *guest(const struct vcpu *vcpu) {
    return &host.guests[vcpu->index];
}

void arch_vm_create(struct vm *vm, const struct system *system) {
    vm->system = system;
}

void arch_interrupts_off(struct vcpu *vcpu) {
    record("interrupts off");
    if (vcpu->index == 0) /* vCPUs of other indices run beside it: they may not write it */
        host.interrupts_off++;
}

void arch_vm_reset(struct vm *vm) {
    record("reset vm");
    (void)vm;
    host.vm_resets++;
}

void arch_vcpu_attach(struct vcpu *vcpu) {
    guest(vcpu)->pc = 0;
}

void arch_vcpu_reset(struct vcpu *vcpu) {
    uint32_t resets = guest(vcpu)->resets;

    record("reset vcpu");
    if (host.on_reset != NULL)
        host.on_reset(vcpu->index);
    *guest(vcpu) = (struct host_guest){.resets = resets + 1, .polls = guest(vcpu)->polls};
}

void arch_vcpu_set_entry(struct vcpu *vcpu, uint64_t entry, uint64_t argument) {
    record("entry");
    guest(vcpu)->pc = entry;
    guest(vcpu)->x[0] = argument;
}

void arch_guest_enter(void) {
    host_end(HOST_ENTERED);
}

void arch_interrupts_poll(struct vcpu *vcpu) {
    record("poll");
    guest(vcpu)->polls++;
}

void arch_interrupts_sync(struct vcpu *vcpu) {
    record("sync");
    guest(vcpu)->syncs++;
}

void arch_interrupt_set_level(struct vm *vm, uint32_t number, bool level) {
    (void)vm;
    host.level_changes += level != host.level || number != host.level_number ? 1 : 0;
    host.level_number = number;
    host.level = level;
}

void arch_interrupt_route(uint32_t number, uint32_t cpu) {
    record("route %u %u", number, cpu);
    host.routed_number = number;
    host.routed_cpu = cpu;
    host.routes++;
}

void arch_interrupt_enable(uint32_t number) {
    record("enable %u", number);
    host.enabled_number = number;
    host.enables++;
}

uint64_t *arch_vcpu_register(struct vcpu *vcpu, uint32_t n) {
    return n < 31 ? &guest(vcpu)->x[n] : NULL;
}

uint64_t arch_vcpu_pc(const struct vcpu *vcpu) {
    return guest(vcpu)->pc;
}

void arch_vcpu_skip(struct vcpu *vcpu) {
    guest(vcpu)->pc += 4;
    guest(vcpu)->skips++;
}

bool arch_inject_abort(struct vcpu *vcpu, const struct trap *trap) {
    bool instruction = trap->reason == TRAP_FETCH;

    if (host.vectors_outside)
        return false;
    guest(vcpu)->fetch_aborts += instruction ? 1 : 0;
    guest(vcpu)->data_aborts += instruction ? 0 : 1;
    guest(vcpu)->abort_address = trap->address;
    guest(vcpu)->abort_code = trap->code;
    return true;
}

void arch_inject_undefined(struct vcpu *vcpu) {
    guest(vcpu)->undefined++;
}
