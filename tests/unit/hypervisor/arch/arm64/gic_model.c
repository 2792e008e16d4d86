/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/arch/arm64/gic_model.h"

#include <string.h>

struct model model;

struct model_irq *model_irq(uint32_t vcpu, uint32_t number) {
    return number < 32 ? &model.privates[vcpu][number] : &model.shared[number];
}

static void reset_irq(struct model_irq *irq, uint32_t route) {
    *irq = (struct model_irq){
        .there = irq->there, .edge = irq->edge, .line = irq->line, .route = route};
}

void model_reset(void) {
    memset(model.group_on, 0, sizeof(model.group_on));
    memset(model.cpus, 0, sizeof(model.cpus));
    for (uint32_t v = 0; v < MODEL_VCPUS; v++) {
        for (uint32_t n = 0; n < 32; n++)
            reset_irq(&model.privates[v][n], v);
    }
    for (uint32_t n = 32; n < MODEL_END; n++)
        reset_irq(&model.shared[n], 0);
}

bool model_is_pending(const struct model_irq *irq) {
    return irq->latch || (!irq->edge && irq->line);
}

bool model_may_come(uint32_t vcpu, uint32_t number) {
    const struct model_irq *irq = model_irq(vcpu, number);
    const struct model_cpu *cpu = &model.cpus[vcpu];

    return irq->there && irq->enabled && model_is_pending(irq) && !irq->active &&
           irq->route == vcpu && cpu->on && model.group_on[irq->group1] &&
           cpu->group_on[irq->group1] && irq->priority < cpu->mask &&
           (cpu->depth == 0 || irq->priority < cpu->running[cpu->depth - 1]);
}

void model_take(uint32_t vcpu, uint32_t number) {
    struct model_irq *irq = model_irq(vcpu, number);
    struct model_cpu *cpu = &model.cpus[vcpu];

    irq->latch = false;
    irq->active = true;
    cpu->running[cpu->depth++] = irq->priority;
}

void model_drop(uint32_t vcpu) {
    model.cpus[vcpu].depth--;
}

void model_deactivate(uint32_t vcpu, uint32_t number) {
    model_irq(vcpu, number)->active = false;
}

/* What a bank with one bit for each interrupt is about; NULL: it has more. */
static bool *flag_of(struct model_irq *irq, enum model_bank bank) {
    bool *const flags[] = {NULL,        &irq->group1, &irq->enabled, &irq->enabled,
                           &irq->latch, &irq->latch,  &irq->active,  &irq->active};

    return bank < IPRIORITYR ? flags[bank / 0x80] : NULL;
}

uint64_t model_read(uint32_t vcpu, uint32_t number, enum model_bank bank) {
    struct model_irq *irq = model_irq(vcpu, number);

    if (bank == ISPENDR || bank == ICPENDR)
        return model_is_pending(irq);
    if (flag_of(irq, bank) != NULL)
        return *flag_of(irq, bank);
    if (bank == IPRIORITYR)
        return irq->priority;
    if (bank == ICFGR)
        return irq->edge ? 2 : 0;
    return irq->route == MODEL_NOWHERE ? UINT64_C(0xff00ffffff) : irq->route;
}

void model_write(uint32_t vcpu, uint32_t number, enum model_bank bank, uint64_t value) {
    struct model_irq *irq = model_irq(vcpu, number);

    if (bank == GROUPR)
        irq->group1 = value != 0;
    else if (flag_of(irq, bank) != NULL)
        *flag_of(irq, bank) = bank % 0x100 == 0; /* the other half clears */
    else if (bank == IPRIORITYR)
        irq->priority = (uint32_t)value;
    else if (bank == ICFGR)
        irq->edge = (value & 2) != 0;
    else
        irq->route = value < MODEL_VCPUS ? (uint32_t)value : MODEL_NOWHERE;
}

void model_sgi(uint32_t number, uint32_t targets, bool group1) {
    for (uint32_t v = 0; v < MODEL_VCPUS; v++) {
        struct model_irq *irq = &model.privates[v][number];

        if ((targets >> v & 1) != 0 && irq->group1 == group1)
            irq->latch = true;
    }
}
