/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V boards as their trees say them, and the trees that guests are given.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/fixture.h"
#include "tests/unit/tool/trees.h"
#include "tool/board/device.h"
#include "tool/board/machine_read.h"
#include "tool/image/emit.h"
#include "tool/tree/tree.h"

#define MIB       UINT64_C(0x100000)
#define TREE_ROOM 32768

/* A board's tree, to be changed, and what is read out of it. */
static struct {
    struct arena arena;
    struct board board;
    struct diagnostics diagnostics;
    struct machine machine;
    void *blob;
} changed;

static struct fixture fixture;

BEFORE_EACH(open_fixture) {
    fixture_open_riscv64(&fixture);
}

static void close_changed(void) {
    board_close(&changed.board);
    diagnostics_free(&changed.diagnostics);
    arena_free(&changed.arena);
}

AFTER_EACH(end) {
    close_changed();
    fixture_close(&fixture);
}

static void begin(const char *board) {
    close_changed();
    memset(&changed, 0, sizeof(changed));
    assert_true(board_open(&changed.board, board, "boards", &changed.diagnostics));
    changed.blob = arena_alloc(&changed.arena, TREE_ROOM);
    assert_int_equal(fdt_open_into(changed.board.machine.tree->blob, changed.blob, TREE_ROOM), 0);
}

#define SET_CELLS(path, name, ...)                                                                 \
    set_cells(path, name, (const uint32_t[]){__VA_ARGS__},                                         \
              sizeof((const uint32_t[]){__VA_ARGS__}) / 4)

static void set_cells(const char *path, const char *name, const uint32_t *cells, size_t count) {
    fdt32_t big[32];

    for (size_t i = 0; i < count; i++)
        fdt32_st(&big[i], cells[i]);
    assert_int_equal(
        fdt_setprop(changed.blob, fdt_path_offset(changed.blob, path), name, big, (int)(4 * count)),
        0);
}

static void set_text(const char *path, const char *name, const char *text) {
    assert_int_equal(fdt_setprop(changed.blob, fdt_path_offset(changed.blob, path), name, text,
                                 (int)strlen(text) + 1),
                     0);
}

static void remove_property(const char *path, const char *name) {
    assert_int_equal(fdt_delprop(changed.blob, fdt_path_offset(changed.blob, path), name), 0);
}

static bool read_machine(void) {
    const struct tree *tree = NULL;

    return tree_read(changed.blob, TREE_ROOM, &changed.arena, &tree) == 0 &&
           machine_read(&changed.machine, "riscv64", tree, (struct mark){.file = "t"},
                        &changed.arena, &changed.diagnostics);
}

static void expect_refused(const char *said) {
    assert_false(read_machine());
    assert_string_equal(changed.diagnostics.items[0].rule, "board-tree");
    if (strstr(changed.diagnostics.items[0].message, said) == NULL)
        fail_msg("%s", changed.diagnostics.items[0].message);
}

TEST(test_plic) {
    begin("qemu-riscv64");
    assert_true(read_machine());
    const struct machine *machine = &changed.machine;
    const struct system_board_riscv64 *board = &machine->board.riscv64;
    assert_int_equal(machine->cpu_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(machine->cpus[i].hwid, i);
        assert_int_equal(machine->cpus[i].controller_index, 2 * i + 1);
        assert_int_equal(machine->cpus[i].controller_phys, 0);
    }
    assert_int_equal(board->controller_kind, SYSTEM_CONTROLLER_PLIC);
    assert_int_equal(board->controller.phys, 0xc000000);
    assert_int_equal(board->controller.size, 0x600000);
    assert_int_equal(board->swi.phys, 0x2f00000);
    assert_int_equal(board->timebase, 10000000);
    assert_int_equal(board->sources, 95);
    assert_int_equal(board->guest_files, 0);
    assert_int_equal(board->isa, SYSTEM_ISA_SSTC | SYSTEM_ISA_SVADU | SYSTEM_ISA_ZICBOM |
                                     SYSTEM_ISA_ZICBOZ | SYSTEM_ISA_FLOAT | SYSTEM_ISA_SV48 |
                                     SYSTEM_ISA_SV57);
    assert_int_equal(board->block_size, 64);
    assert_int_equal(machine->board.console_phys, 0x10000000);
    assert_int_equal(machine->board.console_irq, 10);
    assert_int_equal(machine->board.console_layout, 0x100);
}

