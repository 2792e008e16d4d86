/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device trees: addresses through buses, interrupts, devices and what they depend on.
 * Damaged ones are tests/fuzz/tree_fuzz.c's.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/trees.h"
#include "tool/board/board.h"
#include "tool/board/device.h"
#include "tool/board/machine_read.h"
#include "tool/tree/provider.h"

static struct board board;
static struct diagnostics diagnostics;

BEFORE_EACH(open_board) {
    assert_true(board_open(&board, "qemu-arm64", "boards", &diagnostics));
}

AFTER_EACH(close_board) {
    board_close(&board);
    diagnostics_free(&diagnostics);
}

static const struct tree *make_tree(void) {
    return compile_tree("tests/unit/tool/tree/buses.dts", &board.arena);
}

TEST(test_registers) {
    const struct tree *tree = make_tree();
    const struct tree_node *device = node_at(tree, "/bus/inner/device");
    struct system_range range;

    assert_true(tree_register(device, 0, &range));
    assert_int_equal(range.phys, 0x180000900);
    assert_int_equal(range.size, 0x80);
    assert_false(tree_register(device, 1, &range)); /* beyond the outer bus */
    assert_false(tree_register(device, 2, &range)); /* half beyond */
    assert_false(tree_register(device, 3, &range));
    assert_false(tree_register(device, 4, &range)); /* there is no fifth */
    assert_true(tree_register(node_at(tree, "/bus/extended"), 0, &range));
    assert_int_equal(range.phys, 0x200000010);
    assert_false(tree_register(node_at(tree, "/island/sensor"), 0, &range));
}

TEST(test_interrupts) {
    const struct tree *tree = make_tree();
    const struct tree_node *device = node_at(tree, "/bus/inner/device");
    const struct tree_node *extended = node_at(tree, "/bus/extended");
    const struct tree_node *gic = node_at(tree, "/gic");
    struct tree_interrupt interrupt;

    assert_true(tree_interrupt(device, 0, &interrupt));
    assert_ptr_equal(interrupt.controller, gic);
    assert_int_equal(interrupt.number, 39);
    assert_true(interrupt.edge);
    assert_false(interrupt.is_private);
    assert_true(tree_interrupt(device, 1, &interrupt));
    assert_int_equal(interrupt.number, 21);
    assert_true(interrupt.is_private);
    assert_false(tree_interrupt(device, 2, &interrupt));
    assert_true(tree_interrupt(extended, 0, &interrupt));
    assert_ptr_equal(interrupt.controller, node_at(tree, "/expander"));
    assert_true(tree_interrupt(extended, 1, &interrupt));
    assert_int_equal(interrupt.number, 40);
    assert_false(interrupt.edge);
    assert_false(tree_interrupt(extended, 2, &interrupt));
    assert_false(tree_interrupt(gic, 0, &interrupt));
    /* A bus with a map hears the devices below it, whatever the root names. */
    const struct tree_node *mapped = node_at(tree, "/nexus/way/mapped");
    assert_true(tree_interrupt(mapped, 0, &interrupt));
    assert_ptr_equal(interrupt.controller, node_at(tree, "/nexus"));
    assert_false(tree_interrupt(mapped, 1, &interrupt));
    /* What is cut short is no device without an interrupt. */
    const struct tree_node *cut = node_at(tree, "/short");
    assert_true(tree_interrupt(cut, 0, &interrupt));
    assert_ptr_equal(interrupt.controller, gic);
    assert_true(tree_interrupt(cut, 1, &interrupt));
    assert_null(interrupt.controller);
    assert_false(tree_interrupt(cut, 2, &interrupt));
    assert_true(tree_interrupt(node_at(tree, "/circle"), 0, &interrupt));
    assert_null(interrupt.controller);
}

TEST(test_providers) {
    static const struct {
        const char *property;
        const char *path; /* NULL: no such node */
        bool is_fixed;
    } expected[] = {
        {"clocks", "/clock", true},          {"clocks", "/expander", false},
        {"reset-gpios", "/expander", false}, {"reset-gpios", NULL, false},
        {"vdd-supply", "/clock", true},      {"pinctrl-0", "/expander", false},
        {"pinctrl-0", "/clock", true},
    };
    const struct tree *tree = make_tree();
    const struct tree_node *device = node_at(tree, "/bus/inner/device");
    struct provider_search search = provider_search(device);
    struct provider provider;
    size_t seen = 0;

    while (provider_next(&search, &provider)) {
        for (size_t j = 0; j < sizeof(expected) / sizeof(expected[0]); j++) {
            const struct tree_node *node =
                expected[j].path == NULL ? NULL : node_at(tree, expected[j].path);

            if (strcmp(provider.property, expected[j].property) == 0 && provider.node == node) {
                assert_int_equal(provider.is_fixed, expected[j].is_fixed);
                seen |= (size_t)1 << j;
            }
        }
    }
    assert_int_equal(seen, 0x7f);
    search = provider_search(node_at(tree, "/gic"));
    assert_false(provider_next(&search, &provider));
}

static const struct tree_node *find(const char *name, enum device_result expected) {
    const char *why = NULL;
    const struct tree_node *node = NULL;

    assert_int_equal(device_find(&board, name, &board.arena, &node, &why), expected);
    assert_true(expected == DEVICE_OK || why != NULL);
    return node;
}

TEST(test_names) {
    const struct tree_node *uart = find("/pl011@9000000", DEVICE_OK);

    assert_ptr_equal(find("pl011@9000000", DEVICE_OK), uart);
    assert_ptr_equal(find("serial0", DEVICE_OK), uart);
    find("pl011@9000001", DEVICE_UNKNOWN);
    find("/nowhere", DEVICE_UNKNOWN);
    find("", DEVICE_UNKNOWN);
}

