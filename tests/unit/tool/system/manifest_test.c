/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest: out of a system, to text and back; damaged, of another version, incomplete.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/fixture.h"
#include "tool/image/emit.h"
#include "tool/system/manifest.h"

static const char system_text[] =
    "bulkhead: 1\nboard: qemu-riscv64\nvms:\n"
    "  linux: { cpus: 0-2, memory: 512 MiB, image: \"${here}/Image\", initrd: initrd,\n"
    "           devices: [ rtc ] }\n"
    "  control: { cpus: 3, memory: 16 MiB, image: guest.elf, dtb: none, console: none }\n";

static struct {
    struct fixture fixture;
    const struct system_table *table;
    struct manifest manifest;
    const char *why;
} opened;

AFTER_EACH(end) {
    fixture_close(&opened.fixture);
}

static void open_text(const char *text) {
    static struct definition here = {"here", NULL};
    struct fixture *fixture = &opened.fixture;
    uint64_t size = 0;

    fixture_open_riscv64(fixture);
    here.value = fixture->folder;
    fixture->request.reading.definitions = (struct definitions){&here, 1, NULL};
    if (!fixture_compile(fixture, text, true))
        fail_msg("%s", fixture->diagnostics.items[0].message);
    opened.table = emit_find_table(fixture->compiled.image, fixture->compiled.image_size, &size);
    assert_true(manifest_find(&opened.manifest, opened.table, fixture->compiled.image,
                              fixture->compiled.image_size, &fixture->arena, &opened.why));
}

static void open_system(void) {
    open_text(system_text);
}

TEST(test_names) {
    open_system();
    const struct manifest *manifest = &opened.manifest;

    assert_int_equal(manifest->vm_count, 2);
    assert_string_equal(manifest->vms[0].name, "linux");
    assert_int_equal(manifest->vms[0].payload_count, opened.table->payloads.count - 1);
    assert_string_equal(manifest->vms[0].payloads[0], "image");
    assert_string_equal(manifest->vms[1].payloads[0], "image");
    assert_null(manifest->vms[0].console);
    const struct manifest_device *rtc = manifest_register(manifest, 0, 0x101000);
    assert_non_null(rtc);
    assert_string_equal(rtc->name, "rtc");
    assert_string_equal(rtc->node, "/soc/rtc@101000");
    assert_string_equal(rtc->compatible, "google,goldfish-rtc");
    assert_ptr_equal(manifest_interrupt(manifest, 0, 11), rtc);
    assert_null(manifest_register(manifest, 1, 0x101000));
    assert_null(manifest_register(manifest, 0, 0x102000));
    assert_null(manifest_interrupt(manifest, 7, 11));
}

/* It lies in a gap, on a page of its own, and keeps room to grow. */
TEST(test_place) {
    open_text("bulkhead: 1\nboard: qemu-riscv64\nvms:\n"
              "  linux: { cpus: 0, memory: 64 MiB, initrd: initrd,\n"
              "           image: { file: Image, slot: 2 MiB } }\n");
    const struct system_table *table = opened.table;
    const struct system_payload *payloads =
        (const void *)((const char *)table + table->payloads.offset);

    assert_int_equal(table->manifest_offset % SYSTEM_PAGE_SIZE, 0);
    uint64_t end = table->manifest_offset + table->manifest_size + 1000;
    for (uint32_t i = 0; i < table->payloads.count; i++)
        assert_true(payloads[i].offset >= end ||
                    payloads[i].offset + payloads[i].slot_size <= table->manifest_offset);
    assert_true(end <= table->image_size);
    assert_true(table->manifest_offset < payloads[0].offset);
}

TEST(test_damaged) {
    open_system();
    struct compiled *compiled = &opened.fixture.compiled;
    struct arena *arena = &opened.fixture.arena;
    struct system_table table = *opened.table;
    struct manifest found;
    const char *why = "";

    compiled->image[table.manifest_offset + 20] ^= 1;
    assert_false(manifest_find(&found, &table, compiled->image, compiled->image_size, arena, &why));
    assert_string_equal(why, "its manifest is damaged");
    assert_int_equal(found.vm_count, 0);
    assert_false(
        manifest_find(&found, &table, compiled->image, table.manifest_offset + 1, arena, &why));
    assert_false(manifest_find(&found, &table, compiled->image, 1, arena, &why));
    table.manifest_size = 0;
    assert_false(manifest_find(&found, &table, compiled->image, compiled->image_size, arena, &why));
    assert_null(why);
}

#define LARGE_DEVICES 256

