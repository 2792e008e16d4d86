/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each rule of the validator is broken by itself, by one change to a table that is right.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#include "abi/boot_record.h"
#include "config/config_arch.h"
#include "tests/unit/config/good_table.h"

#define MIB UINT64_C(0x100000)

/* One change, and the rule that it breaks. */
#define BREAK(rule, change)                                                                        \
    static void break_##rule(struct good_table *t) {                                               \
        change;                                                                                    \
    }
#define BREAKS(X)                                                                                  \
    X(TABLE_MAGIC, t->table.magic++)                                                               \
    X(TABLE_VERSION, t->table.version++)                                                           \
    X(TABLE_ARCH, t->table.arch = SYSTEM_ARCH_RISCV64)                                             \
    X(RESERVED, t->table.reserved = 1)                                                             \
    X(SECTION_COUNT, t->table.cpus.count = SYSTEM_CPUS_MAX + 1)                                    \
    X(SECTION_BOUNDS, t->table.payloads.offset += 8)                                               \
    X(BOARD_CONSOLE, t->table.board.console_phys += 4)                                             \
    X(BOARD_CONTROLLER, t->table.board.arm64.gicr[1].size = 0)                                     \
    X(BOARD_INTERRUPT, t->table.board.arm64.timer_virtual_irq = 32)                                \
    X(RAM_RANGE, t->ram[1].size += 1)                                                              \
    X(RAM_OVERLAP, t->ram[1].phys = t->ram[0].phys + MIB)                                          \
    X(CPU_ID, t->cpus[3].hwid = UINT64_C(1) << 31)                                                 \
    X(CPU_DUPLICATE, t->cpus[3].hwid = t->cpus[1].hwid)                                            \
    X(IMAGE_RANGE, t->table.home += 0x1000)                                                        \
    X(IMAGE_OUTSIDE, t->table.home = 0x60000000)                                                   \
    X(MANIFEST_RANGE, t->table.manifest_offset += 8)                                               \
    X(POOL_RANGE, t->table.pool.phys += 8)                                                         \
    X(POOL_OUTSIDE, t->table.pool.phys = 0x60000000)                                               \
    X(POOL_SMALL, t->table.pool.size = 64 * SYSTEM_PAGE_SIZE)                                      \
    X(VM_NAME, t->vms[0].name[0] = 'F')                                                            \
    X(VM_DUPLICATE, memcpy(t->vms[1].name, "first\0", 7))                                          \
    X(VM_NO_CPU, t->vms[1].cpus = 0)                                                               \
    X(CPU_MISSING, t->vms[1].cpus = 1 << 4)                                                        \
    X(CPU_SHARED, t->vms[1].cpus = 4)                                                              \
    X(VM_POLICY, t->vms[1].on_fault = 3)                                                           \
    X(VM_FLAGS, t->vms[1].flags = 2)                                                               \
    X(VM_CONSOLE, t->vms[0].console_irq = 27)                                                      \
    X(VM_CONTROLLER, t->vms[0].controller_cpus_at += 0x1000)                                       \
    X(VM_SLICE, t->vms[1].devices.first = 1)                                                       \
    X(MEMORY_RANGE, t->memory[2].size = 0x800)                                                     \
    X(MEMORY_FLAGS, t->memory[2].flags = 2)                                                        \
    X(MEMORY_CONGRUENCE, t->memory[0].phys += 0x1000)                                              \
    X(MEMORY_OUTSIDE, t->memory[2].phys = 0x60000000)                                              \
    X(DEVICE_RANGE, t->devices[0].phys += 0x10)                                                    \
    X(DEVICE_FLAGS, t->devices[1].flags = 2)                                                       \
    X(DEVICE_IS_RAM, t->devices[0].phys = 0x4f000000)                                              \
    X(POOL_OVER_IMAGE, t->table.pool.phys -= 0x1000)                                               \
    X(MEMORY_OVER_IMAGE, t->memory[2].phys = t->table.home)                                        \
    X(MEMORY_OVER_POOL, t->memory[2].phys = t->table.pool.phys)                                    \
    X(MEMORY_SHARED, t->memory[2].phys = 0x42000000)                                               \
    X(DEVICE_IS_CONTROLLER, t->devices[0].phys = 0x8110000)                                        \
    X(DEVICE_IS_CONSOLE, t->devices[2].phys = 0x9000000)                                           \
    X(DEVICE_SHARED, t->devices[2].phys = 0x9022000)                                               \
    X(GUEST_OVERLAP, t->devices[0].at = 0x9000000)                                                 \
    X(INTERRUPT_RANGE, t->interrupts[2].phys = 1020)                                               \
    X(INTERRUPT_FLAGS, t->interrupts[2].flags = 2)                                                 \
    X(INTERRUPT_IS_CONSOLE, t->interrupts[2].phys = 33)                                            \
    X(INTERRUPT_SHARED, t->interrupts[2].phys = 45)                                                \
    X(INTERRUPT_DUPLICATE, t->interrupts[1].number = 34)                                           \
    X(PAYLOAD_SIZE, t->payloads[0].size = t->payloads[0].slot_size + 1)                            \
    X(PAYLOAD_SLOT, t->payloads[1].offset = t->table.image_size)                                   \
    X(PAYLOAD_CONGRUENCE, t->payloads[1].offset += 0x1000)                                         \
    X(PAYLOAD_SHARED, t->payloads[2].offset = 0x400000)                                            \
    X(MANIFEST_SHARED, t->table.manifest_offset = 0x208000)                                        \
    X(PAYLOAD_OUTSIDE, t->payloads[1].at = 0x30000000)                                             \
    X(PAYLOAD_OVERLAP, overlap_payloads(t))                                                        \
    X(VM_STAGE2, t->vms[1].stage2_levels = 2)                                                      \
    X(VM_ENTRY, t->vms[1].entry = 0x40100000)                                                      \
    X(VM_ARGUMENT, t->vms[0].boot_argument = 8 + 16 * MIB)                                         \
    X(VM_SEEDS, t->vms[0].seeds_at = 0x40200002)

