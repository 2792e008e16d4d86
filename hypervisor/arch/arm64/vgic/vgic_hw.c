/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/vgic/vgic_hw.h"

#include "arch/arm64/gic/gic.h"
#include "arch/arm64/gic/gic_cpu_hw.h"
#include "arch/arm64/vgic/list.h"
#include "arch/cpu.h"

/* Active priority registers: ICH_VTR_EL2.PREbits decides how many of each group there are. */
static void active_priorities_reset(void) {
    uint32_t bits = (uint32_t)(READ_SYSREG(ICH_VTR_EL2) >> 26 & 7) + 1;

    WRITE_SYSREG(ICH_AP0R0_EL2, 0);
    WRITE_SYSREG(ICH_AP1R0_EL2, 0);
    if (bits >= 6) {
        WRITE_SYSREG(S3_4_C12_C8_1, 0);
        WRITE_SYSREG(S3_4_C12_C9_1, 0);
    }
    if (bits >= 7) {
        WRITE_SYSREG(S3_4_C12_C8_2, 0);
        WRITE_SYSREG(S3_4_C12_C8_3, 0);
        WRITE_SYSREG(S3_4_C12_C9_2, 0);
        WRITE_SYSREG(S3_4_C12_C9_3, 0);
    }
}

static void write(const uint64_t words[VGIC_LISTS], uint32_t lists) {
    for (; lists != 0; lists &= lists - 1) {
        unsigned list = (unsigned)__builtin_ctz(lists);

        list_write(words[list], list);
    }
    lists_written();
}

/* The guest's EOImode is 1. */
static bool is_split(void) {
    return (READ_SYSREG(ICH_VMCR_EL2) & ICH_VMCR_VEOIM) != 0;
}

void vgic_lists_fold(struct vcpu *vcpu) {
    const struct vgic_cpu *cpu = vcpu->arch.vgic;
    uint64_t words[VGIC_LISTS], enabled = READ_SYSREG(ICH_HCR_EL2);
    bool asked = (atomic_load(&vcpu->work) & VGIC_FOLD) != 0;
    uint32_t ended;

    if (enabled == LIST_HCR_EN && !asked && (cpu->used & ~lists_empty()) == 0)
        return;
    /* With EOImode 1 not all controllers count by the manual; ICC_DIR_EL1 traps, if it can. */
    ended = is_split() && (READ_SYSREG(ICH_VTR_EL2) & ICH_VTR_TDS) != 0
                ? 0
                : (uint32_t)enabled >> LIST_HCR_EOICOUNT;
    lists_read(words, cpu->lists);
    write(words, vgic_fold(vcpu, words, ended));
    if (enabled != LIST_HCR_EN) {
        /* Something waits in the books: this has been counted, and is set up anew. */
        WRITE_SYSREG(ICH_HCR_EL2, LIST_HCR_EN);
        atomic_fetch_or(&vcpu->work, VGIC_FILL);
    }
}

static uint32_t all_empty(const struct vcpu *vcpu) {
    return lists_empty() & ((1u << vcpu->arch.vgic->lists) - 1);
}

/* As vgic_fill(), into all that are empty. */
static uint32_t fill(struct vcpu *vcpu) {
    uint32_t empty = all_empty(vcpu), written = 0;
    uint64_t words[VGIC_LISTS];
    uint32_t more = vgic_fill(vcpu, is_split(), empty, words, &written);

    write(words, written);
    return more;
}

void vgic_lists_sync(struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;

    if ((atomic_load(&vcpu->work) & (VGIC_FOLD | VGIC_FILL)) == 0)
        return;
    lists_written(); /* by a fast path */
    spin_lock(&vgic->lock);
    /* What has been ended is counted before it could be put back. */
    if ((atomic_load(&vcpu->work) & VGIC_FOLD) != 0 || READ_SYSREG(ICH_HCR_EL2) != LIST_HCR_EN)
        vgic_lists_fold(vcpu);
    /* A vCPU that is off holds nothing back: what is for it waits in the books. */
    if (atomic_load(&vcpu->power) == VCPU_ON && fill(vcpu) != 0) {
        /* Now the most urgent of all. */
        vgic_lists_fold(vcpu);
        WRITE_SYSREG(ICH_HCR_EL2, LIST_HCR_EN | fill(vcpu));
    }
    atomic_fetch_and(&vcpu->work, ~(VGIC_FOLD | VGIC_FILL));
    spin_unlock(&vgic->lock);
}

