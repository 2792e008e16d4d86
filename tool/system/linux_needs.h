/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux_needs.h - how much memory a Linux needs until it runs its init, by what it is made of.
 */
#pragma once

#include "abi/system_image.h"

/* In MiB, each rounded up. */
struct linux_needs {
    uint64_t kernel;   /* its image, with .bss */
    uint64_t unpacked; /* what the initrd unpacks to */
    uint64_t own;      /* the initrd at first; when that is freed, Linux itself */
    uint64_t all;
};

/*
 * Reckons it, of bytes. What Linux takes for itself grows with its image: measured with Debian's
 * kernels and 3 CPUs, of arm64's 6.1 (image 26.6 MiB, initrd 1 MiB, unpacked 1.8 MiB) 48 MiB in all
 * are not enough, and 52 are, or with 20 MiB more in the initrd, 71; of riscv64's 6.12 (30.4, 1 and
 * 1.6 MiB) 80 are not, and 88 are.
 */
struct linux_needs linux_needs(enum system_arch arch, uint64_t kernel, uint64_t initrd,
                               uint64_t unpacked);