static void overlap_payloads(struct good_table *t) {
    t->payloads[1].at = 0x40081000; /* the last bytes of the first */
    t->payloads[1].offset = 0x481000;
}

BREAKS(BREAK)

static const struct {
    enum config_rule rule;
    void (*change)(struct good_table *table);
} breaks[] = {
#define ENTRY(rule, change) {CONFIG_##rule, break_##rule},
    BREAKS(ENTRY)};

/* The same for riscv64: what that architecture judges; controllers by their first letters. */
#define BOARD t->table.board.riscv64
#define RISCV64_BREAKS(X)                                                                          \
    X(0, PA, TABLE_ARCH, t->table.arch = SYSTEM_ARCH_ARM64)                                        \
    X(1, PA, BOARD_CONSOLE, t->table.board.console_layout = CONSOLE_LAYOUT(2u, 8u))                \
    X(2, PA, BOARD_CONSOLE, t->table.board.console_layout = CONSOLE_LAYOUT(1u, 4u))                \
    X(3, PA, BOARD_CONSOLE, t->table.board.console_kind = CONSOLE_KIND_PL011)                      \
    X(4, PA, RESERVED, t->table.board.pmu_irq = 1)                                                 \
    X(5, PA, RESERVED, BOARD.reserved[7] = 1)                                                      \
    X(6, PA, BOARD_CONTROLLER, BOARD.controller_kind = 0)                                          \
    X(7, PA, BOARD_CONTROLLER, BOARD.controller_kind = 4)                                          \
    X(8, PA, BOARD_CONTROLLER, BOARD.controller.phys += 8)                                         \
    X(9, PA, BOARD_CONTROLLER, BOARD.controller.size = 0x3000)                                     \
    X(10, PA, BOARD_CONTROLLER, BOARD.sources = t->table.board.console_irq = 0)                    \
    X(11, PA, BOARD_CONTROLLER, BOARD.sources = 1024)                                              \
    X(12, P, BOARD_CONTROLLER, BOARD.guest_files = 1)                                              \
    X(13, A, BOARD_CONTROLLER, BOARD.guest_files = 0)                                              \
    X(14, A, BOARD_CONTROLLER, BOARD.guest_files = 64)                                             \
    X(15, P, BOARD_CONTROLLER, BOARD.identities = 63)                                              \
    X(16, A, BOARD_CONTROLLER, BOARD.identities = 256)                                             \
    X(17, A, BOARD_CONTROLLER, BOARD.identities = 2111)                                            \
    X(18, P, BOARD_CONTROLLER, BOARD.swi.phys += 8)                                                \
    X(19, P, BOARD_CONTROLLER, BOARD.swi.size = 0x5000)                                            \
    X(20, PA, BOARD_INTERRUPT, BOARD.timebase = 0)                                                 \
    X(21, PA, BOARD_INTERRUPT, t->table.board.console_irq = 96)                                    \
    X(22, PA, BOARD_ISA, BOARD.isa |= SYSTEM_ISA_ALL + 1)                                          \
    X(23, PA, BOARD_ISA, BOARD.block_size = 48)                                                    \
    X(24, PA, BOARD_ISA, BOARD.isa = 0)                                                            \
    X(25, P, CPU_ID, t->cpus[3].controller_index = 0x400)                                          \
    X(26, P, CPU_ID, t->cpus[3].controller_phys = 0x1000)                                          \
    X(27, A, CPU_ID, t->cpus[3].controller_index = 0x4000)                                         \
    X(28, A, CPU_ID, t->cpus[3].controller_phys += 8)                                              \
    X(29, A, CPU_ID, t->cpus[3].controller_phys = UINT64_C(1) << 56)                               \
    X(30, PA, CPU_DUPLICATE, t->cpus[3].controller_index = t->cpus[1].controller_index)            \
    X(31, A, CPU_DUPLICATE, t->cpus[3].controller_phys = t->cpus[1].controller_phys + 0x3000)      \
    X(32, PA, CPU_DUPLICATE, t->cpus[3].hwid = t->cpus[1].hwid)                                    \
    X(33, PA, RESERVED, t->cpus[3].reserved = 1)                                                   \
    X(34, PA, VM_CONSOLE, t->vms[0].console = SYSTEM_VM_CONSOLE_PL011)                             \
    X(35, PA, VM_CONSOLE, t->vms[0].console = 32)                                                  \
    X(36, PA, VM_CONSOLE, t->vms[0].console_irq = 0)                                               \
    X(37, PA, VM_CONTROLLER, t->vms[0].controller_at += 8)                                         \
    X(38, A, VM_CONTROLLER, t->vms[0].controller_cpus_at += 8)                                     \
    X(39, P, DEVICE_IS_CONTROLLER, t->devices[0].phys = 0xc5ff000)                                 \
    X(40, P, DEVICE_IS_CONTROLLER, t->devices[0].phys = 0x2f03000)                                 \
    X(41, A, DEVICE_IS_CONTROLLER, t->devices[0].phys = 0x2800f000)                                \
    X(42, P, GUEST_OVERLAP, t->devices[0].at = 0xc201000)                                          \
    X(43, A, GUEST_OVERLAP, t->devices[0].at = 0x28001000)                                         \
    X(44, PA, INTERRUPT_RANGE, t->interrupts[2].phys = t->interrupts[2].number = 96)               \
    X(45, PA, INTERRUPT_RANGE, t->interrupts[2].number = 47)                                       \
    X(46, PA, INTERRUPT_IS_CONSOLE, t->interrupts[2].phys = t->interrupts[2].number = 33)          \
    X(47, PA, VM_STAGE2, t->vms[0].stage2_levels = 4)                                              \
    X(48, PA, MEMORY_RANGE, t->memory[1].at = UINT64_C(1) << 56)                                   \
    X(49, PA, DEVICE_RANGE, t->devices[2].phys = UINT64_C(1) << 56)

