/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults - what has an architectural answer is answered by it, and the guest goes on: registers
 * that are not there, and accesses outside its memory, which abort as they would on a bus
 * without a device (a synchronous external abort).
 */
#include "runtime/arm64/exception.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/test.h"

#include <stddef.h>

#define OTHERS_DEVICE (BOARD_UART + 0x1000000)

/* Addresses outside any test VM's memory: behind it, between the devices, on another VM's
 * device, past the board's RAM, and at the end of the table's 64 GiB. */
static const uint64_t nowhere[] = {
    BOARD_NOWHERE, BOARD_UART + 0x2000000, 0x00001000, OTHERS_DEVICE, 0x200000000, 0xffffffff8,
};

#define NOWHERE        BOARD_NOWHERE
#define WALK_WINDOW    0xfc0000000u /* the table's last GiB, for check_walk() */
#define FSC_WALK_FIRST 0x14u        /* an external abort on a table walk, by level */
#define FSC_WALK_LAST  0x17u
#define EC_FLOATING    0x07u
#define EC_BREAKPOINT  0x3cu
#define EC_STEP        0x33u
#define WNR            (1u << 6)            /* of ESR_EL1 */
#define MDSCR_STEP     (1u << 13 | 1u << 0) /* KDE, SS */
#define PSTATE_STEP    (1u << 21)
#define PSTATE_D       (1u << 9)

extern uint64_t translation_table[512];

static uint64_t faults_taken;

/* Ends an expectation of exactly one fault of this class. */
static struct fault expect_one(const char *what, uint32_t class) {
    struct fault fault = fault_caught();

    faults_taken += fault.count;
    if (test_equal(what, fault.count, 1))
        test_equal(what, fault_class(&fault), class);
    return fault;
}

static void expect_abort(const char *what, uint32_t class, uint64_t address, uint64_t wnr) {
    struct fault fault = expect_one(what, class);

    test_equal(what, fault_status(&fault), EXCEPTION_FSC_EXTERNAL);
    test_equal("WnR", fault.cause & WNR, wnr);
    test_equal("FAR_EL1", fault.address, address);
}

/* Runs one instruction and expects what it does. */
#define EXPECT_UNDEFINED(instruction)                                                              \
    do {                                                                                           \
        fault_expect();                                                                            \
        __asm__ volatile(instruction ::: "x0", "memory");                                          \
        expect_one(instruction, EXCEPTION_EC_UNKNOWN);                                             \
    } while (0)
#define EXPECT_ABORT(instruction, address, wnr)                                                    \
    do {                                                                                           \
        uint64_t address_ = (address);                                                             \
        fault_expect();                                                                            \
        __asm__ volatile("mov x9, %0\n\t" instruction ::"r"(address_)                              \
                         : "x0", "x1", "x9", "memory");                                            \
        expect_abort(instruction, EXCEPTION_EC_DATA_ABORT, address_, wnr);                         \
    } while (0)

static void check_undefined(void) {
    test_begin("undefined");
    EXPECT_UNDEFINED(".inst 0x00000000"); /* udf */
    EXPECT_UNDEFINED("mrs x0, hcr_el2");
    EXPECT_UNDEFINED("mrs x0, vttbr_el2");
    EXPECT_UNDEFINED("mrs x0, esr_el2");
    EXPECT_UNDEFINED("msr hcr_el2, xzr");
    EXPECT_UNDEFINED("msr vbar_el2, xzr");
    EXPECT_UNDEFINED("msr cntvoff_el2, xzr");
    EXPECT_UNDEFINED("mrs x0, s3_4_c12_c11_0");  /* ICH_HCR_EL2 */
    EXPECT_UNDEFINED("msr s3_4_c12_c12_0, xzr"); /* ICH_LR0_EL2 */
    EXPECT_UNDEFINED("msr s3_4_c12_c9_5, xzr");  /* ICC_SRE_EL2 */
    EXPECT_UNDEFINED("tlbi alle1");
    EXPECT_UNDEFINED("tlbi vmalls12e1");
    EXPECT_UNDEFINED("at s12e1r, xzr");
}

/* What a guest may well use: it works, or is not there, but harms nobody. */
#define MAY_FAULT(instruction)                                                                     \
    do {                                                                                           \
        struct fault fault_;                                                                       \
        fault_expect();                                                                            \
        __asm__ volatile(instruction ::: "x0", "memory");                                          \
        fault_ = fault_caught();                                                                   \
        if (fault_.count != 0)                                                                     \
            test_equal(instruction, fault_class(&fault_), EXCEPTION_EC_UNKNOWN);                   \
    } while (0)

