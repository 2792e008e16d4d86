/* SPDX-License-Identifier: Apache-2.0 */

#include "arch/cpu.h"
#include "arch/memory.h"
#include "arch/riscv64/aia/imsic.h"
#include "arch/riscv64/fast_hw.h"
#include "arch/riscv64/features.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/intc.h"
#include "arch/riscv64/registers.h"
#include "arch/riscv64/sbi.h"
#include "arch/riscv64/timer_hw.h"
#include "lib/report.h"
#include "lib/string.h"
#include "mem/hypervisor_space.h"
#include "vm/this_cpu.h"

#define SPACE_SWI (SPACE_ARCH + 40 * PAGE_SIZE)

/*
 * Delegated to the guest: what its own instructions cause. Not its calls, guest-page
 * faults and virtual instructions. Privileged Architecture 1.13, table 20.2.
 */
#define HEDELEG_VALUE UINT64_C(0xb1ff)
#define HIDELEG_VALUE (BIT(IRQ_VSSI) | BIT(IRQ_VSTI) | BIT(IRQ_VSEI))

#define SSTATUS_UXL (UINT64_C(2) << 32) /* 64 bits */
#define SSTATUS_FS  BIT(13)             /* initial; both are what the guest may use, too */
#define SSTATUS_VS  BIT(9)

/* Status of what is read from the seed (Scalar Cryptography 1.0, 4.1). */
#define SEED_OPST    UINT64_C(0xc0000000)
#define SEED_ES16    UINT64_C(0x80000000)
#define RANDOM_TRIES 1000u

static uint32_t found;
/* How others are kicked: until the board's way has been tried, by the firmware's IPI. */
static enum { KICK_FIRMWARE, KICK_SWI, KICK_MSI } kick;

bool cpu_has(uint32_t feature) {
    return (found & feature) != 0;
}

void arch_check_start(void) {
    if (!PROBE((void)READ_CSR(HSTATUS)))
        refuse("hypervisor-extension",
               "must be started in HS-mode (this hart has no H extension, or it is in use)");
    if (READ_CSR(SATP) != 0)
        refuse("mmu-on", "must be started with the MMU off, as Linux is");
}

static bool has_stage2(uint32_t levels) {
    bool taken;

    WRITE_CSR(HGATP, HGATP_MODE(levels));
    taken = READ_CSR(HGATP) == HGATP_MODE(levels);
    WRITE_CSR(HGATP, 0);
    return taken;
}

/* Of a guest-page fault, by an address that is too long for Sv39x4 whatever the tables say. */
static bool tells_addresses(void) {
    uint64_t at = BIT(41);
    uint8_t byte;

    WRITE_CSR(VSATP, 0);
    WRITE_CSR(HGATP, HGATP_MODE(3));
    WRITE_CSR(HTVAL, 0);
    PROBE(HLV_BU(byte, at));
    WRITE_CSR(HGATP, 0);
    return READ_CSR(HTVAL) == at >> 2;
}

static void note(uint32_t feature, bool here) {
    found |= here ? feature : 0;
}

#define BLOCK_MAX 1024u /* no cache block is larger */

/* Bytes that CBO.ZERO clears. 0: it is not there, or not permitted. */
static uint64_t zeroed_size(uint8_t *scratch) {
    uint64_t size = 0;

    memset(scratch, 0xff, BLOCK_MAX);
    if (!PROBE(CBO("4", scratch)))
        return 0;
    while (size < BLOCK_MAX && scratch[size] == 0)
        size++;
    return size;
}