#define RISCV64_BREAK(id, kinds, rule, change)                                                     \
    static void riscv64_break_##id(struct good_table *t) {                                         \
        change;                                                                                    \
    }
RISCV64_BREAKS(RISCV64_BREAK)

enum { P = 1, A = 2, PA = 3 };

static const struct {
    int kinds;
    enum config_rule rule;
    void (*change)(struct good_table *table);
} riscv64_breaks[] = {
#define RISCV64_ENTRY(id, kinds, rule, change) {kinds, CONFIG_##rule, riscv64_break_##id},
    RISCV64_BREAKS(RISCV64_ENTRY)};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool check(const struct good_table *good, struct config_error *error) {
    return config_check(good, sizeof(*good), &config_arm64, error);
}

static void expect(struct good_table *good, enum config_rule rule) {
    struct config_error error = {CONFIG_RULES_COUNT, 0, 0, 0};

    good_table_seal(good);
    if (check(good, &error))
        fail_msg("%s: accepted", config_rule_names[rule]);
    if (error.rule != rule)
        fail_msg("%s: refused by %s", config_rule_names[rule], config_rule_names[error.rule]);
}

TEST(test_good) {
    struct good_table good;
    struct config_error error;

    good_table_make(&good);
    assert_true(check(&good, &error));
    for (int kind = SYSTEM_CONTROLLER_PLIC; kind <= SYSTEM_CONTROLLER_AIA; kind++) {
        good_table_make_riscv64(&good, (enum system_controller)kind);
        if (!config_check(&good, sizeof(good), &config_riscv64, &error))
            fail_msg("controller %d: refused by %s", kind, config_rule_names[error.rule]);
    }
}

