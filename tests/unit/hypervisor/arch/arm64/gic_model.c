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

uint64_t model_read(uint32_t vcpu, uint32_t number, enum model_bank bank) {
    const struct model_irq *irq = model_irq(vcpu, number);

    switch (bank) {
    case GROUPR:
        return irq->group1;
    case ISENABLER:
    case ICENABLER:
        return irq->enabled;
    case ISPENDR:
    case ICPENDR:
        return model_is_pending(irq);
    case ISACTIVER:
    case ICACTIVER:
        return irq->active;
    case IPRIORITYR:
        return irq->priority;
    case ICFGR:
        return irq->edge ? 2 : 0;
    default:
        return irq->route == MODEL_NOWHERE ? UINT64_C(0xff00ffffff) : irq->route;
    }
}

void model_write(uint32_t vcpu, uint32_t number, enum model_bank bank, uint64_t value) {
    struct model_irq *irq = model_irq(vcpu, number);

    switch (bank) {
    case GROUPR:
        irq->group1 = value != 0;
        break;
    case ISENABLER:
    case ICENABLER:
        irq->enabled = bank == ISENABLER;
        break;
    case ISPENDR:
    case ICPENDR:
        irq->latch = bank == ISPENDR;
        break;
    case ISACTIVER:
    case ICACTIVER:
        irq->active = bank == ISACTIVER;
        break;
    case IPRIORITYR:
        irq->priority = (uint32_t)value;
        break;
    case ICFGR:
        irq->edge = (value & 2) != 0;
        break;
    default:
        irq->route = value < MODEL_VCPUS ? (uint32_t)value : MODEL_NOWHERE;
        break;
    }
}

void model_sgi(uint32_t number, uint32_t targets, bool group1) {
    for (uint32_t v = 0; v < MODEL_VCPUS; v++) {
        struct model_irq *irq = &model.privates[v][number];

        if ((targets >> v & 1) != 0 && irq->group1 == group1)
            irq->latch = true;
    }
}
