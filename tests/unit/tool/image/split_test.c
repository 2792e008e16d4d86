/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a system image: names and places. Their bytes are compared in
 * tests/config/test_build.py.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/fixture.h"
#include "tool/image/split.h"

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
    /* Cut short. */
    assert_null(split_files(fixture.compiled.image, 100, "system.yaml", &fixture.arena, &count));
    assert_int_equal(count, 0);
    fixture_close(&fixture);
}
