/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there is to show of a system, and its forms: lists that agree with the table, words, the
 * view of one VM, and manifests that say what cannot be.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/fixture.h"
#include "tool/base/crc32c.h"
#include "tool/image/emit.h"
#include "tool/show/show.h"
#include "tool/show/shown.h"

static const char arm64_text[] =
    "bulkhead: 1\nboard: qemu-arm64\nvms:\n"
    "  linux: { cpus: [ 0, 2, 3 ], memory: 512 MiB, image: Image, initrd: initrd,\n"
    "           devices: [ rtc ] }\n"
    "  control: { cpus: 1, memory: [ 16 MiB, { size: 8 KiB, at: 0 } ], image: guest.elf,\n"
    "           console: none, on-fault: restart }\n";

static const char aia_text[] = "bulkhead: 1\n"
                               "board: qemu-riscv64-aia\n"
                               "defaults: { memory: 16 MiB, image: guest.elf }\n"
                               "vms:\n"
                               "  a: { cpus: 1-2, console: sbi }\n"
                               "  b: { cpus: 0, devices: [ rtc ] }\n";

static struct fixture fixture;
static struct shown opened;

AFTER_EACH(close_text) {
    shown_close(&opened);
    fixture_close(&fixture);
}

static void open_text(const char *text, bool riscv64) {
    close_text();
    if (riscv64)
        fixture_open_riscv64(&fixture);
    else
        fixture_open(&fixture);
    fixture_write(&fixture, "extra", "raw", 3);
    if (!fixture_compile(&fixture, text, true))
        fail_msg("%s", fixture.diagnostics.items[0].message);
    assert_null(shown_open(&opened, fixture.compiled.image, fixture.compiled.image_size));
    assert_null(opened.no_manifest);
}

/* What is printed in one form; the caller frees it. */
static char *print(struct shown *shown, void (*form)(FILE *, struct shown *, uint32_t),
                   uint32_t vm) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    form(stream, shown, vm);
    fclose(stream);
    return text;
}

static void print_text(FILE *stream, struct shown *shown, uint32_t vm) {
    (void)vm;
    show_text(stream, shown);
}

static void print_header(FILE *stream, struct shown *shown, uint32_t vm) {
    show_header(stream, shown, vm, "VM");
}

/* In one line. */
static void print_json(FILE *stream, struct shown *shown, uint32_t vm) {
    json_t *value = show_json(shown, vm);

    json_dumpf(value, stream, 0);
    json_decref(value);
}

static void print_svg(FILE *stream, struct shown *shown, uint32_t vm) {
    (void)vm;
    show_svg(stream, shown);
}

static void expect(char *text, const char *const *wanted, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strstr(text, wanted[i]) == NULL)
            fail_msg("no '%s' in\n%s", wanted[i], text);
    free(text);
}

