/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/arch/arm64/machine.h"

#include <string.h>

#include "arch/arm64/gic/gic.h"
#include "arch/arm64/registers.h"
#include "arch/host/host.h"

/* ICH_LR<n>_EL2 and ICH_HCR_EL2. */
#define NUMBER(word)   ((uint32_t)(word))
#define PHYS(word)     ((uint32_t)((word) >> 32) & 0x3ff)
#define PRIORITY(word) ((uint8_t)((word) >> 48))
#define EOI            (UINT64_C(1) << 41)
#define GROUP1         (UINT64_C(1) << 60)
#define HW             (UINT64_C(1) << 61)
#define PENDING        (UINT64_C(1) << 62)
#define ACTIVE         (UINT64_C(1) << 63)
#define HCR_UIE        2u

struct machine machine;

struct machine_irq *machine_irq(uint32_t core, uint32_t number) {
    return number < 32 ? &machine.cores[core].privates[number] : &machine.shared[number];
}

void machine_reset(uint32_t list_count) {
    memset(&machine, 0, sizeof(machine));
    machine.list_count = list_count;
    for (uint32_t core = 0; core < MACHINE_CORES; core++) {
        machine_irq(core, MACHINE_KICK)->enabled = true;
        machine_irq(core, MACHINE_MAINTENANCE)->enabled = true;
        machine_irq(core, MACHINE_TIMER)->enabled = true;
    }
}

static bool is_empty(uint64_t word) {
    return (word & (PENDING | ACTIVE)) == 0 && ((word & HW) != 0 || (word & EOI) == 0);
}

/* ICH_ELRSR_EL2 */
static uint32_t empty_lists(const struct machine_core *core) {
    uint32_t empty = 0;

    for (uint32_t i = 0; i < machine.list_count; i++) {
        bool stale = (core->unsynchronized >> i & 1) != 0;

        empty |= is_empty(stale ? core->stale[i] : core->lists[i]) ? 1u << i : 0;
    }
    return empty;
}

/* ICH_MISR_EL2: an end that asked to be told, or too few in the list registers. */
static bool wants_maintenance(const struct machine_core *core) {
    uint32_t valid = 0;

    for (uint32_t i = 0; i < machine.list_count; i++) {
        uint64_t word = core->lists[i];

        valid += (word & (PENDING | ACTIVE)) != 0;
        if ((word & (PENDING | ACTIVE | HW)) == 0 && (word & EOI) != 0)
            return true;
    }
    return (core->control & HCR_UIE) != 0 && valid <= 1;
}

static bool can_fire(const struct machine_irq *irq) {
    return irq->enabled && !irq->active && (irq->pending || irq->line);
}

uint32_t machine_pending(uint32_t core) {
    machine_irq(core, MACHINE_MAINTENANCE)->line = wants_maintenance(&machine.cores[core]);
    for (uint32_t number = 0; number < 1020; number++) {
        const struct machine_irq *irq = machine_irq(core, number);

        if (can_fire(irq) && (number < 32 || irq->cpu == core))
            return number;
    }
    return MACHINE_NONE;
}

uint32_t machine_guest_take(uint32_t number, bool *group1) {
    struct machine_core *core = &machine.cores[number];
    uint8_t running = core->depth > 0 ? core->running[core->depth - 1] : 0xff;
    uint64_t *best = NULL;

    for (uint32_t i = 0; i < machine.list_count; i++) {
        uint64_t *word = &core->lists[i];

        if ((*word & (PENDING | ACTIVE)) == PENDING &&
            (best == NULL || PRIORITY(*word) < PRIORITY(*best)))
            best = word;
    }
    core->unsynchronized = 0; /* by the return to the guest */
    if (best == NULL || PRIORITY(*best) >= running || core->depth == MACHINE_DEPTH)
        return MACHINE_NONE;
    *best = (*best & ~PENDING) | ACTIVE;
    if (group1 != NULL)
        *group1 = (*best & GROUP1) != 0;
    core->running[core->depth] = PRIORITY(*best);
    core->taken[core->depth++] = NUMBER(*best);
    return NUMBER(*best);
}

void machine_guest_end(uint32_t number) {
    struct machine_core *core = &machine.cores[number];
    uint32_t ended = core->taken[--core->depth];

    for (uint32_t i = 0; i < machine.list_count; i++) {
        uint64_t *word = &core->lists[i];

        if (NUMBER(*word) != ended || (*word & ACTIVE) == 0)
            continue;
        *word &= ~ACTIVE;
        if ((*word & HW) != 0) {
            struct machine_irq *irq = machine_irq(number, PHYS(*word));

            machine.stray_ends += irq->active ? 0 : 1;
            irq->active = false;
        }
        return;
    }
    machine.lost_ends++;
}

