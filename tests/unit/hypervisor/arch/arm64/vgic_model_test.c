/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's vCPUs, its devices and its own register writes at random. In the environment VGIC_STEPS
 * says how many steps instead of those of `make test`, and VGIC_SEED with which seed to begin.
 */
#include "hypervisor/arch/arm64/gic_guest.h"

#define STEPS 1000u /* with one seed */

static struct random random_state;

static uint32_t pick(uint32_t end) {
    return random_below(&random_state, end);
}

static const struct source *pick_source(void) {
    return &sources[pick(COUNT_OF(sources))];
}

/* Whether a vCPU is about to end it. */
static bool is_taken(uint32_t number, uint32_t owner) {
    bool found = false;

    for (uint32_t v = 0; v < VCPUS; v++) {
        for (uint32_t i = 0; i < core_of(v)->depth; i++)
            found = found || (core_of(v)->taken[i] == number && (number >= 32 || v == owner));
        for (uint32_t i = 0; i < pair.dropped_count[v]; i++)
            found = found || (pair.dropped[v][i] == number && (number >= 32 || v == owner));
    }
    return found;
}

/* A level that is pending by its line, or was, where that has not been seen. */
static bool is_up(uint32_t owner, const struct source *source) {
    bool up = !model_irq(owner, source->number)->edge && model_irq(owner, source->number)->line;

    for (uint32_t v = 0; v < VCPUS; v++)
        up = up || pair.fallen[v][source->number];
    return up;
}

/*
 * Pending and active by hand. A sibling's timer is out of reach; what is being handled is not made
 * inactive, nor a level pending that is up.
 */
static void write_state(uint32_t vcpu, uint32_t owner, const struct source *source) {
    static const enum model_bank banks[] = {ISPENDR, ICPENDR, ISACTIVER, ICACTIVER};
    enum model_bank bank = banks[pick(4)];
    uint32_t number = source->number;

    if ((source->kind == PPI && owner != vcpu) || (bank == ISPENDR && is_up(owner, source)) ||
        (bank >= ISACTIVER && is_taken(number, owner)))
        return;
    guest_write(vcpu, owner, number, bank, 1);
    if (bank >= ISACTIVER)
        *flag_of(pair.orphan, owner, number) = bank == ISACTIVER;
}

/* Group and trigger change while it is disabled; the trigger also only while it is quiet. */
static void write_kind(uint32_t vcpu, uint32_t owner, const struct source *source) {
    struct model_irq *irq = model_irq(owner, source->number);

    if (irq->enabled || irq->active)
        return;
    if (pick(2) == 0)
        guest_write(vcpu, owner, source->number, GROUPR, pick(2));
    else if (source->phys != 0 && source->kind != PPI && !irq->line && !irq->latch)
        guest_write(vcpu, owner, source->number, ICFGR, pick(2) * 2);
}

static void write_something(uint32_t vcpu) {
    const struct source *source = pick_source();
    uint32_t owner = source->number < 32 ? pick(VCPUS) : 0;

    switch (pick(8)) {
    case 0:
        guest_write(vcpu, owner, source->number, IPRIORITYR, pick(32) << 3);
        break;
    case 1:
        if (source->number >= 32)
            guest_write(vcpu, 0, source->number, IROUTER,
                        pick(8) == 0 ? UINT64_C(0xff00ffffff) : pick(VCPUS));
        break;
    case 2:
        if (pick(4) == 0)
            write_groups(vcpu, pick(8) != 0, pick(8) != 0);
        break;
    case 3:
        write_kind(vcpu, owner, source);
        break;
    case 4:
        write_state(vcpu, owner, source);
        break;
    default:
        guest_write(vcpu, owner, source->number, pick(3) != 0 ? ISENABLER : ICENABLER, 1);
        break;
    }
}

static void read_something(uint32_t vcpu) {
    static const enum model_bank banks[] = {GROUPR,    ISENABLER, ICENABLER,  ISPENDR, ICPENDR,
                                            ISACTIVER, ICACTIVER, IPRIORITYR, ICFGR,   IROUTER};
    uint32_t number = pick_source()->number;
    enum model_bank bank = banks[pick(COUNT_OF(banks))];

    if (bank != IROUTER || number >= 32)
        guest_read(vcpu, number < 32 ? pick(VCPUS) : 0, number, bank);
}

/* The handler serves its device before the end; mostly. */
static void end_something(uint32_t vcpu) {
    uint32_t depth = core_of(vcpu)->depth;

    if (pair.dropped_count[vcpu] > 0 && (depth == 0 || pick(2) == 0)) {
        guest_deactivate(vcpu, pick(pair.dropped_count[vcpu]));
    } else if (depth > 0) {
        if (pick(8) != 0)
            serve(vcpu, core_of(vcpu)->taken[depth - 1]);
        guest_end(vcpu);
    }
}