/* As large as no system gets: all that a table may have, and as many devices as may be listed. */
TEST(test_large) {
    static uint64_t registers[SYSTEM_DEVICES_MAX];
    static uint32_t interrupts[SYSTEM_INTERRUPTS_MAX];
    static struct manifest_device devices[LARGE_DEVICES];
    struct manifest_vm vms[SYSTEM_VMS_MAX];
    struct manifest manifest = {.vms = vms, .vm_count = SYSTEM_VMS_MAX};
    struct manifest again;
    struct arena arena = {0};
    const char *why = NULL;

    for (size_t i = 0; i < LARGE_DEVICES; i++)
        devices[i] = (struct manifest_device){
            .name = "a-device-with-a-long-name@123456789",
            .node = "/buses/a-bus@123456780/a-device-with-a-long-name@123456789",
            .compatible = "a-vendor,a-device-with-a-long-name"};
    for (size_t i = 0; i < SYSTEM_DEVICES_MAX; i++)
        registers[i] = UINT64_C(0x8000000000000000) + (i << 12);
    for (uint32_t i = 0; i < SYSTEM_INTERRUPTS_MAX; i++)
        interrupts[i] = 1000 + i;
    devices[0].registers = registers;
    devices[0].register_count = SYSTEM_DEVICES_MAX;
    devices[0].interrupts = interrupts;
    devices[0].interrupt_count = SYSTEM_INTERRUPTS_MAX;
    for (size_t vm = 0; vm < SYSTEM_VMS_MAX; vm++)
        vms[vm] =
            (struct manifest_vm){.name = "vm", .devices = devices, .device_count = LARGE_DEVICES};
    const char *text = manifest_text(&manifest, &arena);
    assert_true(manifest_read(&again, text, strlen(text), &arena, &why));
    assert_string_equal(manifest_text(&again, &arena), text);
    arena_free(&arena);
}

static bool read_text(struct manifest *manifest, const char *text, struct arena *arena,
                      const char **why) {
    return manifest_read(manifest, text, strlen(text), arena, why);
}

/* What is not there, or not what it should be, is not known; nothing else happens. */
TEST(test_incomplete) {
    static const char *const bad[] = {"",
                                      "[]",
                                      "{",
                                      "word",
                                      "{}",
                                      "{\"a\": 1}",
                                      "{\"manifest\": 2}",
                                      "\xff",
                                      "{\"manifest\": [1]}",
                                      "{\"manifest\": 1, \"manifest\": 1}",
                                      "{\"manifest\": 1} {}",
                                      "{\"manifest\": 1, \"a\": \"\\u0000\"}"};
    static const char *const good[] = {
        "{\"manifest\": 1}",
        "{\"manifest\": 1, \"later\": {\"a\": [1, {}]}, \"files\": {}, \"board\": [], "
        "\"vms\": \"none\", \"image\": 7}",
        "{\"manifest\": 1, \"files\": [1, [], {}, {\"what\": []}], \"board\": {\"name\": 5, "
        "\"reserved\": [{}, 3]}, \"vms\": [7]}",
        "{\"manifest\": 1, \"vms\": [{\"name\": null, \"devices\": [{}, 5, {\"registers\": "
        "[\"x\", {}, \"0x99999999999999999999\"], \"interrupts\": [-1, \"\"]}], \"payloads\": "
        "[{}, 7]}]}",
    };
    struct arena arena = {0};
    struct manifest manifest;
    const char *why = "";

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(read_text(&manifest, bad[i], &arena, &why));
        assert_non_null(why);
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(read_text(&manifest, good[i], &arena, &why));
        assert_null(manifest_register(&manifest, 0, 0x1000));
        assert_null(manifest_interrupt(&manifest, 0, 1));
        assert_null(manifest_file(manifest.files, manifest.file_count, "image"));
        assert_non_null(manifest_text(&manifest, &arena));
    }
    arena_free(&arena);
}

/* Nothing that an image can hold takes much memory or many frames of the stack. */
TEST(test_bounds) {
    static char text[(8 << 20) + 1] = "{\"manifest\": 1}";
    struct arena arena = {0};
    struct manifest manifest;
    const char *why = "";

    memset(text + strlen(text), ' ', sizeof(text) - strlen(text));
    assert_true(manifest_read(&manifest, text, sizeof(text) - 1, &arena, &why));
    assert_false(manifest_read(&manifest, text, sizeof(text), &arena, &why));
    assert_string_equal(why, "its manifest is damaged");
    memset(text, '[', sizeof(text));
    assert_false(manifest_read(&manifest, text, sizeof(text) - 1, &arena, &why));
    arena_free(&arena);
}
