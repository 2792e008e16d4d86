/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Linux needs, against what was measured: it is between what was too little and what was
 * enough.
 */
#include "tests/unit/test.h"

#include "tool/system/linux_needs.h"

#define KIB(count) ((uint64_t)(count) << 10)

TEST(needs_are_those_measured) {
    static const struct {
        enum system_arch arch;
        uint64_t kernel, initrd, unpacked; /* KiB */
        uint64_t little, enough;           /* MiB */
    } measured[] = {
        {SYSTEM_ARCH_ARM64, 27238, 970, 1843, 48, 52},
        {SYSTEM_ARCH_ARM64, 27238, 21456, 22323, 69, 71},
        {SYSTEM_ARCH_RISCV64, 31130, 1021, 1638, 80, 88},
    };

    for (size_t i = 0; i < COUNT_OF(measured); i++) {
        struct linux_needs needs = linux_needs(measured[i].arch, KIB(measured[i].kernel),
                                               KIB(measured[i].initrd), KIB(measured[i].unpacked));

        assert_true(needs.all > measured[i].little);
        assert_true(needs.all <= measured[i].enough);
        assert_int_equal(needs.all, needs.kernel + needs.unpacked + needs.own);
    }
}

TEST(each_part_is_rounded_up) {
    struct linux_needs needs = linux_needs(SYSTEM_ARCH_ARM64, KIB(4096) + 1, 1, 0);

    assert_int_equal(needs.kernel, 5);
    assert_int_equal(needs.own, 3);
    assert_int_equal(needs.unpacked, 0);
}
