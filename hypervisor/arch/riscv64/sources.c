/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/sources.h"

#include "vm/vm.h"

bool source_test(const uint32_t bits[SOURCE_WORDS], uint32_t source) {
    return (bits[source / 32] & source_bit(source)) != 0;
}

void source_assign(uint32_t bits[SOURCE_WORDS], uint32_t source, bool on) {
    bits[source / 32] = (bits[source / 32] & ~source_bit(source)) | (on ? source_bit(source) : 0);
}

void source_pend(struct vm *vm, uint32_t source, bool on) {
    source_assign(vm->arch.pending, source, on);
    for (uint32_t i = 0; i < vm->vcpu_count; i++)
        vm->arch.stale |= source_test(vm->arch.enabled[i], source) ? 1u << i : 0;
}

/* By halves: not every hart has an instruction for it (Zbb). */
uint32_t source_lowest(uint32_t bits) {
    uint32_t number = 0;

    for (uint32_t half = 16; half != 0; half /= 2) {
        if ((bits & ((1u << half) - 1)) == 0) {
            bits >>= half;
            number += half;
        }
    }
    return number;
}

uint32_t sources_top(const struct vm *vm, uint32_t vcpu, uint32_t above) {
    uint32_t best = 0;

    for (uint32_t word = 0; word < vm->arch.words; word++) {
        uint32_t bits = vm->arch.pending[word] & vm->arch.enabled[vcpu][word];

        for (; bits != 0; bits &= bits - 1) {
            uint32_t source = word * 32 + source_lowest(bits);

            if (vm->arch.urgency[source] > above) {
                above = vm->arch.urgency[source];
                best = source;
            }
        }
    }
    return best;
}
