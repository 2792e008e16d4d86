/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodings by the unprivileged manual's listings (RV64I, C, Zcb); htinst and traps by the
 * privileged one.
 */
#include "hypervisor/support.h"

#include "arch/riscv64/trap.h"

#define LOAD_FAULT  21u
#define STORE_FAULT 23u
#define PAGE_OF     (UINT64_C(0x10000000) >> 2) /* htval */

/* Every integer load and store: an instruction is one where its bits in `mask` are `match`. */
static const struct known {
    uint32_t mask, match;
    uint8_t size;
    bool store, sign;
    uint8_t reg_shift, reg_bits, reg_first; /* where its register is; bits 3: the first is x8 */
    bool no_zero;                           /* reserved with x0 */
} known[] = {
    {0x707f, 0x0003, 1, false, true, 7, 5, 0, false},  /* LB */
    {0x707f, 0x1003, 2, false, true, 7, 5, 0, false},  /* LH */
    {0x707f, 0x2003, 4, false, true, 7, 5, 0, false},  /* LW */
    {0x707f, 0x3003, 8, false, true, 7, 5, 0, false},  /* LD */
    {0x707f, 0x4003, 1, false, false, 7, 5, 0, false}, /* LBU */
    {0x707f, 0x5003, 2, false, false, 7, 5, 0, false}, /* LHU */
    {0x707f, 0x6003, 4, false, false, 7, 5, 0, false}, /* LWU */
    {0x707f, 0x0023, 1, true, false, 20, 5, 0, false}, /* SB */
    {0x707f, 0x1023, 2, true, false, 20, 5, 0, false}, /* SH */
    {0x707f, 0x2023, 4, true, false, 20, 5, 0, false}, /* SW */
    {0x707f, 0x3023, 8, true, false, 20, 5, 0, false}, /* SD */
    {0xe003, 0x4000, 4, false, true, 2, 3, 8, false},  /* C.LW */
    {0xe003, 0x6000, 8, false, true, 2, 3, 8, false},  /* C.LD */
    {0xe003, 0xc000, 4, true, false, 2, 3, 8, false},  /* C.SW */
    {0xe003, 0xe000, 8, true, false, 2, 3, 8, false},  /* C.SD */
    {0xe003, 0x4002, 4, false, true, 7, 5, 0, true},   /* C.LWSP */
    {0xe003, 0x6002, 8, false, true, 7, 5, 0, true},   /* C.LDSP */
    {0xe003, 0xc002, 4, true, false, 2, 5, 0, false},  /* C.SWSP */
    {0xe003, 0xe002, 8, true, false, 2, 5, 0, false},  /* C.SDSP */
    {0xfc03, 0x8000, 1, false, false, 2, 3, 8, false}, /* C.LBU */
    {0xfc43, 0x8400, 2, false, false, 2, 3, 8, false}, /* C.LHU */
    {0xfc43, 0x8440, 2, false, true, 2, 3, 8, false},  /* C.LH */
    {0xfc03, 0x8800, 1, true, false, 2, 3, 8, false},  /* C.SB */
    {0xfc43, 0x8c00, 2, true, false, 2, 3, 8, false},  /* C.SH */
};

static bool is_full(uint32_t instruction) {
    return (instruction & 3) == 3;
}

static const struct known *find(uint32_t instruction, uint8_t *reg) {
    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        const struct known *k = &known[i];

        if ((instruction & k->mask) != k->match)
            continue;
        *reg = (uint8_t)((instruction >> k->reg_shift & ((1u << k->reg_bits) - 1)) + k->reg_first);
        return k->no_zero && *reg == 0 ? NULL : k;
    }
    return NULL;
}

static unsigned size;

static struct trap decode(uint64_t cause, uint64_t htinst, uint32_t instruction) {
    struct trap trap;

    size = 77;
    size = trap_decode(&trap, cause, UINT64_C(0xffffffc000001003), PAGE_OF, htinst, instruction);
    assert_int_equal(trap.code, cause);
    assert_int_equal(trap.address, UINT64_C(0xffffffc000001003));
    return trap;
}

static void check_access(const struct trap *trap, const struct known *expected, uint8_t reg,
                         unsigned bytes) {
    assert_int_equal(trap->reason, TRAP_MMIO);
    assert_int_equal(trap->mmio.at, 0x10000003);
    assert_int_equal(trap->mmio.size, expected->size);
    assert_int_equal(trap->mmio.write, expected->store);
    assert_int_equal(trap->mmio.sign_extend, expected->sign);
    assert_int_equal(trap->mmio.width, 8);
    assert_int_equal(trap->mmio.reg, reg);
    assert_int_equal(size, bytes);
}

/* The instruction, fetched, under both causes: only its own is an access. */
static void check_fetched(uint32_t instruction) {
    uint8_t reg = 0;
    const struct known *expected = find(instruction, &reg);
    struct trap load = decode(LOAD_FAULT, 0, instruction);
    struct trap store = decode(STORE_FAULT, 0, instruction);

    if (expected == NULL || expected->store)
        assert_int_equal(load.reason, TRAP_OUTSIDE);
    if (expected == NULL || !expected->store)
        assert_int_equal(store.reason, TRAP_OUTSIDE);
    if (expected != NULL) /* again, for the size */
        load = decode(expected->store ? STORE_FAULT : LOAD_FAULT, 0, instruction);
    if (expected != NULL)
        check_access(&load, expected, reg, is_full(instruction) ? 4 : 2);
}