TEST(test_aia) {
    begin("qemu-riscv64-aia");
    assert_true(read_machine());
    const struct machine *machine = &changed.machine;
    const struct system_board_riscv64 *board = &machine->board.riscv64;
    assert_int_equal(board->controller_kind, SYSTEM_CONTROLLER_AIA);
    assert_int_equal(board->controller.phys, 0xd000000); /* not the machine level's */
    assert_int_equal(board->sources, 96);
    assert_int_equal(board->guest_files, 3);
    assert_int_equal(board->identities, 255);
    assert_int_equal(board->swi.size, 0);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(machine->cpus[i].controller_index, i);
        assert_int_equal(machine->cpus[i].controller_phys, 0x28000000 + 0x4000 * i);
    }
}

TEST(test_aplic) {
    begin("tests/system/boards/qemu-riscv64-aplic");
    assert_true(read_machine());
    assert_int_equal(changed.machine.board.riscv64.controller_kind, SYSTEM_CONTROLLER_APLIC);
    assert_int_equal(changed.machine.board.riscv64.controller.phys, 0xd000000);
    assert_int_equal(changed.machine.cpus[2].controller_index, 2);
    begin("tests/system/boards/qemu-riscv64-aplic");
    SET_CELLS("/soc/interrupt-controller@d000000", "riscv,hart-indexes", 7, 5, 3, 1);
    assert_true(read_machine());
    assert_int_equal(changed.machine.cpus[2].controller_index, 3);
}

/* Ids are what the tree says: they may be any, and some harts run no VM. */
TEST(test_harts) {
    begin("qemu-riscv64");
    SET_CELLS("/cpus/cpu@3", "reg", 0x80000007);
    set_text("/cpus/cpu@1", "status", "disabled");
    set_text("/cpus/cpu@0", "mmu-type", "riscv,none"); /* a monitor core */
    assert_true(read_machine());
    assert_int_equal(changed.machine.cpu_count, 2);
    assert_int_equal(changed.machine.cpus[0].hwid, 2);
    assert_int_equal(changed.machine.cpus[0].controller_index, 5);
    assert_int_equal(changed.machine.cpus[1].hwid, 0x80000007);
    assert_int_equal(changed.machine.cpus[1].controller_index, 7);
    assert_int_equal(changed.machine.board.riscv64.swi.size, 0); /* not to be found by the id */
}

/* A VM is told only of what all harts have. */
TEST(test_unequal_harts) {
    begin("qemu-riscv64");
    remove_property("/cpus/cpu@1", "riscv,isa-extensions");
    set_text("/cpus/cpu@1", "riscv,isa", "rv64imafdch_zicbom_zicboz_zicsr");
    SET_CELLS("/cpus/cpu@1", "riscv,cboz-block-size", 128);
    set_text("/cpus/cpu@3", "mmu-type", "riscv,sv48");
    assert_true(read_machine());
    assert_int_equal(changed.machine.board.riscv64.isa,
                     SYSTEM_ISA_ZICBOM | SYSTEM_ISA_FLOAT | SYSTEM_ISA_SV48);
    assert_int_equal(machine_address_end(&changed.machine), UINT64_C(1) << 50);
    assert_int_equal(machine_levels(&changed.machine, UINT64_C(1) << 41), 3);
    assert_int_equal(machine_levels(&changed.machine, (UINT64_C(1) << 41) + 1), 4);
    assert_int_equal(changed.machine.board.riscv64.block_size, 64);
    begin("qemu-riscv64");
    for (int i = 0; i < 4; i++) {
        char path[] = "/cpus/cpu@0";

        path[10] = (char)('0' + i);
        SET_CELLS(path, "riscv,cboz-block-size", 128);
    }
    assert_true(read_machine());
    assert_int_equal(changed.machine.board.riscv64.isa & SYSTEM_ISA_ZICBOZ, 0);
    assert_int_equal(changed.machine.board.riscv64.block_size, 64);
}

TEST(test_console) {
    begin("qemu-riscv64");
    set_text("/soc/serial@10000000", "compatible", "snps,dw-apb-uart");
    SET_CELLS("/soc/serial@10000000", "reg-shift", 2);
    SET_CELLS("/soc/serial@10000000", "reg-io-width", 4);
    assert_true(read_machine());
    assert_int_equal(changed.machine.board.console_layout, 0x402);
    begin("qemu-riscv64");
    set_text("/soc/serial@10000000", "compatible", "sifive,uart0");
    expect_refused("a 16550");
    begin("qemu-riscv64");
    SET_CELLS("/soc/serial@10000000", "reg-offset", 4);
    expect_refused("a 16550");
}

