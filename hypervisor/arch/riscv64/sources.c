/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/sources.h"

#include "arch/cpu.h"
#include "lib/string.h"

void sources_output(struct sources *sources, uint32_t self, uint32_t vcpu, bool output) {
    if (output == atomic_load(&sources->output[vcpu]))
        return;
    atomic_store(&sources->output[vcpu], output);
    if (vcpu != self)
        arch_cpu_kick(sources->machine_cpu[vcpu]);
}

void sources_reset(struct sources *sources, size_t size) {
    size_t constant = offsetof(struct sources, line);

    memset((uint8_t *)sources + constant, 0, size - constant);
}