TEST(test_riscv64_each_rule) {
    for (size_t i = 0; i < COUNT(riscv64_breaks); i++) {
        for (int kinds = P; kinds <= A; kinds++) {
            struct good_table good;
            struct config_error error = {CONFIG_RULES_COUNT, 0, 0, 0};

            if ((riscv64_breaks[i].kinds & kinds) == 0)
                continue;
            good_table_make_riscv64(&good,
                                    kinds == P ? SYSTEM_CONTROLLER_PLIC : SYSTEM_CONTROLLER_AIA);
            riscv64_breaks[i].change(&good);
            good_table_seal(&good);
            assert_false(config_check(&good, sizeof(good), &config_riscv64, &error));
            if (error.rule != riscv64_breaks[i].rule)
                fail_msg("change %zu: refused by %s", i, config_rule_names[error.rule]);
        }
    }
}

/* A VM with calls for a console, or none, may own the interrupt that others' UART has. */
TEST(test_riscv64_legal) {
    struct good_table good;
    struct config_error error;

    good_table_make_riscv64(&good, SYSTEM_CONTROLLER_PLIC);
    good.cpus[3].hwid = UINT64_MAX;
    good.table.board.console_irq = 0;
    good.interrupts[2].number = good.interrupts[2].phys = 33;
    good.table.board.riscv64.swi = (struct system_range){0, 0};
    good_table_seal(&good);
    assert_true(config_check(&good, sizeof(good), &config_riscv64, &error));
}

/* What each number of levels reaches, on boards with Sv39, Sv48, Sv57; arm64's have three. */
TEST(test_stage2) {
    static const uint32_t isas[] = {0, SYSTEM_ISA_SV48, SYSTEM_ISA_SV48 | SYSTEM_ISA_SV57};
    static const uint64_t ends[] = {UINT64_C(1) << 41, UINT64_C(1) << 50, UINT64_C(1) << 56};
    struct good_table good;
    struct config_error error;

    for (uint32_t board = 0; board < COUNT(isas); board++) {
        for (uint32_t levels = 0; levels < 8; levels++) {
            bool is_there = levels >= 3 && levels <= 3 + board;
            uint64_t end = is_there ? ends[levels - 3] : 0;

            good_table_make_riscv64(&good, SYSTEM_CONTROLLER_PLIC);
            good.table.board.riscv64.isa |= isas[board];
            good.vms[0].stage2_levels = levels;
            good.vms[0].boot_argument = 0;
            good.memory[1].at = end - good.memory[1].size;
            good_table_seal(&good);
            assert_int_equal(config_check(&good, sizeof(good), &config_riscv64, &error), is_there);
            if (!is_there || levels == 5)
                continue;
            good.memory[1].at += 0x200000;
            good_table_seal(&good);
            assert_false(config_check(&good, sizeof(good), &config_riscv64, &error));
            assert_int_equal(error.rule, CONFIG_VM_STAGE2);
            assert_int_equal(error.vm, 0);
        }
    }
    good_table_make(&good);
    good.vms[1].stage2_levels = 4;
    expect(&good, CONFIG_VM_STAGE2);
}

