/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each rule of the validator is broken by itself, by one change to a table that is right. Tables of
 * any bytes are tests/fuzz/system_fuzz.c's.
 */
#include "tests/unit/test.h"

#include "abi/boot_record.h"
#include "config/config_check.h"
#include "tests/unit/config/good_table.h"

#define MIB   UINT64_C(0x100000)
#define BOARD t->table.board.riscv64

static struct good_table good;
static struct good_table *const t = &good;
static struct config_error error;
static bool is_broken[CONFIG_RULES_COUNT]; /* by a test so far */

static bool accepts(const struct config_arch *arch) {
    error = (struct config_error){CONFIG_RULES_COUNT, 0, 0, 0};
    good_table_seal(&good);
    return config_check(&good, sizeof(good), arch, &error);
}

static void refuses(const void *table, size_t size, const struct config_arch *arch,
                    enum config_rule rule, const char *change) {
    error = (struct config_error){CONFIG_RULES_COUNT, 0, 0, 0};
    if (config_check(table, size, arch, &error))
        fail_msg("%s: accepted", change);
    if (error.rule != rule)
        fail_msg("%s: refused by %s", change, config_rule_words(error.rule, false));
    is_broken[rule] = true;
}

static void refuses_change(const struct config_arch *arch, enum config_rule rule,
                           const char *change) {
    good_table_seal(&good);
    refuses(&good, sizeof(good), arch, rule, change);
}

