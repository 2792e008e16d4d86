/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "abi/boot_record.h"
#include "hypervisor/walk.h"
#include "mem/hypervisor_space.h"

#define IMAGE_PHYS   UINT64_C(0x48000000)
#define PRIVATE_PHYS UINT64_C(0x7e000000)
#define AREA         UINT64_C(0x200000)

/*
 * The tables' place in private data is not known to a test: the linker has put them
 * anywhere. So a space is made for a private area of which the tables lie at POOL.
 */
static struct space_tables *tables;
static uint64_t tables_phys;

static const uint64_t *table_at(uint64_t address) {
    assert_true(address >= tables_phys && address < tables_phys + sizeof(*tables));
    return (const uint64_t *)(const void *)((const uint8_t *)tables + (address - tables_phys));
}

static struct space_tables others __attribute__((aligned(4096)));

BEFORE_EACH(begin) {
    uint64_t offset = (uint64_t)((uint8_t *)&own_tables - link_private_start);

    host_reset();
    tables = &others;
    memset(tables, 0, sizeof(*tables));
    memset(&own_tables, 0, sizeof(*tables));
    tables_phys = PRIVATE_PHYS + 0x100000;
    space_create(tables, phys(IMAGE_PHYS), phys(tables_phys - offset));
}

/* The attributes are those of this use, whose bits the architecture's own test knows. */
static bool is_used_as(const struct walked *walked, enum page_use use) {
    return walked->attributes == arch_pte_leaf(phys(0), walked->level, use);
}

static struct walked at(uint64_t address) {
    return walk(tables->root, 3, address, table_at);
}

/* Where the linked address of a symbol is in the space, given the image's own block. */
static uint64_t linked(const uint8_t *symbol) {
    return SPACE_BASE + (uint64_t)((uintptr_t)symbol % AREA);
}

struct summary {
    unsigned pages, blocks;
    unsigned bad;  /* writable and executable, or outside the areas */
    unsigned text; /* executable pages */
    unsigned data; /* writable */
};

static void summarize(uint64_t address, const struct walked *walked, void *context) {
    struct summary *summary = context;

    summary->pages += walked->level == 0;
    summary->blocks += walked->level == 1;
    summary->bad += walk_writable(walked) && walk_executable(walked);
    summary->bad += address < SPACE_BASE || address >= SPACE_AT(40, 0) || walked->level > 1;
    summary->bad += walked->level != (address >= SPACE_AT(8, 0) ? 1 : 0);
    summary->bad += !walked->mapped;
    summary->text += walk_executable(walked);
    summary->data += walk_writable(walked);
}

static struct summary everything(void) {
    struct summary summary = {0};

    walk_all(tables->root, 3, 1, table_at, summarize, &summary);
    return summary;
}

TEST(maps_the_image_and_nothing_else) {
    struct summary summary = everything();

    assert_int_equal(summary.pages, 7);
    assert_int_equal(summary.bad, 0);
    assert_int_equal(summary.text, 3);
    assert_int_equal(summary.data, 3);
}

TEST(text_constants_and_data_have_their_rights) {
    uint64_t offset = (uint64_t)((uint8_t *)&own_tables - link_private_start);
    struct walked text = at(linked(link_text_start));
    struct walked last = at(linked(link_const_start) - 1);
    struct walked constant = at(linked(link_const_start));
    struct walked data = at(linked(link_private_start));

    assert_true(text.mapped && walk_executable(&text) && !walk_writable(&text));
    assert_int_equal(text.phys, IMAGE_PHYS);
    assert_int_equal(last.phys, IMAGE_PHYS + 0x2fff);
    assert_true(is_used_as(&text, PAGE_HYPERVISOR_TEXT) && is_used_as(&last, PAGE_HYPERVISOR_TEXT));
    assert_true(constant.mapped && !walk_executable(&constant) && !walk_writable(&constant));
    assert_true(is_used_as(&constant, PAGE_HYPERVISOR_CONST));
    assert_int_equal(constant.phys, IMAGE_PHYS + 0x3000);
    assert_true(data.mapped && !walk_executable(&data) && walk_writable(&data));
    assert_true(is_used_as(&data, PAGE_HYPERVISOR_DATA));
    assert_int_equal(data.phys, tables_phys - offset);
    assert_int_equal(at(linked(link_private_end) - 1).phys, tables_phys - offset + 0x2fff);
    assert_false(at(linked(link_private_end)).mapped);
}

