/* SPDX-License-Identifier: Apache-2.0 */
/* Memory beyond loads and stores: cache lines and barriers, as a core would see them. */
#define TEST_WITHOUT_STRING
#include "hypervisor/support.h"

/* Beside those of arch/host. */
#define arch_tables_written       core_tables_written
#define arch_guest_tlb_flush      core_guest_tlb_flush
#define arch_memory_clear         core_memory_clear
#define arch_cache_clean          core_cache_clean
#define arch_io_fence             core_io_fence
#define arch_instructions_written core_instructions_written

#include "hypervisor/arch/arm64/fake_sysreg.h"

#undef DC
#define DC(operation, at) on_block(operation, (uintptr_t)(at))

static void on_block(const char *operation, uintptr_t at);

/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "arch/arm64/memory_hw.c"

#define SIZE 8192u

static unsigned zeroed, cleaned; /* blocks */
static uintptr_t first, last;    /* of those cleaned */
static uint8_t memory[SIZE + 2 * 4096] __attribute__((aligned(4096)));
static uint8_t *const middle = memory + 4096;

static void on_block(const char *operation, uintptr_t at) {
    if (*operation == 'z') {
        uintptr_t size = (uintptr_t)4 << (get("dczid_el0") & 0xf);

        memset((void *)(at & ~(size - 1)), 0, size);
        zeroed++;
        return;
    }
    assert_string_equal(operation, "civac");
    ASSERT_RECORDED("");
    first = cleaned++ == 0 ? at : first;
    last = at;
}

BEFORE_EACH(begin) {
    machine_reset(1);
    memset(memory, 0xff, sizeof(memory));
    zeroed = cleaned = 0;
    set("ctr_el0", UINT64_C(0x84448004)); /* DminLine 4: 64 bytes */
    recorded();
}

/* DCZID_EL0 (D19.2): BS, the block's words as a power of 2, up to 2 KiB; bit 4, DZP, prohibits. */
TEST(memory_is_cleared_by_blocks_or_stores) {
    for (uint64_t dczid = 0; dczid < 32; dczid++) {
        bool by_blocks = dczid <= 9;

        begin();
        set("dczid_el0", dczid);
        arch_memory_clear(middle, SIZE);
        assert_int_equal(zeroed, by_blocks ? SIZE / (4u << dczid) : 0);
        assert_int_equal(middle[-1], 0xff);
        assert_int_equal(middle[SIZE], 0xff);
        for (unsigned i = 0; i < SIZE; i++)
            assert_int_equal(middle[i], 0);
    }
}

TEST(each_line_is_cleaned_once) {
    for (unsigned line = 16; line <= 2048; line *= 2) {
        for (unsigned offset = 0; offset < 200; offset += 33) {
            for (unsigned size = 1; size < 1500; size += 61) {
                uintptr_t start = (uintptr_t)middle + offset;

                begin();
                set("ctr_el0", (uint64_t)__builtin_ctz(line / 4) << 16);
                recorded();
                arch_cache_clean((void *)start, size);
                assert_int_equal(first, start & ~(uintptr_t)(line - 1));
                assert_int_equal(last, (start + size - 1) & ~(uintptr_t)(line - 1));
                assert_int_equal(cleaned, (last - first) / line + 1);
                ASSERT_RECORDED("dsb sy"); /* behind all of them */
            }
        }
    }
}

TEST(barriers_stand_where_the_manual_wants_them) {
    arch_tables_written(); /* the stores, then what was cached of them; then what follows */
    ASSERT_RECORDED("dsb ishst; tlbi alle2; dsb nsh; isb");
    arch_guest_tlb_flush();
    ASSERT_RECORDED("dsb nshst; tlbi vmalls12e1; dsb nsh; isb");
    arch_instructions_written();
    ASSERT_RECORDED("dsb ish; ic iallu; dsb nsh; isb");
    arch_io_fence();
    ASSERT_RECORDED("dmb osh");
}
