/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vm.h"

#include "arch/cpu.h"
#include "arch/memory.h"
#include "arch/vcpu.h"
#include "lib/report.h"
#include "vm/control.h"
#include "vm/loader.h"
#include "vm/this_cpu.h"

void vm_create(struct vm *vm, struct vm *own, const struct system *system, uint32_t index) {
    vm->system = system;
    vm->config = &system->vms[index];
    vm->index = index;
    vm->vcpu_count = system_vm_vcpu_count(vm->config);
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        vm->vcpus[i].vm = own;
        vm->vcpus[i].index = i;
        vm->vcpus[i].cpu = system_vm_cpu(vm->config, i);
    }
}

/* The first request of a life counts, and calls the VM's other cores in. True if this was it. */
static bool request(struct vcpu *vcpu, enum vm_request what) {
    struct vm *vm = vcpu->vm;
    uint32_t running = VM_RUN;

    if (!atomic_compare_exchange_strong(&vm->request, &running, what))
        return false;
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        atomic_fetch_or(&vm->vcpus[i].work, VCPU_SETTLE);
        if (i != vcpu->index)
            arch_cpu_kick(vm->vcpus[i].cpu);
    }
    return true;
}

/* At most ten lines a second about one VM's restarts, however often it fails. */
static bool may_report(struct vm *vm) {
    uint64_t now = arch_clock();

    if (vm->reported != 0 && now - vm->reported < arch_clock_frequency() / 10) {
        vm->unreported++;
        return false;
    }
    if (vm->unreported > 0)
        report("vm %s: %u more restarts not shown", vm->config->name, vm->unreported);
    vm->unreported = 0;
    vm->reported = now;
    return true;
}

void vm_reset(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;

    if (request(vcpu, VM_RESTART) && may_report(vm))
        report("vm %s: restarting (%lu): reset", vm->config->name, vm->restarts + 1);
}

void vm_power_off(struct vcpu *vcpu) {
    if (request(vcpu, VM_OFF))
        report("vm %s: off", vcpu->vm->config->name);
}

/* Whether `restart_max` restarts have been within `restart_within`; beyond it they don't count. */
static bool restarts_used_up(struct vm *vm) {
    uint64_t within = vm->config->restart_within * arch_clock_frequency() / 1000;

    if (arch_clock() - vm->counted_from > within)
        vm->counted = 0;
    return vm->config->restart_max != 0 && vm->counted >= vm->config->restart_max;
}

void vm_fail(struct vcpu *vcpu, uint64_t address, const char *cause) {
    struct vm *vm = vcpu->vm;
    uint64_t pc = arch_vcpu_pc(vcpu);
    const char *name = vm->config->name;
    uint32_t policy = vm->config->on_fault;
    bool last = policy == SYSTEM_FAULT_RESTART && restarts_used_up(vm);

    if (last)
        policy = vm->config->restart_then;
    if (policy != SYSTEM_FAULT_RESTART) {
        if (request(vcpu, policy == SYSTEM_FAULT_HALT ? VM_HALT : VM_STOP))
            report("vm %s: %s%s: vcpu %u pc %lx address %lx cause: %s", name,
                   policy == SYSTEM_FAULT_HALT ? "halting the system" : "stopped",
                   last ? " (no restart left)" : "", vcpu->index, pc, address, cause);
    } else if (request(vcpu, VM_RESTART)) {
        if (vm->counted++ == 0)
            vm->counted_from = arch_clock();
        if (may_report(vm))
            report("vm %s: restarting (%lu): fault: vcpu %u pc %lx address %lx cause: %s", name,
                   vm->restarts + 1, vcpu->index, pc, address, cause);
    }
}

void vm_halt_all(void) {
    const struct system *system = &this_cpu.system;

    atomic_store(&control()->halt, 1);
    for (uint32_t i = 0; i < system->cpu_count; i++) {
        if (i != this_cpu.index && system_vm_of_cpu(system, i) != SYSTEM_VMS_MAX)
            arch_cpu_kick(i);
    }
    arch_halt();
}

/* The VM runs no more: by the first of its cores. The last one to go takes the machine with it. */
static void end(struct vm *vm) {
    if (atomic_exchange(&vm->ended, 1) == 0 && atomic_fetch_sub(&control()->vms_alive, 1) == 1) {
        report("all VMs are off or stopped: switching the machine off");
        report_flush();
        arch_machine_off();
    }
}

void vm_lose(struct vcpu *vcpu) {
    /* First: between two lives no request counts, but all siblings meet before they go on. */
    atomic_store(&vcpu->vm->barrier.broken, 1);
    request(vcpu, VM_STOP);
    end(vcpu->vm);
}

/* Of a VM whose memory is loaded. */
static void begin(struct vm *vm, enum vm_request what) {
    loader_seed(&vm->vcpus[0]);
    vm->restarts += what == VM_RESTART ? 1 : 0;
    vm->clock_offset = arch_clock();
    vm->vcpus[0].entry = vm->config->entry;
    vm->vcpus[0].argument = vm->config->boot_argument;
    atomic_store(&vm->vcpus[0].power, VCPU_STARTING);
    atomic_store(&vm->request, VM_RUN);
    if (what == VM_START)
        report("vm %s: started", vm->config->name);
}

/* All cores of the VM, none of them in its guest: from one life to the next, or to its end. */
static void change_life(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;
    uint32_t what;

    barrier_wait(&vm->barrier, vm->vcpu_count);
    what = atomic_load(&vm->request);
    atomic_store(&vcpu->power, VCPU_OFF);
    arch_interrupts_off(vcpu);
    barrier_wait(&vm->barrier, vm->vcpu_count);
    arch_vcpu_reset(vcpu);
    barrier_wait(&vm->barrier, vm->vcpu_count);
    if (vcpu->index == 0) {
        arch_vm_reset(vm);
        vm_reset_devices(vm);
    }
    if (what == VM_START)
        loader_verify(vcpu);
    if (what < VM_OFF)
        loader_fill(vcpu, what == VM_START);
    else
        report_flush();
    barrier_wait(&vm->barrier, vm->vcpu_count);
    if (what == VM_HALT)
        vm_halt_all();
    if (what >= VM_OFF) {
        end(vm);
        return;
    }
    if (vcpu->index == 0)
        begin(vm, what);
    barrier_wait(&vm->barrier, vm->vcpu_count);
}

void vcpu_settle(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;
    bool is_reset = false; /* so that nothing that its guest has left wakes its core either */

    for (;;) {
        /* Before the request is looked at: a later one counts again. */
        atomic_fetch_and(&vcpu->work, ~VCPU_SETTLE);
        bool ended = atomic_load(&vm->ended); /* vm_lose() has broken the barrier before */
        if (atomic_load(&control()->halt) || atomic_load(&vm->barrier.broken))
            arch_halt();
        if (atomic_load(&vm->request) != VM_RUN && !ended) {
            change_life(vcpu);
            is_reset = true;
        } else if (atomic_load(&vcpu->power) == VCPU_ON) {
            break;
        } else if (!is_reset) {
            arch_vcpu_reset(vcpu);
            arch_interrupts_sync(vcpu);
            is_reset = true;
        } else if (atomic_load(&vcpu->power) == VCPU_STARTING) {
            arch_vcpu_set_entry(vcpu, vcpu->entry, vcpu->argument);
            arch_instructions_written();
            atomic_store(&vcpu->power, VCPU_ON);
        } else {
            arch_wait();
            arch_interrupts_poll(vcpu);
        }
    }
    arch_interrupts_sync(vcpu);
}
