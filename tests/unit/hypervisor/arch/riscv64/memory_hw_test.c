/* SPDX-License-Identifier: Apache-2.0 */
/* Memory beyond loads and stores: cache blocks and fences, as a hart would see them. */
#define TEST_WITHOUT_STRING
#include "hypervisor/support.h"

/* Beside those of arch/host and of fake_csr.c. */
#define arch_tables_written       hart_tables_written
#define arch_guest_tlb_flush      hart_guest_tlb_flush
#define arch_memory_clear         hart_memory_clear
#define arch_cache_clean          hart_cache_clean
#define arch_instructions_written hart_instructions_written

#include "hypervisor/arch/riscv64/fake_csr.h"

/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "arch/riscv64/memory_hw.c"

#include "hypervisor/small_system.h"

#define SIZE 8192u

uint32_t features_found;
static uint8_t memory[SIZE + 2 * 4096] __attribute__((aligned(4096)));
static uint8_t *const middle = memory + 4096;

BEFORE_EACH(begin) {
    small_begin();
    fake_hart_reset();
    small.table.board.riscv64.block_size = 64;
    this_cpu.system = small.system;
    memset(memory, 0xff, sizeof(memory));
}

static void expect_cleared(void) {
    assert_int_equal(middle[-1], 0xff);
    assert_int_equal(middle[SIZE], 0xff);
    for (unsigned i = 0; i < SIZE; i++)
        assert_int_equal(middle[i], 0);
}

TEST(memory_is_cleared_by_blocks_or_stores) {
    features_found = SYSTEM_ISA_ZICBOZ;
    arch_memory_clear(middle, SIZE);
    assert_int_equal(hart.blocks[4], SIZE / 64);
    expect_cleared();
    for (unsigned size = 32; size <= 128; size *= 4) {
        begin();
        hart.zeroes = small.table.board.riscv64.block_size = size;
        arch_memory_clear(middle, SIZE);
        assert_int_equal(hart.blocks[4], SIZE / size);
        expect_cleared();
    }
    begin();
    features_found = SYSTEM_ISA_ZICBOM;
    arch_memory_clear(middle, SIZE);
    assert_int_equal(hart.blocks[4], 0);
    expect_cleared();
}

/* In steps that Zicboz has vouched for; without it in such that no block is smaller. */
TEST(caches_are_flushed_block_by_block) {
    features_found = SYSTEM_ISA_ZICBOM | SYSTEM_ISA_ZICBOZ;
    arch_cache_clean(middle, SIZE);
    assert_int_equal(hart.blocks[2], SIZE / 64);
    assert_int_equal(hart.step, 64);
    ASSERT_RECORDED("fence iorw, iorw");
    begin();
    features_found = SYSTEM_ISA_ZICBOM;
    arch_cache_clean(middle, SIZE);
    assert_int_equal(hart.blocks[2], SIZE / 16);
    assert_int_equal(hart.step, 16);
    assert_int_equal(hart.at, (uintptr_t)middle + SIZE - 16);
    /* Of a piece, the blocks at both of its ends. */
    begin();
    features_found = SYSTEM_ISA_ZICBOM | SYSTEM_ISA_ZICBOZ;
    arch_cache_clean(middle + 63, 2);
    assert_int_equal(hart.blocks[2], 2);
    assert_int_equal(hart.at, (uintptr_t)middle + 64);
    begin();
    features_found = 0;
    arch_cache_clean(middle, SIZE);
    assert_int_equal(hart.blocks[2], 0);
    ASSERT_RECORDED("fence iorw, iorw");
}

TEST(fences_are_the_widest) {
    arch_guest_tlb_flush(); /* HFENCE.GVMA and HFENCE.VVMA of x0, x0 */
    ASSERT_RECORDED(".insn r 0x73, 0, 0x31, x0, x0, x0; .insn r 0x73, 0, 0x11, x0, x0, x0");
    arch_tables_written();
    arch_instructions_written();
    ASSERT_RECORDED("sfence.vma; fence.i");
}
