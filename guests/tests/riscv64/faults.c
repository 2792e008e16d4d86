/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults - what has an architectural answer is answered by it, and the guest goes on: registers
 * and instructions that are not there, accesses outside its memory, which are access faults as
 * they would be on a bus without a device; and every form of a load or store to a device that is
 * emulated, with and without address translation.
 */
#include "tests/riscv64/faults.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/riscv64/exception.h"
#include "runtime/test.h"
#include "tests/riscv64/uart.h"

#define BETWEEN       (BOARD_IMSIC + 0x8000000)
#define OTHERS_DEVICE (BOARD_UART + 0x8000)

/* Addresses outside any test VM's memory: behind it, between the devices, on another VM's
 * device, past the board's RAM, and at the end of what stage 2 can have. */
static const uint64_t nowhere[] = {
    BOARD_NOWHERE, 0x00001000, BETWEEN, OTHERS_DEVICE, 0x200000000, 0x1fffffffff8,
};

#define BEFORE_RAM (BOARD_RAM - 8)
#define PATTERN    0x85u /* of a byte with its sign set */

/* Sv39, and what is mapped by its 1 GiB leaves: address in = address out, and an alias of each. */
#define SATP_SV39    (8ull << 60)
#define PTE_VALID    0x01u
#define PTE_READ     0x02u
#define PTE_WRITE    0x04u
#define PTE_EXECUTE  0x08u
#define PTE_ACCESSED 0x40u
#define PTE_DIRTY    0x80u
#define PTE_LEAF     (PTE_VALID | PTE_ACCESSED | PTE_DIRTY)
#define PTE_DATA     (PTE_LEAF | PTE_READ | PTE_WRITE)
#define GIB          0x40000000ull
#define PTE_OF(at)   ((uint64_t)(at) >> 12 << 10)
#define ALIAS        (8 * GIB)  /* + device or code: code can't be read there */
#define HOLE         (16 * GIB) /* a table that lies outside memory */
#define UNMAPPED     (20 * GIB)

extern uint64_t root[512]; /* named by instructions */
uint64_t root[512] __attribute__((aligned(4096)));
static uint64_t faults_taken;

/* Ends an expectation of exactly one fault of this cause. */
static struct fault expect_one(const char *what, uint64_t cause) {
    struct fault fault = fault_caught();

    faults_taken += fault.count;
    if (test_equal(what, fault.count, 1))
        test_equal(what, fault.cause, cause);
    return fault;
}

static void expect_fault(const char *what, uint64_t cause, uint64_t address) {
    struct fault fault = expect_one(what, cause);

    test_equal("stval", fault.address, address);
}

/* Sstvala: stval is the instruction. The emulator has another one there for MRET. */
static void expect_illegal(const char *what) {
    struct fault fault = expect_one(what, CAUSE_ILLEGAL);
    const uint16_t *instruction = (const uint16_t *)fault.pc;
    uint64_t expected = instruction[0];

    if ((expected & 3) == 3)
        expected |= (uint64_t)instruction[1] << 16;
    if (expected != 0x30200073)
        test_equal(what, fault.address, expected);
}

/* Runs one instruction and expects what it does. */
#define EXPECT_ILLEGAL(instruction)                                                                \
    do {                                                                                           \
        fault_expect();                                                                            \
        __asm__ volatile(instruction ::: "a0", "memory");                                          \
        expect_illegal(instruction);                                                               \
    } while (0)

static void check_undefined(void) {
    test_begin("undefined");
    EXPECT_ILLEGAL(".2byte 0");
    EXPECT_ILLEGAL(".4byte 0xffffffff");
    EXPECT_ILLEGAL("csrr a0, mstatus");
    EXPECT_ILLEGAL("csrw mtvec, zero");
    EXPECT_ILLEGAL("csrr a0, 0xf14"); /* mhartid */
    EXPECT_ILLEGAL("csrw time, zero");
    EXPECT_ILLEGAL("csrr a0, 0x5c0"); /* nobody's */
    EXPECT_ILLEGAL("mret");
    if (!machine_is_bulkhead())
        return;
    EXPECT_ILLEGAL("csrr a0, 0x600"); /* hstatus */
    EXPECT_ILLEGAL("csrw 0x600, zero");
    EXPECT_ILLEGAL("csrr a0, 0x680"); /* hgatp */
    EXPECT_ILLEGAL("csrw 0x680, zero");
    EXPECT_ILLEGAL("csrw 0x602, zero");                 /* hedeleg */
    EXPECT_ILLEGAL("csrw 0x645, zero");                 /* hvip */
    EXPECT_ILLEGAL("csrw 0x605, zero");                 /* htimedelta */
    EXPECT_ILLEGAL("csrr a0, 0x200");                   /* vsstatus */
    EXPECT_ILLEGAL("csrw 0x280, zero");                 /* vsatp */
    EXPECT_ILLEGAL("csrw 0x24d, zero");                 /* vstimecmp */
    EXPECT_ILLEGAL(".4byte 0x62000073");                /* hfence.gvma */
    EXPECT_ILLEGAL(".4byte 0x22000073");                /* hfence.vvma */
    EXPECT_ILLEGAL("la a0, root\n\t.4byte 0x68054573"); /* hlv.w a0, (a0) */
    EXPECT_ILLEGAL("la a0, root\n\t.4byte 0x6a054073"); /* hsv.w zero, (a0) */
}

