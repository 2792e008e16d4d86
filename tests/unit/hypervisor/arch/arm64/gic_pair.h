/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gic_pair.h - a VM's interrupt controller on machine.h beside the one of gic_model.h: each step is
 * done to both, and what the guest sees of them is compared. For one test program's main file.
 *
 * What may differ, and nothing else: a sibling's change counts when its kick has been taken (a core
 * with an interrupt on its way runs no instruction of its guest); what is in a sibling's list
 * register may read as active and as not pending, never as inactive if it is active, and its PPIs
 * are out of reach; what it has let go of is known when it has been asked; of interrupts with one
 * priority any may come first; a level that falls while it is in a list register, which the
 * hypervisor does not look at, comes at most once more; and the second edge of a linked one, when
 * the first is in the hypervisor's hands and not yet in the guest's, comes itself.
 */
#pragma once

#include "hypervisor/support.h"

#include "hypervisor/arch/arm64/native_hw.h"

#include "arch/trap.h"
#include "hypervisor/arch/arm64/gic_model.h"
#include "hypervisor/no_irq.h"
#include "hypervisor/small_system.h"
#include "trap/mmio.h"

#define VCPUS MODEL_VCPUS
#define NOTES 40u

enum kind { SGI, PPI, EDGE, LEVEL, EMULATED };

static const struct source {
    uint32_t number, phys;
    enum kind kind;
} sources[] = {
    {0, 0, SGI},      {1, 0, SGI},      {7, 0, SGI},       {15, 0, SGI},     {23, 23, PPI},
    {27, 27, PPI},    {30, 30, PPI},    {33, 0, EMULATED}, {34, 34, LEVEL},  {40, 48, EDGE},
    {100, 70, EDGE},  {131, 71, LEVEL}, {162, 72, EDGE},   {193, 73, LEVEL}, {224, 74, EDGE},
    {255, 75, LEVEL}, {286, 76, EDGE},  {317, 77, LEVEL},
};

static const struct source *source_of(uint32_t number) {
    for (uint32_t i = 0; i < COUNT_OF(sources); i++) {
        if (sources[i].number == number)
            return &sources[i];
    }
    return NULL;
}

static struct {
    uint64_t seed, step;
    char notes[NOTES][80]; /* the last steps */
    uint64_t noted, delivered;
    bool failed;
    bool fallen[VCPUS][MODEL_END]; /* in a list register, and the hypervisor did not run since */
    bool again[VCPUS][MODEL_END];  /* the machine has one more edge than the guest could see */
    bool orphan[VCPUS][MODEL_END]; /* active, and no vCPU is about to end it */
    uint32_t dropped[VCPUS][MODEL_DEPTH]; /* with EOImode 1: still to be deactivated */
    uint32_t dropped_count[VCPUS];
} pair;

static void __attribute__((format(printf, 1, 2))) note(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(pair.notes[pair.noted++ % NOTES], sizeof(pair.notes[0]), format, arguments);
    va_end(arguments);
}

static struct machine_core *core_of(uint32_t vcpu) {
    return &machine.cores[vm.vcpus[vcpu].cpu];
}

/* Both sides as they stand. */
static void note_state(uint32_t vcpu, uint32_t number) {
    const struct model_irq *irq = model_irq(vcpu, number);
    const struct model_cpu *cpu = &model.cpus[vcpu];
    const struct machine_irq *phys = machine_irq(vm.vcpus[vcpu].cpu, source_of(number)->phys);

    note("model: v%u group %u priority %x on %u latch %u line %u edge %u active %u", irq->route,
         irq->group1, irq->priority, irq->enabled, irq->latch, irq->line, irq->edge, irq->active);
    note("model: groups %u%u %u%u mask %x running %x", model.group_on[0], model.group_on[1],
         cpu->group_on[0], cpu->group_on[1], cpu->mask, cpu->running[cpu->depth]);
    note("machine: core %u on %u pending %u line %u active %u", phys->cpu, phys->enabled,
         phys->pending, phys->line, phys->active);
    for (uint32_t i = 0; i < VCPUS * machine.list_count; i++) {
        uint64_t word = core_of(i % VCPUS)->lists[i / VCPUS];

        if (word != 0)
            note("v%u: list register %u: %lx", i % VCPUS, i / VCPUS, (unsigned long)word);
    }
}