/* One change to a table that is right, and the rule that it breaks. */
#define REFUSED(rule, change)                                                                      \
    do {                                                                                           \
        good_table_make(&good);                                                                    \
        change;                                                                                    \
        refuses_change(&config_arm64, CONFIG_##rule, #change);                                     \
    } while (0)

/* The same for riscv64: what that architecture judges; controllers by their first letters. */
#define REFUSED_RISCV64(controllers, rule, change)                                                 \
    for (int kind_ = P; kind_ <= A; kind_++) {                                                     \
        if (((controllers)&kind_) == 0)                                                            \
            continue;                                                                              \
        good_table_make_riscv64(&good,                                                             \
                                kind_ == P ? SYSTEM_CONTROLLER_PLIC : SYSTEM_CONTROLLER_AIA);      \
        change;                                                                                    \
        refuses_change(&config_riscv64, CONFIG_##rule, #change);                                   \
    }

enum { P = 1, A = 2, PA = 3 };

TEST(a_good_table_is_accepted) {
    good_table_make(&good);
    assert_true(accepts(&config_arm64));
    for (int kind = SYSTEM_CONTROLLER_PLIC; kind <= SYSTEM_CONTROLLER_AIA; kind++) {
        good_table_make_riscv64(&good, (enum system_controller)kind);
        if (!accepts(&config_riscv64))
            fail_msg("controller %d: refused by %s", kind, config_rule_words(error.rule, false));
    }
}

/* Several VMs' same bytes, wholly: what is copied from is only read. */
TEST(a_slot_of_several_vms_is_accepted) {
    good_table_make(&good);
    good.payloads[1].offset += 0x1000; /* a small one lies anywhere */
    good.payloads[2] = good.payloads[0];
    good_table_seal(&good);
    assert_true(accepts(&config_arm64));
}

/* Rules about the table's own size and checksum, which sealing would mend. */
TEST(the_whole_table) {
    static _Alignas(8) unsigned char unaligned[sizeof(good) + 8];
    const struct config_arch *arm64 = &config_arm64;
    const size_t size = sizeof(good), head = sizeof(struct system_table);

    good_table_make(&good);
    memcpy(unaligned + 4, &good, size);
    refuses(unaligned + 4, size, arm64, CONFIG_TABLE_SIZE, "unaligned");
    refuses(&good, head - 1, arm64, CONFIG_TABLE_SIZE, "less than its head");
    refuses(&good, size - 8, arm64, CONFIG_TABLE_SIZE, "less than it says");
    refuses(&good, size, &config_riscv64, CONFIG_TABLE_ARCH, "another architecture's");
    good.payloads[0].digest[1]++;
    refuses(&good, size, arm64, CONFIG_TABLE_DIGEST, "not sealed");
    good.table.size = 4;
    refuses(&good, size, arm64, CONFIG_TABLE_SIZE, "a size of 4");
}

TEST(the_board_and_the_image) {
    REFUSED(TABLE_MAGIC, t->table.magic++);
    REFUSED(TABLE_VERSION, t->table.version++);
    REFUSED(TABLE_ARCH, t->table.arch = SYSTEM_ARCH_RISCV64);
    REFUSED(SECTION, t->table.cpus.count = SYSTEM_CPUS_MAX + 1);
    REFUSED(SECTION, t->table.members.offset += 8);
    REFUSED(BOARD_CONTROLLER, t->table.board.arm64.gicr[1].size = 0);
    REFUSED(INTERRUPT_RANGE, t->table.board.arm64.timer_virtual_irq = 32);
    REFUSED(CPU_ID, t->cpus[3].hwid = UINT64_C(1) << 31);
    REFUSED(CPU_ID, t->cpus[3].hwid = t->cpus[1].hwid);
    REFUSED(IMAGE_RANGE, t->table.home += 0x1000);
    REFUSED(MANIFEST_RANGE, t->table.manifest_offset += 8);
    REFUSED(POOL_SMALL, t->table.pool.size = 40 * SYSTEM_PAGE_SIZE);
    REFUSED(TABLE_SIZE, t->table.size = 0);
    REFUSED(IMAGE_RANGE, t->table.image_size = 0);
    REFUSED(IMAGE_RANGE, t->table.home = 0x2000000000);
    REFUSED(SECTION, t->table.devices.offset = UINT32_MAX - 7);
    REFUSED(INTERRUPT_RANGE, t->table.board.pmu_irq = 32);
    REFUSED(INTERRUPT_RANGE, t->table.board.pmu_irq = t->table.board.arm64.gic_maintenance_irq);
}

TEST(vms) {
    REFUSED(VM_NAME, t->vms[0].name[0] = 'F');
    REFUSED(VM_NAME, memcpy(t->vms[1].name, "first\0", 7));
    REFUSED(VM_CPUS, t->vms[1].cpus = 0);
    REFUSED(VM_CPUS, t->vms[1].cpus = 1 << 4);
    REFUSED(VM_CPUS, t->vms[1].cpus = 4);
    REFUSED(RESERVED, t->vms[1].flags = 8);
    REFUSED(VM_CONSOLE, t->vms[0].console_irq = 27);
    REFUSED(RANGE, t->vms[0].controller_cpus_at += 0x1000);
    REFUSED(VM_SLICE, t->vms[1].devices.first = 1);
    REFUSED(VM_STAGE2, t->vms[1].stage2_levels = 2);
    REFUSED(VM_OUTSIDE, t->vms[1].entry = 0x40100000);
    REFUSED(VM_OUTSIDE, t->vms[0].boot_argument = 8 + 16 * MIB);
    REFUSED(VM_OUTSIDE, t->vms[0].seeds_at = 0x40200002);
    REFUSED(VM_OUTSIDE, t->vms[0].entry += 2);
    REFUSED(VM_OUTSIDE,
            t->vms[0].seeds_at = 0x40000000 + 32 * MIB - sizeof(struct system_seeds) + 4);
    REFUSED(VM_OUTSIDE, t->vms[0].seeds_at = UINT64_MAX - 3);
    REFUSED(VM_SLICE, t->vms[1].payloads.count = 0); /* one belongs to nobody */
    REFUSED(VM_SLICE, t->vms[0].memory.count = UINT32_MAX);
    REFUSED(VM_STAGE2, t->vms[1].stage2_levels = 4);
}

TEST(ends) {
    REFUSED(VM_POLICY, t->vms[1].policies[SYSTEM_END_WATCHDOG].action = 4);
    REFUSED(VM_POLICY, t->vms[1].policies[SYSTEM_END_FAULT].then = SYSTEM_RESTART);
    REFUSED(VM_POLICY, t->vms[1].policies[SYSTEM_END_RESET].action = SYSTEM_RESTART_GROUP);
    REFUSED(VM_POLICY, t->vms[0].policies[SYSTEM_END_POWEROFF].then = SYSTEM_RESTART_GROUP);
    REFUSED(VM_POLICY, t->vms[0].group = t->vms[1].group = 3; t->vms[1].policies[0].then = 4);
    REFUSED(VM_MANAGES, t->vms[0].manages = 3); /* itself */
    REFUSED(VM_MANAGES, t->vms[1].manages = 4); /* nobody */
    REFUSED(VM_MANAGES, t->vms[0].group = t->vms[1].group = 2);
    REFUSED(VM_MANAGES, t->vms[0].group = t->vms[1].group = 7);
    REFUSED(VM_MANAGES, t->vms[0].group = 3);
    REFUSED(VM_WATCHDOG, t->vms[1].flags = SYSTEM_VM_WATCHDOG_BOOT);
    REFUSED(VM_WATCHDOG, t->vms[0].watchdog = 0);
    REFUSED(RANGE, t->vms[0].watchdog_at += 8);
    REFUSED(VM_WATCHDOG, t->vms[0].watchdog_irq = 31);
    REFUSED(VM_WATCHDOG, t->vms[0].watchdog_irq = t->vms[0].console_irq);
    REFUSED(VM_WATCHDOG, t->vms[1].watchdog_irq = 36);
    REFUSED(INTERRUPT_DUPLICATE, t->vms[0].watchdog_irq = 35);
    REFUSED(OVERLAP, t->vms[0].watchdog_at = 0x7fff000); /* its second page */
    REFUSED_RISCV64(PA, VM_WATCHDOG, t->vms[0].watchdog_at = 0x8020000);
    REFUSED_RISCV64(PA, VM_WATCHDOG, t->vms[0].watchdog_irq = 36);
    REFUSED_RISCV64(PA, VM_WATCHDOG, t->vms[0].watchdog_at = 0x8020000;
                    t->vms[0].watchdog_irq = 36);
}

static void set_name(char *name, const char *text) {
    memset(name, 0, SYSTEM_NAME_SIZE);
    memcpy(name, text, strlen(text));
}

TEST(names) {
    static const char *const bad[] = {"", "-a", "0a", "a_b", "a b", "bulkhead", "a\x1e"};
    char *name = t->vms[1].name;

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        REFUSED(VM_NAME, set_name(name, bad[i]));
    REFUSED(VM_NAME, memset(name, 'a', SYSTEM_NAME_SIZE)); /* no NUL */
    REFUSED(VM_NAME, name[10] = 'x');                      /* behind the NUL */
}

/* What lies in the machine: whole pages, memory in RAM and registers outside, nothing over another.
 */
TEST(addresses_of_the_machine) {
    struct system_range *const ranges[] = {&t->table.pool, &t->ram[1], &t->table.board.arm64.gicd};
    uint64_t *const sizes[] = {&t->table.pool.size, &t->memory[2].size, &t->devices[0].size};
    uint64_t *const in_ram[] = {&t->table.pool.phys, &t->memory[2].phys, &t->table.home};
    uint64_t *const others[] = {&t->table.home, &t->memory[0].phys, &t->table.pool.phys};
    uint64_t *const registers[] = {&t->table.board.console_phys, &t->devices[0].phys,
                                   &t->table.board.arm64.gicd.phys};

    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        REFUSED(RANGE, ranges[i]->phys += 8);
        REFUSED(RANGE, ranges[i]->size += 8);
        REFUSED(RANGE, *sizes[i] = 0);
        REFUSED(RANGE, *registers[i] = UINT64_MAX - 0xffff); /* wraps, or nearly */
        REFUSED(RAM, *registers[i] = 0x4f000000);
        REFUSED(RAM, *in_ram[i] = 0x60000000);
        REFUSED(OVERLAP, *in_ram[i] = *others[i]);
        REFUSED(OVERLAP, *registers[i] = 0x8100000); /* redistributors */
    }
    REFUSED(OVERLAP, t->ram[1].phys = t->ram[0].phys + MIB);
    REFUSED(OVERLAP, t->memory[2].phys = t->table.home);
    REFUSED(OVERLAP, t->memory[2].phys = t->table.pool.phys);
    REFUSED(OVERLAP, t->devices[2].phys = t->table.board.console_phys);
}

TEST(memory_and_devices) {
    REFUSED(RESERVED, t->memory[2].flags = 2);
    REFUSED(CONGRUENCE, t->memory[0].phys += 0x1000);
    REFUSED(RESERVED, t->devices[1].flags = 2);
    REFUSED(RANGE, t->memory[2].at = UINT64_C(1) << 39);
}

TEST(interrupts_and_payloads) {
    REFUSED(OVERLAP, t->devices[0].at = 0x9000000);
    REFUSED(INTERRUPT_RANGE, t->interrupts[2].phys = 1020);
    REFUSED(RESERVED, t->interrupts[2].flags = 2);
    REFUSED(INTERRUPT_SHARED, t->interrupts[2].phys = 33);
    REFUSED(INTERRUPT_SHARED, t->interrupts[2].phys = 45);
    REFUSED(INTERRUPT_DUPLICATE, t->interrupts[1].number = 34);
    REFUSED(PAYLOAD_SLOT, t->payloads[0].size = t->payloads[0].slot_size + 1);
    REFUSED(PAYLOAD_SLOT, t->payloads[1].offset = t->table.image_size);
    REFUSED(CONGRUENCE, t->payloads[0].slot_size = 0x200000; t->payloads[0].offset = 0x401000;
            t->payloads[1].offset = 0x201000);
    REFUSED(PAYLOAD_SHARED, t->payloads[2].offset = 0x400000);
    REFUSED(PAYLOAD_SHARED, t->payloads[2] = t->payloads[0]; t->payloads[2].size++);
    REFUSED(PAYLOAD_SHARED, t->payloads[2] = t->payloads[0]; t->payloads[2].slot_size += 0x1000);
    REFUSED(PAYLOAD_SHARED, t->table.manifest_offset = 0x208000);
    REFUSED(VM_OUTSIDE, t->payloads[1].at = 0x30000000);
    /* The last bytes of the first. */
    REFUSED(OVERLAP, t->payloads[1].at = 0x40081000; t->payloads[1].offset = 0x481000);
    REFUSED(PAYLOAD_SLOT, t->payloads[2].offset = 0); /* over the hypervisor */
    REFUSED(PAYLOAD_SLOT, t->payloads[1].slot_size = UINT64_MAX - 0xfff);
}

TEST(channels_and_members) {
    REFUSED(RESERVED, t->channels[1].flags = 2);
    REFUSED(RANGE, t->channels[0].size = 0x1000); /* no memory behind its state */
    REFUSED(RANGE, t->channels[0].size = 0);
    REFUSED(RANGE, t->channels[0].phys += 8);
    REFUSED(RAM, t->channels[0].phys = 0x60000000);
    REFUSED(OVERLAP, t->channels[0].phys = t->memory[2].phys + MIB - 0x1000);
    REFUSED(OVERLAP, t->channels[0].phys = t->table.pool.phys);
    REFUSED(OVERLAP, t->channels[1].phys = t->channels[0].phys + 0x2000);
    REFUSED(RESERVED, t->members[2].flags = 2);
    REFUSED(VM_CHANNEL, t->members[2].channel = 2);
    REFUSED(VM_CHANNEL, t->members[2].channel = 0); /* twice */
    REFUSED(VM_SLICE, t->vms[0].members.count = 2);
    REFUSED(RANGE, t->members[0].at += 8);
    REFUSED(RANGE, t->members[2].at = (UINT64_C(1) << 39) - 0x400000); /* the last page */
    REFUSED(OVERLAP, t->members[0].at = t->memory[0].at + 0x1000);
    REFUSED(OVERLAP, t->members[0].at = t->devices[1].at - 0x2000);
    REFUSED(OVERLAP, t->members[2].at = t->members[1].at + 0x2000);
    REFUSED(OVERLAP, t->members[1].at = t->vms[1].controller_at);
}

TEST(riscv64_boards) {
    REFUSED_RISCV64(PA, TABLE_ARCH, t->table.arch = SYSTEM_ARCH_ARM64);
    REFUSED_RISCV64(PA, BOARD_CONSOLE, t->table.board.console_layout = CONSOLE_LAYOUT(2u, 8u));
    REFUSED_RISCV64(PA, BOARD_CONSOLE, t->table.board.console_layout = CONSOLE_LAYOUT(1u, 4u));
    REFUSED_RISCV64(PA, BOARD_CONSOLE, t->table.board.console_kind = CONSOLE_KIND_PL011);
    REFUSED_RISCV64(PA, RESERVED, t->table.board.pmu_irq = 1);
    REFUSED_RISCV64(PA, RESERVED, BOARD.reserved[7] = 1);
    REFUSED_RISCV64(PA, BOARD_CONTROLLER, BOARD.controller_kind = 0);
    REFUSED_RISCV64(PA, BOARD_CONTROLLER, BOARD.controller_kind = 4);
    REFUSED_RISCV64(PA, RANGE, BOARD.controller.phys += 8);
    REFUSED_RISCV64(PA, BOARD_CONTROLLER, BOARD.controller.size = 0x3000);
    REFUSED_RISCV64(PA, BOARD_CONTROLLER, BOARD.sources = t->table.board.console_irq = 0);
    REFUSED_RISCV64(PA, BOARD_CONTROLLER, BOARD.sources = 1024);
    REFUSED_RISCV64(P, BOARD_CONTROLLER, BOARD.guest_files = 1);
    REFUSED_RISCV64(A, BOARD_CONTROLLER, BOARD.guest_files = 0);
    REFUSED_RISCV64(A, BOARD_CONTROLLER, BOARD.guest_files = 64);
    REFUSED_RISCV64(P, BOARD_CONTROLLER, BOARD.identities = 63);
    REFUSED_RISCV64(A, BOARD_CONTROLLER, BOARD.identities = 256);
    REFUSED_RISCV64(A, BOARD_CONTROLLER, BOARD.identities = 2111);
    REFUSED_RISCV64(P, RANGE, BOARD.swi.phys += 8);
    REFUSED_RISCV64(P, BOARD_CONTROLLER, BOARD.swi.size = 0x5000);
    REFUSED_RISCV64(PA, BOARD_ISA, BOARD.timebase = 0);
    REFUSED_RISCV64(PA, INTERRUPT_RANGE, t->table.board.console_irq = 96);
    REFUSED_RISCV64(PA, BOARD_ISA, BOARD.isa |= SYSTEM_ISA_ALL + 1);
    REFUSED_RISCV64(PA, BOARD_ISA, BOARD.block_size = 48);
    REFUSED_RISCV64(PA, BOARD_ISA, BOARD.isa = 0);
}

TEST(riscv64_cpus_and_vms) {
    REFUSED_RISCV64(P, CPU_ID, t->cpus[3].controller_index = 0x400);
    REFUSED_RISCV64(P, CPU_ID, t->cpus[3].controller_phys = 0x1000);
    REFUSED_RISCV64(A, CPU_ID, t->cpus[3].controller_index = 0x4000);
    REFUSED_RISCV64(A, RANGE, t->cpus[3].controller_phys += 8);
    REFUSED_RISCV64(A, RANGE, t->cpus[3].controller_phys = UINT64_C(1) << 56);
    REFUSED_RISCV64(PA, CPU_ID, t->cpus[3].controller_index = t->cpus[1].controller_index);
    REFUSED_RISCV64(A, OVERLAP, t->cpus[3].controller_phys = t->cpus[1].controller_phys + 0x3000);
    REFUSED_RISCV64(PA, CPU_ID, t->cpus[3].hwid = t->cpus[1].hwid);
    REFUSED_RISCV64(PA, RESERVED, t->cpus[3].reserved = 1);
    REFUSED_RISCV64(PA, VM_CONSOLE, t->vms[0].console = SYSTEM_VM_CONSOLE_PL011);
    REFUSED_RISCV64(PA, VM_CONSOLE, t->vms[0].console = 32);
    REFUSED_RISCV64(PA, VM_CONSOLE, t->vms[0].console_irq = 0);
    REFUSED_RISCV64(PA, RANGE, t->vms[0].controller_at += 8);
    REFUSED_RISCV64(A, RANGE, t->vms[0].controller_cpus_at += 8);
    REFUSED_RISCV64(P, OVERLAP, t->devices[0].phys = 0xc5ff000);
    REFUSED_RISCV64(P, OVERLAP, t->devices[0].phys = 0x2f03000);
    REFUSED_RISCV64(A, OVERLAP, t->devices[0].phys = 0x2800f000);
    REFUSED_RISCV64(P, OVERLAP, t->devices[0].at = 0xc201000);
    REFUSED_RISCV64(A, OVERLAP, t->devices[0].at = 0x28001000);
    REFUSED_RISCV64(PA, INTERRUPT_RANGE, t->interrupts[2].phys = t->interrupts[2].number = 96);
    REFUSED_RISCV64(PA, INTERRUPT_RANGE, t->interrupts[2].number = 47);
    REFUSED_RISCV64(PA, INTERRUPT_SHARED, t->interrupts[2].phys = t->interrupts[2].number = 33);
    REFUSED_RISCV64(PA, VM_STAGE2, t->vms[0].stage2_levels = 4);
    REFUSED_RISCV64(PA, RANGE, t->memory[1].at = UINT64_C(1) << 56);
    REFUSED_RISCV64(PA, RANGE, t->devices[2].phys = UINT64_C(1) << 56);
}

/* What each number of levels reaches, on boards with Sv39, Sv48, Sv57, registers that are emulated
 * included. */
TEST(stage2) {
    static const uint32_t isas[] = {0, SYSTEM_ISA_SV48, SYSTEM_ISA_SV48 | SYSTEM_ISA_SV57};
    static const uint64_t ends[] = {UINT64_C(1) << 41, UINT64_C(1) << 50, UINT64_C(1) << 56};
    uint64_t *const addresses[] = {&t->vms[0].controller_at, &t->vms[0].controller_cpus_at,
                                   &t->vms[0].console_at, &t->devices[0].at, &t->memory[1].at};

    for (uint32_t n = 0; n < COUNT_OF(isas) * 8 * COUNT_OF(addresses); n++) {
        uint32_t board = n % COUNT_OF(isas), levels = n / COUNT_OF(isas) % 8;
        uint64_t *address = addresses[n / COUNT_OF(isas) / 8];
        bool is_there = levels >= 3 && levels <= 3 + board;
        uint64_t end = is_there ? ends[levels - 3] : 0;

        good_table_make_riscv64(&good, SYSTEM_CONTROLLER_AIA);
        BOARD.isa |= isas[board];
        good.vms[0].stage2_levels = levels;
        good.vms[0].boot_argument = 0;
        *address = end - 16 * MIB;
        assert_int_equal(accepts(&config_riscv64), is_there);
        if (!is_there)
            continue;
        *address = end;
        refuses_change(&config_riscv64, CONFIG_RANGE, "beyond its levels");
        assert_true(error.vm == 0 && error.value == end);
    }
}

TEST(manifests) {
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

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        REFUSED(MANIFEST_RANGE, t->table.manifest_offset = bad[i].offset;
                t->table.manifest_size = bad[i].size; t->table.manifest_crc = bad[i].crc);
    /* The last page of a slot that is larger than its payload. */
    REFUSED(PAYLOAD_SHARED, t->table.manifest_offset = 0x281000);
    /* Its last byte, on the first page of a slot. */
    REFUSED(PAYLOAD_SHARED, t->table.manifest_offset = 0x27f000; t->table.manifest_size = 0x1001);
}

TEST(who_and_what) {
    REFUSED(OVERLAP, t->devices[2].phys = 0x9022000);
    assert_int_equal(error.vm, 1);
    assert_int_equal(error.index, 2);
    assert_int_equal(error.value, 0x9022000);
    REFUSED(OVERLAP, t->table.pool.phys -= 0x1000);
    assert_int_equal(error.vm, SYSTEM_VMS_MAX);
}

/* All rules are known to be broken by some test above. */
TEST(no_rule_is_missing) {
    for (enum config_rule rule = 0; rule < CONFIG_RULES_COUNT; rule++) {
        if (!is_broken[rule])
            fail_msg("no test breaks %s", config_rule_words(rule, false));
        assert_true(strlen(config_rule_words(rule, true)) > 10);
    }
}

/* What is legal although it looks odd. */
TEST(legal) {
    good_table_make(&good);
    good.vms[0].boot_argument = 0;
    good.table.board.console_kind = 0;
    good.table.board.console_phys = 1;
    good.table.board.pmu_irq = 0;   /* there need not be one */
    good.interrupts[2].number = 33; /* the second VM has no emulated console */
    good.memory[1].size = good.ram[1].size;
    good.memory[2].phys += 0x1000;                          /* no block could map it anyway */
    good.vms[0].watchdog_at = good.vms[0].watchdog_irq = 0; /* it is fed by calls */
    good.vms[0].group = good.vms[1].group = 3;
    good.vms[1].policies[0] = (struct system_policy){SYSTEM_RESTART, SYSTEM_RESTART_GROUP, 1, 1, 1};
    good.vms[1].flags = SYSTEM_VM_WARM;
    assert_true(accepts(&config_arm64));
    good.table.manifest_offset = 8 * MIB - 0x1000; /* to the image's end */
    good.table.manifest_size = 0x1000;
    assert_true(accepts(&config_arm64));
    good.table.manifest_offset = 0x27f000; /* between two slots */
    assert_true(accepts(&config_arm64));
    good.table.manifest_offset = good.table.manifest_size = good.table.manifest_crc = 0;
    assert_true(accepts(&config_arm64));
}

/* A VM with calls for a console, or none, may own the interrupt that others' UART has. */
TEST(legal_on_riscv64) {
    good_table_make_riscv64(&good, SYSTEM_CONTROLLER_PLIC);
    good.cpus[3].hwid = UINT64_MAX;
    good.table.board.console_irq = 0;
    good.interrupts[2].number = good.interrupts[2].phys = 33;
    BOARD.swi = (struct system_range){0, 0};
    assert_true(accepts(&config_riscv64));
}