/* What a guest may well use: it works, or is not there, but harms nobody. */
#define MAY_FAULT(instruction)                                                                     \
    do {                                                                                           \
        struct fault fault_;                                                                       \
        fault_expect();                                                                            \
        __asm__ volatile(instruction ::: "a0", "memory");                                          \
        fault_ = fault_caught();                                                                   \
        if (fault_.count != 0)                                                                     \
            test_equal(instruction, fault_.cause, CAUSE_ILLEGAL);                                  \
    } while (0)

static void check_harmless(void) {
    test_begin("harmless");
    MAY_FAULT("csrr a0, cycle");
    MAY_FAULT("csrr a0, instret");
    MAY_FAULT("csrr a0, 0xc1f"); /* hpmcounter31 */
    MAY_FAULT("csrr a0, scounteren\n\tcsrw scounteren, a0");
    MAY_FAULT("csrr a0, 0x10a\n\tcsrw 0x10a, a0"); /* senvcfg */
    MAY_FAULT("csrr a0, 0x10c\n\tcsrw 0x10c, a0"); /* sstateen0 */
    MAY_FAULT("csrr a0, 0x150");                   /* siselect */
    MAY_FAULT("csrr a0, 0xdb0");                   /* stopi */
    MAY_FAULT("csrr a0, 0xda0");                   /* scountovf */
    MAY_FAULT("csrr a0, 0x15");                    /* seed */
    MAY_FAULT(".4byte 0x0100000f");                /* pause */
    MAY_FAULT("la a0, root\n\t.4byte 0x0025200f"); /* cbo.flush (a0) */
    MAY_FAULT("la a0, root\n\t.4byte 0x0045200f"); /* cbo.zero (a0) */
    MAY_FAULT("sfence.vma\n\tfence.i");
}

static void expect_load(const char *what, fault_load load, uint64_t cause, uint64_t at) {
    fault_expect();
    load(at);
    expect_fault(what, cause, at);
}

static void expect_store(const char *what, fault_store store, uint64_t at) {
    fault_expect();
    store(at, 0);
    expect_fault(what, CAUSE_STORE_ACCESS, at);
}

static void check_data(void) {
    test_begin("outside-memory");
    for (uint32_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        uint64_t at = nowhere[i];

        expect_load("lb", load_lb, CAUSE_LOAD_ACCESS, at);
        expect_load("lbu", load_lbu, CAUSE_LOAD_ACCESS, at);
        expect_load("lh", load_lh, CAUSE_LOAD_ACCESS, at);
        expect_load("lhu", load_lhu, CAUSE_LOAD_ACCESS, at);
        expect_load("lw", load_lw, CAUSE_LOAD_ACCESS, at);
        expect_load("lwu", load_lwu, CAUSE_LOAD_ACCESS, at);
        expect_load("ld", load_ld, CAUSE_LOAD_ACCESS, at);
        expect_load("c.lw", load_lw_c, CAUSE_LOAD_ACCESS, at);
        expect_load("c.ld", load_ld_c, CAUSE_LOAD_ACCESS, at);
        expect_store("sb", store_sb, at);
        expect_store("sh", store_sh, at);
        expect_store("sw", store_sw, at);
        expect_store("sd", store_sd, at);
        expect_store("c.sw", store_sw_c, at);
        expect_store("c.sd", store_sd_c, at);
    }

    test_begin("outside-memory-forms");
    expect_load("lr", load_reserved, CAUSE_LOAD_ACCESS, BOARD_NOWHERE);
    expect_load("amoadd", load_amo, CAUSE_STORE_ACCESS, BOARD_NOWHERE);
    expect_load("an instruction across pages", load_across, CAUSE_LOAD_ACCESS, BOARD_NOWHERE);
    expect_load("lbu with an offset", load_offset, CAUSE_LOAD_ACCESS, BOARD_NOWHERE);
    expect_load("lbu with a negative offset", load_negative, CAUSE_LOAD_ACCESS, BOARD_NOWHERE);
    expect_load("ld, misaligned", load_ld, CAUSE_LOAD_ACCESS, BOARD_NOWHERE + 1);
    expect_store("sd, misaligned", store_sd, BOARD_NOWHERE + 3);
    expect_load("ld before memory", load_ld, CAUSE_LOAD_ACCESS, BEFORE_RAM);
}

