/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole system through the tool: what is in the table, where things are placed, and what the
 * guests' device trees say.
 */
#include "tests/unit/test.h"

#include <sys/stat.h>
#include <unistd.h>

#include <libfdt.h>

#include "abi/boot_record.h"
#include "config/system.h"
#include "lib/fletcher.h"
#include "tests/unit/tool/fixture.h"
#include "tests/unit/tool/trees.h"
#include "tool/image/emit.h"
#include "tool/tree/tree.h"

#define MIB UINT64_C(0x100000)

static const char demo[] =
    "bulkhead: 1\nboard: qemu-arm64\nvms:\n"
    "  linux: { cpus: 0-2, memory: 512 MiB, image: Image, initrd: initrd, args: \"quiet\",\n"
    "           devices: [ pl031@9010000 ], on-fault: restart }\n"
    "  control: { cpus: 3, memory: [ 16 MiB, { size: 8 KiB, at: 0, clear: no } ],\n"
    "           image: guest.elf, console: none }\n";

static struct fixture fixture;

BEFORE_EACH(begin) {
    fixture_open(&fixture);
}

AFTER_EACH(end) {
    fixture_close(&fixture);
}

TEST(test_record) {
    struct boot_record record;
    uint64_t header_size;
    uint32_t words[16];
    uint32_t sum = 0;
    struct system system;

    fixture_system(&fixture, demo, &system);
    const unsigned char *image = fixture.compiled.image;
    memcpy(&record, image + BOOT_RECORD_OFFSET, sizeof(record));
    memcpy(words, &record, sizeof(words));
    for (size_t i = 0; i < 16; i++)
        sum += words[i];
    memcpy(&header_size, image + 16, sizeof(header_size));
    assert_int_equal(sum, 0);
    assert_int_equal(record.magic, BOOT_RECORD_MAGIC);
    assert_int_equal(record.console_kind, CONSOLE_KIND_PL011);
    assert_int_equal(record.console_phys, 0x9000000);
    assert_int_equal(record.home, 0x40200000);
    assert_int_equal(record.image_size, fixture.compiled.image_size);
    assert_int_equal(header_size, fixture.compiled.image_size);
    assert_int_equal(record.table_offset, 0x6000); /* behind the hypervisor's .bss */
    assert_int_equal(record.table_size, system.table->size);
}

TEST(test_table) {
    struct system system;

    fixture_system(&fixture, demo, &system);
    const struct system_board *board = system.board;
    assert_int_equal(board->console_irq, 33);
    assert_int_equal(board->arm64.gicd.phys, 0x8000000);
    assert_int_equal(board->arm64.gicr[0].phys, 0x80a0000);
    assert_int_equal(board->arm64.gicr[0].size, 0xf60000);
    assert_int_equal(board->arm64.gic_maintenance_irq, 25);
    assert_int_equal(board->arm64.timer_virtual_irq, 27);
    assert_int_equal(board->arm64.timer_physical_irq, 30);
    assert_int_equal(board->arm64.timer_hypervisor_irq, 26);
    assert_int_equal(board->pmu_irq, 23);
    assert_int_equal(system.ram_count, 1);
    assert_int_equal(system.ram[0].phys, 0x40000000);
    assert_int_equal(system.ram[0].size, 2048 * MIB);
    assert_int_equal(system.cpu_count, 4);
    assert_int_equal(system.cpus[3].hwid, 3);

    const struct system_vm *linux_vm = &system.vms[0];
    const struct system_vm *control = &system.vms[1];
    assert_string_equal(linux_vm->name, "linux");
    assert_int_equal(linux_vm->cpus, 7);
    assert_int_equal(linux_vm->entry, 0x40000000);
    assert_int_equal(linux_vm->policies[SYSTEM_END_FAULT].action, SYSTEM_RESTART);
    assert_int_equal(linux_vm->console, SYSTEM_VM_CONSOLE_PL011);
    assert_int_equal(linux_vm->console_at, 0x9000000);
    assert_int_equal(linux_vm->console_irq, 33);
    assert_int_equal(control->entry, 0x40080000);
    assert_int_equal(control->policies[SYSTEM_END_FAULT].action, SYSTEM_STOP);
    assert_int_equal(control->console, SYSTEM_VM_CONSOLE_NONE);
    assert_int_equal(control->console_irq, 0);

    assert_int_equal(system.device_count, 1);
    assert_int_equal(system.devices[0].phys, 0x9010000);
    assert_int_equal(system.devices[0].at, 0x9010000);
    assert_int_equal(system.devices[0].size, 0x1000);
    assert_int_equal(system.interrupt_count, 1);
    assert_int_equal(system.interrupts[0].phys, 34);
    assert_int_equal(system.interrupts[0].number, 34);
    assert_int_equal(system.interrupts[0].flags, 0);
    assert_int_equal(system.memory_count, 3);
    assert_int_equal(system.memory[1].flags, SYSTEM_MEMORY_CLEAR);
    assert_int_equal(system.memory[2].flags, 0);
    assert_int_equal(system.memory[2].at, 0);
}

