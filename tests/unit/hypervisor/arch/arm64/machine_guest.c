/* SPDX-License-Identifier: Apache-2.0 */
/* The other side of the list registers: a guest's CPU interface (IHI 0069, chapter 6). */
#include "hypervisor/arch/arm64/machine.h"

#include <stddef.h>

/* ICH_LR<n>_EL2 */
#define NUMBER(word)   ((uint32_t)(word))
#define PHYS(word)     ((uint32_t)((word) >> 32) & 0x1fff) /* with HW */
#define PRIORITY(word) ((uint32_t)((word) >> 48) & 0xf8)
#define EOI            (UINT64_C(1) << 41) /* without HW */
#define GROUP(word)    ((word) >> 60 & 1)
#define HW             (UINT64_C(1) << 61)
#define PENDING        (UINT64_C(1) << 62)
#define ACTIVE         (UINT64_C(1) << 63)

/* ICH_HCR_EL2 */
#define EN        (UINT64_C(1) << 0)
#define UIE       (UINT64_C(1) << 1)
#define LRENPIE   (UINT64_C(1) << 2)
#define NPIE      (UINT64_C(1) << 3)
#define TC        (UINT64_C(1) << 10)
#define TDIR      (UINT64_C(1) << 14)
#define EOI_COUNT (UINT64_C(0x1f) << 27)

/* ICH_VMCR_EL2: VPMR, and VENG1 and VENG0. */
#define VEOIM      (UINT64_C(1) << 9)
#define MASK(vmcr) ((uint32_t)((vmcr) >> 24) & 0xf8)

static bool is_valid(uint64_t word) {
    return (word & (PENDING | ACTIVE)) != 0;
}

static bool is_empty(uint64_t word) {
    return !is_valid(word) && ((word & HW) != 0 || (word & EOI) == 0);
}

uint32_t machine_empty_lists(const struct machine_core *core) {
    uint32_t empty = 0;

    for (uint32_t i = 0; i < machine.list_count; i++) {
        bool stale = (core->unsynchronized >> i & 1) != 0;

        empty |= is_empty(stale ? core->stale[i] : core->lists[i]) ? 1u << i : 0;
    }
    return empty;
}

/* An end that asked to be told or that no list register had, too few or none left in them. */
bool machine_wants_maintenance(const struct machine_core *core) {
    bool ended = false;
    uint32_t valid = 0, pending = 0;

    for (uint32_t i = 0; i < machine.list_count; i++) {
        valid += is_valid(core->lists[i]);
        pending += (core->lists[i] & (PENDING | ACTIVE)) == PENDING;
        ended = ended || (!is_valid(core->lists[i]) && !is_empty(core->lists[i]));
    }
    ended = ended || ((core->control & LRENPIE) != 0 && (core->control & EOI_COUNT) != 0) ||
            ((core->control & UIE) != 0 && valid <= 1) ||
            ((core->control & NPIE) != 0 && pending == 0);
    return ended && (core->control & EN) != 0;
}

void machine_guest_open(uint32_t core) {
    machine.cores[core].interface = UINT64_C(0xff000003);
}

/* The most urgent active priority of both groups; 0x100: none. */
static uint32_t running(const struct machine_core *core) {
    uint32_t priorities = core->running[0] | core->running[1];

    return priorities == 0 ? 0x100 : (uint32_t)__builtin_ctz(priorities) << 3;
}

/* What can be signalled: pending only, its group on, more urgent than the mask and all active. */
static uint64_t *best(struct machine_core *core) {
    uint64_t *best = NULL;

    for (uint32_t i = 0; i < machine.list_count; i++) {
        uint64_t *word = &core->lists[i];

        if ((*word & (PENDING | ACTIVE)) == PENDING && (core->interface >> GROUP(*word) & 1) != 0 &&
            (best == NULL || PRIORITY(*word) < PRIORITY(*best)))
            best = word;
    }
    return best != NULL && (core->control & EN) != 0 && PRIORITY(*best) < MASK(core->interface) &&
                   PRIORITY(*best) < running(core)
               ? best
               : NULL;
}

uint32_t machine_guest_pending(uint32_t core) {
    const uint64_t *word = best(&machine.cores[core]);

    return word == NULL ? MACHINE_NONE : NUMBER(*word);
}