static void call_nowhere(const char *what, uint64_t at, uint64_t cause) {
    fault_expect();
    __asm__ volatile("jalr %0" ::"r"(at) : "ra", "memory");
    expect_fault(what, cause, at);
}

static void check_fetch(void) {
    test_begin("outside-memory-fetch");
    call_nowhere("a fetch", BOARD_NOWHERE, CAUSE_FETCH_ACCESS);
    if (machine_is_bulkhead()) {
        call_nowhere("a fetch from before memory", BEFORE_RAM, CAUSE_FETCH_ACCESS);
        call_nowhere("a fetch from a device", BOARD_UART, CAUSE_FETCH_ACCESS);
    }
}

/* Vectored mode is for interrupts: exceptions still go to the base. */
static void check_vectored(void) {
    uint64_t kept = csr_read(stvec);

    test_begin("vectored");
    csr_write(stvec, kept | 1);
    expect_load("ld", load_ld, CAUSE_LOAD_ACCESS, BOARD_NOWHERE);
    csr_write(stvec, kept);
}

/* By the UART's scratch register, which keeps a byte. */
static void check_forms(uint64_t scratch) {
    static const fault_store stores[] = {store_sb, store_offset};

    for (uint32_t i = 0; i < sizeof stores / sizeof stores[0]; i++) {
        stores[i](scratch, 0x1200 | PATTERN);
        test_equal("lbu", load_lbu(scratch), PATTERN);
        test_equal("lb", load_lb(scratch), (uint64_t)(int64_t)(int8_t)PATTERN);
        test_equal("lbu with an offset", load_offset(scratch), PATTERN);
        test_equal("lbu with a negative offset", load_negative(scratch), PATTERN);
        test_equal("lbu across pages", load_across(scratch), PATTERN);
        stores[i](scratch, 0);
        test_equal("lb", load_lb(scratch), 0);
    }
    store_sb(scratch, PATTERN);
    test_equal("the first register that is loaded wrongly", registers_load(scratch, PATTERN), 32);
    test_equal("the first register that is stored wrongly", registers_store(scratch, PATTERN), 32);
}

/* Registers of all widths: what they do to a byte's device is its own business, but they go on.
 * The interrupt controller's are words. */
static void check_widths(uint64_t scratch, uint64_t word) {
    static const fault_load loads[] = {load_lh,   load_lhu,  load_lw,    load_lwu,  load_ld,
                                       load_lw_c, load_ld_c, load_lw_sp, load_ld_sp};
    static const fault_store stores[] = {store_sh,   store_sw,    store_sd,   store_sw_c,
                                         store_sd_c, store_sw_sp, store_sd_sp};
    uint64_t at = scratch & ~7ull;

    for (uint32_t i = 0; i < sizeof loads / sizeof loads[0]; i++)
        (void)loads[i](at + 8);
    for (uint32_t i = 0; i < sizeof stores / sizeof stores[0]; i++)
        stores[i](at + 8, 0);
    store_sw(word, 1);
    test_equal("lw", load_lw(word), 1);
    test_equal("lwu", load_lwu(word), 1);
    test_equal("c.lw", load_lw_c(word), 1);
    test_equal("c.lwsp", load_lw_sp(word), 1);
    store_sw_c(word, 0);
    test_equal("lw after c.sw", load_lw(word), 0);
    store_sw_sp(word, 1);
    test_equal("lw after c.swsp", load_lw(word), 1);
    store_sw(word, 0);
}

static uint64_t a_word(void) {
    uint64_t priority = BOARD_PLIC + 4 * UART_SOURCE;

    fault_expect();
    (void)mmio_read32(priority);
    /* Where it is no PLIC: sourcecfg, 1 is "detached". */
    return fault_caught().count == 0 ? priority : BOARD_APLIC + 4 * UART_SOURCE;
}