/* It goes with what it has taken of shared ones, and comes back when nobody expects it. */
static void switch_vcpu(uint32_t vcpu) {
    bool has_private = false;

    for (uint32_t n = 0; n < 32; n++)
        has_private = has_private || model_irq(vcpu, n)->active;
    if (!model.cpus[vcpu].on) {
        vcpu_on(vcpu);
    } else if (!has_private && vcpu != 0) {
        for (uint32_t i = 0; i < COUNT_OF(sources); i++) {
            if (is_taken(sources[i].number, vcpu))
                *flag_of(pair.orphan, 0, sources[i].number) |=
                    sources[i].number >= 32 && model_irq(0, sources[i].number)->active;
        }
        vcpu_off(vcpu);
    }
}

/* EOImode is set up where nothing is active. */
static void change_interface(uint32_t vcpu) {
    const struct model_cpu *cpu = &model.cpus[vcpu];
    bool busy = core_of(vcpu)->depth + pair.dropped_count[vcpu] > 0;

    for (uint32_t i = 0; i < COUNT_OF(sources); i++) {
        const struct model_irq *irq = model_irq(vcpu, sources[i].number);

        busy = busy || (irq->route == vcpu && irq->active);
    }

    /* With few list registers one that waits for its group may hold the place of another. */
    bool few = machine.list_count < 16;
    bool group0 = few || pick(8) != 0, group1 = few || pick(8) != 0;

    guest_interface(vcpu, pick(2) == 0 ? 0xf8 : pick(32) << 3, group0, group1,
                    busy ? cpu->split : pick(2));
}

static void guest_does_something(uint32_t vcpu) {
    switch (pick(12)) {
    case 0:
        guest_sgi(vcpu, sources[pick(4)].number, pick(8), pick(4) != 0);
        break;
    case 1:
        write_something(vcpu);
        break;
    case 2:
        read_something(vcpu);
        break;
    case 3:
        if (pick(4) == 0)
            change_interface(vcpu);
        break;
    case 4:
        if (pick(8) == 0)
            switch_vcpu(vcpu);
        break;
    case 5:
    case 6:
    case 7:
    case 8: /* often with nothing of the hypervisor between */
        while (core_of(vcpu)->depth + pair.dropped_count[vcpu] < MODEL_DEPTH - 1 &&
               guest_take(vcpu) && pick(4) == 0) {
        }
        break;
    default:
        do {
            end_something(vcpu);
        } while (pick(4) == 0);
        break;
    }
}

static void something_happens(void) {
    uint32_t vcpu = pick(VCPUS);
    const struct source *source = pick_source();

    if (pick(4) == 0)
        fire(pick(VCPUS), source);
    else if (pick(16) == 0 && source->kind != SGI && !model_irq(vcpu, source->number)->edge)
        set_line(vcpu, source, false);
    drain(vcpu);
    if (model.cpus[vcpu].on)
        check_signal(vcpu);
    if (model.cpus[vcpu].on)
        guest_does_something(vcpu);
    else if (pick(16) == 0)
        switch_vcpu(vcpu);
    require(machine_broken() == NULL, machine_broken(), vcpu, 0);
    require(machine.bad_drops == 0, "an end that is no end", vcpu, 0);
}

/* A number that was given in the environment, or this one. */
static uint64_t wanted(const char *name, uint64_t otherwise) {
    const char *value = getenv(name);

    return value == NULL ? otherwise : strtoull(value, NULL, 10);
}

static void run(uint32_t lists) {
    uint64_t first = wanted("VGIC_SEED", 1), delivered = 0;
    uint64_t seeds = wanted("VGIC_STEPS", 100000) / STEPS / 3 + 1;

    for (uint64_t seed = first; seed < first + seeds; seed++) {
        random_state.state = seed * 64 + lists;
        pair_begin(lists);
        pair.seed = seed;
        machine.eager_count = pick(2) == 0;
        for (pair.step = 0; pair.step < STEPS; pair.step++) {
            something_happens();
            if (pick(STEPS / 2) == 0)
                restart();
        }
        come_to_rest();
        delivered += pair.delivered;
    }
    assert_true(delivered > seeds * STEPS / 100);
}

TEST(with_four_list_registers) {
    run(4);
}

TEST(with_two_list_registers) {
    run(2);
}

TEST(with_sixteen_list_registers) {
    run(16);
}