TEST(test_payloads) {
    struct system system;

    fixture_system(&fixture, demo, &system);
    assert_int_equal(system.payload_count, 5); /* kernel, initrd, tree; guest, tree */
    for (uint32_t i = 0; i < system.payload_count; i++) {
        const struct system_payload *payload = &system.payloads[i];
        uint64_t digest[2] = {0, 0};

        fletcher(digest, fixture.compiled.image + payload->offset, payload->size);
        assert_memory_equal(digest, payload->digest, sizeof(digest));
        assert_int_equal(payload->offset % SYSTEM_PAGE_SIZE, 0);
    }
    assert_int_equal(system.payloads[0].at, 0x40000000);
    assert_int_equal(system.payloads[0].size, 0x10000);
    assert_true(system.vms[0].boot_argument >= 0x40018000); /* behind the kernel's .bss */
    assert_true(system.payloads[1].at > system.vms[0].boot_argument);
    assert_memory_equal(fixture.compiled.image + system.payloads[1].offset, "an initrd", 9);
}

/* Tree and initrd of guests other than Linux are far from what an image may take behind itself. */
TEST(test_top) {
    static const uint64_t places[][2] = {{0x40ff0000, 0x40fef000}, /* tree, initrd */
                                         {0x40ff0000, 0x40fef000},
                                         {0x40ff8000, 0x40ff7000},
                                         {0x40020000, 0x40fff000}};
    struct system system;

    fixture_system(&fixture,
                   "bulkhead: 1\nboard: qemu-arm64\n"
                   "defaults: { memory: 16 MiB, image: guest.elf, initrd: initrd }\nvms:\n"
                   "  elf: { cpus: 0 }\n"
                   "  raw: { cpus: 1, image: { file: initrd, load: 0x4000_0000 } }\n"
                   "  near: { cpus: 2, dtb: 0x40ff_8000 }\n"
                   "  far: { cpus: 3, dtb: 0x4002_0000 }\n",
                   &system);
    assert_int_equal(system.vm_count, 4);
    for (uint32_t i = 0; i < system.vm_count; i++) {
        assert_int_equal(system.vms[i].boot_argument, places[i][0]);
        assert_int_equal(system.payloads[system.vms[i].payloads.first + 1].at, places[i][1]);
        fixture_tree(&fixture, &system, i);
    }
}

TEST(test_placement) {
    struct system system;

    fixture_system(&fixture, demo, &system);
    const struct system_table *table = system.table;
    assert_int_equal(table->home, 0x40200000);
    assert_int_equal(table->pool.phys, table->home + table->image_size);
    assert_int_equal(table->pool.size, system_pool_pages(&system) * SYSTEM_PAGE_SIZE);
    /* The first 2 MiB below home are free: a small region goes there, a large one behind. */
    assert_int_equal(system.memory[0].phys % (2 * MIB), 0);
    assert_true(system.memory[0].phys >= table->pool.phys + table->pool.size);
    assert_int_equal(system.memory[1].phys, system.memory[0].phys + 512 * MIB);
    assert_int_equal(system.memory[2].phys, 0x40000000);
}

/* A region of 1 GiB is mapped by one block where RAM allows it. */
TEST(test_large_blocks) {
    struct system system;

    fixture_system(&fixture,
                   "{ bulkhead: 1, board: qemu-arm64, vms: { a: { cpus: 0, memory: 1 GiB, "
                   "image: Image } } }",
                   &system);
    assert_int_equal(system.memory[0].phys, 0x80000000);
    fixture_system(&fixture,
                   "{ bulkhead: 1, board: qemu-arm64, vms: { a: { cpus: 0, memory: 1280 MiB, "
                   "image: Image } } }",
                   &system);
    assert_int_equal(system.memory[0].phys % (2 * MIB), 0);
}

