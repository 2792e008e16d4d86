/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vm.h"

#include "arch/cpu.h"
#include "arch/memory.h"
#include "arch/vcpu.h"
#include "lib/print.h"
#include "lib/report.h"
#include "vm/alarm.h"
#include "vm/loader.h"
#include "vm/this_cpu.h"

#define VM_LIFE_MASK (VM_ENDED - 1)
#define WHY_SIZE     192u

void vm_create(struct vm *vm, struct vm *own, const struct system *system, uint32_t index) {
    vm->system = system;
    vm->config = &system->vms[index];
    vm->shared = &control()->vms[index];
    vm->index = index;
    vm->vcpu_count = system_vm_vcpu_count(vm->config);
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        vm->vcpus[i].vm = own;
        vm->vcpus[i].index = i;
        vm->vcpus[i].cpu = system_vm_cpu(vm->config, i);
    }
}

/* Whether a VM's cores will run it without anybody's asking. */
static bool is_alive(uint32_t life) {
    return life != VM_OFF && life != VM_STOPPED && life != VM_LOST;
}

/* A VM's cores look at its life, for what they do next; this one does so anyway. */
static void call_in(const struct system *system, uint32_t index) {
    for (uint32_t cpu = 0; cpu < system->cpu_count; cpu++)
        if (cpu != this_cpu.index && (system->vms[index].cpus >> cpu & 1) != 0)
            arch_cpu_kick(cpu);
}

