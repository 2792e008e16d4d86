/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gic_guest.h - on both sides of gic_pair.h: devices, what a vCPU does with what they send, and
 * lives. For one test program's main file.
 */
#pragma once

#include "hypervisor/arch/arm64/gic_pair.h"

static bool is_listed(uint32_t vcpu, uint32_t number) {
    bool found = false;

    for (uint32_t i = 0; i < machine.list_count; i++) {
        uint64_t word = core_of(vcpu)->lists[i];

        found = found || ((uint32_t)word == number && word >> 62 == 1);
    }
    return found;
}

/* A level's line; a timer's is its vCPU's own. Emulated devices are, on this vCPU's core. */
static void set_line(uint32_t vcpu, const struct source *source, bool high) {
    note("v%u: line of %u: %u", vcpu, source->number, high);
    model_irq(vcpu, source->number)->line = high;
    if (source->kind == EMULATED) {
        vcpu = model.cpus[vcpu].on ? vcpu : 0;
        enter(vcpu);
        arch_interrupt_set_level(&vm, source->number, high);
        settle(vcpu);
        return;
    }
    for (uint32_t v = 0; v < VCPUS; v++) {
        if ((v == vcpu || source->kind != PPI) && !high && is_listed(v, source->number))
            pair.fallen[v][source->number] = true;
    }
    machine_irq(vm.vcpus[vcpu].cpu, source->phys)->line = high;
}

/* The device lets go, if it is one that holds on. */
static void serve(uint32_t vcpu, uint32_t number) {
    if (model_irq(vcpu, number)->line)
        set_line(vcpu, source_of(number), false);
}

/* The device wants something; an SGI comes from a sibling. */
static void fire(uint32_t vcpu, const struct source *source) {
    struct model_irq *irq = model_irq(vcpu, source->number);

    if (source->kind == SGI) {
        guest_sgi(0, source->number, 1u << vcpu, irq->group1);
    } else if (!irq->edge) {
        if (source->kind != PPI || model.cpus[vcpu].on)
            set_line(vcpu, source, true);
    } else if (source->phys != 0) {
        note("edge of %u", source->number);
        note_again(vcpu, source);
        irq->latch = true;
        machine_irq(0, source->phys)->pending = true;
    }
}

/* ---- the guest's CPU interface ---- */

static bool may_take(uint32_t vcpu, uint32_t number) {
    struct model_irq *irq = model_irq(vcpu, number);
    bool may, line = irq->line;

    irq->line = line || pair.fallen[vcpu][number];
    may = model_may_come(vcpu, number);
    irq->line = line;
    return may;
}

/* Its most urgent one is signalled, and nothing that may not come. */
static void check_signal(uint32_t vcpu) {
    uint32_t number = machine_guest_pending(vm.vcpus[vcpu].cpu);

    require(number == MACHINE_NONE || may_take(vcpu, number), "may not come", vcpu, number);
    if (is_in_transit())
        return;
    for (uint32_t i = 0; i < COUNT_OF(sources); i++) {
        if (model_may_come(vcpu, sources[i].number))
            require(number != MACHINE_NONE && model_irq(vcpu, number)->priority <=
                                                  model_irq(vcpu, sources[i].number)->priority,
                    "is held back", vcpu, sources[i].number);
    }
}

static bool guest_take(uint32_t vcpu) {
    bool group1 = false;
    uint32_t number = machine_guest_take(vm.vcpus[vcpu].cpu, &group1);

    if (number == MACHINE_NONE)
        return false;
    note("v%u: takes %u of group %u", vcpu, number, group1);
    require(may_take(vcpu, number), "comes, though it may not", vcpu, number);
    require(group1 == model_irq(vcpu, number)->group1, "comes in the other group", vcpu, number);
    pair.fallen[vcpu][number] = false;
    pair.delivered++;
    model_take(vcpu, number);
    model_irq(vcpu, number)->latch =
        *flag_of(pair.again, vcpu, number) &&
        machine_irq(vm.vcpus[vcpu].cpu, source_of(number)->phys)->pending;
    *flag_of(pair.again, vcpu, number) = false;
    return true;
}