TEST(below_the_stack_nothing_is_mapped) {
    assert_true(at(linked(link_const_end) - 1).mapped);
    assert_false(at(linked(link_const_end)).mapped);
    assert_false(at(linked(link_private_start) - 1).mapped);
    assert_true(at(linked(link_private_start)).mapped);
    assert_true(space_is_guard((uintptr_t)link_const_end));
    assert_true(space_is_guard((uintptr_t)link_private_start - 1));
    assert_false(space_is_guard((uintptr_t)link_const_end - 1));
    assert_false(space_is_guard((uintptr_t)link_private_start));
}

TEST(devices_and_areas_are_put_where_they_belong) {
    struct walked console, vm;

    space_map(tables, SPACE_CONSOLE, phys(0x09000000), 0x1000, PAGE_HYPERVISOR_DEVICE);
    space_map(tables, SPACE_ARCH, phys(0x080a0000), 0x20000, PAGE_HYPERVISOR_DEVICE);
    space_map(tables, SPACE_TABLE, phys(0x48300000), 0x2000, PAGE_HYPERVISOR_CONST);
    space_map(tables, SPACE_VM, phys(0x7e100000), (uint64_t)SPACE_VM_PAGES << 12,
              PAGE_HYPERVISOR_DATA);
    console = at(SPACE_CONSOLE + 0x18);
    vm = at(SPACE_VM + ((uint64_t)SPACE_VM_PAGES << 12) - 1);
    assert_int_equal(console.phys, 0x09000018);
    assert_true(walk_writable(&console) && !walk_executable(&console));
    assert_true(is_used_as(&console, PAGE_HYPERVISOR_DEVICE) &&
                is_used_as(&vm, PAGE_HYPERVISOR_DATA));
    assert_int_equal(at(SPACE_ARCH + 0x1ffff).phys, 0x080bffff);
    assert_false(at(SPACE_ARCH - 1).mapped);
    assert_int_equal(at(SPACE_TABLE + 0x1fff).phys, 0x48301fff);
    assert_false(at(SPACE_TABLE + 0x2000).mapped);
    assert_int_equal(vm.phys, 0x7e100000 + ((uint64_t)SPACE_VM_PAGES << 12) - 1);
    assert_int_equal(everything().bad, 0);
    assert_int_equal(everything().pages, 7 + 1 + 32 + 2 + SPACE_VM_PAGES);
}

static unsigned times_mapped, times_unmapped;

static void look_at_the_area(void) {
    bool mapped = at(SPACE_ARCH + 0xf000).mapped;

    times_mapped += mapped ? 1 : 0;
    times_unmapped += mapped ? 0 : 1;
}

/* A walk that meets both the old entry and the new one may end anywhere. */
TEST(an_area_is_unmapped_before_it_is_mapped_anew) {
    space_map(tables, SPACE_ARCH, phys(0x080a0000), 0x20000, PAGE_HYPERVISOR_DEVICE);
    host.on_tables_written = look_at_the_area;
    times_mapped = times_unmapped = 0;
    space_map(tables, SPACE_ARCH, phys(0x080c0000), 0x20000, PAGE_HYPERVISOR_DEVICE);
    assert_int_equal(times_unmapped, 1);
    assert_int_equal(times_mapped, 1);
    assert_int_equal(at(SPACE_ARCH + 0xf000).phys, 0x080cf000);
}