/* More are in tests/config/bad/board-tree.yaml. */
TEST(test_refused) {
    begin("qemu-riscv64");
    remove_property("/soc/plic@c000000", "riscv,ndev");
    expect_refused("riscv,ndev");
    begin("qemu-riscv64"); /* machine level only, on the third */
    SET_CELLS("/soc/plic@c000000", "interrupts-extended", 8, 11, 8, 9, 6, 9, 4, 11, 2, 9);
    expect_refused("CPU 2");
    begin("qemu-riscv64-aia");
    remove_property("/soc/interrupt-controller@28000000", "riscv,num-ids");
    expect_refused("IMSIC");
}

static enum device_result read_rtc(const uint32_t *cells, size_t count) {
    const char *why = NULL;

    set_cells("/soc/rtc@101000", "interrupts", cells, count);
    assert_true(read_machine());
    struct board board = {.machine = changed.machine};
    struct device device = {.node = node_at(changed.machine.tree, "/soc/rtc@101000")};
    device_list(&device, &changed.arena);
    return device_read(&board, &device, NULL, 0, &changed.arena, &why);
}

TEST(test_devices_interrupts) {
    static const struct {
        const char *board;
        uint32_t cells[2];
        size_t count;
        enum device_result result;
    } cases[] = {
        {"qemu-riscv64", {95}, 1, DEVICE_OK},
        {"qemu-riscv64", {96}, 1, DEVICE_UNFIT},
        {"qemu-riscv64", {0}, 1, DEVICE_UNFIT},
        {"qemu-riscv64-aia", {11, 1}, 2, DEVICE_OK},
        {"qemu-riscv64-aia", {11, 2}, 2, DEVICE_NOT_SUPPORTED}, /* a falling edge */
        {"qemu-riscv64-aia", {11, 8}, 2, DEVICE_NOT_SUPPORTED}, /* a low level */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin(cases[i].board);
        assert_int_equal(read_rtc(cases[i].cells, cases[i].count), cases[i].result);
    }
}

/* --- guests --- */

static const char two[] =
    "bulkhead: 1\nboard: qemu-riscv64\nvms:\n"
    "  linux: { cpus: [ 1, 3 ], memory: 64 MiB, image: Image, initrd: initrd }\n"
    "  control: { cpus: 2, memory: 4 MiB, image: guest.elf, devices: [ rtc ], console: sbi }\n";

static void open_system(const char *board, struct system *system) {
    fixture.request.reading.board = board;
    fixture_system(&fixture, two, system);
}

TEST(test_table) {
    struct system system;

    open_system(NULL, &system);
    assert_int_equal(system.table->arch, SYSTEM_ARCH_RISCV64);
    assert_int_equal(system.table->home, 0x80200000);
    assert_int_equal(system.ram[0].phys, 0x80200000); /* without the firmware's */
    assert_int_equal(system.ram[0].size, 2046 * MIB);
    assert_int_equal(system.cpus[3].controller_index, 7);
    const struct system_vm *linux_vm = &system.vms[0];
    const struct system_vm *control = &system.vms[1];
    assert_int_equal(linux_vm->entry, 0x80200000);
    assert_int_equal(linux_vm->console, SYSTEM_VM_CONSOLE_16550);
    assert_int_equal(linux_vm->console_at, 0x10000000);
    assert_int_equal(linux_vm->console_irq, 10);
    assert_int_equal(linux_vm->controller_at, 0xc000000);
    assert_int_equal(linux_vm->controller_cpus_at, 0);
    /* Linux takes all up to the 2 MiB boundary behind it. */
    assert_true(linux_vm->boot_argument >= 0x80400000);
    assert_int_equal(control->entry, 0x80200000);
    assert_int_equal(control->console, SYSTEM_VM_CONSOLE_SBI);
    assert_int_equal(system.interrupts[0].number, 11);
    assert_int_equal(system.devices[0].phys, 0x101000);
    open_system("qemu-riscv64-aia", &system);
    assert_int_equal(system.cpus[3].controller_phys, 0x2800c000);
    assert_int_equal(system.vms[1].controller_at, 0xd000000);
    assert_int_equal(system.vms[1].controller_cpus_at, 0x28000000);
}