void vgic_cpu_reset(struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    struct vgic_word *word = &vcpu->arch.vgic->privates;

    /* What was on its way to a vCPU that went off waits for its next start. */
    spin_lock(&vgic->lock);
    vgic_lists_fold(vcpu);
    /* The physical ones behind private ones are reset, too. */
    word->latched &= ~word->linked;
    word->active &= ~word->linked;
    word->by_hand = 0;
    vgic_forget_priorities(vcpu);
    spin_unlock(&vgic->lock);
    for (uint32_t list = 0; list < vcpu->arch.vgic->lists; list++)
        list_write(0, list); /* UNKNOWN at first */
    active_priorities_reset();
    WRITE_SYSREG(ICH_VMCR_EL2, 0);
    WRITE_SYSREG(ICH_HCR_EL2, LIST_HCR_EN);
    ISB();
}

bool vgic_lists_pending(const struct vcpu *vcpu) {
    uint64_t words[VGIC_LISTS];
    /* More wait than fit: none of them is kept waiting for an interrupt. */
    bool pending = READ_SYSREG(ICH_HCR_EL2) != LIST_HCR_EN;

    lists_read(words, vcpu->arch.vgic->lists);
    for (uint32_t i = 0; i < vcpu->arch.vgic->lists; i++)
        pending = pending || words[i] >> 62 == 1; /* ICH_LR.State: pending, not active */
    return pending;
}

void vgic_take(struct vcpu *vcpu, uint32_t number) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    struct vgic_word *word = vgic_word(vgic, vcpu->index, number);
    /* What waits in the books must not be overtaken. */
    uint32_t empty = READ_SYSREG(ICH_HCR_EL2) == LIST_HCR_EN ? all_empty(vcpu) : 0, list;
    uint64_t words[VGIC_LISTS];

    spin_lock(&vgic->lock);
    word->latched |= vgic_bit(number);
    list = vgic_load(vcpu, number, empty, words);
    write(words, list);
    if (list == 0)
        vgic_changed(vcpu, word, vgic_bit(number));
    spin_unlock(&vgic->lock);
}

void vgic_end(struct vcpu *vcpu, uint32_t number) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;

    if (number >= VGIC_END)
        return;
    spin_lock(&vgic->lock);
    vgic_lists_fold(vcpu);
    vgic_deactivate(vcpu, number);
    atomic_fetch_or(&vcpu->work, VGIC_FILL);
    spin_unlock(&vgic->lock);
}

void vgic_take_sgis(struct vcpu *vcpu) {
    struct vgic_word *word = &vcpu->arch.vgic->privates;
    uint32_t sgis = 0;

    if (atomic_load_explicit(&word->sgis, memory_order_relaxed) != 0)
        sgis = atomic_exchange(&word->sgis, 0);
    for (; sgis != 0; sgis &= sgis - 1) {
        uint32_t sgi = (uint32_t)__builtin_ctz(sgis);

        if (!vgic_take_again(vcpu, 1024 + sgi))
            vgic_take(vcpu, sgi);
        lists_written();
    }
}

/* Of a write to ICC_SGI1R_EL1 or ICC_SGI0R_EL1: a bitmap of vCPUs. */
static uint32_t sgi_targets(const struct vcpu *sender, uint64_t value) {
    uint32_t all = (1u << sender->vm->vcpu_count) - 1;

    if ((value & (UINT64_C(1) << 40)) != 0) /* IRM: all but the sender */
        return all & ~(1u << sender->index);
    /* Aff3 [55:48], RS [47:44], Aff2 [39:32], Aff1 [23:16]: vCPUs are 0.0.0.n, n < 16. */
    return (value & UINT64_C(0x00fff0ff00ff0000)) == 0 ? (uint32_t)value & 0xffff & all : 0;
}

void vgic_send_sgi(struct vcpu *vcpu, uint64_t value, bool group1) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    uint32_t targets = sgi_targets(vcpu, value);
    uint32_t sgi = 1u << (value >> 24 & 0xf);

    for (; targets != 0; targets &= targets - 1) {
        struct vgic_cpu *target = &vgic->cpus[__builtin_ctz(targets)];

        if (((target->privates.group & sgi) != 0) != group1)
            continue;
        atomic_fetch_or(&target->privates.sgis, sgi);
        if (target == vcpu->arch.vgic)
            vgic_take_sgis(vcpu);
        else
            gic_kick(target->kick);
    }
}