static uint32_t cell(const struct tree_node *node, const char *property, size_t index) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(node, property, &count);

    assert_true(index < count);
    return fdt32_ld(&cells[index]);
}

TEST(test_tree_of_linux) {
    struct system system;
    struct tree_interrupt interrupt;
    struct system_range range;

    fixture_system(&fixture, demo, &system);
    const struct tree *tree = fixture_tree(&fixture, &system, 0);
    const struct tree_node *chosen = node_at(tree, "/chosen");
    assert_string_equal(tree_string(chosen, "bootargs"), "quiet");
    assert_string_equal(tree_string(chosen, "stdout-path"), "serial0");
    assert_int_equal(cell(chosen, "linux,initrd-end", 0) - cell(chosen, "linux,initrd-start", 0),
                     9);
    const struct tree_node *console = node_at(tree, "serial0");
    assert_true(tree_is_compatible(console, "arm,pl011"));
    assert_true(tree_register(console, 0, &range));
    assert_int_equal(range.phys, 0x9000000);

    const struct tree_node *memory = node_at(tree, "/memory@40000000");
    assert_true(tree_register(memory, 0, &range));
    assert_int_equal(range.size, 512 * MIB);
    const struct tree_node *cpu = node_at(tree, "/cpus/cpu@2");
    assert_int_equal(cell(cpu, "reg", 0), 2);
    assert_true(tree_is_compatible(cpu, "arm,cortex-a53"));
    assert_string_equal(tree_string(cpu, "enable-method"), "psci");
    assert_null(find_node(tree, "/cpus/cpu@3"));
    assert_string_equal(tree_string(node_at(tree, "/psci"), "method"), "hvc");

    const struct tree_node *gic = node_at(tree, "/interrupt-controller@8000000");
    assert_true(tree_register(gic, 1, &range));
    assert_int_equal(range.phys, 0x80a0000);
    assert_int_equal(range.size, 0x60000); /* three redistributors */
    const struct tree_node *rtc = node_at(tree, "/pl031@9010000");
    assert_true(tree_interrupt(rtc, 0, &interrupt));
    assert_ptr_equal(interrupt.controller, gic);
    assert_int_equal(interrupt.number, 34);
    const struct tree_node *clock = tree_by_phandle(tree, cell(rtc, "clocks", 0));
    assert_non_null(clock);
    assert_true(tree_is_compatible(clock, "fixed-clock"));
    const struct tree_node *timer = node_at(tree, "/timer");
    assert_true(tree_interrupt(timer, 2, &interrupt));
    assert_int_equal(interrupt.number, 27);
    assert_false(tree_interrupt(timer, 3, &interrupt)); /* the hypervisor's own */
}

/* A guest without a console, and with a second CPU of the machine as its first. */
TEST(test_tree_of_control) {
    struct system system;

    fixture_system(&fixture, demo, &system);
    const struct tree *tree = fixture_tree(&fixture, &system, 1);
    assert_int_equal(cell(node_at(tree, "/cpus/cpu@0"), "reg", 0), 0);
    assert_null(find_node(tree, "/cpus/cpu@1"));
    assert_null(find_node(tree, "/serial@9000000"));
    assert_null(find_node(tree, "/pl031@9010000"));
    assert_null(tree_string(node_at(tree, "/chosen"), "stdout-path"));
    assert_null(tree_string(node_at(tree, "/chosen"), "bootargs"));
    node_at(tree, "/memory@0");
}