bool vm_ask(const struct system *system, uint32_t index, enum vm_life next, enum managed_end end) {
    _Atomic uint32_t *word = &control()->vms[index].life;
    uint32_t was = atomic_load(word), life = was & VM_LIFE_MASK, asleep = !is_alive(life);
    bool rests = asleep != 0 || life > VM_HALT; /* or is about to */

    if ((life >= VM_LOST && life <= VM_HALT) || (rests && next != VM_RESTART))
        return false;
    if (life != VM_RUN)
        end = was / VM_ENDED; /* the last life had ended before */
    /* Before it is asked: it could be off again, and seem to be the last, before we count it. */
    atomic_fetch_add(&control()->vms_alive, asleep);
    if (!atomic_compare_exchange_strong(word, &was, next + end * VM_ENDED)) {
        atomic_fetch_sub(&control()->vms_alive, asleep);
        return false;
    }
    call_in(system, index);
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

static void ask_group(const struct vm *vm, bool told) {
    for (uint32_t i = 0; i < vm->system->vm_count; i++)
        if (i != vm->index && (vm->config->group >> i & 1) != 0 &&
            vm_ask(vm->system, i, VM_RESTART, MANAGED_REQUEST) && told)
            report("vm %s: restarted with vm %s", vm->system->vms[i].name, vm->config->name);
}

/* One line for the end of a life; of restarts not each one's, however often there is one. */
static bool tell(struct vm *vm, enum vm_life next, const char *doing, const char *why) {
    const char *name = vm->config->name;

    if (next == VM_POWER_OFF)
        report("vm %s: off", name);
    else if (next != VM_RESTART && next != VM_BACK_OFF)
        report("vm %s: %s: %s", name, doing, why);
    else if (!may_report(vm))
        return false;
    else
        report("vm %s: %s (%u): %s", name, doing, atomic_load(&vm->shared->restarts) + 1, why);
    return true;
}

/* What a life comes to by an action, and in words; the last of them when no restart is left. */
static const struct {
    enum vm_life next;
    const char *words[2];
} actions[] = {
    {VM_STOP, {"stopped", "stopped (no restart left)"}},
    {VM_RESTART, {"restarting"}},
    {VM_HALT, {"halting the system", "halting the system (no restart left)"}},
    {VM_RESTART, {"restarting its group", "restarting its group (no restart left)"}},
};

void vm_end(struct vcpu *vcpu, enum system_end how, uint64_t address, const char *cause) {
    static const char *const ends[] = {"fault", "reset", "power-off", "watchdog"};
    struct vm *vm = vcpu->vm;
    const struct system_policy *policy = &vm->config->policies[how];
    struct vm_spent *spent = &vm->spent[how];
    /* Restarts beyond `within` don't count: the next one is the first again. */
    bool over = arch_clock() - spent->from > policy->within * arch_clock_frequency() / 1000;
    uint32_t count = over ? 0 : spent->count;
    bool last =
        actions[policy->action].next == VM_RESTART && policy->max != 0 && count >= policy->max;
    uint32_t action = last ? policy->then : policy->action;
    enum vm_life next = actions[action].next;
    char why[WHY_SIZE];

    if (action == SYSTEM_RESTART && policy->back_off != 0)
        next = VM_BACK_OFF;
    if (action == SYSTEM_STOP && how == SYSTEM_END_POWEROFF)
        next = VM_POWER_OFF;
    atomic_fetch_or(&vcpu->work, VCPU_SETTLE);
    if (vm_life(vm->index) != VM_RUN ||
        !vm_ask(vm->system, vm->index, next, (enum managed_end)(how + 1)))
        return; /* its life has ended before */
    vm->wakes = arch_clock() + policy->back_off * arch_clock_frequency() / 1000;
    spent->count = count + 1;
    if (count == 0)
        spent->from = arch_clock();
    if (cause != NULL)
        format(why, sizeof(why), "%s: vcpu %u pc %lx address %lx cause: %s", ends[how], vcpu->index,
               arch_vcpu_pc(vcpu), address, cause);
    last = tell(vm, next, actions[action].words[last], cause != NULL ? why : ends[how]);
    if (action == SYSTEM_RESTART_GROUP)
        ask_group(vm, last);
}

void alarm_restart(struct vcpu *vcpu) {
    if (vm_life(vcpu->vm->index) == VM_WAITING)
        vm_ask(vcpu->vm->system, vcpu->vm->index, VM_RESTART, MANAGED_NEVER);
}

void vm_halt_all(void) {
    atomic_store(&control()->halt, 1);
    /* No core goes on with its guest; all look at `halt` first then. */
    for (uint32_t i = 0; i < this_cpu.system.vm_count; i++) {
        atomic_store(&control()->vms[i].life, VM_HALT);
        call_in(&this_cpu.system, i);
    }
    arch_halt();
}

/* A VM is off, stopped or lost: the last one takes the machine with it. */
static void one_less(void) {
    if (atomic_fetch_sub(&control()->vms_alive, 1) == 1) {
        report("all VMs are off or stopped: switching the machine off");
        report_flush();
        arch_machine_off();
    }
}

/* All its cores have come where they were to go. False if it is to go on: begin anew, or it is
 * lost. */
static bool rest(struct vm *vm, enum vm_life life) {
    uint32_t was = atomic_load(&vm->shared->life);

    return (was & VM_LIFE_MASK) == vm->next &&
           atomic_compare_exchange_strong(&vm->shared->life, &was, was - vm->next + life);
}

void vm_lose(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;
    uint32_t was;

    atomic_store(&vm->barrier.broken, 1); /* siblings that are there wait for us no more */
    was = atomic_exchange(&vm->shared->life, VM_LOST + MANAGED_PANIC * VM_ENDED);
    call_in(vm->system, vm->index);
    loader_tell_life(vm, 0);
    if (is_alive(was & VM_LIFE_MASK))
        one_less();
}

/* Of a VM whose memory is loaded. */
static void begin(struct vm *vm, bool first) {
    loader_seed(&vm->vcpus[0]);
    atomic_fetch_add(&vm->shared->restarts, first ? 0 : 1);
    vm->clock_offset = arch_clock();
    vm_reset_console(vm);
    vm_reset_watchdog(vm);
    vm->vcpus[0].entry = vm->config->entry;
    vm->vcpus[0].argument = vm->config->boot_argument;
    atomic_store(&vm->vcpus[0].power, VCPU_STARTING);
    loader_tell_life(vm, atomic_load(&vm->shared->restarts) + 1);
    if (!rest(vm, VM_RUN))
        loader_tell_life(vm, 0); /* it was lost meanwhile */
    if (first)
        report("vm %s: started", vm->config->name);
}

/*
 * All cores of the VM, none of them in its guest: from one life to the next, or to rest. What each
 * barrier separates is said behind it.
 */
static void change_life(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;
    bool rested = false;

    barrier_wait(&vm->barrier, vm->vcpu_count);
    /* No sibling runs its guest: nothing more comes from it to devices, memory or interrupts. */
    if (vcpu->index == 0) {
        vm->next = vm_life(vm->index);
        loader_tell_life(vm, 0);
    }
    atomic_store(&vcpu->power, VCPU_OFF);
    arch_interrupts_off(vcpu);
    barrier_wait(&vm->barrier, vm->vcpu_count);
    /* All sources are silent, and what was under way has arrived: so a reset is the last word. */
    enum vm_life next = vm->next;
    arch_vcpu_reset(vcpu);
    barrier_wait(&vm->barrier, vm->vcpu_count);
    /* No core has interrupts of the last life in its registers that it would put back. */
    if (vcpu->index == 0)
        arch_vm_reset(vm);
    if (next == VM_BOOT)
        loader_verify(vcpu);
    if (next <= VM_RESTART)
        loader_fill(vcpu, next == VM_BOOT);
    else
        report_flush();
    barrier_wait(&vm->barrier, vm->vcpu_count);
    /* All memory is loaded, and the controller as at reset, before one vCPU is entered or off. */
    if (next == VM_HALT)
        vm_halt_all();
    if (vcpu->index == 0 && next == VM_BACK_OFF)
        alarm_set(ALARM_RESTART, vm->wakes);
    if (vcpu->index == 0 && next > VM_RESTART)
        rested = rest(vm, next - VM_BACK_OFF + VM_WAITING);
    else if (vcpu->index == 0)
        begin(vm, next == VM_BOOT);
    barrier_wait(&vm->barrier, vm->vcpu_count);
    /* The life is another one: none goes round again for the old request. */
    if (rested && next != VM_BACK_OFF)
        one_less();
}

void vcpu_settle(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;
    bool is_reset = false; /* so that nothing that its guest has left wakes its core either */

    for (;;) {
        /* Before its life is looked at: what comes later counts again. */
        atomic_fetch_and(&vcpu->work, ~VCPU_SETTLE);
        if (atomic_load_explicit(&vm->watchdog.over, memory_order_relaxed) != 0 &&
            atomic_exchange(&vm->watchdog.over, 0) != 0)
            vm_end(vcpu, SYSTEM_END_WATCHDOG, 0, "nobody feeds it");
        enum vm_life life = atomic_load(&vm->shared->life) % VM_ENDED;
        if (atomic_load(&control()->halt) || life == VM_LOST)
            arch_halt();
        if (life > VM_LOST) {
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
