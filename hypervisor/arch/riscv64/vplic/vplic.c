/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vplic.c - a VM's PLIC (RISC-V Platform-Level Interrupt Controller 1.0).
 *
 * From the time the hypervisor claims a source that the VM owns until the guest completes
 * it, it is claimed in the machine's PLIC, whose gateway sends no more: here it is first
 * pending, then claimed.
 */
#include "arch/riscv64/plic/plic.h"
#include "vm/vm.h"

/* All that a priority or a threshold can be. */
#define PRIORITY_BITS 7u

static bool output(struct vm *vm, uint32_t vcpu) {
    return sources_top(vm, vcpu, vm->arch.threshold[vcpu]) != 0;
}

/* The gateway of an emulated source: sends what its line has, unless it waits for completion. */
static void look_at_line(struct vm *vm, uint32_t source) {
    if (source_test(vm->arch.line, source) && !source_test(vm->arch.claimed, source))
        source_pend(vm, source, true);
}

static uint32_t claim(struct vm *vm, uint32_t vcpu) {
    uint32_t source = sources_top(vm, vcpu, 0); /* whatever the threshold */

    if (source != 0) {
        source_pend(vm, source, false);
        source_assign(vm->arch.claimed, source, true);
    }
    return source;
}

static void complete(struct vm *vm, uint32_t vcpu, uint32_t source) {
    if (vcpu >= vm->vcpu_count || source >= SOURCE_END ||
        !source_test(vm->arch.enabled[vcpu], source) || !source_test(vm->arch.claimed, source))
        return;
    source_assign(vm->arch.claimed, source, false);
    if (source_test(vm->arch.owned, source))
        plic_complete(vm->vcpus[vcpu].cpu, source);
    look_at_line(vm, source);
}

/*
 * Whose enable bits or context an offset is in: vCPU n has the context of the machine's n-th core,
 * those between, of M-mode, are not there. Those of before either are no vCPU's.
 */
static uint32_t vcpu_at(const struct vm *vm, uint32_t offset) {
    uint32_t context = offset < PLIC_CONTEXTS ? (offset - PLIC_ENABLES) / PLIC_ENABLES_SIZE
                                              : (offset - PLIC_CONTEXTS) / PLIC_CONTEXT_SIZE;
    uint32_t vcpu = 0;

    while (vcpu < vm->vcpu_count && vm->system->cpus[vcpu].controller_index != context)
        vcpu++;
    return vcpu;
}

static uint32_t read_register(struct vm *vm, uint32_t offset) {
    uint32_t word = offset % PLIC_ENABLES_SIZE / 4;
    uint32_t vcpu = vcpu_at(vm, offset);

    if (offset < PLIC_PENDING)
        return vm->arch.urgency[offset / 4];
    if (offset < PLIC_PENDING + 4 * SOURCE_WORDS) {
        uint32_t owned = vm->arch.owned[word];

        /* The machine may not have it at all. */
        return vm->arch.pending[word] | (owned == 0 ? 0 : owned & plic_pending(word));
    }
    if (vcpu >= vm->vcpu_count)
        return 0;
    if (offset < PLIC_CONTEXTS)
        return vm->arch.enabled[vcpu][word];
    if (offset % PLIC_CONTEXT_SIZE == PLIC_THRESHOLD)
        return vm->arch.threshold[vcpu];
    return offset % PLIC_CONTEXT_SIZE == PLIC_CLAIM ? claim(vm, vcpu) : 0;
}

static void write_register(struct vm *vm, uint32_t offset, uint32_t value) {
    uint32_t word = offset % PLIC_ENABLES_SIZE / 4;
    uint32_t vcpu = vcpu_at(vm, offset);

    if (offset >= PLIC_CONTEXTS && offset % PLIC_CONTEXT_SIZE == PLIC_CLAIM) {
        complete(vm, vcpu, value);
        return;
    }
    vm->arch.stale = UINT32_MAX;
    if (offset < PLIC_PENDING) {
        if (source_test(vm->arch.present, offset / 4))
            vm->arch.urgency[offset / 4] = value & PRIORITY_BITS;
    } else if (vcpu >= vm->vcpu_count) {
        return;
    } else if (offset < PLIC_CONTEXTS) {
        vm->arch.enabled[vcpu][word] = value & vm->arch.present[word];
        if (vm->arch.owned[word] != 0)
            plic_enable(vm->vcpus[vcpu].cpu, word, vm->arch.owned[word], value);
    } else if (offset % PLIC_CONTEXT_SIZE == PLIC_THRESHOLD) {
        vm->arch.threshold[vcpu] = value & PRIORITY_BITS;
    }
}

const struct vm_intc_ops vplic_ops = {source_pend, look_at_line, read_register, write_register,
                                      output};