/* The hypervisor goes without a console, and the first VM owns the board's. */
TEST(test_console_owned) {
    struct boot_record record;
    struct system system;
    struct tree_interrupt interrupt;
    struct system_range range;

    fixture_system(&fixture,
                   "{ bulkhead: 1, board: qemu-arm64, console: none, defaults: { memory: 16 MiB, "
                   "image: Image, console: none }, vms: { a: { cpus: 0, console: serial0 }, "
                   "b: { cpus: 1 } } }",
                   &system);
    assert_int_equal(fixture.diagnostics.count, 1);
    assert_string_equal(fixture.diagnostics.items[0].rule, "no-console");
    assert_int_equal(fixture.diagnostics.items[0].severity, SEVERITY_WARNING);
    memcpy(&record, fixture.compiled.image + BOOT_RECORD_OFFSET, sizeof(record));
    assert_int_equal(record.console_kind, CONSOLE_KIND_NONE);
    assert_int_equal(record.console_phys, 0);
    assert_int_equal(system.board->console_kind, CONSOLE_KIND_NONE);
    assert_int_equal(system.board->console_phys, 0);
    assert_int_equal(system.board->console_irq, 0);
    assert_int_equal(system.vms[0].console, SYSTEM_VM_CONSOLE_NONE); /* none of Bulkhead's */
    assert_int_equal(system.vms[0].devices.count, 1);
    assert_int_equal(system.devices[0].phys, 0x9000000);
    assert_int_equal(system.vms[0].interrupts.count, 1);
    assert_int_equal(system.interrupts[0].phys, 33);
    assert_int_equal(system.vms[1].devices.count, 0);
    const struct tree *tree = fixture_tree(&fixture, &system, 0);
    const struct tree_node *console = node_at(tree, "serial0");
    assert_true(tree_is_compatible(console, "arm,pl011"));
    assert_true(tree_register(console, 0, &range));
    assert_int_equal(range.phys, 0x9000000);
    assert_true(tree_interrupt(console, 0, &interrupt));
    assert_int_equal(interrupt.number, 33);
    assert_string_equal(tree_string(node_at(tree, "/chosen"), "stdout-path"), "serial0");
    tree = fixture_tree(&fixture, &system, 1);
    assert_null(find_node(tree, "/serial@9000000"));
    assert_null(tree_string(node_at(tree, "/chosen"), "stdout-path"));
}

/* It may be one of the devices that are listed, and is then no second one. */
TEST(test_console_listed) {
    struct system system;

    fixture_system(&fixture,
                   "{ bulkhead: 1, board: qemu-arm64, console: serial0, vms: { a: { cpus: 0, "
                   "memory: 16 MiB, image: Image, devices: [ pl061@9030000, pl031@9010000 ], "
                   "console: pl031@9010000 } } }",
                   &system);
    assert_int_equal(fixture.diagnostics.count, 0);
    assert_int_equal(system.board->console_kind, CONSOLE_KIND_PL011);
    assert_int_equal(system.vms[0].devices.count, 2);
    const struct tree *tree = fixture_tree(&fixture, &system, 0);
    assert_true(tree_is_compatible(node_at(tree, "serial0"), "arm,pl031"));
}

