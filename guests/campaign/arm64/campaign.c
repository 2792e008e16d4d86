/* SPDX-License-Identifier: Apache-2.0 */
#include "campaign/campaign.h"

#include "abi/hypercall.h"
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/arm64/exception.h"
#include "runtime/arm64/gic.h"
#include "runtime/arm64/psci.h"
#include "runtime/cpu.h"
#include "runtime/timer.h"

#define ALARM_NS   20000u
#define WINDOW     0xfc0000000u        /* the table's last GiB */
#define EL0_WINDOW 0xf80000000u        /* the one before: memory, as EL0 may use it */
#define EL0_BLOCK  (BOARD_RAM | 0x745) /* accessed, inner shareable, EL0 and EL1 write, normal */
#define LINE       39u                 /* the GPIO's interrupt */
#define COMPLETED  64u
#define IRQ        61u
#define NOP        0xd503201fu
#define ISB        0xd5033fdfu
#define MRS_X0     0xd5300000u

extern uint64_t translation_table[512];
extern const uint8_t campaign_vectors[], campaign_end[];

void campaign_left(uint32_t cpu, uint32_t kind);

const uint64_t campaign_places[] = {BOARD_GICD,
                                    BOARD_GICD,
                                    BOARD_GICD + 0x6000,
                                    BOARD_GICD + 0xf000,
                                    BOARD_GICR,
                                    BOARD_GICR + GICR_SGI,
                                    BOARD_GICR + GICR_STRIDE,
                                    BOARD_UART,
                                    BOARD_UART,
                                    BOARD_RTC,
                                    BOARD_NOWHERE};
const uint32_t campaign_place_count = sizeof campaign_places / sizeof campaign_places[0];

/* What each of our own registers is between operations, written where it has changed. */
#define KEEP(name, value)                                                                          \
    do {                                                                                           \
        if (sysreg_read(name) != (value))                                                          \
            sysreg_write(name, value);                                                             \
    } while (0)

void campaign_recover(uint32_t cpu) {
    static uint64_t tcr, mair;

    if (tcr == 0) {
        tcr = sysreg_read(tcr_el1);
        mair = sysreg_read(mair_el1);
    }
    KEEP(ttbr0_el1, (uint64_t)translation_table);
    KEEP(tcr_el1, tcr);
    KEEP(mair_el1, mair);
    translation_table[EL0_WINDOW >> 30] = EL0_BLOCK;
    KEEP(vbar_el1, (uint64_t)campaign_vectors);
    KEEP(mdscr_el1, 0);
    sysreg_write(cpacr_el1, 3u << 20);
    sysreg_write(s3_0_c4_c6_0, 0xff); /* ICC_PMR_EL1 */
    sysreg_write(s3_0_c12_c9_0, 0);   /* ICC_AP1R0_EL1 */
    sysreg_write(s3_0_c12_c12_7, 1);  /* ICC_IGRPEN1_EL1 */
    timer_arm(timer_count() + ALARM_NS * (timer_frequency() / 1000000) / 1000);
    __asm__ volatile("msr daifclr, #4" ::: "memory");
}

void campaign_repair(void) {
    uint64_t sgi = gic_redistributor() + GICR_SGI;

    mmio_write32(BOARD_GICD + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE);
    mmio_write32(sgi + GICD_ICACTIVER, ~0u);
    mmio_write32(sgi + GICD_ICPENDR, ~0u);
    irq_init_cpu();
    irq_enable(BOARD_TIMER_IRQ);
}