TEST(areas_do_not_overlap) {
    assert_true(SPACE_CONSOLE + 0x1000 <= SPACE_ARCH);
    assert_true(SPACE_ARCH + 0x30000 <= SPACE_TABLE);
    assert_true(SPACE_TABLE + 0x40000 <= SPACE_CONTROL);
    assert_true(SPACE_CONTROL + 0x2000 <= SPACE_VM);
    assert_true(SPACE_VM + ((uint64_t)SPACE_VM_PAGES << 12) <= SPACE_END);
}

/* The windows are this core's own: its tables as the image's linker placed them. */
static void begin_windows(void) {
    tables = &own_tables;
    tables_phys = PRIVATE_PHYS + 0x200000;
    space_create(tables, phys(IMAGE_PHYS),
                 phys(tables_phys - (uint64_t)((uint8_t *)tables - link_private_start)));
}

TEST(a_window_maps_what_was_asked_for_only) {
    uint64_t target, source;

    begin_windows();
    target = (uintptr_t)space_window(WINDOW_TARGET, phys(0x60000000), 0x3000, PAGE_HYPERVISOR_DATA);
    source = (uintptr_t)space_window(WINDOW_SOURCE, phys(0x50001000), SPACE_WINDOW_SIZE,
                                     PAGE_HYPERVISOR_DATA);
    assert_int_equal(target, SPACE_AT(4, 0));
    assert_int_equal(source, SPACE_AT(6, 0));
    assert_int_equal(at(target + 0x2fff).phys, 0x60002fff);
    assert_false(at(target + 0x3000).mapped);
    assert_int_equal(at(source + SPACE_WINDOW_SIZE - 1).phys, 0x50001000 + SPACE_WINDOW_SIZE - 1);
    assert_int_equal(everything().bad, 0);
    /* The next one replaces it, and the cached translations of the last go. */
    host.tables_written = 0;
    space_window(WINDOW_TARGET, phys(0x70000000), 0x1000, PAGE_HYPERVISOR_DATA);
    assert_int_equal(host.tables_written, 2); /* once for what goes, once for what comes */
    assert_int_equal(at(target).phys, 0x70000000);
    assert_false(at(target + 0x1000).mapped);
    assert_true(at(source).mapped);
}

/* From any byte on: the pages of all of them, and what is returned is the first byte. */
TEST(a_window_begins_at_any_byte) {
    static const struct {
        uint64_t start, size, pages;
    } parts[] = {{0x60000ff8, 8, 1},
                 {0x60000ff8, 9, 2},
                 {0x60000001, SPACE_WINDOW_SIZE - 1, 512},
                 {0x60200fff, 0x1002, 3}};

    begin_windows();
    for (unsigned i = 0; i < COUNT_OF(parts); i++) {
        uint64_t first = (uintptr_t)space_window(WINDOW_SOURCE, phys(parts[i].start), parts[i].size,
                                                 PAGE_HYPERVISOR_CONST);

        assert_int_equal(at(first).phys, parts[i].start);
        assert_int_equal(at(first + parts[i].size - 1).phys, parts[i].start + parts[i].size - 1);
        assert_int_equal(everything().pages, 7 + parts[i].pages);
        assert_int_equal(everything().blocks, 0);
    }
}

TEST(a_closed_window_maps_nothing) {
    begin_windows();
    space_window(WINDOW_TARGET, phys(0x60000000), SPACE_WINDOW_SIZE, PAGE_HYPERVISOR_DATA);
    space_window(WINDOW_SOURCE, phys(0x50001000), SPACE_WINDOW_SIZE, PAGE_HYPERVISOR_DATA);
    host.tables_written = 0;
    space_window_close(WINDOW_TARGET);
    assert_int_equal(host.tables_written, 1);
    assert_int_equal(everything().pages, 7 + 512);
    assert_int_equal(everything().blocks, 0);
    space_window_close(WINDOW_SOURCE);
    assert_int_equal(everything().pages, 7);
}