static void check_harmless(void) {
    test_begin("harmless");
    MAY_FAULT("mrs x0, actlr_el1\n\tmsr actlr_el1, x0");
    MAY_FAULT("mrs x0, s3_1_c11_c0_2"); /* the core's own L2 control */
    MAY_FAULT("mrs x0, s3_1_c15_c2_0"); /* and auxiliary control */
    MAY_FAULT("mrs x0, mdscr_el1\n\tmsr mdscr_el1, x0");
    MAY_FAULT("msr oslar_el1, xzr");
    MAY_FAULT("mrs x0, dbgbcr0_el1\n\tmsr dbgbcr0_el1, x0");
    MAY_FAULT("mrs x0, pmcr_el0\n\tmsr pmcr_el0, x0");
    MAY_FAULT("msr csselr_el1, xzr\n\tdc csw, xzr\n\tdc cisw, xzr");
    MAY_FAULT("wfe\n\tsev\n\twfe");
}

static void check_data(void) {
    test_begin("outside-memory");
    for (uint32_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        uint64_t at = nowhere[i];

        EXPECT_ABORT("ldrb w0, [x9]", at, 0);
        EXPECT_ABORT("ldrh w0, [x9]", at, 0);
        EXPECT_ABORT("ldr w0, [x9]", at, 0);
        EXPECT_ABORT("ldr x0, [x9]", at, 0);
        EXPECT_ABORT("strb wzr, [x9]", at, WNR);
        EXPECT_ABORT("strh wzr, [x9]", at, WNR);
        EXPECT_ABORT("str wzr, [x9]", at, WNR);
        EXPECT_ABORT("str xzr, [x9]", at, WNR);
    }

    test_begin("outside-memory-forms");
    EXPECT_ABORT("ldp x0, x1, [x9]", NOWHERE, 0);
    EXPECT_ABORT("stp xzr, xzr, [x9], #16", NOWHERE, WNR);
    EXPECT_ABORT("ldr x0, [x9], #8", NOWHERE, 0);
    EXPECT_ABORT("ldrsb x0, [x9]", NOWHERE, 0);
    EXPECT_ABORT("ldar x0, [x9]", NOWHERE, 0);
    EXPECT_ABORT("ldxr x0, [x9]", NOWHERE, 0);
    EXPECT_ABORT("dc zva, x9", NOWHERE, WNR);
}

static void check_fetch(void) {
    test_begin("outside-memory-fetch");
    fault_expect();
    __asm__ volatile("blr %0" ::"r"((uint64_t)NOWHERE) : "x30", "memory");
    expect_abort("a fetch", EXCEPTION_EC_FETCH_ABORT, NOWHERE, 0);
}

/* A translation table of the guest's own that lies outside its memory. */
static void check_walk(void) {
    struct fault fault;
    uint64_t kept = translation_table[WALK_WINDOW >> 30];

    test_begin("outside-memory-walk");
    translation_table[WALK_WINDOW >> 30] = NOWHERE | 3;
    __asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
    fault_expect();
    (void)mmio_read32(WALK_WINDOW);
    fault = expect_one("a load", EXCEPTION_EC_DATA_ABORT);
    if (fault_status(&fault) != EXCEPTION_FSC_EXTERNAL) {
        test_expect(fault_status(&fault) >= FSC_WALK_FIRST && fault_status(&fault) <= FSC_WALK_LAST,
                    "it is no external abort");
    }
    test_equal("FAR_EL1", fault.address, WALK_WINDOW);
    translation_table[WALK_WINDOW >> 30] = kept;
    __asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
}

/* Emulated registers, by instructions that tell the hypervisor too little. */
static void check_emulated(void) {
    test_begin("emulated-device-forms");
    EXPECT_ABORT("ldp w0, w1, [x9]", BOARD_UART, 0);
    EXPECT_ABORT("stp wzr, wzr, [x9]", BOARD_UART, WNR);
    EXPECT_ABORT("ldr w0, [x9], #4", BOARD_UART, 0);
    EXPECT_ABORT("str wzr, [x9], #4", BOARD_UART, WNR);
    EXPECT_ABORT("ldp x0, x1, [x9]", BOARD_GICD + 0x100, 0);
    EXPECT_ABORT("stp xzr, xzr, [x9]", BOARD_GICD + 0x100, WNR);
    EXPECT_ABORT("ldr w0, [x9], #4", BOARD_GICR, 0);

    test_begin("emulated-device-still-works");
    test_equal("FR", mmio_read32(BOARD_UART + 0x18) & 0x100, 0);
}

/*
 * A load by a big-endian guest, which the ID registers don't offer: with the MMU off, so that its
 * tables are not big-endian as well, and by vectors that touch no memory. 0, or ESR_EL1.
 */