static void find_features(const struct system_board_riscv64 *board) {
    static uint8_t scratch[BLOCK_MAX] __attribute__((aligned(BLOCK_MAX)));
    uint64_t asked;

    WRITE_CSR(HENVCFG, UINT64_MAX); /* what stays is there */
    asked = READ_CSR(HENVCFG);
    found = 0;
    note(FEATURE_STATEEN, PROBE((void)READ_CSR(HSTATEEN0)));
    note(FEATURE_AIA, PROBE((void)READ_CSR(HVICTL)));
    note(FEATURE_IMSIC, board->controller_kind == SYSTEM_CONTROLLER_AIA);
    /* If it is hidden, its interrupt is not pending for ever either. */
    note(SYSTEM_ISA_SSTC, (asked & BIT(63)) != 0 && PROBE(WRITE_CSR(VSTIMECMP, UINT64_MAX)));
    note(SYSTEM_ISA_SVPBMT, (asked & BIT(62)) != 0);
    note(SYSTEM_ISA_SVADU, (asked & BIT(61)) != 0);
    /* menvcfg allows flushes and invalidations apart; the guest's are as these. */
    note(SYSTEM_ISA_ZICBOM, (asked & BIT(6)) != 0 && (board->isa & SYSTEM_ISA_ZICBOM) != 0 &&
                                PROBE(CBO("2", scratch)) && PROBE(CBO("0", scratch)));
    note(SYSTEM_ISA_ZICBOZ, (asked & BIT(7)) != 0 && (board->isa & SYSTEM_ISA_ZICBOZ) != 0 &&
                                zeroed_size(scratch) == board->block_size);
    note(SYSTEM_ISA_SV48, has_stage2(4));
    note(SYSTEM_ISA_SV57, has_stage2(5));
    WRITE_CSR(SSTATUS, SSTATUS_UXL | SSTATUS_FS | SSTATUS_VS);
    note(SYSTEM_ISA_FLOAT, (READ_CSR(SSTATUS) & 3 * SSTATUS_FS) != 0);
    note(SYSTEM_ISA_VECTOR, (READ_CSR(SSTATUS) & 3 * SSTATUS_VS) != 0);
}

/*
 * The table of what traps and what a guest is given: where a register is, its value, why. None has
 * a known value before (Privileged Architecture 1.13, 3.4). What changes from life to life is in
 * vcpu_hw.c, and a guest's own registers are in registers.S.
 */
static void set_controls(void) {
    struct feature_values values = features_values(found, found);

    /* Units that are off here are off for the guest as well: F and V have no other switch. */
    WRITE_CSR(SSTATUS, SSTATUS_UXL | (cpu_has(SYSTEM_ISA_FLOAT) ? SSTATUS_FS : 0) |
                           (cpu_has(SYSTEM_ISA_VECTOR) ? SSTATUS_VS : 0));
    WRITE_CSR(HEDELEG, HEDELEG_VALUE);
    WRITE_CSR(HIDELEG, HIDELEG_VALUE);
    /* vsie's bits are each life's; SGEIE, hgeie: a guest file calls its guest, never us. */
    WRITE_CSR(HIE, 0);
    WRITE_CSR(HGEIE, 0);
    WRITE_CSR(HVIP, 0);
    /* What is given, by features.c. */
    WRITE_CSR(HENVCFG, values.henvcfg);
    if (cpu_has(FEATURE_STATEEN)) {
        WRITE_CSR(HSTATEEN0, values.hstateen0);
        /* Nothing that we know of; where the firmware keeps them shut, they are shut for all. */
        PROBE(WRITE_CSR(HSTATEEN1, 0));
        PROBE(WRITE_CSR(HSTATEEN2, 0));
        PROBE(WRITE_CSR(HSTATEEN3, 0));
    }
}

/* True if the firmware takes it. */
static bool firmware_ipi(uint64_t hwid) {
    return firmware_call((const uint64_t[8]){1, hwid, [7] = SBI_IPI}).error == 0;
}

/* The core's register; NULL: not in the first page, which is mapped. */
static volatile uint32_t *swi_of(uint32_t cpu) {
    uint64_t at = 4 * this_cpu.system.cpus[cpu].hwid;

    return at < PAGE_SIZE ? (volatile uint32_t *)(uintptr_t)(SPACE_SWI + at) : NULL;
}