static void require(bool condition, const char *what, uint32_t vcpu, uint32_t number) {
    if (condition)
        return;
    pair.failed = true;
    if (source_of(number) != NULL)
        note_state(vcpu, number);
    for (uint64_t i = pair.noted > NOTES ? pair.noted - NOTES : 0; i < pair.noted; i++)
        print_error("%s\n", pair.notes[i % NOTES]);
    fail_msg("seed %u step %u: vcpu %u interrupt %u: %s", (unsigned)pair.seed, (unsigned)pair.step,
             vcpu, number, what);
}

static bool *flag_of(bool flags[VCPUS][MODEL_END], uint32_t vcpu, uint32_t number) {
    return &flags[number < 32 ? vcpu : 0][number];
}

/* The vCPU's core takes an exception, which synchronizes. */
static void enter(uint32_t vcpu) {
    on_core(vcpu);
    core_of(vcpu)->unsynchronized = 0;
}

/* What has fallen is known where list registers were looked at. */
static void look(uint32_t vcpu) {
    if (machine.looks > 0)
        memset(pair.fallen[vcpu], 0, sizeof(pair.fallen[vcpu]));
    machine.looks = 0;
}

/* What follows each exit on the slow path. */
static void settle(uint32_t vcpu) {
    arch_interrupts_sync(&vm.vcpus[vcpu]);
    look(vcpu);
}

/* A core takes all its physical interrupts. */
static void drain(uint32_t vcpu) {
    for (uint32_t n = 0; machine_pending(vm.vcpus[vcpu].cpu) != MACHINE_NONE; n++) {
        require(n < 1000, "the hypervisor's interrupts don't end", vcpu,
                machine_pending(vm.vcpus[vcpu].cpu));
        enter(vcpu);
        if (vm.vcpus[vcpu].power != VCPU_ON)
            arch_interrupts_poll(&vm.vcpus[vcpu]);
        else if (fast_irq())
            settle(vcpu);
        look(vcpu);
    }
}

static bool is_in_transit(void) {
    bool pending = false;

    for (uint32_t v = 0; v < VCPUS; v++)
        pending = pending || machine_pending(vm.vcpus[v].cpu) != MACHINE_NONE;
    return pending;
}

static void drain_all(void) {
    while (is_in_transit()) {
        for (uint32_t v = 0; v < VCPUS; v++)
            drain(v);
    }
}

/* ---- registers ---- */

static uint32_t bits_of(enum model_bank bank) {
    return bank == IPRIORITYR ? 8 : bank == ICFGR ? 2 : bank == IROUTER ? 64 : 1;
}

/* The word that has the interrupt's field. The redistributors' frames are behind the distributor.
 */
static uint64_t offset_of(uint32_t owner, uint32_t number, enum model_bank bank) {
    uint64_t size = bank == IROUTER ? 8 : 4;
    uint64_t within = bank + (uint64_t)number * bits_of(bank) / 8 / size * size;

    return number < 32 ? 0x10000 + owner * UINT64_C(0x20000) + 0x10000 + within : within;
}

/* The whole word, as the model has it. */
static uint64_t model_word(uint32_t owner, uint32_t number, enum model_bank bank) {
    uint32_t bits = bits_of(bank), count = bits == 64 ? 1 : 32 / bits;
    uint32_t first = number / count * count;
    uint64_t word = 0;

    for (uint32_t i = 0; i < count && first + i < MODEL_END; i++) {
        if (model_irq(owner, first + i)->there)
            word |= model_read(owner, first + i, bank) << (i * bits);
    }
    return word;
}

/* The machine latches an edge, or what is made pending, beside one that the guest has not taken. */
static void note_again(uint32_t vcpu, const struct source *source) {
    const struct machine_irq *irq = machine_irq(vm.vcpus[vcpu].cpu, source->phys);
    const struct model_irq *wanted = model_irq(vcpu, source->number);

    if (source->phys != 0 && irq->active && !irq->pending)
        *flag_of(pair.again, vcpu, source->number) |= wanted->latch;
}

static void write_word(uint32_t vcpu, uint64_t at, unsigned size, uint64_t value) {
    enter(vcpu);
    arch_interrupts.write(&vm.vcpus[vcpu], at, size, value);
    settle(vcpu);
}

