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

static void expect_abort(const char *what, uint32_t class, uint64_t address) {
    struct fault fault = expect_one(what, class);

    test_equal(what, fault_status(&fault), EXCEPTION_FSC_EXTERNAL);
    test_equal("FAR_EL1", fault.address, address);
}

/* Runs one instruction and expects what it does. */
#define EXPECT_UNDEFINED(instruction)                                                              \
    do {                                                                                           \
        fault_expect();                                                                            \
        __asm__ volatile(instruction ::: "x0", "memory");                                          \
        expect_one(instruction, EXCEPTION_EC_UNKNOWN);                                             \
    } while (0)
#define EXPECT_ABORT(instruction, address)                                                         \
    do {                                                                                           \
        uint64_t address_ = (address);                                                             \
        fault_expect();                                                                            \
        __asm__ volatile("mov x9, %0\n\t" instruction ::"r"(address_)                              \
                         : "x0", "x1", "x9", "memory");                                            \
        expect_abort(instruction, EXCEPTION_EC_DATA_ABORT, address_);                              \
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
    test_end();
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
    test_end();
}

static void check_data(void) {
    test_begin("outside-memory");
    for (uint32_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        uint64_t at = nowhere[i];

        EXPECT_ABORT("ldrb w0, [x9]", at);
        EXPECT_ABORT("ldrh w0, [x9]", at);
        EXPECT_ABORT("ldr w0, [x9]", at);
        EXPECT_ABORT("ldr x0, [x9]", at);
        EXPECT_ABORT("strb wzr, [x9]", at);
        EXPECT_ABORT("strh wzr, [x9]", at);
        EXPECT_ABORT("str wzr, [x9]", at);
        EXPECT_ABORT("str xzr, [x9]", at);
    }
    test_end();

    test_begin("outside-memory-forms");
    EXPECT_ABORT("ldp x0, x1, [x9]", NOWHERE);
    EXPECT_ABORT("stp xzr, xzr, [x9], #16", NOWHERE);
    EXPECT_ABORT("ldr x0, [x9], #8", NOWHERE);
    EXPECT_ABORT("ldrsb x0, [x9]", NOWHERE);
    EXPECT_ABORT("ldar x0, [x9]", NOWHERE);
    EXPECT_ABORT("ldxr x0, [x9]", NOWHERE);
    EXPECT_ABORT("dc zva, x9", NOWHERE);
    test_end();
}

static void check_fetch(void) {
    test_begin("outside-memory-fetch");
    fault_expect();
    __asm__ volatile("blr %0" ::"r"((uint64_t)NOWHERE) : "x30", "memory");
    expect_abort("a fetch", EXCEPTION_EC_FETCH_ABORT, NOWHERE);
    test_end();
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
    test_end();
}

/* Emulated registers, by instructions that tell the hypervisor too little. */
static void check_emulated(void) {
    test_begin("emulated-device-forms");
    EXPECT_ABORT("ldp w0, w1, [x9]", BOARD_UART);
    EXPECT_ABORT("stp wzr, wzr, [x9]", BOARD_UART);
    EXPECT_ABORT("ldr w0, [x9], #4", BOARD_UART);
    EXPECT_ABORT("str wzr, [x9], #4", BOARD_UART);
    EXPECT_ABORT("ldp x0, x1, [x9]", BOARD_GICD + 0x100);
    EXPECT_ABORT("stp xzr, xzr, [x9]", BOARD_GICD + 0x100);
    EXPECT_ABORT("ldr w0, [x9], #4", BOARD_GICR);
    test_end();

    test_begin("emulated-device-still-works");
    test_equal("FR", mmio_read32(BOARD_UART + 0x18) & 0x100, 0);
    test_end();
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
    test_end();
}

void guest_main(uint64_t tree) {
    (void)tree;
    check_undefined();
    check_harmless();
    check_own();
    check_fetch();
    check_walk();
    if (machine_is_bulkhead()) {
        check_data();
        check_emulated();
    }
    test_begin("still-at-el1");
    test_equal("CurrentEL", sysreg_read(currentel) >> 2, 1);
    test_end();
    console_print("@faults taken=%lu\n", faults_taken);
    test_done();
}