/* The core kicks itself: a board's tree may say an SSWI that the machine does not have. */
static const char *kick_init(const struct system_board_riscv64 *board, uint32_t cpu) {
    volatile uint32_t *swi = swi_of(cpu);
    uint64_t start = arch_clock();

    if (cpu_has(FEATURE_IMSIC)) {
        kick = KICK_MSI;
        return NULL;
    }
    if (board->swi.size == 0)
        return firmware_ipi(this_cpu.system.cpus[cpu].hwid)
                   ? NULL
                   : "the firmware sends no interrupts between cores";
    space_map(space_tables(), SPACE_SWI, phys(board->swi.phys), PAGE_SIZE, PAGE_HYPERVISOR_DEVICE);
    CLEAR_CSR(SIP, BIT(IRQ_SSI));
    if (swi != NULL)
        PROBE(*swi = 1);
    while (swi != NULL && (READ_CSR(SIP) & BIT(IRQ_SSI)) == 0) {
        if (arch_clock() - start > arch_clock_frequency() / 1000)
            return "the board's software interrupts (ACLINT SSWI) do not come";
    }
    kick = KICK_SWI;
    return NULL;
}

const char *arch_cpu_init(const struct system *system, uint32_t cpu) {
    const struct system_board_riscv64 *board = &system->board->riscv64;
    const char *wrong;

    if (!PROBE((void)READ_CSR(HSTATUS)))
        return "this hart has no hypervisor extension";
    if (!has_stage2(3))
        return "this hart has no Sv39x4 translation";
    if (!tells_addresses())
        return "this hart does not tell the address of a guest-page fault (htval)";
    find_features(board);
    wrong = intc_cpu_init(system, cpu);
    if (wrong == NULL)
        wrong = kick_init(board, cpu);
    if (wrong == NULL)
        wrong = features_missing(found, board->isa);
    if (wrong != NULL)
        return wrong;
    found &= board->isa | ~SYSTEM_ISA_ALL; /* what is hidden is as what is not there */
    set_controls();
    if (!timer_init())
        return "the firmware sets no timer";
    CLEAR_CSR(SIP, BIT(IRQ_SSI));
    WRITE_CSR(SIE, BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI));
    return NULL;
}

#define HSM_HART_START 0

extern uint8_t secondary_start[];

bool arch_cpu_start(uint64_t hwid, phys_t space) {
    uint64_t offset = (uint64_t)(secondary_start - link_text_start);
    const uint64_t a[8] = {hwid, space_record()->home + offset,
                           space.value, [6] = HSM_HART_START, [7] = SBI_HSM};

    INSTRUCTION("fence rw, rw");
    return firmware_call(a).error == 0;
}

void arch_halt(void) {
    WRITE_CSR(SIE, 0);
    for (;;)
        INSTRUCTION("wfi");
}

void arch_machine_off(void) {
    firmware_call((const uint64_t[8]){[7] = SBI_SRST}); /* shutdown, for no reason */
    arch_halt();
}

void arch_wait(void) {
    INSTRUCTION("fence rw, rw\n\twfi");
}

uint64_t arch_clock(void) {
    return READ_CSR(TIME);
}

uint64_t arch_clock_frequency(void) {
    return this_cpu.system.board->riscv64.timebase;
}

/* Zkr, if the firmware has opened it (mseccfg.SSEED): 16 bits at a time, or be patient. */
bool arch_random(uint64_t *number) {
    uint32_t bits = 0;

    for (uint32_t i = 0; bits < 64 && i < RANDOM_TRIES; i++) {
        uint64_t seed = 0;

        if (!PROBE(seed = SWAP_CSR(SEED, 0)))
            return false;
        if ((seed & SEED_OPST) == SEED_ES16) {
            *number = *number << 16 | (seed & 0xffff);
            bits += 16;
        }
    }
    return bits == 64;
}

void arch_cpu_kick(uint32_t cpu) {
    volatile uint32_t *swi = swi_of(cpu);

    if (kick == KICK_MSI) {
        imsic_kick(cpu);
        return;
    }
    /* What the other core shall find is in memory before the interrupt is on its way. */
    INSTRUCTION("fence rw, o");
    if (kick == KICK_SWI && swi != NULL)
        *swi = 1;
    else
        firmware_ipi(this_cpu.system.cpus[cpu].hwid);
}
