/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/arch/arm64/machine.h"

#include <stdio.h>
#include <string.h>

#include "arch/arm64/gic/gic.h"
#include "arch/arm64/registers.h"
#include "arch/host/host.h"

struct machine machine;

struct machine_irq *machine_irq(uint32_t core, uint32_t number) {
    return number < 32 ? &machine.cores[core].privates[number] : &machine.shared[number];
}

void machine_reset(uint32_t list_count) {
    memset(&machine, 0, sizeof(machine));
    machine.list_count = list_count;
    for (uint32_t core = 0; core < MACHINE_CORES; core++) {
        machine.cores[core].acknowledged = MACHINE_NONE;
        machine.cores[core].control = 1; /* En */
        machine_guest_open(core);
        machine_irq(core, MACHINE_KICK)->enabled = true;
        machine_irq(core, MACHINE_MAINTENANCE)->enabled = true;
        machine_irq(core, MACHINE_TIMER)->enabled = true;
    }
}

static bool can_fire(const struct machine_irq *irq) {
    return irq->enabled && !irq->active && (irq->pending || (irq->line && !irq->edge));
}

uint32_t machine_pending(uint32_t core) {
    machine_irq(core, MACHINE_MAINTENANCE)->line = machine_wants_maintenance(&machine.cores[core]);
    for (uint32_t number = 0; number < MACHINE_END; number++) {
        const struct machine_irq *irq = machine_irq(core, number);

        if (can_fire(irq) && (number < 32 || irq->cpu == core))
            return number;
    }
    return MACHINE_NONE;
}

/* The physical CPU interface, with EOImode 1: end and deactivation are two steps. */
static uint64_t take_physical(struct machine_core *core) {
    uint32_t number = machine_pending(machine.cpu);
    struct machine_irq *irq;

    /* All have one priority: none comes before the last one's is dropped. */
    if (number == MACHINE_NONE || core->acknowledged != MACHINE_NONE)
        return MACHINE_NONE;
    irq = machine_irq(machine.cpu, number);
    irq->pending = false;
    irq->active = true;
    core->acknowledged = number;
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

/* The list register of this name, or NULL. */
static uint64_t *list_of(struct machine_core *core, const char *name) {
    const char *prefix = "S3_4_C12_C1"; /* then 2_0 to 3_7 */
    size_t size = strlen(prefix);

    if (strncmp(name, prefix, size) != 0 || (name[size] != '2' && name[size] != '3'))
        return NULL;
    return &core->lists[(name[size] - '2') * 8 + name[size + 2] - '0'];
}

/* Those that have their place in a core. */
static uint64_t *placed(struct machine_core *core, const char *name) {
    if (strcmp(name, "ICH_HCR_EL2") == 0)
        return &core->control;
    return strcmp(name, "ICH_VMCR_EL2") == 0 ? &core->interface : list_of(core, name);
}

uint64_t machine_sysreg_read(const char *name) {
    struct machine_core *core = &machine.cores[machine.cpu];
    const uint64_t *place = placed(core, name);

    if (place != NULL)
        return *place;
    if (strcmp(name, "ICH_VTR_EL2") == 0) /* ListRegs, TDS, PREbits, PRIbits */
        return (machine.list_count - 1) | (machine.no_dir_trap ? 0 : 1u << 19) | 4u << 26 |
               4u << 29;
    if (strcmp(name, "ICH_ELRSR_EL2") == 0) {
        record("%s", name);
        return machine_empty_lists(core);
    }
    if (strcmp(name, "ICC_IAR1_EL1") == 0) {
        record("%s", name);
        return take_physical(core);
    }
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

/* The physical CPU interface, with EOImode 1: end and deactivation are two steps, in that order. */
static void drop(struct machine_core *core, uint32_t number) {
    machine.bad_drops += core->acknowledged != number;
    core->acknowledged = MACHINE_NONE;
}

static void deactivate(const struct machine_core *core, uint32_t number) {
    machine.bad_drops += core->acknowledged == number;
    machine_irq(machine.cpu, number)->active = false;
}

void machine_sysreg_write(const char *name, uint64_t value) {
    struct machine_core *core = &machine.cores[machine.cpu];
    const uint64_t *list = list_of(core, name);

    machine.hasty += machine.unobserved ? 1 : 0;
    if (list != NULL) {
        list_write(value, (uint64_t)(list - core->lists));
        return;
    }
    record("%s=%lx", name, value);
    if (placed(core, name) != NULL)
        *placed(core, name) = value;
    else if (strcmp(name, "ICH_AP0R0_EL2") == 0 || strcmp(name, "ICH_AP1R0_EL2") == 0)
        core->running[name[6] - '0'] = (uint32_t)value;
    else if (strcmp(name, "ICC_EOIR1_EL1") == 0)
        drop(core, (uint32_t)value);
    else if (strcmp(name, "ICC_DIR_EL1") == 0)
        deactivate(core, (uint32_t)value);
    else if (strcmp(name, "pmxevtyper_el0") == 0)
        machine.event_types[*kept("pmselr_el0") & 0x1f] = value;
    else
        *kept(name) = strcmp(name, "hcr_el2") == 0 ? value | machine.hcr_res1 : value;
}

/* gic.h */
void gic_write(enum gic_bank bank, uint32_t number) {
    static const char *const names[] = {"enable",        "disable",    "set pending",
                                        "clear pending", "set active", "clear active"};
    struct machine_irq *irq = machine_irq(machine.cpu, number);
    bool *const states[] = {&irq->enabled, &irq->pending, &irq->active};
    unsigned half = (bank - GICD_ISENABLER) / 0x80;

    record("%s %u", names[half], number);
    *states[half / 2] = half % 2 == 0;
    machine.disabling |= bank == GICD_ICENABLER;
}

void gic_wait(void) {
    record("gic wait");
    machine.disabling = false;
}

bool gic_line(uint32_t number) {
    const struct machine_irq *irq = machine_irq(machine.cpu, number);

    return irq->pending || (irq->line && !irq->edge);
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
    machine.looks++;
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
    core->lists[list] = word & ~(UINT64_C(7) << 48); /* five bits of priority */
}