/* Registers that are emulated lie within a guest's addresses, too. */
TEST(test_stage2_reaches_all) {
    for (int what = 0; what < 4; what++) {
        const uint64_t high = UINT64_C(1) << 41;
        struct good_table good;
        struct config_error error;

        good_table_make_riscv64(&good, SYSTEM_CONTROLLER_AIA);
        *(what == 0   ? &good.vms[0].controller_at
          : what == 1 ? &good.vms[0].controller_cpus_at
          : what == 2 ? &good.vms[0].console_at
                      : &good.devices[0].at) = high;
        good_table_seal(&good);
        assert_false(config_check(&good, sizeof(good), &config_riscv64, &error));
        assert_int_equal(error.rule, CONFIG_VM_STAGE2);
        assert_int_equal(error.value, high);
        good.table.board.riscv64.isa |= SYSTEM_ISA_SV48;
        good.vms[0].stage2_levels = 4;
        good_table_seal(&good);
        assert_true(config_check(&good, sizeof(good), &config_riscv64, &error));
    }
}

TEST(test_each_rule) {
    for (size_t i = 0; i < COUNT(breaks); i++) {
        struct good_table good;

        good_table_make(&good);
        breaks[i].change(&good);
        expect(&good, breaks[i].rule);
    }
}

/* Rules about the table's own size and checksum, which sealing would mend. */
TEST(test_whole_table) {
    struct good_table good;
    struct config_error error;

    good_table_make(&good);
    assert_false(config_check(&good, sizeof(struct system_table) - 1, &config_arm64, &error));
    assert_int_equal(error.rule, CONFIG_TABLE_TRUNCATED);
    assert_false(config_check(&good, sizeof(good) - 8, &config_arm64, &error));
    assert_int_equal(error.rule, CONFIG_TABLE_SIZE);
    assert_false(config_check(&good, sizeof(good), &config_riscv64, &error));
    assert_int_equal(error.rule, CONFIG_TABLE_ARCH);
    good.payloads[0].crc++;
    assert_false(check(&good, &error));
    assert_int_equal(error.rule, CONFIG_TABLE_CRC);
    good.table.size = 4;
    assert_false(check(&good, &error));
    assert_int_equal(error.rule, CONFIG_TABLE_SIZE);
}

TEST(test_unaligned) {
    static _Alignas(8) unsigned char bytes[sizeof(struct good_table) + 8];
    struct good_table good;
    struct config_error error;

    good_table_make(&good);
    memcpy(bytes + 4, &good, sizeof(good));
    assert_false(config_check(bytes + 4, sizeof(good), &config_arm64, &error));
    assert_int_equal(error.rule, CONFIG_TABLE_TRUNCATED);
}

/* All rules are known to be broken by some test of this file. */
TEST(test_no_rule_is_missing) {
    bool seen[CONFIG_RULES_COUNT] = {false};

    seen[CONFIG_TABLE_TRUNCATED] = seen[CONFIG_TABLE_SIZE] = seen[CONFIG_TABLE_CRC] = true;
    for (size_t i = 0; i < COUNT(breaks); i++)
        seen[breaks[i].rule] = true;
    for (size_t i = 0; i < COUNT(riscv64_breaks); i++)
        seen[riscv64_breaks[i].rule] = true;
    for (int rule = 0; rule < CONFIG_RULES_COUNT; rule++) {
        if (!seen[rule])
            fail_msg("no test breaks %s", config_rule_names[rule]);
        assert_true(strlen(config_rule_texts[rule]) > 10);
    }
}