/* As many levels of stage 2 as the highest of a VM's addresses needs. */
TEST(test_levels) {
    static const struct {
        const char *at;
        uint32_t levels; /* 0: too high */
    } cases[] = {
        {"0", 3},
        {"0x1ff_ffff_f000", 3},
        {"0x200_0000_0000", 4},
        {"0x3_ffff_ffff_f000", 4},
        {"0x4_0000_0000_0000", 5},
        {"0xff_ffff_ffff_f000", 5},
        {"0x100_0000_0000_0000", 0},
        {"0xffff_ffff_ffff_f000", 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *text = arena_printf(
            &fixture.arena,
            "{ bulkhead: 1, board: qemu-riscv64, vms: { a: { cpus: 0, image: guest.elf, memory: [ "
            "4 MiB, { size: 4 KiB, at: %s } ] }, b: { cpus: 1, image: guest.elf, memory: 4 MiB } } "
            "}",
            cases[i].at);
        struct system system;
        uint64_t size = 0;

        assert_int_equal(fixture_compile(&fixture, text, true), cases[i].levels != 0);
        if (cases[i].levels == 0) {
            assert_string_equal(fixture.diagnostics.items[0].rule, "address-too-high");
            continue;
        }
        system_open(&system,
                    emit_find_table(fixture.compiled.image, fixture.compiled.image_size, &size));
        assert_int_equal(system.vms[0].stage2_levels, cases[i].levels);
        assert_int_equal(system.vms[1].stage2_levels, 3);
    }
}

/* Entry n of interrupts-extended is the supervisor's external interrupt of vCPU n. */
static void expect_contexts(const struct tree_node *node, uint32_t vcpus) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(node, "interrupts-extended", &count);

    assert_int_equal(count, 2 * vcpus);
    for (uint32_t i = 0; i < vcpus; i++) {
        const struct tree_node *intc = tree_by_phandle(node->tree, fdt32_ld(&cells[2 * i]));

        assert_non_null(intc);
        assert_true(tree_is_compatible(intc, "riscv,cpu-intc"));
        assert_int_equal(tree_cell(intc->parent, "reg", 99), i);
        assert_int_equal(fdt32_ld(&cells[2 * i + 1]), 9);
    }
}

/* The PLIC's have the board's numbers: entry 2n is M-mode's, not there, entry 2n + 1 vCPU n's. */
static void expect_plic_contexts(const struct tree_node *node, uint32_t vcpus) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(node, "interrupts-extended", &count);

    assert_int_equal(count, 4 * vcpus);
    for (uint32_t i = 0; i < 2 * vcpus; i++) {
        const struct tree_node *intc = tree_by_phandle(node->tree, fdt32_ld(&cells[2 * i]));

        assert_non_null(intc);
        assert_int_equal(tree_cell(intc->parent, "reg", 99), i / 2);
        assert_int_equal(fdt32_ld(&cells[2 * i + 1]), i % 2 == 0 ? UINT32_MAX : 9);
    }
}

static void expect_registers(const struct tree_node *node, uint64_t phys, uint64_t size) {
    struct system_range range;

    assert_true(tree_register(node, 0, &range));
    assert_int_equal(range.phys, phys);
    assert_int_equal(range.size, size);
}

/* The place of an extension among a hart's. */
static int search(const struct tree_node *cpu, const char *extension) {
    int offset = fdt_path_offset(cpu->tree->blob, "/cpus/cpu@1");

    return fdt_stringlist_search(cpu->tree->blob, offset, "riscv,isa-extensions", extension);
}

