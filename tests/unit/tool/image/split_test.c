/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a system image: names and places. Their bytes are compared in
 * tests/config/test_build.py.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/fixture.h"
#include "tool/image/emit.h"
#include "tool/image/split.h"

static const char text[] = "bulkhead: 1\n"
                           "board: qemu-arm64\n"
                           "vms:\n"
                           "  a: { cpus: 0, memory: 64 MiB, image: Image, initrd: initrd }\n"
                           "  b: { cpus: 1, memory: 8 MiB, image: guest.elf, dtb: none }\n";

TEST(test_files) {
    static const char *const names[] = {"bulkhead.bin", "a.image",  "a.initrd", "a.tree",
                                        "b.image",      "boot.cmd", "boot.scr"};
    struct fixture fixture;
    struct system system;
    uint64_t table_size = 0;
    size_t count = 0;

    fixture_open(&fixture);
    assert_true(fixture_compile(&fixture, text, true));
    const unsigned char *image = fixture.compiled.image;
    system_open(&system, emit_find_table(image, fixture.compiled.image_size, &table_size));
    struct split_file *files =
        split_files(image, fixture.compiled.image_size, "system.yaml", &fixture.arena, &count);
    assert_int_equal(count, sizeof(names) / sizeof(names[0]));
    for (size_t i = 0; i < count; i++)
        assert_string_equal(files[i].name, names[i]);
    assert_int_equal(files[0].phys, system.table->home);
    assert_ptr_equal(files[0].bytes, image);
    assert_ptr_equal(image + files[0].size, (const unsigned char *)system.table + table_size);
    for (uint32_t i = 0; i < system.payload_count; i++) {
        assert_int_equal(files[i + 1].phys, system.table->home + system.payloads[i].offset);
        assert_int_equal(files[i + 1].size, system.payloads[i].size);
    }
    assert_non_null(strstr((const char *)files[5].bytes, "EL2"));
    assert_int_equal(files[6].bytes[29], 22);
    /* Damaged, or none. */
    assert_null(split_files(image, 100, "system.yaml", &fixture.arena, &count));
    assert_int_equal(count, 0);
    fixture_close(&fixture);
}

TEST(test_segments) {
    struct fixture fixture;
    size_t count = 0;
    struct file elf = {0};

    fixture_open_riscv64(&fixture);
    const char *path = arena_printf(&fixture.arena, "%s/guest.elf", fixture.folder);
    assert_true(file_read(path, &elf, &fixture.arena));
    /* Its second header is the first one's bytes: make it a segment that lies behind. */
    unsigned char *bytes = arena_alloc(&fixture.arena, elf.size + 56);
    memcpy(bytes, elf.bytes, 120);
    memcpy(bytes + 120, elf.bytes + 64, 56);
    memcpy(bytes + 176, elf.bytes + 120, elf.size - 120);
    bytes[56] = 2;
    bytes[120 + 26] = 0x30; /* p_paddr + 0x100000 */
    fixture_write(&fixture, "extra", bytes, elf.size + 56);
    assert_true(fixture_compile(&fixture,
                                "{ bulkhead: 1, board: qemu-riscv64, vms: { a: { cpus: 0, "
                                "memory: 16 MiB, image: extra } } }",
                                true));
    struct split_file *files = split_files(fixture.compiled.image, fixture.compiled.image_size,
                                           "system.yaml", &fixture.arena, &count);
    assert_int_equal(count, 6);
    assert_string_equal(files[1].name, "a.image.0");
    assert_string_equal(files[2].name, "a.image.1");
    assert_int_equal(files[2].phys - files[1].phys, (files[1].size + 4095) / 4096 * 4096);
    assert_string_equal(files[3].name, "a.tree");
    assert_non_null(strstr((const char *)files[4].bytes, "HS-mode"));
    assert_int_equal(files[5].bytes[29], 26);
    fixture_close(&fixture);
}