TEST(test_more_of_names) {
    static const char *const bad[] = {"", "-a", "0a", "a_b", "a b", "bulkhead", "a\x1e"};

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct good_table good;

        good_table_make(&good);
        memset(good.vms[1].name, 0, SYSTEM_NAME_SIZE);
        memcpy(good.vms[1].name, bad[i], strlen(bad[i]));
        expect(&good, CONFIG_VM_NAME);
    }
    struct good_table good;
    good_table_make(&good);
    memset(good.vms[1].name, 'a', SYSTEM_NAME_SIZE); /* no NUL */
    expect(&good, CONFIG_VM_NAME);
    good_table_make(&good);
    good.vms[1].name[10] = 'x'; /* behind the NUL */
    expect(&good, CONFIG_VM_NAME);
}

TEST(test_more_of_ranges) {
    struct good_table good;

    good_table_make(&good);
    good.memory[2].phys = UINT64_MAX - 0xfff; /* wraps */
    expect(&good, CONFIG_MEMORY_RANGE);
    good_table_make(&good);
    good.memory[2].at = UINT64_C(1) << 39;
    expect(&good, CONFIG_MEMORY_RANGE);
    good_table_make(&good);
    good.devices[1].size = 0;
    expect(&good, CONFIG_DEVICE_RANGE);
    good_table_make(&good);
    good.table.image_size = 0x1000;
    good.table.size = 0;
    expect(&good, CONFIG_TABLE_SIZE);
    good_table_make(&good);
    good.table.image_size = 0;
    expect(&good, CONFIG_IMAGE_RANGE);
    good_table_make(&good);
    good.table.home = 0x2000000000;
    expect(&good, CONFIG_IMAGE_RANGE);
    good_table_make(&good);
    good.payloads[2].offset = 0; /* over the hypervisor */
    expect(&good, CONFIG_PAYLOAD_SLOT);
    good_table_make(&good);
    good.payloads[1].slot_size = UINT64_MAX - 0xfff;
    expect(&good, CONFIG_PAYLOAD_SLOT);
    good_table_make(&good);
    good.vms[0].entry += 2;
    expect(&good, CONFIG_VM_ENTRY);
}

TEST(test_more_of_vms) {
    struct good_table good;

    good_table_make(&good);
    good.vms[1].restart_then = SYSTEM_FAULT_RESTART;
    expect(&good, CONFIG_VM_POLICY);
    good_table_make(&good);
    good.vms[1].restart_then = SYSTEM_FAULT_HALT + 1;
    expect(&good, CONFIG_VM_POLICY);
    good_table_make(&good);
    good.vms[0].seeds_at = 0x40000000 + 32 * MIB - sizeof(struct system_seeds) + 4;
    expect(&good, CONFIG_VM_SEEDS);
    good_table_make(&good);
    good.vms[0].seeds_at = UINT64_MAX - 3;
    expect(&good, CONFIG_VM_SEEDS);
}

TEST(test_more_of_manifests) {
    static const struct {
        uint64_t offset;
        uint32_t size;
        uint32_t crc;
    } bad[] = {
        {0x300000, 0, 0},               /* empty, but somewhere */
        {0, 0, 1},                      /* none, with a checksum */
        {0, 0x123, 1},                  /* over the hypervisor */
        {8 * MIB, 0x123, 1},            /* behind the image */
        {8 * MIB - 0x1000, 0x1001, 1},  /* and over its end */
        {UINT64_MAX - 0xfff, 0xfff, 1}, /* wraps */
        {0x300000, UINT32_MAX, 1},      /* all that there is, and more */
        {UINT64_C(1) << 39, SYSTEM_PAGE_SIZE, 1},
    };
    struct good_table good;

    for (size_t i = 0; i < COUNT(bad); i++) {
        good_table_make(&good);
        good.table.manifest_offset = bad[i].offset;
        good.table.manifest_size = bad[i].size;
        good.table.manifest_crc = bad[i].crc;
        expect(&good, CONFIG_MANIFEST_RANGE);
    }
    good_table_make(&good);
    good.table.manifest_offset =
        0x281000; /* the last page of a slot that is larger than its payload */
    expect(&good, CONFIG_MANIFEST_SHARED);
    good_table_make(&good);
    good.table.manifest_offset = 0x27f000; /* its last byte, on the first page of a slot */
    good.table.manifest_size = 0x1001;
    expect(&good, CONFIG_MANIFEST_SHARED);
}

