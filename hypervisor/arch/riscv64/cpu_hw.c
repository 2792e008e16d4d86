/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/cpu.h"

#include "arch/riscv64/hart.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/probe_hw.h"
#include "lib/report.h"
#include "mem/hypervisor_space.h"

/* Status of what is read from the seed (Scalar Cryptography 1.0, 4.1). */
#define SEED_OPST    UINT64_C(0xc0000000)
#define SEED_ES16    UINT64_C(0x80000000)
#define RANDOM_TRIES 1000u

void arch_check_start(void) {
    if (!PROBE((void)READ_CSR(hstatus)))
        refuse("hypervisor-extension",
               "must be started in HS-mode (this hart has no H extension, or it is in use)");
    if (READ_CSR(satp) != 0)
        refuse("mmu-on", "must be started with the MMU off, as Linux is");
}

const char *arch_cpu_init(const struct system *system, uint32_t cpu) {
    const struct system_board_riscv64 *board = &system->board->riscv64;
    const char *wrong = features_find(board);

    if (wrong == NULL)
        wrong = intc_cpu_init(system);
    if (wrong == NULL)
        wrong = kick_init(system, cpu);
    if (wrong == NULL)
        wrong = features_give(board);
    if (wrong == NULL && !timer_init())
        wrong = "the firmware sets no timer";
    if (wrong != NULL)
        return wrong;
    CLEAR_CSR(sip, BIT(IRQ_SSI));
    WRITE_CSR(sie, BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI));
    return NULL;
}

extern uint8_t secondary_start[];

bool arch_cpu_start(uint64_t hwid, phys_t space) {
    uint64_t offset = (uint64_t)(secondary_start - link_text_start);
    const uint64_t a[8] = {hwid, space_record()->home + offset, space.value, [7] = SBI_HSM};

    INSTRUCTION("fence rw, rw");
    return firmware_call(a).error == 0; /* start */
}

void arch_machine_off(void) {
    firmware_call((const uint64_t[8]){[7] = SBI_SRST}); /* shutdown, for no reason */
    arch_halt();
}

/* Zkr, if the firmware has opened it (mseccfg.SSEED): 16 bits at a time, or be patient. */
bool arch_random(uint64_t *number) {
    uint32_t bits = 0;

    for (uint32_t i = 0; bits < 64 && i < RANDOM_TRIES; i++) {
        uint64_t seed = 0;

        if (!PROBE(seed = SWAP_CSR(seed, 0)))
            return false;
        if ((seed & SEED_OPST) == SEED_ES16) {
            *number = *number << 16 | (seed & 0xffff);
            bits += 16;
        }
    }
    return bits == 64;
}
