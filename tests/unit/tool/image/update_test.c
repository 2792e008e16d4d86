/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updates of a built image: the arguments, and what changes in the table, in a guest's tree and in
 * the manifest. That the bytes are those of a fresh build is tests/config/test_update.py's.
 */
#include "tests/unit/test.h"

#include <libfdt.h>

#include "config/config_check.h"
#include "config/system.h"
#include "lib/fletcher.h"
#include "tests/unit/tool/fixture.h"
#include "tests/unit/tool/trees.h"
#include "tool/base/crc32c.h"
#include "tool/base/digest.h"
#include "tool/image/emit.h"
#include "tool/image/update.h"
#include "tool/system/manifest.h"
#include "tool/tree/tree.h"

static const char twins[] =
    "bulkhead: 1\n"
    "board: qemu-arm64\n"
    "defaults: { memory: 8 MiB, image: { file: guest.elf, slot: 64 KiB } }\n"
    "vms:\n"
    "  left: { cpus: 2, initrd: { file: initrd, slot: 8 KiB } }\n"
    "  right: { cpus: 3 }\n";

static struct fixture fixture;

BEFORE_EACH(begin) {
    fixture_open(&fixture);
}

AFTER_EACH(end) {
    fixture_close(&fixture);
}

TEST(test_parse) {
    static const char *const bad[] = {"",     "left",      "=file",       "left=",  ":initrd=f",
                                      "a:b=", "a:image=f", "a:initrds=f", "a:in=f", "a:=f"};
    struct arena arena = {0};
    struct update update;

    assert_true(update_parse(&update, "left=a=b", &arena));
    assert_string_equal(update.vm, "left");
    assert_string_equal(update.path, "a=b");
    assert_false(update.initrd);
    assert_true(update_parse(&update, "left:initrd=/x:y", &arena));
    assert_string_equal(update.vm, "left");
    assert_string_equal(update.path, "/x:y");
    assert_true(update.initrd);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(update_parse(&update, bad[i], &arena));
    arena_free(&arena);
}

/* A copy of the built image with one update of `vm` by the folder's file `name`. */
static unsigned char *update_one(struct update update, const char *name) {
    size_t size = fixture.compiled.image_size;
    unsigned char *image = arena_alloc(&fixture.arena, size);
    const char *manifest = NULL;

    memcpy(image, fixture.compiled.image, size);
    update.path = arena_printf(&fixture.arena, "%s/%s", fixture.folder, name);
    diagnostics_free(&fixture.diagnostics);
    if (!update_image(image, size, "x.img", &update, 1, &fixture.arena, &fixture.diagnostics,
                      &manifest)) {
        assert_memory_equal(image, fixture.compiled.image, size); /* nothing was changed */
        return NULL;
    }
    assert_non_null(strstr(manifest, digest_sha256(&fixture.arena, image, size)));
    return image;
}

static void open_image(const unsigned char *image, size_t size, const struct config_arch *arch,
                       struct system *system) {
    uint64_t table_size = 0;
    struct config_error error;
    const void *table = emit_find_table(image, size, &table_size);

    assert_non_null(table);
    assert_true(config_check(table, table_size, arch, &error));
    system_open(system, table);
    for (uint32_t i = 0; i < system->payload_count; i++) {
        const struct system_payload *payload = &system->payloads[i];
        uint64_t digest[2] = {0, 0};

        fletcher(digest, image + payload->offset, payload->size);
        assert_memory_equal(digest, payload->digest, sizeof(digest));
    }
}

/* Two VMs of one file: an update of one is no update of the other, in the manifest neither. */
TEST(test_twins) {
    static const char raw[] = "\x7f"
                              "ELF and no more";
    struct system system;
    struct manifest manifest;
    const char *why = NULL;

    assert_true(fixture_compile(&fixture, twins, true));
    size_t size = fixture.compiled.image_size;
    const char *path = arena_printf(&fixture.arena, "%s/guest.elf", fixture.folder);
    struct file elf = {0};
    assert_true(file_read(path, &elf, &fixture.arena));
    const char *old = digest_sha256(&fixture.arena, elf.bytes, elf.size);
    elf.bytes[elf.size - 1] ^= 1;
    fixture_write(&fixture, "extra", elf.bytes, elf.size);
    unsigned char *image = update_one((struct update){.vm = "right"}, "extra");
    assert_non_null(image);
    open_image(image, size, &config_arm64, &system);
    assert_int_not_equal(system.payloads[0].digest[0], system.payloads[3].digest[0]);
    assert_true(manifest_find(&manifest, system.table, image, size, &fixture.arena, &why));
    assert_string_equal(manifest.vms[0].files[0].sha256, old);
    assert_string_equal(manifest.vms[1].files[0].sha256,
                        digest_sha256(&fixture.arena, elf.bytes, elf.size));
    fixture_write(&fixture, "extra", raw, sizeof(raw));
    assert_null(update_one((struct update){.vm = "right"}, "extra"));
    assert_string_equal(fixture.diagnostics.items[0].rule, "image-truncated");
}