#define EXPECT(text, ...)                                                                          \
    expect(text, (const char *const[]){__VA_ARGS__},                                               \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

TEST(test_ram) {
    uint64_t next = 0x40000000, own = 0;
    open_text(arm64_text, false);

    for (size_t i = 0; i < opened.ram.count; i++) {
        const struct shown_range *range = &opened.ram.items[i];

        assert_int_equal(range->phys, next);
        next += range->size;
        own += range->owner == SHOWN_BULKHEAD ? range->size : 0;
    }
    assert_int_equal(next, 0xc0000000);
    const struct system_table *table = opened.system.table;
    assert_int_equal(own, table->image_size + table->pool.size);
    assert_int_equal(shown_memory_size(&opened, 1), (16 << 20) + (8 << 10));
}

TEST(test_owners) {
    open_text(arm64_text, false);
    struct shown *shown = &opened;

    assert_int_equal(shown_vm(shown, "control"), 1);
    assert_int_equal(shown_vm(shown, "contro"), SYSTEM_VMS_MAX);
    assert_string_equal(shown_owner(shown, 0), "linux");
    assert_string_equal(shown_owner(shown, SHOWN_BULKHEAD), "bulkhead");
    assert_string_equal(shown_owner(shown, SHOWN_EACH), "(each VM)");
    assert_string_equal(shown_console(shown, 0), "shared");
    assert_string_equal(shown_console(shown, 1), "none");
    const struct shown_range *last = &shown->devices.items[shown->devices.count - 1];
    assert_int_equal(last->phys, 0x9010000);
    assert_int_equal(last->owner, 0);
    assert_string_equal(shown_name(last->what, last->device), "rtc");
    const struct shown_interrupt *interrupt = &shown->interrupts[shown->interrupt_count - 1];
    assert_int_equal(interrupt->phys, 34);
    assert_ptr_equal(interrupt->device, last->device);
}

TEST(test_words) {
    struct shown shown = {.arch = &config_arm64};

    assert_string_equal(shown_cpus_text(&shown, 0), "");
    assert_string_equal(shown_cpus_text(&shown, 1), "0");
    assert_string_equal(shown_cpus_text(&shown, 0xb7), "0-2, 4-5, 7");
    assert_string_equal(shown_cpus_text(&shown, UINT64_MAX), "0-63");
    assert_string_equal(shown_interrupt_text(&shown, 34), "SPI 2");
    assert_string_equal(shown_interrupt_text(&shown, 31), "PPI 15");
    assert_string_equal(shown_size_text(&shown, UINT64_C(1) << 30), "1 GiB");
    assert_string_equal(shown_size_text(&shown, (UINT64_C(1) << 30) + 4096), "1.00 GiB");
    assert_string_equal(shown_size_text(&shown, 45 * 1024 * 1024 + 512 * 1024), "45.5 MiB");
    assert_string_equal(shown_size_text(&shown, 4096), "4 KiB");
    assert_string_equal(shown_size_text(&shown, 100), "100 bytes");
    shown.arch = &config_riscv64;
    assert_string_equal(shown_interrupt_text(&shown, 34), "source 34");
    assert_true(show_header_is_prefix("V"));
    assert_true(show_header_is_prefix("v_1"));
    assert_false(show_header_is_prefix(""));
    assert_false(show_header_is_prefix("1"));
    assert_false(show_header_is_prefix("_A"));
    assert_false(show_header_is_prefix("A b"));
    shown_close(&shown);
}

TEST(test_text) {
    open_text(arm64_text, false);

    EXPECT(print(&opened, print_text, 0), "system of 2 VMs for qemu-arm64 (arm64), ",
           "bulkhead    console (pl011@9000000)",
           "  linux: CPUs 0, 2-3, 512 MiB, console shared, on-fault stop\n",
           "  control: CPU 1, 16392 KiB, console none, on-fault restart\n",
           "CPU 2   id 0x2         linux       vCPU 1\n", "image   0x0040000000 ", "initrd  0x00",
           ", initrd\n", ", guest.elf\n", "rtc (pl031@9010000) at 0x9010000\n",
           "interrupt controller (intc@8000000)\n",
           "    34  SPI 2       linux       rtc, irq 34, level\n",
           "    27  PPI 11      (each VM)   virtual timer\n");
    EXPECT(print(&opened, show_text_vm, 0), "  vCPU 1   CPU 2   id 0x2\n", "console, emulated\n",
           "interrupt controller, its own\n",
           "0x0009010000 - 0x0009010fff      4 KiB  rtc (pl031@9010000), phys 0x9010000\n",
           "  irq   33  emulated    console, level\n", "  irq   34  SPI 2       rtc, level\n",
           "Loaded at each start\n");
    char *text = print(&opened, show_text_vm, 1);
    assert_null(strstr(text, "emulated"));
    assert_null(strstr(text, "rtc"));
    EXPECT(text, "0x0000000000 - 0x0000001fff      8 KiB  memory, phys 0x");
}

/* What one should know of a VM that is less walled in than others, or may end them. */
TEST(test_warnings) {
    open_text("bulkhead: 1\nboard: qemu-arm64\ndefaults: { image: guest.elf }\nvms:\n"
              "  net: { cpus: 0, memory: { size: 16 MiB, phys: same, at: 0x4400_0000 },\n"
              "         image: { file: extra, load: 0x4400_0000 },\n"
              "         devices: [ { node: virtio_mmio@a000000, dma: unprotected } ],\n"
              "         on-fault: { do: restart, max: 1, within: 1500 ms, then: stop } }\n"
              "  kept: { cpus: 1, memory: [ 16 MiB, { size: 4 KiB, at: 0, clear: no } ],\n"
              "          on-fault: halt-system }\n",
              false);
    struct shown *shown = &opened;

    EXPECT(print(shown, show_text_vm, 0),
           "on-fault restart, at most 1 time in 1500 ms, then stop\n",
           "nothing contains its DMA\n");
    char *text = print(shown, show_text_vm, 1);
    assert_null(strstr(text, "DMA"));
    EXPECT(text, "on-fault halt-system\n");
    EXPECT(print(shown, print_json, SYSTEM_VMS_MAX),
           "{\"do\": \"restart\", \"max\": 1, \"within-ms\": 1500, \"then\": \"stop\"}",
           "\"dma-unprotected\": true", "\"dma-unprotected\": false",
           "\"at\": \"0x0\", \"clear\": false", "\"at\": \"0x40000000\", \"clear\": true");
    EXPECT(print(shown, print_svg, 0), "then stop, DMA that nothing contains");
}

TEST(test_json) {
    open_text(aia_text, true);

    EXPECT(print(&opened, print_json, SYSTEM_VMS_MAX), "\"arch\": \"riscv64\"",
           "\"board\": \"qemu-riscv64-aia\"",
           "{\"cpu\": 3, \"id\": \"0x3\", \"owner\": \"nobody\", \"vm\": null}",
           "\"owner\": \"reserved\", \"vm\": null, \"what\": \"OpenSBI\"",
           "\"console\": {\"kind\": \"sbi\", \"device\": null}",
           "\"kind\": \"16550\", \"device\": null, \"at\": \"0x10000000\", \"irq\": 10}",
           "\"name\": \"source 11\", \"owner\": \"vm\", \"vm\": \"b\"");
    char *text = print(&opened, print_json, 0);
    assert_null(strstr(text, "\"b\""));
    assert_null(strstr(text, "OpenSBI"));
    EXPECT(text, "{\"cpu\": 2, \"id\": \"0x2\", \"owner\": \"vm\", \"vm\": \"a\", \"vcpu\": 1}");
}

TEST(test_header) {
    open_text(aia_text, true);

    EXPECT(print(&opened, print_header, 0), "#define VM_NAME                          \"a\"\n",
           "VM_MACHINE_CPU_1                 VM_UL(2)\n", "VM_CONSOLE_IS_SBI                1\n",
           "VM_IMSIC_SIZE                    VM_UL(0x2000)\n",
           "VM_MACHINE_IMSIC_FILE            VM_UL(0x28004000)\n",
           "VM_TIMER_FREQUENCY               VM_UL(10000000)\n");
    EXPECT(print(&opened, print_header, 1), "VM_CONSOLE_IS_16550              1\n",
           "VM_CONSOLE_WIDTH                 VM_UL(1)\n",
           "VM_RTC_IRQ                       VM_UL(11)\n");
    open_text("{ bulkhead: 1, board: qemu-arm64, console: none, vms: { a: { cpus: 0, console: "
              "serial0, memory: 16 MiB, image: Image }, b: { cpus: 1, memory: 16 MiB, console: "
              "none, image: Image } } }",
              false);
    EXPECT(print(&opened, print_header, 0), "Its console, a device of its own",
           "VM_CONSOLE_IS_PL011              1\n",
           "VM_CONSOLE_AT                    VM_UL(0x9000000)\n",
           "VM_CONSOLE_IRQ                   VM_UL(33)\n",
           "VM_SERIAL0_IRQ                   VM_UL(33)\n");
    EXPECT(print(&opened, print_header, 1), "It has no console",
           "VM_TIMER_VIRTUAL_IRQ             VM_UL(27)\n");
    char *text = print(&opened, print_text, 0);
    assert_null(strstr(text, "bulkhead    console"));
    EXPECT(text, "33  SPI 1       a           serial0, irq 33, level");
}

/* A manifest may say anything, as long as its checksum is right. */
static void replace_manifest(const char *text) {
    struct compiled *compiled = &fixture.compiled;
    uint64_t size = 0;
    struct system_table *table = (struct system_table *)(uintptr_t)emit_find_table(
        compiled->image, compiled->image_size, &size);

    memcpy(compiled->image + table->manifest_offset, text, strlen(text));
    table->manifest_size = (uint32_t)strlen(text);
    table->manifest_crc = crc32c(0, text, strlen(text));
    emit_seal(table);
    shown_close(&opened);
    assert_null(shown_open(&opened, compiled->image, compiled->image_size));
}

TEST(test_hostile_manifest) {
    static const char *const texts[] = {
        "{\"manifest\": 1, \"vms\": [{\"name\": \"linux\"}, {\"name\": \"control\"}]}",
        "{\"manifest\": 1, \"vms\": [{\"name\": \"linux\"}, {\"name\": \"other\"}]}",
        "{\"manifest\": 1, \"vms\": []}",
        "{\"manifest\": 1, \"board\": {\"name\": \"a\\u0001<b>\", \"reserved\": ["
        "{\"phys\": \"0x40000000\", \"size\": \"0x1000\", \"for\": \"over RAM\"}, "
        "{\"phys\": \"0xc0000000\", \"size\": \"0xffffffffffffffff\", \"for\": \"all\"}, "
        "{\"phys\": \"0xc0000800\", \"size\": \"0x1000\", \"for\": \"no page\"}, "
        "{\"phys\": \"0xffffffff000\", \"size\": \"0x1000\", \"for\": \"too high\"}]}, "
        "\"vms\": [{\"name\": \"linux\", \"console\": \"x\", \"payloads\": [\"image\"], "
        "\"files\": [{}], \"devices\": [{\"registers\": [\"0x9010000\", \"0x9010000\", \"0x1\"], "
        "\"interrupts\": [34, 34, 7]}, {\"name\": \"*/\\n#error\"}]}, {\"name\": \"control\"}]}",
    };
    open_text(arm64_text, false);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        replace_manifest(texts[i]);
        struct shown *shown = &opened;
        for (size_t j = 0; j < shown->ram.count; j++)
            assert_int_not_equal(shown->ram.items[j].owner, SHOWN_RESERVED);
        assert_int_equal(shown->no_manifest != NULL, i == 1 || i == 2);
        EXPECT(print(shown, print_json, SYSTEM_VMS_MAX), "\"show\": 1");
        EXPECT(print(shown, show_text_vm, 0), "0x0009010000");
        EXPECT(print(shown, print_svg, 0), "</svg>");
        char *header = print(shown, print_header, 0);
        assert_null(strstr(header, "\n#error"));
        EXPECT(header, "#endif");
    }
}

TEST(test_picture) {
    open_text(aia_text, true);

    EXPECT(print(&opened, print_svg, 0), "2 VMs on qemu-riscv64-aia", ">CPU 3</text>",
           "switched off", "(reserved)", "OpenSBI", ">rtc</text>", "0x101000, irq 11",
           "serial@10000000",
           "a owns CPU 1-2, 16 MiB of memory, no device. b owns CPU 0, 16 MiB of memory, rtc. ");
}
