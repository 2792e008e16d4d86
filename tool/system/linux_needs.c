/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/system/linux_needs.h"

static uint64_t mib(uint64_t bytes) {
    return (bytes + 0xfffff) >> 20;
}

struct linux_needs linux_needs(enum system_arch arch, uint64_t kernel, uint64_t initrd,
                               uint64_t unpacked) {
    struct linux_needs needs = {.kernel = mib(kernel), .unpacked = mib(unpacked)};

    needs.own = arch == SYSTEM_ARCH_RISCV64 ? needs.kernel * 5 / 3 : needs.kernel * 3 / 4;
    needs.own = needs.own > mib(initrd) ? needs.own : mib(initrd);
    needs.all = needs.kernel + needs.unpacked + needs.own;
    return needs;
}
