/* SPDX-License-Identifier: Apache-2.0 */
#include "campaign/campaign.h"

#include "abi/hypercall.h"
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/riscv64/controller.h"
#include "runtime/riscv64/sbi.h"
#include "runtime/timer.h"

#include <stddef.h>

#define ALARM_TICKS 200u /* 20 us */
#define WINDOW      0xfc0000000u
#define SV39        (8ull << 60)
#define GIGAPAGE    0xcfull      /* valid, readable, writable, executable, accessed, dirty */
#define UXL         (3ull << 32) /* of 0 or 3 QEMU ends with a failed assertion */
#define UXL_64      (2ull << 32)
#define COMPLETED   UINT64_MAX
#define SYSTEM      0x73u
#define C_NOP       0x0001u
#define NOP         0x13u
#define UART_IER    (BOARD_UART + 1)
#define STVEC       0x105u
#define SATP        0x180u

extern const uint8_t campaign_vectors[], campaign_end[];

void campaign_left(uint32_t cpu, uint64_t cause);

const uint64_t campaign_places[] = {
    BOARD_PLIC,  BOARD_PLIC + 0x1000,  BOARD_PLIC + 0x2000,  BOARD_PLIC + 0x200000,
    BOARD_APLIC, BOARD_APLIC + 0x1c00, BOARD_APLIC + 0x3000, BOARD_APLIC + 0x4000,
    BOARD_IMSIC, BOARD_UART,           BOARD_UART,           BOARD_NOWHERE};
const uint32_t campaign_place_count = sizeof campaign_places / sizeof campaign_places[0];

static uint64_t tables[512] __attribute__((aligned(4096)));

void campaign_recover(uint32_t cpu) {
    csr_write(stvec, campaign_vectors + 16 * cpu);
    csr_write(sstatus, UXL_64 | STATUS_FS | STATUS_VS);
    csr_write(sip, 0);
    timer_arm(timer_count() + ALARM_TICKS);
    csr_write(sie, 1u << INTERRUPT_SOFTWARE | 1u << INTERRUPT_TIMER | 1u << INTERRUPT_EXTERNAL);
}

void campaign_repair(void) {
    irq_init(NULL);
    irq_init_cpu();
}

/* Whatever half an instruction the words end with takes no more than one of these. */
void campaign_close(uint32_t *words) {
    uint32_t cpu = (uint32_t)(uintptr_t)words >> 12 & 1;
    uint32_t distance =
        (uint32_t)(uintptr_t)campaign_end + 16 * cpu - (uint32_t)(uintptr_t)&words[1];

    words[0] = C_NOP << 16 | C_NOP;
    words[1] = ((distance + 0x800) & 0xfffff000) | 5 << 7 | 0x17; /* auipc t0 */
    words[2] = (distance & 0xfff) << 20 | 5 << 15 | 0x67;         /* jalr zero, (t0) */
    __asm__ volatile("fence.i" ::: "memory");
}

/* Called by the vectors. What has come from outside gets its end, but not always. */
void campaign_left(uint32_t cpu, uint64_t cause) {
    if (cause == COMPLETED)
        campaign_completed(cpu);
    if (cause == (1ull << 63 | INTERRUPT_EXTERNAL) && random_below(16) != 0) {
        uint32_t irq = irq_controller()->claim();

        if (irq != 0 && random_below(16) != 0)
            irq_controller()->complete(irq);
    }
    campaign_caught(cpu, (uint32_t)(cause >> 63) * 32 + (uint32_t)(cause & 31));
}

/*
 * OpenSBI reports illegal SYSTEM instructions that access no CSR, in the middle of others' lines.
 * And an exception whose vector cannot be fetched, over and over, takes none of the emulator's
 * time: STVEC and SATP stay what they are.
 */
static uint32_t without_emulators_own(uint32_t word) {
    uint32_t function = word >> 12 & 7, csr = word >> 20;

    if ((word & 0x7f) != SYSTEM)
        return word;
    if (function == 0 && word != 0x10200073 && word != 0x10500073 && (word >> 25) != 9)
        return SYSTEM; /* SRET, WFI, SFENCE.VMA; ECALL for the rest */
    if (function == 4)
        return 0x60004073 | (word & 0xf8f80); /* HLV.B */
    return function != 0 && (csr == STVEC || csr == SATP) ? NOP : word;
}

static uint32_t any_word(void) {
    uint32_t word = (uint32_t)random64();

    return without_emulators_own(random_below(2) == 0 ? word : word | 3);
}

/* In S-mode or, by SRET, in U-mode. */
static void try_words(uint32_t cpu) {
    uint32_t words[] = {0x14159073 /* csrw sepc, a1 */,
                        0x10061073 /* csrw sstatus, a2 */,
                        0x10200073 /* sret */,
                        any_word(),
                        any_word(),
                        any_word(),
                        any_word()};
    uint32_t skipped = random_below(4) == 0 ? 0 : 3, count = 1 + (uint32_t)random_below(4);
    uint64_t registers[32];

    campaign_registers(registers);
    if (skipped == 0) {
        registers[11] = campaign_code(cpu) + 12;
        registers[12] = random64() & (random_below(8) == 0 ? ~UXL : ~(uint64_t)STATUS_SPP & ~UXL);
        registers[12] |= (1 + random_below(2)) << 32;
    }
    campaign_run(cpu, &words[skipped], 3 - skipped + count, registers, false);
}