uint32_t machine_guest_take(uint32_t number, bool *group1) {
    struct machine_core *core = &machine.cores[number];
    uint64_t *word = best(core);

    core->unsynchronized = 0; /* by the return to the guest */
    if (word == NULL)
        return MACHINE_NONE;
    *word = (*word & ~PENDING) | ACTIVE;
    if (group1 != NULL)
        *group1 = GROUP(*word) != 0;
    core->running[GROUP(*word)] |= 1u << (PRIORITY(*word) >> 3);
    core->group1[core->depth] = GROUP(*word) != 0;
    core->taken[core->depth++] = NUMBER(*word);
    return NUMBER(*word);
}

static uint64_t *find_active(struct machine_core *core, uint32_t number) {
    for (uint32_t i = 0; i < machine.list_count; i++) {
        if (NUMBER(core->lists[i]) == number && (core->lists[i] & ACTIVE) != 0)
            return &core->lists[i];
    }
    return NULL;
}

/* The physical one with it; or, where no list register has it, it is counted. */
static void deactivate(uint32_t number, uint64_t *word) {
    struct machine_core *core = &machine.cores[number];

    if (word == NULL) {
        core->control =
            (core->control & ~EOI_COUNT) | ((core->control + (UINT64_C(1) << 27)) & EOI_COUNT);
        return;
    }
    *word &= ~ACTIVE;
    if ((*word & HW) != 0) {
        machine.stray_ends += !machine_irq(number, PHYS(*word))->active;
        machine_irq(number, PHYS(*word))->active = false;
    }
}

void machine_guest_end(uint32_t number) {
    struct machine_core *core = &machine.cores[number];
    uint32_t dropped = running(core);
    uint64_t *word = find_active(core, core->taken[--core->depth]);
    bool split = (core->interface & VEOIM) != 0;

    if (dropped == 0x100) /* UNPREDICTABLE; here it is ignored */
        return;
    core->running[(core->running[0] >> (dropped >> 3) & 1) != 0 ? 0 : 1] &= ~(1u << (dropped >> 3));
    if (word == NULL ? !split || machine.eager_count
                     : !split && PRIORITY(*word) == dropped &&
                           (GROUP(*word) != 0) == core->group1[core->depth])
        deactivate(number, word);
    else
        machine.lost_ends += !split;
}

bool machine_guest_deactivate(uint32_t number, uint32_t ended) {
    struct machine_core *core = &machine.cores[number];

    if ((core->control & (machine.no_dir_trap ? TC : TC | TDIR)) != 0)
        return false;
    if ((core->interface & VEOIM) != 0)
        deactivate(number, find_active(core, ended));
    return true;
}

/* The word alone, and beside another one of any core. */
static const char *broken_rule(uint32_t core, uint64_t word) {
    if ((word & HW) == 0)
        return NULL;
    if ((word & (PENDING | ACTIVE)) == (PENDING | ACTIVE))
        return "a list register with HW is pending and active";
    if (PHYS(word) < 16 || PHYS(word) >= 1020)
        return "a list register is linked to no physical interrupt";
    /* A core with an interrupt on its way looks at its list registers before its guest goes on. */
    return machine_irq(core, PHYS(word))->active || machine_pending(core) != MACHINE_NONE
               ? NULL
               : "a linked one is not active";
}

static bool clash(uint32_t core, uint64_t word, uint32_t other_core, uint64_t other) {
    return is_valid(other) &&
           ((NUMBER(word) == NUMBER(other) && (core == other_core || NUMBER(word) >= 32)) ||
            ((word & other & HW) != 0 && PHYS(word) == PHYS(other) &&
             (core == other_core || PHYS(word) >= 32)));
}

const char *machine_broken(void) {
    const char *rule = NULL;

    for (uint32_t i = 0; i < MACHINE_CORES * machine.list_count; i++) {
        uint32_t core = i / machine.list_count;
        uint64_t word = machine.cores[core].lists[i % machine.list_count];

        if (!is_valid(word))
            continue;
        rule = rule == NULL ? broken_rule(core, word) : rule;
        for (uint32_t n = 0; n < i; n++) {
            uint32_t other = n / machine.list_count;

            if (clash(core, word, other, machine.cores[other].lists[n % machine.list_count]))
                rule = "two list registers have the same interrupt";
        }
    }
    return rule;
}

uint32_t machine_copies(uint32_t core, uint32_t number) {
    uint32_t copies = 0;

    for (uint32_t i = 0; i < MACHINE_CORES; i++) {
        for (uint32_t n = 0; n < machine.list_count; n++) {
            uint64_t word = machine.cores[i].lists[n];

            copies += (number >= 32 || i == core) && NUMBER(word) == number && is_valid(word);
        }
    }
    return copies;
}
