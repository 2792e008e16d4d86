/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/probe_hw.h"

#include "arch/arm64/include/sysreg_hw.h"
#include "arch/memory.h"

volatile bool probe_running, probe_failed;

bool arch_memory_probe(bool (*access)(volatile uint64_t *word), volatile uint64_t *word) {
    bool good;

    probe_failed = false;
    probe_running = true;
    good = access(word);
    probe_running = false;
    /* On silicon a store's abort may be an SError, pending behind the barriers: ISR_EL1.A. */
    return !probe_failed && good && (READ_SYSREG(isr_el1) & 0x100) == 0;
}
