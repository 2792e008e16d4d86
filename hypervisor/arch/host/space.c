/* SPDX-License-Identifier: Apache-2.0 */
/*
 * space.c - a piece of memory at the address where the hypervisor is linked. With
 * AddressSanitizer that address lies in the gap between its shadows: the shadow of
 * the piece has to be made as well.
 */
#include <stddef.h>
#include <sys/mman.h>

#include "arch/host/host.h"
#include "mem/hypervisor_space.h"

#define SIZE UINT64_C(0x800000)

/* Of the sanitizer's runtime. */
void __asan_get_shadow_mapping(size_t *scale, size_t *offset);

static void map(uint64_t start, uint64_t size) {
    void *at = (void *)(uintptr_t)start;

    if (mmap(at, size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
        at)
        host_end(HOST_PANICKED);
}

void host_space_open(void) {
    size_t scale, offset;

    /* New pages each time, which are zero. */
    __asan_get_shadow_mapping(&scale, &offset);
    map((SPACE_BASE >> scale) + offset, SIZE >> scale);
    map(SPACE_BASE, SIZE);
}