/* The guest learns of the initrd's end from its tree, and finds nothing of the old one behind. */
TEST(test_initrd) {
    struct system system;
    struct system old;

    assert_true(fixture_compile(&fixture, twins, true));
    open_image(fixture.compiled.image, fixture.compiled.image_size, &config_arm64, &old);
    fixture_write(&fixture, "extra", "070701", 6);
    unsigned char *image = update_one((struct update){.vm = "left", .initrd = true}, "extra");
    assert_non_null(image);
    open_image(image, fixture.compiled.image_size, &config_arm64, &system);
    const struct system_payload *initrd = &system.payloads[1];
    const struct system_payload *tree = &system.payloads[2];
    assert_int_equal(initrd->size, 6);
    assert_int_equal(initrd->slot_size, 8192);
    assert_memory_equal(image + initrd->offset, "070701\0\0\0\0", 10);
    assert_int_equal(tree->at, system.vms[0].boot_argument);
    size_t cells = 0;
    const fdt32_t *end =
        tree_cells(node_at(read_tree(image + tree->offset, &fixture.arena), "/chosen"),
                   "linux,initrd-end", &cells);
    assert_int_equal(cells, 1);
    assert_int_equal(tree_number(end, cells), initrd->at + 6);
    /* The other VM's part of the table is the same. */
    assert_memory_equal(&system.payloads[3], &old.payloads[3], 2 * sizeof(*old.payloads));
    assert_memory_equal(&system.vms[1], &old.vms[1], sizeof(old.vms[1]));
}

/* A tree that libfdt would read from nowhere in stays as it is. */
TEST(test_old_tree) {
    struct system old;

    assert_true(fixture_compile(&fixture, twins, true));
    open_image(fixture.compiled.image, fixture.compiled.image_size, &config_arm64, &old);
    unsigned char *tree = fixture.compiled.image + old.payloads[2].offset;
    fdt_set_version(tree, 15);
    fdt_set_last_comp_version(tree, 2);
    fixture_write(&fixture, "extra", "070701", 6);
    unsigned char *image = update_one((struct update){.vm = "left", .initrd = true}, "extra");
    assert_non_null(image);
    assert_memory_equal(image + old.payloads[2].offset, tree, old.payloads[2].size);
}

/*
 * A digest of another length, which a longer path makes up for: with a right one in its place the
 * manifest would end before its place does.
 */
TEST(test_odd_digest) {
    static const char path[] = "\"path\": \"guest.elf";
    static const char key[] = "\"sha256\": \"";
    uint64_t table_size = 0;

    assert_true(fixture_compile(&fixture, twins, true));
    unsigned char *image = fixture.compiled.image;
    const unsigned char *found = emit_find_table(image, fixture.compiled.image_size, &table_size);
    struct system_table *table = (void *)(image + (found - image));
    char *manifest = (char *)image + table->manifest_offset;
    char *end = strstr(manifest, path);
    assert_non_null(end);
    end += strlen(path);
    memmove(end + 1, end, (size_t)(strstr(end, key) - end) + strlen(key));
    *end = 'x';
    table->manifest_crc = crc32c(0, manifest, table->manifest_size);
    emit_seal(table);
    assert_null(update_one((struct update){.vm = "left"}, "guest.elf"));
    assert_non_null(strstr(fixture.diagnostics.items[0].message, "digest"));
}

TEST(test_riscv64) {
    struct system system;

    fixture_close(&fixture);
    fixture_open_riscv64(&fixture);
    assert_true(fixture_compile(&fixture,
                                "{ bulkhead: 1, board: qemu-riscv64, vms: { a: { cpus: 0, "
                                "memory: 16 MiB, image: { file: Image, slot: 1 MiB } } } }",
                                true));
    const char *path = arena_printf(&fixture.arena, "%s/Image", fixture.folder);
    struct file kernel = {0};
    assert_true(file_read(path, &kernel, &fixture.arena));
    fixture_write(&fixture, "extra", kernel.bytes, kernel.size / 2);
    unsigned char *image = update_one((struct update){.vm = "a"}, "extra");
    assert_non_null(image);
    open_image(image, fixture.compiled.image_size, &config_riscv64, &system);
    assert_int_equal(system.payloads[0].size, kernel.size / 2);
    assert_int_equal(system.payloads[0].at, 0x80200000);
}