static void guest_write(uint32_t vcpu, uint32_t owner, uint32_t number, enum model_bank bank,
                        uint64_t value) {
    uint64_t at = offset_of(owner, number, bank);

    note("v%u: %u of v%u: %x = %lx", vcpu, number, owner, bank, (unsigned long)value);
    if (bank == ISPENDR)
        note_again(owner, source_of(number));
    *flag_of(pair.again, owner, number) &= bank != ICPENDR;
    model_write(owner, number, bank, value);
    if (bank == IPRIORITYR)
        write_word(vcpu, at + number % 4, 1, value);
    else if (bank == GROUPR || bank == ICFGR)
        write_word(vcpu, at, 4, model_word(owner, number, bank));
    else if (bank == IROUTER)
        write_word(vcpu, at, 8, value);
    else
        write_word(vcpu, at, 4, UINT64_C(1) << (number % 32));
}

static void write_groups(uint32_t vcpu, bool group0, bool group1) {
    note("v%u: CTLR group 0 %u group 1 %u", vcpu, group0, group1);
    model.group_on[0] = group0;
    model.group_on[1] = group1;
    write_word(vcpu, 0, 4, (group0 ? 1u : 0) | (group1 ? 2u : 0));
}

static uint64_t read_word(uint32_t vcpu, uint64_t at, unsigned size) {
    uint64_t value;

    enter(vcpu);
    value = arch_interrupts.read(&vm.vcpus[vcpu], at, size);
    settle(vcpu);
    return value;
}

/* Those of a word that siblings have in list registers. */
static uint64_t elsewhere(uint32_t vcpu, uint32_t owner, uint32_t number) {
    uint64_t bits = 0;

    for (uint32_t i = 0; i < VCPUS * machine.list_count; i++) {
        uint64_t word = core_of(i % VCPUS)->lists[i / VCPUS];
        uint32_t listed = (uint32_t)word;

        if (i % VCPUS != vcpu && word >> 62 != 0 && listed / 32 == number / 32 &&
            (listed >= 32 || i % VCPUS == owner))
            bits |= UINT64_C(1) << (listed % 32);
    }
    return bits;
}

/* The vCPU reads the word; what siblings have to be asked for first it reads twice. */
static void guest_read(uint32_t vcpu, uint32_t owner, uint32_t number, enum model_bank bank) {
    bool is_state = bank >= ISPENDR && bank <= ICACTIVER;
    uint64_t mask = is_state && owner != vcpu && number < 32 ? 0xffff : UINT64_MAX;
    uint64_t at = offset_of(owner, number, bank), wanted = model_word(owner, number, bank);
    uint64_t value = read_word(vcpu, at, bank == IROUTER ? 8 : 4);

    require(bank < ISACTIVER || !is_state || (wanted & ~value & mask) == 0, "reads as inactive",
            vcpu, number);
    if (is_state && ((value ^ wanted) & mask) != 0) {
        drain_all();
        value = read_word(vcpu, at, 4);
        mask &= ~elsewhere(vcpu, owner, number);
    }
    note("v%u: reads %u of v%u: %x is %lx (%lx)", vcpu, number, owner, bank, (unsigned long)value,
         (unsigned long)wanted);
    require(((value ^ wanted) & mask) == 0, "reads wrongly", vcpu, number);
}

/* A write to ICC_<register op2 of C12_C11>_EL1 that traps. */
static void guest_sysreg(uint32_t vcpu, uint32_t op2, uint64_t value) {
    uint64_t esr = UINT64_C(0x18) << 26 | 3u << 20 | op2 << 17 | 12u << 10 | 4u << 5 | 11u << 1;
    struct trap trap;

    enter(vcpu);
    set("esr_el2", esr);
    set("elr_el2", 0);
    link_frame.x[4] = value;
    fast_sync(&link_frame);
    if (get("elr_el2") == 0) { /* it has not been skipped */
        trap_decode(&trap, esr, 0, 0, 5, 0);
        arch_handle_sysreg(&vm.vcpus[vcpu], &trap);
    }
    settle(vcpu);
}

static void guest_sgi(uint32_t vcpu, uint32_t number, uint32_t targets, bool group1) {
    note("v%u: SGI %u of group %u to %x", vcpu, number, group1, targets);
    model_sgi(number, targets, group1);
    guest_sysreg(vcpu, group1 ? 5 : 7,
                 number << 24 | (targets == (7u & ~(1u << vcpu)) ? UINT64_C(1) << 40 : targets));
}
