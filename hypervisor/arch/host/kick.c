/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/cpu.h"
#include "arch/host/host.h"

void arch_cpu_kick(uint32_t cpu) {
    record("kick %u", cpu);
    atomic_fetch_add(&host.kicks[cpu], 1);
}