TEST(every_compressed_instruction) {
    for (uint32_t instruction = 0; instruction <= UINT16_MAX; instruction++) {
        if (is_full(instruction))
            continue;
        check_fetched(instruction);
        check_fetched(0xa5a50000 | instruction); /* what follows it in memory means nothing */
    }
}

TEST(every_full_instruction) {
    struct random random = {5};

    for (uint32_t opcode = 3; opcode < 128; opcode += 4) {
        for (uint32_t funct3 = 0; funct3 < 8; funct3++) {
            for (uint32_t reg = 0; reg < 32; reg++) {
                uint32_t others = (uint32_t)random_next(&random) & 0xfe0f8000;

                check_fetched(opcode | funct3 << 12 | reg << 7 | reg << 20 | others);
                check_fetched(opcode | funct3 << 12 | reg << 7 | (31 - reg) << 20 | others);
            }
        }
    }
}

/* As the privileged manual transforms it: without offset, rs1 replaced by the address offset. */
static uint32_t transform(const struct known *k, uint32_t reg) {
    uint32_t funct3 = (uint32_t)__builtin_ctz(k->size) | (k->store || k->sign ? 0 : 4);
    uint32_t full = k->store ? 0x23u | funct3 << 12 | reg << 20 : 0x03u | funct3 << 12 | reg << 7;

    return is_full(k->match) ? full : full & ~2u;
}

/* The hardware may tell the instruction as well; what counts is what is fetched. */
TEST(a_fault_in_the_middle_is_outside) {
    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        uint64_t cause = known[i].store ? STORE_FAULT : LOAD_FAULT;
        uint32_t reg = known[i].no_zero ? 9 : known[i].reg_first;
        uint32_t instruction = known[i].match | (reg - known[i].reg_first) << known[i].reg_shift;
        uint32_t htinst = transform(&known[i], reg);
        struct trap trap = decode(cause, htinst, instruction);

        check_access(&trap, &known[i], (uint8_t)reg, is_full(instruction) ? 4 : 2);
        for (uint32_t offset = 1; offset < 8; offset++)
            assert_int_equal(decode(cause, htinst | offset << 15, instruction).reason,
                             TRAP_OUTSIDE);
    }
}

TEST(what_cannot_be_emulated_is_outside) {
    static const uint32_t others[] = {
        0x1000202f, 0x1800202f, 0x0000302f,             /* LR, SC, AMOADD */
        0x00002007, 0x00003027, 0x00000007, 0x02000027, /* FLW, FSD, vector */
        0x0000200f,                                     /* CBO */
        0x60004073,                                     /* HLV */
    };

    static const uint32_t pseudo[] = {
        0x00002000, 0x00002020, 0x00003000, 0x00003020, /* accesses of a page walk */
        0x00000002, 0xfffffffe,                         /* custom values, and nonsense */
    };

    for (unsigned i = 0; i < COUNT_OF(others); i++) {
        for (unsigned told = 0; told < 2; told++) {
            assert_int_equal(decode(LOAD_FAULT, told * others[i], others[i]).reason, TRAP_OUTSIDE);
            assert_int_equal(decode(STORE_FAULT, told * others[i], others[i]).reason, TRAP_OUTSIDE);
        }
    }
    for (unsigned i = 0; i < COUNT_OF(pseudo); i++) {
        assert_int_equal(decode(LOAD_FAULT, pseudo[i], 0x00000003).reason, TRAP_OUTSIDE);
        assert_int_equal(decode(STORE_FAULT, pseudo[i], 0x00000023).reason, TRAP_OUTSIDE);
    }
    /* The instruction could not be read. */
    assert_int_equal(decode(LOAD_FAULT, 0, 0).reason, TRAP_OUTSIDE);
}

TEST(an_address_that_is_not_told_is_outside) {
    struct trap trap;

    size = trap_decode(&trap, LOAD_FAULT, 0x1003, 0, 0, 0x00000003);
    assert_int_equal(trap.reason, TRAP_OUTSIDE);
    size = trap_decode(&trap, LOAD_FAULT, 0x1003, 1, 0, 0x00000003);
    assert_int_equal(trap.reason, TRAP_MMIO);
    assert_int_equal(trap.mmio.at, 7);
    /* All 56 bits of Sv57x4's guest addresses, and more. */
    size = trap_decode(&trap, LOAD_FAULT, UINT64_MAX, UINT64_MAX >> 2, 0, 0x00000003);
    assert_int_equal(trap.mmio.at, UINT64_MAX);
}

TEST(each_cause_has_its_reason) {
    for (uint64_t cause = 0; cause < 64; cause++) {
        enum trap_reason expected = TRAP_SYSREG;

        if (cause == 20 || cause == 1)
            expected = TRAP_FETCH;
        else if (cause == LOAD_FAULT || cause == STORE_FAULT)
            expected = TRAP_OUTSIDE; /* with no instruction told */
        else if (cause >= 4 && cause <= 7)
            expected = TRAP_OUTSIDE; /* the machine's own refusal */
        else if (cause == 19)
            expected = TRAP_SERROR; /* a hardware error */
        assert_int_equal(decode(cause, 0, 0).reason, expected);
        assert_int_equal(decode(cause, 0x00003000, 0).reason, expected);
    }
    assert_int_equal(decode(UINT64_C(1) << 63 | 10, 0, 0).reason, TRAP_SYSREG);
}
