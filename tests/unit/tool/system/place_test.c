/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where memory goes in the machine: what is fixed where it is said, the rest around it, first fit.
 */
#include "tests/unit/test.h"

#include "config/system.h"
#include "tests/unit/tool/fixture.h"
#include "tool/image/emit.h"

#define MIB  UINT64_C(0x100000)
#define RAM  UINT64_C(0x40000000)
#define HOME UINT64_C(0x40200000)

static const char raw[] = "this is no image";

static struct fixture fixture;

BEFORE_EACH(begin) {
    fixture_open(&fixture);
    fixture_write(&fixture, "extra", raw, sizeof(raw));
}

AFTER_EACH(end) {
    fixture_close(&fixture);
}

/* Compiles VMs, each line one, whose images are raw ones at the start of their first memory. */
static bool try_system(const char *vms, struct system *system) {
    uint64_t size = 0;
    const char *text =
        arena_printf(&fixture.arena,
                     "bulkhead: 1\nboard: qemu-arm64\n"
                     "defaults: { image: { file: extra, load: 0x4000_0000 }, dtb: none }\n"
                     "vms:\n%s",
                     vms);

    if (!fixture_compile(&fixture, text, true))
        return false;
    system_open(system,
                emit_find_table(fixture.compiled.image, fixture.compiled.image_size, &size));
    return true;
}

static void open_system(const char *vms, struct system *system) {
    if (!try_system(vms, system))
        fail_msg("%s", fixture.diagnostics.items[0].message);
}

TEST(test_fixed) {
    struct system system;

    open_system(" a: { cpus: 0, memory: [ { size: 4 MiB, phys: 0x7000_0000 }, "
                "{ size: 2 MiB, at: 0x9000_0000, phys: same }, "
                "{ size: 4 KiB, at: 0, phys: 0x4000_5000 } ] }\n",
                &system);
    assert_int_equal(system.memory_count, 3);
    assert_int_equal(system.memory[0].at, RAM);
    assert_int_equal(system.memory[0].phys, 0x70000000);
    assert_int_equal(system.memory[1].at, 0x90000000);
    assert_int_equal(system.memory[1].phys, 0x90000000);
    assert_int_equal(system.memory[2].at, 0);
    assert_int_equal(system.memory[2].phys, 0x40005000);
}

/* The description's order counts only among those that are not fixed. */
TEST(test_around) {
    struct system system;

    open_system(" a: { cpus: 0, memory: 4 MiB }\n"
                " b: { cpus: 1, memory: 16 MiB }\n"
                " c: { cpus: 2, memory: { size: 8 MiB, phys: 0x4100_0000 } }\n"
                " d: { cpus: 3, memory: 2 MiB }\n",
                &system);
    uint64_t end = system.table->pool.phys + system.table->pool.size;
    uint64_t behind = (end + 2 * MIB - 1) / (2 * MIB) * (2 * MIB);
    assert_true(system.table->home == HOME && behind <= 0x41000000 - 4 * MIB);
    assert_int_equal(system.memory[0].phys, behind);     /* Bulkhead */
    assert_int_equal(system.memory[1].phys, 0x41800000); /* not before c: too large */
    assert_int_equal(system.memory[2].phys, 0x41000000);
    assert_int_equal(system.memory[3].phys, RAM); /* the first gap that takes it */
}

/* What is fixed may leave no room. */
TEST(test_no_room) {
    struct system system;

    assert_true(try_system(" a: { cpus: 0, memory: 900 MiB }\n"
                           " b: { cpus: 1, memory: { size: 16 MiB, phys: 0x7f00_0000 } }\n",
                           &system));
    assert_false(try_system(" a: { cpus: 0, memory: 1200 MiB }\n"
                            " b: { cpus: 1, memory: { size: 16 MiB, phys: 0x7f00_0000 } }\n",
                            &system));
    assert_int_equal(fixture.diagnostics.count, 1);
    assert_string_equal(fixture.diagnostics.items[0].rule, "memory-too-large");
    assert_int_equal(fixture.diagnostics.items[0].mark.line, 5);
}

/* The table's channel of that place and size, and the n-th member's. */
static void expect_channel(const struct system *system, uint32_t n, uint64_t phys, uint64_t size,
                           uint64_t flags) {
    assert_int_equal(system->channels[n].phys, phys);
    assert_int_equal(system->channels[n].size, size);
    assert_int_equal(system->channels[n].flags, flags);
}

