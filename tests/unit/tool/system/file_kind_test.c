/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are no image and no initrd, by their first bytes; and cut at every length.
 */
#include "tests/unit/test.h"

#include <libfdt.h>

#include "tool/system/file_kind.h"

static const char *image_of(const char *bytes, size_t size) {
    return file_kind_of_image((const unsigned char *)bytes, size);
}

static const char *initrd_of(const char *bytes, size_t size) {
    return file_kind_of_initrd((const unsigned char *)bytes, size);
}

#define IMAGE(bytes)  image_of(bytes, sizeof(bytes) - 1)
#define INITRD(bytes) initrd_of(bytes, sizeof(bytes) - 1)

TEST(test_images) {
    char arm32[44] = {0};

    memcpy(arm32 + 36, "\x18\x28\x6f\x01", 4);
    assert_non_null(strstr(IMAGE("MZ\0\0zimg..."), "zboot"));
    assert_non_null(strstr(IMAGE("MZ\x90"), "EFI program"));
    assert_non_null(strstr(image_of(arm32, 40), "32-bit Arm"));
    assert_null(image_of(arm32, 39));
    assert_non_null(strstr(IMAGE("\x27\x05\x19\x56"), "mkimage"));
    assert_non_null(strstr(IMAGE("\xfd\x37zXZ\0"), "xz"));
    assert_non_null(strstr(IMAGE("\x04\x22\x4d\x18"), "lz4"));
    assert_non_null(strstr(IMAGE("070701"), "initrd"));
    assert_non_null(strstr(IMAGE(":100000000C9435"), "Intel HEX"));
    assert_non_null(strstr(IMAGE("#!/bin/sh"), "script"));
    assert_non_null(strstr(IMAGE("make Image\n"), "is text"));
    assert_null(IMAGE("no line"));
    assert_null(IMAGE("a line\n\x01"));
    assert_null(IMAGE(""));
    assert_null(IMAGE("M"));
    assert_null(IMAGE("any other bytes"));
}

TEST(test_trees) {
    unsigned char *tree = malloc(1024);

    assert_int_equal(fdt_create_empty_tree(tree, 1024), 0);
    assert_non_null(strstr(file_kind_of_image(tree, 1024), "device tree"));
    assert_true(fdt_add_subnode(tree, 0, "images") > 0);
    assert_non_null(strstr(file_kind_of_image(tree, 1024), "FIT"));
    for (size_t size = 1; size < 1024; size++) {
        unsigned char *cut = malloc(size);

        memcpy(cut, tree, size);
        assert_null(file_kind_of_image(cut, size)); /* no whole tree */
        free(cut);
    }
    fdt_set_version(tree, 15);
    fdt_set_last_comp_version(tree, 2);
    assert_null(file_kind_of_image(tree, 1024)); /* libfdt would read from nowhere */
    free(tree);
}

TEST(test_initrds) {
    char ext[0x440] = {0};

    memcpy(ext + 0x438, "\x53\xef", 2);
    assert_null(INITRD("070701"));
    assert_null(INITRD("\x1f\x8b\x08"));
    assert_null(INITRD("\x28\xb5\x2f\xfd"));
    assert_null(INITRD("hsqs"));
    assert_null(initrd_of(ext, sizeof(ext)));
    assert_non_null(strstr(initrd_of(ext, 0x439), "right file"));
    assert_non_null(strstr(INITRD("\x27\x05\x19\x56"), "U-Boot"));
    assert_non_null(strstr(INITRD("\x7f"
                                  "ELF"),
                           "right file"));
    assert_non_null(strstr(INITRD("0"), "right file"));
    assert_non_null(strstr(INITRD("070707"), "newc"));
    assert_non_null(strstr(INITRD("\x04\x22\x4d\x18"), "lz4 -l"));
}