/* What it took last. */
static void guest_end(uint32_t vcpu) {
    uint32_t number = core_of(vcpu)->taken[core_of(vcpu)->depth - 1];

    note("v%u: ends %u", vcpu, number);
    machine_guest_end(vm.vcpus[vcpu].cpu);
    require(machine.lost_ends == 0, "its end finds another priority or group", vcpu, number);
    require(machine.stray_ends == 0, "its end deactivates what is not active", vcpu, number);
    model_drop(vcpu);
    if (model.cpus[vcpu].split)
        pair.dropped[vcpu][pair.dropped_count[vcpu]++] = number;
    else
        model_deactivate(vcpu, number);
}

/* With EOImode 1, in any order. */
static void guest_deactivate(uint32_t vcpu, uint32_t index) {
    uint32_t number = pair.dropped[vcpu][index];

    note("v%u: deactivates %u", vcpu, number);
    pair.dropped[vcpu][index] = pair.dropped[vcpu][--pair.dropped_count[vcpu]];
    model_deactivate(vcpu, number);
    if (!machine_guest_deactivate(vm.vcpus[vcpu].cpu, number))
        guest_sysreg(vcpu, 1, number);
    require(machine.stray_ends == 0, "its end deactivates what is not active", vcpu, number);
}

static void guest_interface(uint32_t vcpu, uint32_t mask, bool group0, bool group1, bool split) {
    struct model_cpu *cpu = &model.cpus[vcpu];
    uint64_t value = (uint64_t)mask << 24 | (group0 ? 1u : 0) | (group1 ? 2u : 0);

    value |= split ? 0x200u : 0;
    note("v%u: ICH_VMCR %lx", vcpu, (unsigned long)value);
    cpu->mask = mask;
    cpu->group_on[0] = group0;
    cpu->group_on[1] = group1;
    cpu->split = split;
    core_of(vcpu)->interface = value;
}

/* ---- lives ---- */

static void reset_vcpu(uint32_t vcpu) {
    enter(vcpu);
    vm.vcpus[vcpu].power = VCPU_OFF;
    for (uint32_t i = 0; i < COUNT_OF(sources); i++) {
        if (sources[i].kind != PPI)
            continue;
        set_line(vcpu, &sources[i], false); /* reset_el1() and the like */
        model_irq(vcpu, sources[i].number)->latch = model_irq(vcpu, sources[i].number)->active =
            false;
    }
    core_of(vcpu)->depth = pair.dropped_count[vcpu] = 0;
    arch_vcpu_reset(&vm.vcpus[vcpu]);
    look(vcpu);
    model.cpus[vcpu] = (struct model_cpu){0};
}

static void vcpu_off(uint32_t vcpu) {
    note("v%u: off", vcpu);
    reset_vcpu(vcpu);
    settle(vcpu);
}

static void vcpu_on(uint32_t vcpu) {
    note("v%u: on", vcpu);
    enter(vcpu);
    vm.vcpus[vcpu].power = VCPU_STARTING;
    arch_vcpu_set_entry(&vm.vcpus[vcpu], 0, 0);
    vm.vcpus[vcpu].power = VCPU_ON;
    settle(vcpu);
    model.cpus[vcpu].on = true;
    guest_interface(vcpu, 0xf8, true, true, false);
}

static void check_quiet(const struct source *source, bool enabled) {
    for (uint32_t core = 0; core < VCPUS && source->phys != 0; core++) {
        const struct machine_irq *irq = machine_irq(core, source->phys);

        require(!irq->active && !irq->pending, "is left in the machine", core, source->number);
        require(source->kind == PPI || irq->enabled == enabled, "is on or off in the machine", core,
                source->number);
    }
}

