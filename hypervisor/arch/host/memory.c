/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/memory.h"

#include <stddef.h>

#include "arch/host/host.h"
#include "lib/string.h"

void arch_tables_written(void) {
    record("tables");
    host.tables_written++;
    if (host.on_tables_written != NULL)
        host.on_tables_written();
}

void arch_guest_tlb_flush(void) {
    record("guest tlb");
    host.guest_tlb_flushes++;
}

void arch_memory_clear(void *start, uint64_t size) {
    record("clear %lx", size);
    memset(start, 0, size);
}

void arch_cache_clean(const void *start, uint64_t size) {
    /* Whoever cleans what it has not mapped is found by the sanitizer. */
    const uint8_t *bytes = start;
    uint8_t seen = 0;

    for (uint64_t i = 0; i < size; i += 64)
        seen |= bytes[i];
    record("clean %lx", size);
    host.cleaned += size + (seen & 0);
}

void arch_io_fence(void) {
    record("io fence");
    if (host.on_io_fence != NULL)
        host.on_io_fence();
}

void arch_instructions_written(void) {
    record("instructions");
    host.instructions_written++;
}

bool arch_memory_probe(bool (*access)(volatile uint64_t *word), volatile uint64_t *word) {
    return access(word);
}