/* All CSRs, in all ways; M-mode's and the hypervisor's are not for us. */
static void try_register(uint32_t cpu) {
    uint32_t csr = (uint32_t)random_below(0x1000), function = 1 + (uint32_t)random_below(7);
    uint32_t word = csr << 20 | ((uint32_t)random64() & 0xf8f80) | function << 12 | SYSTEM;
    uint64_t registers[32];

    campaign_registers(registers);
    word = without_emulators_own(word);
    campaign_run(cpu, &word, 1, registers, function != 4 && (csr >> 8 & 2) != 0);
}

/* Loads and stores: what is fixed of them, and what is any. */
static void try_access(uint32_t cpu) {
    static const uint32_t forms[][2] = {
        {0x00000003, 0x7f80},    {0x00000023, 0x1f07000},  {0x00000003, 0x7f80},
        {0x00000023, 0x1f07000}, {0x0000202f, 0xfff01f80}, {0x00000007, 0x7f80},
        {0x00000027, 0x1f07000}, {0x0000200f, 0x300000},
    };
    static const uint32_t compressed[] = {0x4000, 0x6000, 0xc000, 0xe000, 0x8000};
    const uint32_t *form = forms[random_below(sizeof forms / sizeof forms[0])];
    uint32_t word = form[0] | ((uint32_t)random64() & form[1]);
    uint32_t base = 8 + (uint32_t)random_below(8);
    uint64_t registers[32];

    campaign_registers(registers);
    registers[base] = campaign_device();
    word |= base << 15;
    if (random_below(4) == 0) {
        word = compressed[random_below(5)] | (base - 8) << 7 | ((uint32_t)random64() & 0x1c1c);
        word = (word & 0x8000 ? word : word & ~0x1c00u) | C_NOP << 16;
    }
    campaign_run(cpu, &word, 1, registers, false);
}

/* A power-off or reset is not asked for as often as the rest. */
static void try_call(uint32_t cpu) {
    static const uint64_t likely[] = {SBI_BASE, SBI_TIME, SBI_IPI,  SBI_RFENCE, SBI_HSM,
                                      SBI_SRST, SBI_PMU,  SBI_DBCN, SBI_SUSP};
    uint32_t word = SYSTEM; /* ECALL */
    uint64_t registers[32];

    campaign_registers(registers);
    registers[17] = likely[random_below(sizeof likely / sizeof likely[0])];
    registers[16] = random_below(8);
    if (random_below(8) == 0)
        registers[16 + random_below(2)] = random_below(2) == 0 ? random_below(16) : random_value();
    for (uint32_t i = 10; i < 14; i++)
        if (random_below(2) == 0)
            registers[i] = random_below(8);
    if (random_below(4) == 0) {
        registers[17] = HYPERCALL_SBI_EXTENSION;
        registers[16] = campaign_own_call(&registers[10]);
    }
    if ((registers[17] == SBI_SRST || registers[17] == SBI_LEGACY_SHUTDOWN) && !campaign_dares(64))
        registers[17] = SBI_BASE;
    campaign_run(cpu, &word, 1, registers, false);
}

/* To any harts, there or not; and the UART's, which stays high. */
static void try_storm(uint32_t cpu) {
    uint64_t count = 1 + random_below(32);

    for (uint64_t i = 0; i < count; i++) {
        if (random_below(4) == 0)
            sbi_call(SBI_IPI, SBI_IPI_SEND, random_value(), random_value(), 0);
        else
            irq_send((uint32_t)(1 + random_below(15)), (uint32_t)random_below(CAMPAIGN_CPUS));
    }
    if (random_below(4) == 0) {
        mmio_write8(UART_IER, (uint8_t)random64());
        irq_enable(BOARD_UART_IRQ);
    }
    campaign_take_interrupts();
}

static void try_timer(uint32_t cpu) {
    uint64_t at = random_below(2) == 0 ? random_value() : timer_count() + random_below(40);

    if (random_below(2) == 0)
        sbi_call(SBI_TIME, SBI_TIME_SET, at, 0, 0);
    else
        timer_arm(at);
    campaign_take_interrupts();
}

/* A table of the guest's that is no memory, or other memory, is walked; rarely the first one. */
static void try_tables(uint32_t cpu) {
    static const uint32_t accesses[] = {0x0000b503, 0x00a0b023, 0x000080e7, 0x0a00b52f, 0x1000b52f};
    uint32_t word = accesses[random_below(sizeof accesses / sizeof accesses[0])] & ~0xf8000u;
    uint64_t registers[32], root = SV39 | (uint64_t)tables >> 12;

    for (uint64_t i = 0; i < 63; i++)
        tables[i] = i << 28 | GIGAPAGE;
    tables[63] = (campaign_pointer() >> 12 & 0xfffffffffff) << 10 | 1 | (random64() & 0x3ff);
    campaign_registers(registers);
    registers[11] = WINDOW + random_below(0x40000000);
    if (campaign_dares(2000))
        root = (8 + random_below(3)) << 60 | campaign_device() >> 12;
    csr_write(satp, root);
    __asm__ volatile("sfence.vma" ::: "memory");
    word |= 11 << 15;
    campaign_run(cpu, &word, 1, registers, false);
}

const struct campaign_kind campaign_kinds[] = {
    {try_words, 24}, {try_register, 24}, {try_access, 24}, {try_call, 16},
    {try_storm, 4},  {try_timer, 4},     {try_tables, 4},
};
const uint32_t campaign_kind_count = sizeof campaign_kinds / sizeof campaign_kinds[0];
