/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/sources.h"

#include "vm/vm.h"

bool source_test(const uint32_t bits[SOURCE_WORDS], uint32_t source) {
    return (bits[source / 32] & source_bit(source)) != 0;
}

void source_assign(uint32_t bits[SOURCE_WORDS], uint32_t source, bool on) {
    bits[source / 32] = (bits[source / 32] & ~source_bit(source)) | (on ? source_bit(source) : 0);
}

uint32_t sources_top(const struct vm *vm, uint32_t vcpu, uint32_t above) {
    uint32_t best = 0;

    for (uint32_t word = 0; word < vm->arch.words; word++) {
        uint32_t bits = vm->arch.pending[word] & vm->arch.enabled[vcpu][word];

        for (uint32_t source = word * 32; bits != 0; bits >>= 1, source++) {
            if ((bits & 1) != 0 && vm->arch.urgency[source] > above) {
                above = vm->arch.urgency[source];
                best = source;
            }
        }
    }
    return best;
}