uint32_t machine_copies(uint32_t core, uint32_t number) {
    uint32_t copies = 0;

    for (uint32_t i = 0; i < MACHINE_CORES; i++) {
        for (uint32_t n = 0; n < machine.list_count; n++) {
            uint64_t word = machine.cores[i].lists[n];

            if ((number >= 32 || i == core) && NUMBER(word) == number &&
                (word & (PENDING | ACTIVE)) != 0)
                copies++;
        }
    }
    return copies;
}

/* The physical CPU interface, with EOImode 1: end and deactivation are two steps. */
static uint64_t take_physical(void) {
    uint32_t number = machine_pending(machine.cpu);
    struct machine_irq *irq;

    if (number == MACHINE_NONE)
        return number;
    irq = machine_irq(machine.cpu, number);
    irq->pending = false;
    irq->active = true;
    machine.unobserved = true;
    return number;
}

/* A register without a meaning of its own here. */
static uint64_t *kept(const char *name) {
    unsigned i = 0;

    while (machine.registers[i].name != NULL && strcmp(machine.registers[i].name, name) != 0)
        i++;
    machine.registers[i].name = name;
    return &machine.registers[i].value;
}

uint64_t machine_sysreg_read(const char *name) {
    const struct machine_core *core = &machine.cores[machine.cpu];

    if (strcmp(name, "ICH_VTR_EL2") == 0)
        return (machine.list_count - 1) | 4u << 26; /* five bits of preemption */
    if (strcmp(name, "ICH_ELRSR_EL2") == 0) {
        record("%s", name);
        return empty_lists(core);
    }
    if (strcmp(name, "ICC_IAR1_EL1") == 0) {
        record("%s", name);
        return take_physical();
    }
    if (strcmp(name, "ICH_HCR_EL2") == 0)
        return core->control;
    return *kept(name);
}

void machine_isb(void) {
    record("isb");
    machine.cores[machine.cpu].unsynchronized = 0;
}

void machine_dsb(const char *domain) {
    record("dsb %s", domain);
    if (strcmp(domain, "sy") == 0)
        machine.unobserved = false;
}

void machine_dc(const char *operation, const void *at) {
    uint64_t block = UINT64_C(4) << (*kept("dczid_el0") & 0xf);

    record("dc %s", operation);
    machine.lines++;
    machine.line = (uintptr_t)at;
    if (strcmp(operation, "zva") == 0)
        memset((void *)((uintptr_t)at & ~(block - 1)), 0, block);
}

void machine_sysreg_write(const char *name, uint64_t value) {
    record("%s=%lx", name, value);
    machine.hasty += machine.unobserved ? 1 : 0;
    if (strcmp(name, "ICH_HCR_EL2") == 0)
        machine.cores[machine.cpu].control = value;
    else if (strcmp(name, "ICC_DIR_EL1") == 0)
        machine_irq(machine.cpu, (uint32_t)value)->active = false;
    else if (strcmp(name, "pmxevtyper_el0") == 0)
        machine.event_types[*kept("pmselr_el0") & 0x1f] = value;
    else
        *kept(name) = strcmp(name, "hcr_el2") == 0 ? value | machine.hcr_res1 : value;
}

/* gic.h */
void gic_enable(uint32_t number, bool on) {
    record("%s %u", on ? "enable" : "disable", number);
    machine_irq(machine.cpu, number)->enabled = on;
    machine.disabling |= !on;
}

void gic_wait(void) {
    record("gic wait");
    machine.disabling = false;
}

void gic_clear_active(uint32_t number) {
    record("clear active %u", number);
    machine_irq(machine.cpu, number)->active = false;
}

void gic_clear_pending(uint32_t number) {
    record("clear pending %u", number);
    machine_irq(machine.cpu, number)->pending = false;
}

bool gic_is_pending(uint32_t number) {
    const struct machine_irq *irq = machine_irq(machine.cpu, number);

    return irq->pending || irq->line;
}

bool gic_configure(uint32_t number, bool edge) {
    struct machine_irq *irq = machine_irq(machine.cpu, number);

    record("%s %u", edge ? "edge" : "level", number);
    if (!irq->fixed)
        irq->edge = edge;
    return irq->edge == edge;
}

void gic_route(uint32_t number, uint32_t cpu) {
    record("route %u %u", number, cpu);
    machine_irq(machine.cpu, number)->cpu = cpu;
}

/* registers.S */
void lists_read(uint64_t *words, uint64_t count) {
    memcpy(words, machine.cores[machine.cpu].lists, count * sizeof(*words));
}

void lists_write(const uint64_t *words, uint64_t count) {
    for (uint64_t i = 0; i < count; i++)
        list_write(words[i], i);
}

void list_write(uint64_t word, uint64_t list) {
    struct machine_core *core = &machine.cores[machine.cpu];

    record("lr%lu=%lx", list, word);
    if ((core->unsynchronized >> list & 1) == 0)
        core->stale[list] = core->lists[list];
    core->unsynchronized |= 1u << list;
    core->lists[list] = word;
}