uint64_t big_endian_read(uint64_t at);
__asm__(".pushsection .text.big_endian, \"ax\"\n"
        "    .balign 2048\n"
        "big_endian_vectors:\n"
        "    .skip 0x200\n"
        "    mrs x0, esr_el1\n"
        "    adr x2, big_endian_end\n"
        "    msr elr_el1, x2\n"
        "    eret\n"
        "    .globl big_endian_read\n"
        "big_endian_read:\n"
        "    mrs x3, vbar_el1\n"
        "    adr x4, big_endian_vectors\n"
        "    msr vbar_el1, x4\n"
        "    mrs x5, sctlr_el1\n"
        "    orr x6, x5, #(1 << 25)\n" /* EE */
        "    bic x6, x6, #1\n"         /* M */
        "    msr sctlr_el1, x6\n"
        "    isb\n"
        "    mov x1, x0\n"
        "    mov x0, xzr\n"
        "    ldr w1, [x1]\n"
        "    dsb sy\n"
        "big_endian_end:\n"
        "    msr sctlr_el1, x5\n"
        "    msr vbar_el1, x3\n"
        "    isb\n"
        "    ret\n"
        "    .popsection");

static void check_big_endian(void) {
    test_begin("emulated-device-big-endian");
    test_equal("ID_AA64MMFR0_EL1.BigEnd", sysreg_read(id_aa64mmfr0_el1) >> 8 & 0xf, 0);
    test_equal("its class and status", big_endian_read(BOARD_UART + 0x18) & 0xfc00003f,
               (uint64_t)EXCEPTION_EC_DATA_ABORT << 26 | EXCEPTION_FSC_EXTERNAL);
    test_equal("FAR_EL1", sysreg_read(far_el1), BOARD_UART + 0x18);
}

static uint64_t stepped_to;

/* Of BRK: the next instruction is to be stepped. Of the step: where it has come to. */
static bool step(struct exception *frame) {
    bool begins = frame->esr >> 26 == EC_BREAKPOINT;

    stepped_to = frame->elr;
    sysreg_write(mdscr_el1, begins ? MDSCR_STEP : 0);
    if (begins)
        frame->elr += 4;
    frame->spsr = begins ? (frame->spsr | PSTATE_STEP) & ~(uint64_t)PSTATE_D
                         : (frame->spsr & ~(uint64_t)PSTATE_STEP) | PSTATE_D;
    return begins || frame->esr >> 26 == EC_STEP;
}

/* An emulated instruction is one step, as any other: BRK, the instruction, and what follows. */
#define EXPECT_STEP(instruction)                                                                   \
    do {                                                                                           \
        uint64_t next_;                                                                            \
        exception_set_hook(step);                                                                  \
        __asm__ volatile("adr %0, 1f\n\tmov x0, xzr\n\tbrk #0\n\t" instruction                     \
                         "\n1:\tnop\n\tnop\n\tnop"                                                 \
                         : "=&r"(next_)                                                            \
                         : "r"((uint64_t)BOARD_UART + 0x18)                                        \
                         : "x0", "x1", "x2", "x3", "memory");                                      \
        exception_set_hook(NULL);                                                                  \
        test_equal(instruction, stepped_to, next_);                                                \
    } while (0)

static void check_step(void) {
    test_begin("step");
    sysreg_write(oslar_el1, 0);
    cpu_isb();
    EXPECT_STEP("nop");
    EXPECT_STEP("msr s3_0_c12_c11_5, x0"); /* ICC_SGI1R_EL1: the fast path */
    EXPECT_STEP("mrs x0, id_aa64pfr0_el1");
    EXPECT_STEP("ldr w0, [%1]");
}

/* These stay between the guest and its processor. */
static void check_own(void) {
    test_begin("own-exceptions");
    fault_expect();
    __asm__ volatile("brk #7");
    test_equal("a breakpoint's ISS", expect_one("a breakpoint", EC_BREAKPOINT).cause & 0xffff, 7);
    sysreg_write(cpacr_el1, 0);
    cpu_isb();
    fault_expect();
    __asm__ volatile(".inst 0x9e6703e0"); /* fmov d0, xzr */
    expect_one("floating point switched off", EC_FLOATING);
    sysreg_write(cpacr_el1, 3u << 20);
    cpu_isb();
    fault_expect();
    __asm__ volatile(".inst 0x9e6703e0");
    test_equal("faults with floating point on", fault_caught().count, 0);
}

void guest_main(uint64_t tree) {
    check_undefined();
    check_harmless();
    check_own();
    check_fetch();
    check_walk();
    if (machine_is_bulkhead()) {
        check_data();
        check_emulated();
        check_big_endian();
        check_step();
    }
    test_begin("still-at-el1");
    test_equal("CurrentEL", sysreg_read(currentel) >> 2, 1);
    test_end();
    console_print("@faults taken=%lu\n", faults_taken);
    test_done();
}