void campaign_close(uint32_t *words) {
    words[0] = ISB;
    words[1] =
        0x14000000 |
        (((uint32_t)(uintptr_t)campaign_end - (uint32_t)(uintptr_t)&words[1]) >> 2 & 0x3ffffff);
    /* At most two lines of the instruction cache lie before. */
    for (uint32_t i = 0; i <= CAMPAIGN_WORDS; i += 4)
        __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0" ::"r"(&words[1] - i) : "memory");
    __asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

/* Called by the vectors. An interrupt gets its end, but not always. */
void campaign_left(uint32_t cpu, uint32_t kind) {
    if (sysreg_read(currentel) != 1u << 2)
        campaign_escaped("level", sysreg_read(currentel));
    if (kind == COMPLETED)
        campaign_completed(cpu);
    if (kind == IRQ && random_below(16) != 0) {
        uint32_t intid = gic_acknowledge();

        if (random_below(16) != 0)
            gic_end(intid);
    }
    campaign_caught(cpu, kind != 0 ? kind : (uint32_t)(sysreg_read(esr_el1) >> 26));
}

/*
 * Not for this emulator. It ends with a failed assertion when some values are written to ICC_BPR0
 * or ICC_BPR1; and an exception whose vector cannot be fetched, over and over, takes none of its
 * time: so SCTLR, TTBR0, TCR and VBAR stay what they are.
 */
static uint32_t without_emulators_own(uint32_t word) {
    static const uint32_t left_out[] = {0xd518c860, 0xd518cc60, 0xd5181000,
                                        0xd5182000, 0xd5182040, 0xd518c000};

    for (uint32_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
        if ((word & ~0x1fu) == left_out[i])
            return NOP;
    return word;
}

static uint32_t any_word(void) {
    uint32_t word = (uint32_t)random64();

    switch (random_below(8)) {
    case 0:
        return without_emulators_own((word & 0x3ffffff) | 0xd4000000);
    case 1: /* HVC and SMC, their immediate a fault's status or any */
        return 0xd4000002 | (word & (random_below(2) == 0 ? 0xffe1 : 0x1fffe1));
    case 2: /* BR, BLR, RET */
        return 0xd61f0000 | (uint32_t)random_below(3) << 21 | (word & 0x3e0);
    default:
        return without_emulators_own(word);
    }
}

/* At EL1; or at EL0, in either state, by an exception return that may be an illegal one. */
static void try_words(uint32_t cpu) {
    static const uint64_t states[] = {0x0, 0x10, 0x30};
    uint32_t words[] = {0xd5184021 /* msr elr_el1, x1 */,
                        0xd5184002 /* msr spsr_el1, x2 */,
                        0xd69f03e0 /* eret */,
                        any_word(),
                        any_word(),
                        any_word(),
                        any_word()};
    uint32_t skipped = random_below(4) == 0 ? 0 : 3, count = 1 + (uint32_t)random_below(4);
    uint64_t registers[32];

    campaign_registers(registers);
    if (skipped == 0) {
        registers[1] = campaign_code(cpu) + 12 + EL0_WINDOW - BOARD_RAM;
        registers[2] = random_below(8) == 0 ? random64() : states[random_below(3)];
    }
    campaign_run(cpu, &words[skipped], 3 - skipped + count, registers, false);
}

/* All encodings of MRS, MSR, SYS and hints; those of EL2 and EL3 are not for us. */
static void try_register(uint32_t cpu) {
    uint32_t word = 0xd5000000 | (uint32_t)random_below(0x400000), op1 = word >> 16 & 7;
    uint64_t registers[32];

    campaign_registers(registers);
    word = without_emulators_own(word);
    campaign_run(cpu, &word, 1, registers, (word >> 20 & 1) != 0 && op1 >= 4 && op1 <= 6);
}

/* Loads and stores: what is fixed of them, and what is any; bits 9 to 5 are the base. */
static void try_access(uint32_t cpu) {
    static const uint32_t forms[][2] = {
        {0x39000000, 0xc4c0001f}, {0x39000000, 0xc4c0001f}, {0x38000000, 0xc4fffc1f},
        {5u << 27, 0xc7ff7c1f},   {0x08000000, 0xc0fffc1f}, {0x0c000000, 0x41fffc1f},
        {0xd50b7420, 0x00000a1f},
    };
    const uint32_t *form = forms[random_below(sizeof forms / sizeof forms[0])];
    uint32_t word = form[0] | ((uint32_t)random64() & form[1]);
    uint32_t base = (uint32_t)random_below(32);
    uint64_t registers[32];

    campaign_registers(registers);
    registers[base] = campaign_device();
    word |= base << 5;
    campaign_run(cpu, &word, 1, registers, false);
}

/* CPU_SUSPEND, CPU_OFF, SYSTEM_OFF and SYSTEM_RESET are not called as often as others. */
static void try_call(uint32_t cpu) {
    static const uint32_t likely[] = {0x84000000, 0xc4000000, 0x84000050, 0xc4000050,
                                      0x80000000, 0x80003fff, 0x80007ffe, 0x8600ff00};
    uint32_t word = random_below(2) == 0 ? 0xd4000002 : 0xd4000003;
    uint64_t registers[32];

    campaign_registers(registers);
    registers[0] = likely[random_below(sizeof likely / sizeof likely[0])] + random_below(10);
    if (random_below(8) == 0)
        registers[0] = random_value();
    for (uint32_t i = 1; i < 4; i++)
        if (random_below(2) == 0)
            registers[i] = random_below(8);
    if (random_below(4) == 0)
        registers[0] = HYPERCALL_BASE + campaign_own_call(&registers[1]);
    if ((registers[0] & 0xbffffff8) == (PSCI_SYSTEM_OFF & ~7u) && !campaign_dares(16))
        registers[0] = PSCI_VERSION;
    campaign_run(cpu, &word, 1, registers, false);
}

/* SGIs to any CPUs, there or not; lines that stay high. */
static void try_storm(uint32_t cpu) {
    uint64_t count = 1 + random_below(32);

    for (uint64_t i = 0; i < count; i++) {
        /* A register that the fast path knows. */
        register uint64_t x0 __asm__("x0") =
            (random64() & 0x10f000003) | (random_below(64) == 0 ? random64() : 0);

        __asm__ volatile("msr s3_0_c12_c11_5, %0" ::"r"(x0) : "memory"); /* ICC_SGI1R_EL1 */
    }
    if (random_below(4) == 0) {
        mmio_write32(BOARD_UART + 0x38, (uint32_t)random64()); /* UARTIMSC */
        irq_enable(BOARD_UART_IRQ);
        if (campaign_gpio != 0) {
            mmio_write32(campaign_gpio + 0x400, 0xff);                 /* GPIODIR */
            mmio_write32(campaign_gpio + 0x404, 0xff);                 /* GPIOIS */
            mmio_write32(campaign_gpio + 0x40c, 0xff);                 /* GPIOIEV */
            mmio_write32(campaign_gpio + 0x3fc, 0xff);                 /* GPIODATA */
            mmio_write32(campaign_gpio + 0x410, (uint32_t)random64()); /* GPIOIE */
            irq_enable(LINE);
        }
    }
    campaign_take_interrupts();
}

static void try_timer(uint32_t cpu) {
    uint64_t at = random_below(2) == 0 ? random_value() : timer_count() + random_below(4000);

    switch (random_below(6)) {
    case 0:
        timer_physical_set(at, (uint32_t)random64());
        irq_enable(30);
        break;
    case 1:
        sysreg_write(cntp_tval_el0, random_value());
        sysreg_write(cntv_tval_el0, random_value());
        break;
    case 2:
        sysreg_write(cntkctl_el1, random_value());
        break;
    default:
        timer_set(at, (uint32_t)random_below(8));
        break;
    }
    campaign_take_interrupts();
}

/* A table of the guest's that is no memory, or other memory, is walked; rarely the first one. */
static void try_tables(uint32_t cpu) {
    static const uint32_t accesses[] = {0xf9400020, 0xf9000020, 0xd5087820 | 1, 0xd50b7421,
                                        0xd63f0020, 0xd50b7e21, 0xc85f7c20,     0xd5087821};
    uint32_t words[] = {accesses[random_below(sizeof accesses / sizeof accesses[0])], NOP};
    uint64_t registers[32];

    translation_table[WINDOW >> 30] =
        (campaign_pointer() & 0xfffffffff000) | (random64() & 0x70000000000fff) | 3;
    __asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
    campaign_registers(registers);
    registers[1] = WINDOW + random_below(0x40000000);
    if (campaign_dares(2000)) {
        words[0] = 0xd5182001; /* msr ttbr0_el1, x1 */
        words[1] = 0xd508871f; /* tlbi vmalle1 */
        registers[1] = campaign_device() & ~0xfffull;
    }
    campaign_run(cpu, words, 2, registers, false);
}

const struct campaign_kind campaign_kinds[] = {
    {try_words, 24}, {try_register, 24}, {try_access, 24}, {try_call, 16},
    {try_storm, 4},  {try_timer, 4},     {try_tables, 4},
};
const uint32_t campaign_kind_count = sizeof campaign_kinds / sizeof campaign_kinds[0];
