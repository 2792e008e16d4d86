/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vgic_reset.c - which interrupts a VM has, and the state that each of its lives begins with.
 */
#include "arch/arm64/vgic/vgic.h"

#include "lib/string.h"
#include "vm/vm.h"

void vgic_own(struct vm *vm, uint32_t number, uint32_t phys, bool edge) {
    uint32_t vcpus = number < VGIC_PRIVATES ? vm->vcpu_count : 1, bit = vgic_bit(number);
    struct vgic *vgic = &vm->arch.vgic;

    for (uint32_t i = 0; i < vcpus; i++) {
        struct vgic_word *word = vgic_word(vgic, i, number);

        word->owned |= bit;
        word->linked |= phys != 0 ? bit : 0;
        word->edge = (word->edge & ~bit) | (edge ? bit : 0);
        word->phys[number % 32] = (uint16_t)phys;
    }
    if (phys != 0)
        vgic->guest_number[phys] = (uint16_t)number;
    if (vgic->words <= number / 32)
        vgic->words = number / 32 + 1;
}

static void reset_word(struct vgic_word *word, uint32_t owner, uint32_t route) {
    word->owner = owner;
    word->edge &= word->linked; /* an emulated one's is the guest's */
    memset((uint8_t *)word + offsetof(struct vgic_word, enabled), 0,
           offsetof(struct vgic_word, route) - offsetof(struct vgic_word, enabled));
    memset(word->route, (int)route, sizeof(word->route));
}

void vgic_reset(struct vm *vm) {
    struct vgic *vgic = &vm->arch.vgic;

    vgic->control = 0;
    for (uint32_t i = 0; i + 1 < vgic->words; i++)
        reset_word(&vgic->shared[i], VGIC_NO_VCPU, 0);
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        struct vgic_cpu *cpu = &vgic->cpus[i];

        reset_word(&cpu->privates, i, i);
        cpu->privates.owned = UINT32_MAX;
        cpu->privates.edge = (1u << VGIC_SGIS) - 1;
        memset(cpu->list_of, 0, sizeof(cpu->list_of));
        cpu->used = 0;
        cpu->asleep = true;
        atomic_fetch_and(&vm->vcpus[i].work, ~(VGIC_FOLD | VGIC_FILL));
    }
}