TEST(test_more_of_slices) {
    struct good_table good;

    good_table_make(&good);
    good.vms[1].payloads.count = 0; /* one belongs to nobody */
    expect(&good, CONFIG_VM_SLICE);
    good_table_make(&good);
    good.vms[0].memory.count = UINT32_MAX;
    expect(&good, CONFIG_VM_SLICE);
    good_table_make(&good);
    good.interrupts[0].reserved = 1;
    expect(&good, CONFIG_RESERVED);
    good_table_make(&good);
    good.payloads[0].reserved = 1;
    expect(&good, CONFIG_RESERVED);
    good_table_make(&good);
    good.table.devices.offset = UINT32_MAX - 7;
    expect(&good, CONFIG_SECTION_BOUNDS);
}

TEST(test_private_interrupts) {
    struct good_table good;
    struct config_error error;

    good_table_make(&good);
    good.table.board.pmu_irq = 0; /* there need not be one */
    good_table_seal(&good);
    assert_true(check(&good, &error));
    good_table_make(&good);
    good.table.board.pmu_irq = 32;
    expect(&good, CONFIG_BOARD_INTERRUPT);
    good_table_make(&good);
    good.table.board.pmu_irq = good.table.board.arm64.gic_maintenance_irq;
    expect(&good, CONFIG_BOARD_INTERRUPT);
}

TEST(test_who_and_what) {
    struct good_table good;
    struct config_error error;

    good_table_make(&good);
    good.devices[2].phys = 0x9022000;
    good_table_seal(&good);
    assert_false(check(&good, &error));
    assert_int_equal(error.vm, 1);
    assert_int_equal(error.index, 2);
    assert_int_equal(error.value, 0x9022000);
    good_table_make(&good);
    good.table.pool.phys -= 0x1000;
    good_table_seal(&good);
    assert_false(check(&good, &error));
    assert_int_equal(error.vm, SYSTEM_VMS_MAX);
}

/* What is legal although it looks odd. */
TEST(test_legal) {
    struct good_table good;
    struct config_error error;

    good_table_make(&good);
    good.vms[0].boot_argument = 0;
    good.table.board.console_kind = 0;
    good.table.board.console_phys = 1;
    good.interrupts[2].number = 33; /* the second VM has no emulated console */
    good.memory[2].phys += 0x1000;  /* no block could map it anyway */
    good_table_seal(&good);
    assert_true(check(&good, &error));
    good.table.manifest_offset = 8 * MIB - 0x1000; /* to the image's end */
    good.table.manifest_size = 0x1000;
    good_table_seal(&good);
    assert_true(check(&good, &error));
    good.table.manifest_offset = 0x27f000; /* between two slots */
    good_table_seal(&good);
    assert_true(check(&good, &error));
    good.table.manifest_offset = good.table.manifest_size = good.table.manifest_crc = 0;
    good_table_seal(&good);
    assert_true(check(&good, &error));
}

/* Any bytes: the answer may be either, but nothing outside the table is touched. */
TEST(test_damage) {
    uint32_t random = 12345;

    for (int round = 0; round < 60000; round++) {
        struct good_table *good = malloc(sizeof(*good));
        struct config_error error;

        const struct config_arch *arch = round % 2 == 0 ? &config_arm64 : &config_riscv64;

        if (round % 2 == 0)
            good_table_make(good);
        else
            good_table_make_riscv64(good, (enum system_controller)(1 + round / 2 % 3));
        for (int change = 0; change < 1 + round % 3; change++) {
            random = random * 1664525 + 1013904223;
            uint32_t word = (random >> 8) % (sizeof(*good) / 4);
            random = random * 1664525 + 1013904223;
            uint32_t value = (random & 1) != 0 ? random : UINT32_C(1) << (random >> 27);

            memcpy((char *)good + 4 * (size_t)word, &value, sizeof(value));
        }
        if (good->table.size <= sizeof(*good) && good->table.size >= sizeof(good->table))
            good_table_seal(good);
        if (!config_check(good, sizeof(*good), arch, &error))
            assert_true(error.rule < CONFIG_RULES_COUNT);
        free(good);
    }
}