static void check_emulated(void) {
    test_begin("emulated-device-forms");
    check_forms(UART_SCR);
    check_widths(UART_SCR, a_word());
    expect_load("lr", load_reserved, CAUSE_LOAD_ACCESS, BOARD_UART);
    expect_load("amoadd", load_amo, CAUSE_STORE_ACCESS, BOARD_UART);

    test_begin("emulated-device-still-works");
    mmio_write8(UART_SCR, 0x5a);
    test_equal("SCR", mmio_read8(UART_SCR), 0x5a);
}

static void translation_on(void) {
    for (uint64_t at = 0; at < 4 * GIB; at += GIB) {
        root[at / GIB] = PTE_OF(at) | PTE_DATA | PTE_EXECUTE;
        root[(ALIAS + at) / GIB] =
            PTE_OF(at) | (at < BOARD_RAM ? PTE_DATA : PTE_LEAF | PTE_EXECUTE);
    }
    root[HOLE / GIB] = PTE_OF(BOARD_NOWHERE) | PTE_VALID;
    csr_write(satp, SATP_SV39 | (uint64_t)root >> 12);
    __asm__ volatile("sfence.vma" ::: "memory");
}

static void translation_off(void) {
    csr_write(satp, 0);
    __asm__ volatile("sfence.vma" ::: "memory");
}

/* A translation table of the guest's own that lies outside its memory. */
static void check_walk(void) {
    test_begin("outside-memory-walk");
    if (machine_is_bulkhead()) { /* bare, the emulator has page faults here */
        expect_load("a load", load_ld, CAUSE_LOAD_ACCESS, HOLE + 8);
        expect_store("a store", store_sd, HOLE + 16);
        call_nowhere("a fetch", HOLE + 32, CAUSE_FETCH_ACCESS);
    }
    expect_load("a load of what isn't mapped", load_ld, CAUSE_LOAD_PAGE, UNMAPPED);
    call_nowhere("a fetch of what isn't mapped", UNMAPPED, CAUSE_FETCH_PAGE);
    expect_load("a load of what can't be read", load_ld, CAUSE_LOAD_PAGE,
                ALIAS + (uint64_t)faults_code);
}

/* The same at an address that is not the physical one, by code that can't be read. */
static void check_translated(void) {
    fault_load load = (fault_load)(ALIAS + (uint64_t)load_lbu);
    fault_load across = (fault_load)(ALIAS + (uint64_t)load_across);
    fault_store store = (fault_store)(ALIAS + (uint64_t)store_sb);
    uint64_t scratch = ALIAS + UART_SCR;

    test_begin("translated-forms");
    check_forms(scratch);
    check_widths(scratch, ALIAS + a_word());

    test_begin("translated-code");
    store(scratch, PATTERN);
    test_equal("lbu", load(scratch), PATTERN);
    test_equal("lbu across pages", across(scratch), PATTERN);
}

static void check_translated_faults(void) {
    test_begin("translated-faults");
    expect_load("lbu", load_lbu, CAUSE_LOAD_ACCESS, ALIAS + BETWEEN);
    expect_store("sd", store_sd, ALIAS + BETWEEN);
    expect_load("c.lw", load_lw_c, CAUSE_LOAD_ACCESS, BETWEEN);
}

/* These stay between the guest and its processor. */
static void check_own(void) {
    test_begin("own-exceptions");
    fault_expect();
    __asm__ volatile("ebreak");
    expect_one("a breakpoint", CAUSE_BREAKPOINT);
    csr_clear(sstatus, STATUS_FS);
    EXPECT_ILLEGAL(".4byte 0xf2000053"); /* fmv.d.x ft0, zero */
    csr_set(sstatus, STATUS_FS);
    fault_expect();
    __asm__ volatile(".4byte 0xf2000053");
    test_equal("faults with floating point on", fault_caught().count, 0);
    csr_clear(sstatus, STATUS_FS);
}

void guest_main(uint64_t tree) {
    bool bulkhead = machine_is_bulkhead();

    check_undefined();
    check_harmless();
    check_own();
    check_fetch();
    if (bulkhead) {
        check_data();
        check_vectored();
        check_emulated();
    }
    translation_on();
    check_walk();
    if (bulkhead) {
        check_translated();
        check_translated_faults();
    }
    translation_off();
    test_begin("still-in-s-mode");
    csr_write(sscratch, 0x5a);
    test_equal("sscratch", csr_read(sscratch), 0x5a);
    test_end();
    console_print("@faults taken=%lu\n", faults_taken);
    test_done();
}
