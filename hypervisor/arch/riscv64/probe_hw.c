/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/probe_hw.h"

#include "arch/memory.h"
#include "arch/riscv64/hart.h"
#include "arch/riscv64/include/csr_hw.h"

volatile bool probe_running, probe_failed;

bool arch_memory_probe(bool (*access)(volatile uint64_t *word), volatile uint64_t *word) {
    bool good = false;

    return PROBE(good = access(word)) && good;
}

/*
 * Guest-physical memory is reached through the guest's own translation, its first
 * stage off for the while: stage 2 bounds it, and nothing is mapped here.
 */
bool guest_memory(uint64_t at, uint8_t *bytes, uint64_t size, bool write) {
    uint64_t saved = SWAP_CSR(vsatp, 0);
    bool done = PROBE_GUEST(for (uint64_t i = 0; i < size && !probe_failed; i++) {
        if (write)
            HSV_B(bytes[i], at + i);
        else
            HLV_BU(bytes[i], at + i);
    });

    WRITE_CSR(vsatp, saved);
    return done;
}

/* The way back is behind the call, four bytes on. */
void guest_call_again(void) {
    WRITE_CSR(sepc, READ_CSR(sepc) - 4);
}