/* Of a host bridge's windows the prefetchable one alone is told to be so. */
TEST(test_prefetchable) {
    static const char board[] =
        "board: 1\narch: arm64\ntree: { file: \"%s/boards/qemu-arm64/board.dtb\", "
        "from: \"QEMU\", overlay: board.dtso }\nno-dma: [ \"arm,pl011\" ]\nhome: 0x4800_0000\n";
    static const char overlay[] =
        "/dts-v1/; /plugin/; &{/pcie@10000000} { ranges = <0x1000000 0 0 0 0x3eff0000 0 0x10000 "
        "0x42000000 0 0x10000000 0 0x10000000 0 0x2eff0000>; };";
    struct system system;
    char *here = getcwd(NULL, 0);

    const char *folder = arena_printf(&fixture.arena, "%s/pci", fixture.folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    const char *text = arena_printf(&fixture.arena, board, here);
    fixture_write(&fixture, "pci/board.yaml", text, strlen(text));
    fixture_write(&fixture, "pci/board.dtso", overlay, strlen(overlay));
    fixture.request.reading.boards = fixture.folder;
    fixture_system(&fixture,
                   "bulkhead: 1\nboard: pci\nvms: { a: { cpus: 0, memory: 16 MiB, image: Image, "
                   "devices: [ { node: pcie@10000000, dma: none } ] } }\n",
                   &system);
    assert_int_equal(system.device_count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(system.devices[i].flags,
                         system.devices[i].phys == 0x10000000 ? SYSTEM_DEVICE_PREFETCHABLE : 0);
    unlink(arena_printf(&fixture.arena, "%s/board.yaml", folder));
    unlink(arena_printf(&fixture.arena, "%s/board.dtso", folder));
    rmdir(folder);
    free(here);
}

/* What ends a life, and what follows, as given and by default. */
static const char ends[] =
    "bulkhead: 1\nboard: qemu-arm64\ndefaults: { image: guest.elf }\nvms:\n"
    "  a: { cpus: 0, memory: 16 MiB, group: g, manages: [ c, b ], restart: warm,\n"
    "       watchdog: { timeout: 1500 us, from: boot },\n"
    "       on-fault: { do: restart, max: 3, within: 10 s, back-off: 1 s, then: halt-system } }\n"
    "  b: { cpus: 1, memory: 16 MiB, group: h, on-reset: restart-group, on-poweroff: restart }\n"
    "  c: { cpus: 2, memory: [ 16 MiB, { size: 4 KiB, at: 0x801_0000 } ], group: g,\n"
    "       watchdog: 10 s, on-watchdog: stop, on-fault: restart }\n"
    "  d: { cpus: 3, memory: 16 MiB, group: h, watchdog: 1 ms }\n";

TEST(test_ends) {
    static const struct system_policy limited = {SYSTEM_RESTART, SYSTEM_HALT, 3, 10000, 1000};
    static const uint32_t actions[][SYSTEM_ENDS] = {
        {SYSTEM_RESTART, SYSTEM_RESTART, SYSTEM_STOP, SYSTEM_RESTART},
        {SYSTEM_STOP, SYSTEM_RESTART_GROUP, SYSTEM_RESTART, SYSTEM_STOP},
        {SYSTEM_RESTART, SYSTEM_RESTART, SYSTEM_STOP, SYSTEM_STOP},
        {SYSTEM_STOP, SYSTEM_RESTART, SYSTEM_STOP, SYSTEM_STOP},
    };
    struct system system;

    fixture_system(&fixture, ends, &system);
    const struct system_vm *vms = system.vms;
    for (uint32_t vm = 0; vm < system.vm_count; vm++)
        for (uint32_t end = 0; end < SYSTEM_ENDS; end++)
            assert_int_equal(vms[vm].policies[end].action, actions[vm][end]);
    assert_memory_equal(&vms[0].policies[SYSTEM_END_FAULT], &limited, sizeof(limited));
    assert_memory_equal(&vms[0].policies[SYSTEM_END_WATCHDOG], &limited, sizeof(limited));
    assert_int_equal(vms[0].flags, SYSTEM_VM_WARM | SYSTEM_VM_WATCHDOG_BOOT);
    assert_int_equal(vms[2].flags, 0);
    assert_int_equal(vms[0].manages, 6);
    assert_int_equal(vms[2].manages, 0);
    assert_int_equal(vms[0].group, 5);
    assert_int_equal(vms[3].group, 10);
    assert_int_equal(vms[0].watchdog, 2); /* in ms, not less */
    assert_int_equal(vms[2].watchdog, 10000);
    assert_int_equal(vms[0].watchdog_at, 0x8010000); /* behind the distributor */
    assert_int_equal(vms[2].watchdog_at, 0x8011000); /* and the memory there */
    assert_int_equal(vms[0].watchdog_irq, 32);
    assert_int_equal(vms[1].watchdog_at | vms[1].watchdog_irq | vms[1].watchdog, 0);
}

TEST(test_long_args) {
    char *text = malloc(80000);

    int length = sprintf(text, "bulkhead: 1\nboard: qemu-arm64\nvms:\n  a:\n    cpus: 0\n"
                               "    memory: 16 MiB\n    image: guest.elf\n    args: \"");
    memset(text + length, 'x', 65000); /* and a tree has 64 KiB */
    strcpy(text + length + 65000, "\"\n");
    assert_false(fixture_compile(&fixture, text, false));
    assert_int_equal(fixture.diagnostics.count, 1);
    assert_string_equal(fixture.diagnostics.items[0].rule, "initrd-too-large");
    free(text);
}

TEST(test_hypervisor_binary) {
    fixture_write(&fixture, "hypervisor.bin", "short", 5);
    assert_false(fixture_compile(&fixture, demo, true));
    assert_string_equal(fixture.diagnostics.items[0].rule, "hypervisor");
    assert_int_equal(diagnostics_exit_code(&fixture.diagnostics), EXIT_CODE_SYSTEM);
    fixture.request.hypervisor = "/nonexistent";
    assert_true(fixture_compile(&fixture, demo, false)); /* checking needs none */
    assert_false(fixture_compile(&fixture, demo, true));
}