static enum device_result read_device(struct device *device, const char *name, const char **why) {
    *device = (struct device){.node = find(name, DEVICE_OK)};
    device_list(device, &board.arena);
    return device_read(&board, device, NULL, 0, &board.arena, why);
}

TEST(test_device) {
    struct device device = {0};
    const char *why = NULL;

    assert_int_equal(read_device(&device, "pl061@9030000", &why), DEVICE_OK);
    assert_string_equal(device.path, "/pl061@9030000");
    assert_int_equal(device.register_count, 1);
    assert_int_equal(device.registers[0].phys, 0x9030000);
    assert_int_equal(device.interrupts[0].number, 39);
    assert_int_equal(read_device(&device, "virtio_mmio@a000200", &why), DEVICE_OK);
    assert_int_equal(device.registers[0].phys, 0xa000000); /* its whole page */
    assert_int_equal(device.registers[0].size, 0x1000);
    assert_true(device.interrupts[0].edge);
    assert_int_equal(read_device(&device, "timer", &why), DEVICE_UNFIT);
    assert_int_equal(read_device(&device, "apb-pclk", &why), DEVICE_OK);
    assert_false(device_is_whole(&device, &board.arena, &why));
}

/* A host bridge brings its registers, windows and lines; what a guest cannot address stays out. */
TEST(test_bridge) {
    static const uint64_t windows[][2] = {
        {0x4010000000, 0x10000000}, {0x3eff0000, 0x10000}, {0x10000000, 0x2eff0000}};
    struct device device = {0};
    const char *why = NULL;

    assert_int_equal(read_device(&device, "pcie@10000000", &why), DEVICE_OK);
    assert_int_equal(device.node_count, 1);
    assert_int_equal(device.register_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(device.registers[i].phys, windows[i][0]);
        assert_int_equal(device.registers[i].size, windows[i][1]);
    }
    assert_int_equal(device.lost_count, 1);
    assert_int_equal(device.lost[0].phys, 0x8000000000);
    assert_int_equal(device.interrupt_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(device.interrupts[i].number, 35 + i);
        assert_false(device.interrupts[i].edge);
    }
    assert_true(device.has_msi);
    assert_false(device.has_stream);
}

/* The board's tree with one more node `name` that says it is `compatible` and has a PPI. */
static void read_with(const char *name, const char *compatible, uint32_t ppi, uint32_t irq,
                      bool has_node) {
    struct arena arena = {0};
    struct diagnostics errors = {0};
    struct machine machine = {0};
    int size = (int)board.machine.tree->size + 4096;
    void *tree = arena_alloc(&arena, (size_t)size);
    fdt32_t cells[3];
    int node;

    assert_int_equal(fdt_open_into(board.machine.tree->blob, tree, size), 0);
    node = fdt_add_subnode(tree, 0, name);
    assert_true(node >= 0);
    fdt32_st(&cells[0], 1);
    fdt32_st(&cells[1], ppi);
    fdt32_st(&cells[2], 4);
    fdt_setprop(tree, node, "compatible", compatible, (int)strlen(compatible) + 1);
    fdt_setprop(tree, node, "interrupts", cells, sizeof(cells));
    assert_true(machine_read(&machine, "arm64", read_tree(tree, &arena), (struct mark){.file = "t"},
                             &arena, &errors));
    assert_int_equal(machine.board.pmu_irq, irq);
    assert_int_equal(machine.pmu_node != NULL, has_node);
    arena_free(&arena);
    diagnostics_free(&errors);
}

/* The board has one, with PPI 7. */
TEST(test_counters) {
    assert_int_equal(board.machine.board.pmu_irq, 23);
    assert_non_null(board.machine.pmu_node);
    read_with("watchdog", "arm,sbsa-gwdt", 8, 23, true); /* another thing's PPI */
    read_with("pmu-a72", "arm,cortex-a72-pmu", 7, 23, false);
    read_with("pmu-a72", "arm,cortex-a72-pmu", 6, 0, false);  /* not one for all */
    read_with("pmu-a72", "arm,cortex-a72-pmu", 11, 0, false); /* the timer's */
    read_with("pmu-a72", "arm,cortex-a72-pmu", 16, 23, true); /* there are no such PPIs */
    read_with("pmu-a72", "arm,cortex-a72-pmu", 0xfffffffe, 23, true);
}

/* phys.hi of a PCI bus's window: p, and ss for memory of 32 or 64 bits. */
TEST(test_prefetchable) {
    static const struct {
        uint32_t high;
        bool is;
    } windows[] = {{0x02000000, false}, {0x03000000, false}, {0x42000000, true},
                   {0x43000000, true},  {0xc2000000, true},  {0x41000000, false},
                   {0x40000000, false}, {0x01000000, false}};
    struct system_range range = {0x10000000, 0x1000}, larger = {0x10000000, 0x2000};
    struct device device = {.prefetchable = &range, .prefetchable_count = 1};
    const struct tree_node *bridge = node_at(board.machine.tree, "/pcie@10000000");
    const struct tree_node *other = node_at(board.machine.tree, "/pl011@9000000");

    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        const fdt32_t cells[3] = {cpu_to_fdt32(windows[i].high)};
        const struct tree_window window = {.cells = cells, .child_cells = 3};

        assert_int_equal(tree_window_is_prefetchable(bridge, &window), windows[i].is);
        assert_false(tree_window_is_prefetchable(other, &window));
    }
    /* What was joined with other registers is not prefetchable as a whole. */
    assert_true(device_is_prefetchable(&device, range));
    assert_false(device_is_prefetchable(&device, larger));
}