/* What change_life() does, from one life of a VM to the next. */
static void restart(void) {
    note("restart");
    enter(0);
    arch_interrupts_off(&vm.vcpus[0]);
    for (uint32_t v = 0; v < VCPUS; v++)
        reset_vcpu(v);
    enter(0);
    arch_vm_reset(&vm);
    model_reset();
    for (uint32_t i = 0; i < COUNT_OF(sources); i++) {
        struct model_irq *irq = model_irq(0, sources[i].number);

        check_quiet(&sources[i], false);
        irq->edge = sources[i].kind == EDGE || sources[i].kind == SGI; /* the board's again */
        if (sources[i].kind == EDGE)
            irq->line = machine_irq(0, sources[i].phys)->line = false;
        if (sources[i].kind == EMULATED && irq->line) { /* its device's reset */
            arch_interrupt_set_level(&vm, sources[i].number, false);
            irq->line = false;
        }
    }
    memset(pair.orphan, 0, sizeof(pair.orphan));
    memset(pair.again, 0, sizeof(pair.again));
    vcpu_on(0);
}

static void pair_begin(uint32_t lists) {
    struct system_slice *slice = &small.vms[LINUX].interrupts;

    small_begin();
    memset(&pair, 0, sizeof(pair));
    memset(&model, 0, sizeof(model));
    slice->count = 0;
    for (uint32_t i = 0; i < 32 * VCPUS; i++) {
        model.privates[i / 32][i % 32].there = true;
        model.privates[i / 32][i % 32].edge = i % 32 < 16;
    }
    for (uint32_t i = 0; i < COUNT_OF(sources); i++) {
        const struct source *source = &sources[i];

        model_irq(0, source->number)->there = true;
        if (source->kind == EDGE || source->kind == LEVEL)
            small.interrupts[slice->count++] = (struct system_interrupt){
                source->number, source->phys, source->kind == EDGE ? SYSTEM_INTERRUPT_EDGE : 0};
    }
    small_create(&vm, LINUX);
    native_begin(lists, 0);
    for (uint32_t v = 0; v < VCPUS; v++) {
        machine_irq(v, 23)->enabled = machine_irq(v, 30)->enabled = true;
        enter(v);
        arch_vcpu_attach(&vm.vcpus[v]);
    }
    restart();
}

/* ---- at the end ---- */

/* Everything is on: what is owed comes, and then nothing is left anywhere. */
static void come_to_rest(void) {
    bool busy = true;

    for (uint32_t v = 0; v < VCPUS; v++) {
        if (!model.cpus[v].on)
            vcpu_on(v);
        guest_interface(v, 0xf8, true, true, model.cpus[v].split);
    }
    write_groups(0, true, true);
    for (uint32_t i = 0; i < COUNT_OF(sources) * VCPUS; i++) {
        uint32_t owner = i % VCPUS, number = sources[i / VCPUS].number;

        guest_write(owner, owner, number, IPRIORITYR, 0x80);
        guest_write(owner, owner, number, ISENABLER, 1);
        if (number >= 32)
            guest_write(owner, owner, number, IROUTER, owner);
        if (*flag_of(pair.orphan, owner, number))
            guest_write(owner, owner, number, ICACTIVER, 1);
    }
    for (uint32_t round = 0; busy; round++) {
        require(round < 10000, "does not come to rest", 0, 0);
        busy = is_in_transit();
        for (uint32_t v = 0; v < VCPUS; v++) {
            drain(v);
            check_signal(v);
            for (; guest_take(v); busy = true) {
            }
            for (; core_of(v)->depth > 0; busy = true) {
                serve(v, core_of(v)->taken[core_of(v)->depth - 1]);
                guest_end(v);
            }
            for (; pair.dropped_count[v] > 0; busy = true)
                guest_deactivate(v, 0);
        }
    }
    for (uint32_t i = 0; i < COUNT_OF(sources) * VCPUS; i++) {
        const struct model_irq *irq = model_irq(i % VCPUS, sources[i / VCPUS].number);

        require(!model_is_pending(irq), "was lost", i % VCPUS, sources[i / VCPUS].number);
        require(!irq->active, "never ended", i % VCPUS, sources[i / VCPUS].number);
        check_quiet(&sources[i / VCPUS], true);
    }
    for (uint32_t i = 0; i < VCPUS * machine.list_count; i++)
        require(core_of(i % VCPUS)->lists[i / VCPUS] >> 62 == 0, "a list register is in use",
                i % VCPUS, i / VCPUS);
}