TEST(test_tree_plic) {
    struct system system;
    struct tree_interrupt interrupt;

    open_system(NULL, &system);
    const struct tree *tree = fixture_tree(&fixture, &system, 0);
    assert_int_equal(tree_cell(node_at(tree, "/cpus"), "timebase-frequency", 0), 10000000);
    const struct tree_node *cpu = node_at(tree, "/cpus/cpu@1");
    assert_int_equal(tree_cell(cpu, "reg", 0), 1);
    assert_string_equal(tree_string(cpu, "mmu-type"), "riscv,sv57");
    assert_int_equal(tree_cell(cpu, "riscv,cbom-block-size", 0), 64);
    assert_string_equal(tree_string(cpu, "riscv,isa-base"), "rv64i");
    assert_int_equal(search(cpu, "i"), 0);
    assert_true(search(cpu, "sstc") > 0);
    assert_true(search(cpu, "h") < 0);
    assert_null(strstr(tree_string(cpu, "riscv,isa"), "h_"));
    assert_null(find_node(tree, "/cpus/cpu@2"));
    /* Or the harts' controllers were below the PLIC, which is below them. */
    assert_null(tree_property(tree->root, "interrupt-parent"));
    const struct tree_node *plic = node_at(tree, "/plic@c000000");
    expect_registers(plic, 0xc000000, 0x204000);
    expect_plic_contexts(plic, 2);
    assert_int_equal(tree_cell(plic, "riscv,ndev", 0), 95);
    const struct tree_node *console = node_at(tree, "serial0");
    assert_true(tree_is_compatible(console, "ns16550a"));
    expect_registers(console, 0x10000000, 0x100);
    assert_true(tree_interrupt(console, 0, &interrupt));
    assert_int_equal(interrupt.number, 10);
    assert_ptr_equal(interrupt.controller, plic);
    assert_true(tree_cell(console, "clock-frequency", 0) != 0);
    assert_string_equal(tree_string(node_at(tree, "/chosen"), "stdout-path"), "serial0");

    tree = fixture_tree(&fixture, &system, 1);
    expect_plic_contexts(node_at(tree, "/plic@c000000"), 1);
    assert_true(tree_interrupt(node_at(tree, "/rtc@101000"), 0, &interrupt));
    assert_int_equal(interrupt.number, 11);
    assert_null(find_node(tree, "/serial@10000000"));
    assert_null(tree_string(node_at(tree, "/chosen"), "stdout-path"));
}

TEST(test_tree_aia) {
    struct system system;
    struct tree_interrupt interrupt;

    open_system("qemu-riscv64-aia", &system);
    const struct tree *tree = fixture_tree(&fixture, &system, 0);
    const struct tree_node *imsic = node_at(tree, "/interrupt-controller@28000000");
    const struct tree_node *aplic = node_at(tree, "/interrupt-controller@d000000");
    expect_registers(imsic, 0x28000000, 0x2000);
    expect_contexts(imsic, 2);
    assert_int_equal(tree_cell(imsic, "riscv,num-ids", 0), 255);
    assert_int_equal(tree_cell(imsic, "riscv,guest-index-bits", 0), 0);
    expect_registers(aplic, 0xd000000, 0x4000);
    assert_ptr_equal(tree_by_phandle(tree, tree_cell(aplic, "msi-parent", 0)), imsic);
    assert_int_equal(tree_cell(aplic, "riscv,num-sources", 0), 96);
    assert_non_null(strstr(tree_string(node_at(tree, "/cpus/cpu@0"), "riscv,isa"), "_ssaia"));
    tree = fixture_tree(&fixture, &system, 1);
    assert_true(tree_interrupt(node_at(tree, "/rtc@101000"), 0, &interrupt));
    assert_int_equal(interrupt.number, 11);
    assert_ptr_equal(interrupt.controller, node_at(tree, "/interrupt-controller@d000000"));

    open_system("tests/system/boards/qemu-riscv64-aplic", &system);
    tree = fixture_tree(&fixture, &system, 0);
    aplic = node_at(tree, "/interrupt-controller@d000000");
    expect_registers(aplic, 0xd000000, 0x8000);
    expect_contexts(aplic, 2);
    assert_null(strstr(tree_string(node_at(tree, "/cpus/cpu@0"), "riscv,isa"), "ssaia"));
}

/* The other architecture's binary and images are refused. */
TEST(test_other_architecture) {
    fixture_close(&fixture);
    fixture_open(&fixture);
    assert_false(fixture_compile(&fixture, two, true));
    assert_string_equal(fixture.diagnostics.items[0].rule, "hypervisor");
}

TEST(test_board_arch) {
    struct arena arena = {0};

    assert_string_equal(board_arch("qemu-riscv64", "boards", "", &arena), "riscv64");
    assert_string_equal(board_arch("../boards/qemu-riscv64", NULL, "docs/x.yaml", &arena),
                        "riscv64");
    assert_string_equal(board_arch("qemu-arm64", "boards", "", &arena), "arm64");
    assert_string_equal(board_arch("none", "boards", "", &arena), "arm64");
    arena_free(&arena);
}
