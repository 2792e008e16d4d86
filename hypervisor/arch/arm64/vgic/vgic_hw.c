/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/vgic/vgic_hw.h"

#include "arch/arm64/gic/gic.h"
#include "arch/arm64/include/sysreg_hw.h"
#include "arch/arm64/registers.h"
#include "arch/cpu.h"

#define ICH_HCR_EN  (1u << 0)
#define ICH_HCR_UIE (1u << 1)

uint32_t vgic_list_count(void) {
    return (uint32_t)(READ_SYSREG(ICH_VTR_EL2) & 0xf) + 1;
}

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

void vgic_cpu_reset(struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;

    /* What was on its way to a vCPU that went off waits for its next start. */
    spin_lock(&vgic->lock);
    vgic_lists_fold(vcpu);
    spin_unlock(&vgic->lock);
    active_priorities_reset();
    WRITE_SYSREG(ICH_VMCR_EL2, 0);
    WRITE_SYSREG(ICH_HCR_EL2, ICH_HCR_EN);
    ISB();
}

void vgic_lists_fold(struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    struct vgic_cpu *cpu = &vgic->cpus[vcpu->index];
    uint64_t words[VGIC_LISTS];

    lists_read(words, cpu->lists);
    vgic_fold(vgic, vcpu->index, words);
    lists_write(words, cpu->lists);
    atomic_store(&cpu->sync, true);
}

void vgic_lists_sync(struct vcpu *vcpu) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    struct vgic_cpu *cpu = &vgic->cpus[vcpu->index];
    uint64_t words[VGIC_LISTS] = {0};
    bool more;

    if (!atomic_load(&cpu->sync))
        return;
    spin_lock(&vgic->lock);
    vgic_lists_fold(vcpu);
    /* A vCPU that is off holds nothing back: what is for it waits at the distributor. */
    more = atomic_load(&vcpu->power) == VCPU_ON && vgic_fill(vgic, vcpu->index, words);
    lists_write(words, cpu->lists);
    WRITE_SYSREG(ICH_HCR_EL2, more ? ICH_HCR_EN | ICH_HCR_UIE : ICH_HCR_EN);
    ISB(); /* as in vgic_inject_own() */
    atomic_store(&cpu->sync, false);
    spin_unlock(&vgic->lock);
}

bool vgic_lists_pending(const struct vcpu *vcpu) {
    uint32_t count = vcpu->vm->arch.vgic.cpus[vcpu->index].lists;
    uint64_t words[VGIC_LISTS];
    /* More wait than fit: none of them is kept waiting for an interrupt. */
    bool pending = (READ_SYSREG(ICH_HCR_EL2) & ICH_HCR_UIE) != 0;

    lists_read(words, count);
    for (uint32_t i = 0; i < count; i++)
        pending = pending || words[i] >> 62 == 1; /* ICH_LR.State: pending, not active */
    return pending;
}

void vgic_inject_own(struct vcpu *vcpu, uint32_t number) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    uint64_t word;
    unsigned list;

    spin_lock(&vgic->lock);
    if (vgic_inject(vgic, vcpu->index, number, (uint32_t)READ_SYSREG(ICH_ELRSR_EL2), &word, &list))
        list_write(word, list);
    ISB(); /* ICH_ELRSR_EL2 is read again without an exception between: DDI 0487 D19.1.2 */
    spin_unlock(&vgic->lock);
}

void vgic_take_sgis(struct vcpu *vcpu) {
    uint32_t sgis = atomic_exchange(&vcpu->vm->arch.vgic.cpus[vcpu->index].sgis, 0);

    for (; sgis != 0; sgis &= sgis - 1)
        vgic_inject_own(vcpu, (uint32_t)__builtin_ctz(sgis));
}

void vgic_send_sgi(struct vcpu *vcpu, uint64_t value) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    uint32_t sgi;
    uint32_t targets = vgic_sgi_targets(vgic, vcpu->index, value, &sgi);

    for (; targets != 0; targets &= targets - 1) {
        uint32_t target = (uint32_t)__builtin_ctz(targets);

        if (target == vcpu->index) {
            vgic_inject_own(vcpu, sgi);
        } else {
            atomic_fetch_or(&vgic->cpus[target].sgis, 1u << sgi);
            arch_cpu_kick(vgic->machine_cpu[target]);
        }
    }
}