/* One entry a block, where those are; what is not made of whole ones goes by pages. */
TEST(whole_blocks_are_an_entry_each) {
    static const struct {
        uint64_t start, size;
    } paged[] = {{0x60001000, SPACE_WINDOW_SIZE},
                 {0x60000000, SPACE_WINDOW_SIZE - 0x1000},
                 {0x60100000, 0x100000}};

    begin_windows();
    for (enum space_window window = 0; window < WINDOWS; window++) {
        for (uint64_t size = SPACE_WINDOW_SIZE; size <= SPACE_BLOCKS_SIZE;
             size += SPACE_WINDOW_SIZE) {
            uint64_t start =
                (uintptr_t)space_window(window, phys(0x60200000), size, PAGE_HYPERVISOR_UNCACHED);

            assert_int_equal(start, SPACE_AT(8 + 16 * window, 0));
            for (uint64_t offset = 0x123; offset < size; offset += SPACE_WINDOW_SIZE / 2) {
                struct walked walked = at(start + offset);

                assert_int_equal(walked.level, 1);
                assert_int_equal(walked.phys, 0x60200000 + offset);
                assert_true(is_used_as(&walked, PAGE_HYPERVISOR_UNCACHED));
            }
            assert_int_equal(everything().pages, 7);
            assert_int_equal(everything().blocks, size / SPACE_WINDOW_SIZE);
            assert_int_equal(everything().bad, 0);
        }
        for (unsigned i = 0; i < COUNT_OF(paged); i++) {
            uint64_t pages = (uintptr_t)space_window(window, phys(paged[i].start), paged[i].size,
                                                     PAGE_HYPERVISOR_DATA);

            assert_int_equal(pages, SPACE_AT(4 + 2 * window, 0));
            assert_int_equal(everything().blocks, 0);
            assert_int_equal(everything().pages, 7 + paged[i].size / 0x1000);
            assert_int_equal(at(pages).phys, paged[i].start);
        }
        space_window_close(window);
        assert_int_equal(everything().blocks + everything().pages, 7);
    }
}

static unsigned seen[4], looks;

static void look_at_the_windows(void) {
    struct summary summary = everything();

    assert_true(looks < COUNT_OF(seen));
    seen[looks++] = summary.pages - 7 + 1000 * summary.blocks;
}

/* Of two mappings of the same memory, or at the same address, the last is out of the walks first.
 */
TEST(a_window_maps_nothing_before_it_is_mapped_anew) {
    begin_windows();
    space_window(WINDOW_TARGET, phys(0x60000000), SPACE_WINDOW_SIZE, PAGE_HYPERVISOR_DATA);
    looks = 0;
    host.on_tables_written = look_at_the_windows;
    space_window(WINDOW_TARGET, phys(0x60000000), SPACE_WINDOW_SIZE, PAGE_HYPERVISOR_UNCACHED);
    space_window(WINDOW_TARGET, phys(0x60000000), 0x3000, PAGE_HYPERVISOR_DATA);
    assert_int_equal(looks, 4);
    assert_int_equal(seen[0], 0);
    assert_int_equal(seen[1], 1000);
    assert_int_equal(seen[2], 0);
    assert_int_equal(seen[3], 3);
}

TEST(a_window_is_mapped_as_asked_for) {
    static const enum page_use uses[] = {PAGE_HYPERVISOR_DATA, PAGE_HYPERVISOR_UNCACHED,
                                         PAGE_HYPERVISOR_CONST};

    begin_windows();
    for (unsigned i = 0; i < COUNT_OF(uses); i++) {
        uint64_t start =
            (uintptr_t)space_window(WINDOW_TARGET, phys(0x7fff001000), SPACE_WINDOW_SIZE, uses[i]);

        for (uint64_t page = 0; page < SPACE_WINDOW_SIZE; page += 0x1000) {
            struct walked walked = at(start + page);

            assert_int_equal(walked.phys, 0x7fff001000 + page);
            assert_true(is_used_as(&walked, uses[i]));
        }
    }
}

TEST(the_image_is_where_the_record_says) {
    struct boot_record record = {.home = 0x60200000};

    memcpy(link_text_start + BOOT_RECORD_OFFSET, &record, sizeof(record));
    assert_int_equal(space_record()->home, 0x60200000);
}