static void expect_member(const struct system *system, uint32_t n, uint32_t channel, uint32_t flags,
                          uint64_t at) {
    assert_int_equal(system->members[n].channel, channel);
    assert_int_equal(system->members[n].flags, flags);
    assert_int_equal(system->members[n].at, at);
}

/* Channels go into the first gap behind all memory; large ones to where blocks can map them for the
 * first member. Guests see them behind their memory, around what is there. */
TEST(test_channels) {
    struct system system;

    open_system(" a: { cpus: 0, memory: [ { size: 2 MiB, phys: 0x4000_0000 }, "
                "{ size: 4 KiB, at: 0x4060_1000 } ] }\n"
                " b: { cpus: 1, memory: 3 MiB }\n"
                " c: { cpus: 2, memory: 2 MiB }\n"
                "channels:\n"
                " one: { size: 4 KiB, members: { b: rw, a: ro } }\n"
                " two: { size: 2 MiB, keep: yes, members: { a: { access: rw, at: 0x4080_5000 }, "
                "b: { access: rw, at: 0x4040_2000 } } }\n"
                " six: { size: 8 KiB, members: { b: rw, a: rw } }\n",
                &system);
    assert_int_equal(system.channel_count, 3);
    assert_int_equal(system.member_count, 6);
    uint64_t end = system.table->pool.phys + system.table->pool.size;
    assert_int_equal(system.memory[1].phys & (2 * MIB - 1), 0x1000);
    expect_channel(&system, 0, end, 0x2000, 0);
    expect_channel(&system, 2, end + 0x2000, 0x3000, 0);
    assert_int_equal(system.channels[1].phys & (2 * MIB - 1), 0x5000);
    assert_int_equal(system.channels[1].size, 2 * MIB + 0x1000);
    assert_int_equal(system.channels[1].flags, SYSTEM_CHANNEL_KEEP);
    assert_int_equal(system.vms[0].members.first, 0);
    assert_int_equal(system.vms[0].members.count, 3);
    assert_int_equal(system.vms[1].members.first, 3);
    assert_int_equal(system.vms[2].members.count, 0);
    expect_member(&system, 0, 0, 0, 0x40800000);
    expect_member(&system, 1, 1, SYSTEM_MEMBER_WRITES, 0x40805000);
    expect_member(&system, 2, 2, SYSTEM_MEMBER_WRITES, 0x40802000);
    expect_member(&system, 3, 0, SYSTEM_MEMBER_WRITES, 0x40400000);
    expect_member(&system, 5, 2, SYSTEM_MEMBER_WRITES, 0x40603000); /* behind `two`, not before */
}

/* A channel may be what does not fit. */
TEST(test_no_room_for_a_channel) {
    struct system system;
    const char *text = " a: { cpus: 0, memory: 900 MiB }\n b: { cpus: 1, memory: 1000 MiB }\n"
                       "channels: { one: { size: %u MiB, members: { a: rw, b: rw } } }\n";

    assert_true(try_system(arena_printf(&fixture.arena, text, 100), &system));
    assert_false(try_system(arena_printf(&fixture.arena, text, 200), &system));
    assert_string_equal(fixture.diagnostics.items[0].rule, "memory-too-large");
    assert_int_equal(fixture.diagnostics.items[0].mark.line, 7);
}

static uint64_t next_random(uint64_t *seed, uint64_t limit) {
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (*seed >> 33) % limit;
}

/* Many systems: what the tool accepts has passed the validator; here, that fixed is fixed. */
TEST(test_many) {
    struct system system;
    uint64_t seed = 4;
    unsigned accepted = 0;

    for (unsigned round = 0; round < 40; round++) {
        uint64_t fixed[4];
        char *vms = arena_strdup(&fixture.arena, "");

        for (unsigned i = 0; i < 4; i++) {
            const char *phys = "";

            fixed[i] = i % 2 == 0 ? 0 : RAM + 2 * MIB * next_random(&seed, 1000);
            if (fixed[i] != 0)
                phys = arena_printf(&fixture.arena, ", phys: 0x%llx", (unsigned long long)fixed[i]);
            vms = arena_printf(&fixture.arena, "%s v%u: { cpus: %u, memory: { size: %u MiB%s } }\n",
                               vms, i, i, 1 + (unsigned)next_random(&seed, 500), phys);
        }
        if (!try_system(vms, &system))
            continue;
        accepted++;
        for (unsigned i = 0; i < 4; i++)
            assert_true(fixed[i] == 0 || system.memory[i].phys == fixed[i]);
    }
    assert_in_range(accepted, 10, 39);
}
