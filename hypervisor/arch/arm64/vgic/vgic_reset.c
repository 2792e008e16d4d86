/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vgic_reset.c - which interrupts a VM has, and the state that each of its lives begins with.
 */
#include "arch/arm64/vgic/vgic.h"

#include "lib/string.h"
#include "vm/vm.h"

static void own(struct vgic_word *word, uint32_t number, uint32_t phys, bool edge) {
    uint32_t bit = vgic_bit(number);

    word->owned |= bit;
    word->linked |= phys != 0 ? bit : 0;
    word->edge = (word->edge & ~bit) | (edge ? bit : 0);
    word->phys[number % 32] = (uint16_t)phys;
}

void vgic_own(struct vm *vm, uint32_t number, uint32_t phys, bool edge) {
    struct vgic *vgic = &vm->arch.vgic;
    uint32_t vcpus = number < VGIC_PRIVATES ? vm->vcpu_count : 1;

    for (uint32_t i = 0; i < vcpus; i++)
        own(vgic_word(vgic, i, number), number, phys, edge);
    if (phys != 0)
        vgic->guest_number[phys] = (uint16_t)number;
    if (vgic->words <= number / 32)
        vgic->words = number / 32 + 1;
}

static void reset_word(struct vgic_word *word, uint32_t vcpu) {
    word->enabled = word->group = word->line = word->latched = word->active = word->by_hand = 0;
    word->listed = word->changed = word->cleared = word->ended = 0;
    word->edge &= word->linked; /* an emulated one's is the guest's */
    memset(word->priority, 0, sizeof(word->priority));
    memset(word->route, (int)vcpu, sizeof(word->route));
}

void vgic_reset(struct vm *vm) {
    struct vgic *vgic = &vm->arch.vgic;

    vgic->control = 0;
    for (uint32_t i = 0; i + 1 < vgic->words; i++)
        reset_word(&vgic->shared[i], 0);
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        struct vgic_cpu *cpu = &vgic->cpus[i];

        reset_word(&cpu->privates, i);
        cpu->privates.owned = UINT32_MAX;
        cpu->privates.edge = (1u << VGIC_SGIS) - 1;
        memset(cpu->list_of, 0, sizeof(cpu->list_of));
        cpu->used = 0;
        cpu->asleep = true;
        atomic_store(&cpu->sgis, 0);
        atomic_fetch_and(&vm->vcpus[i].work, ~(VGIC_FOLD | VGIC_FILL));
    }
}
