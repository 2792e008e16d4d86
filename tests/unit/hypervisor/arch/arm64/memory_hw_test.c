/* SPDX-License-Identifier: Apache-2.0 */
/* Memory beyond loads and stores: barriers, TLB and cache maintenance, in order. */
#include "hypervisor/support.h"

#include <string.h>

/* Beside those of arch/host. */
#define arch_tables_written       core_tables_written
#define arch_guest_tlb_flush      core_guest_tlb_flush
#define arch_memory_clear         core_memory_clear
#define arch_cache_clean          core_cache_clean
#define arch_io_fence             core_io_fence
#define arch_instructions_written core_instructions_written
#define arch_crc32c               core_crc32c

#include "hypervisor/arch/arm64/fake_sysreg.h"

/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "arch/arm64/memory_hw.c"

#define SIZE 8192u

static uint8_t memory[SIZE + 2 * 4096] __attribute__((aligned(4096)));
static uint8_t *const middle = memory + 4096;

BEFORE_EACH(begin) {
    host_reset();
    machine_reset(4);
    set("ctr_el0", 4u << 16); /* lines of 64 bytes */
    set("dczid_el0", 4);
    memset(memory, 0xff, sizeof(memory));
    recorded();
}

/* Written, seen by the table walk, gone from the TLB, gone before the next instruction. */
TEST(maintenance_stands_between_its_barriers) {
    arch_tables_written();
    ASSERT_RECORDED("dsb ishst; tlbi alle2; dsb nsh; isb");
    arch_guest_tlb_flush();
    ASSERT_RECORDED("dsb nshst; tlbi vmalls12e1; dsb nsh; isb");
    arch_instructions_written();
    ASSERT_RECORDED("dsb ish; ic iallu; dsb nsh; isb");
    arch_io_fence();
    ASSERT_RECORDED("dmb osh");
    arch_cache_clean(middle + 63, 2); /* both lines; and then it is there */
    ASSERT_RECORDED("dc civac; dc civac; dsb sy");
    assert_int_equal(machine.line, (uintptr_t)middle + 64);
    begin();
    arch_cache_clean(middle, SIZE);
    assert_int_equal(machine.lines, SIZE / 64);
}

TEST(memory_is_cleared_by_blocks_or_stores) {
    for (unsigned block = 2; block <= 0x14; block += 2) {
        begin();
        set("dczid_el0", block > 9 ? 0x14 : block);
        arch_memory_clear(middle, SIZE);
        assert_int_equal(machine.lines, block > 9 ? 0 : SIZE / (4u << block));
        assert_int_equal(middle[-1], 0xff);
        assert_int_equal(middle[SIZE], 0xff);
        for (unsigned i = 0; i < SIZE; i++)
            assert_int_equal(middle[i], 0);
    }
}

/* As the portable one, however it lies. */
TEST(a_checksum_by_instructions) {
    struct random random = {3};

    for (unsigned i = 0; i < SIZE; i++)
        middle[i] = (uint8_t)random_next(&random);
    for (unsigned isa = 0; isa < 2; isa++) {
        set("id_aa64isar0_el1", (uint64_t)isa << 16);
        for (unsigned start = 0; start < 9; start++) {
            for (unsigned size = 0; size < 300; size += 1 + size / 20)
                assert_int_equal(arch_crc32c(7, middle + start, size),
                                 crc32c(7, middle + start, size));
        }
    }
}
