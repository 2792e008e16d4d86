/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/entry.h"

#include "arch/cpu.h"
#include "drivers/uart.h"
#include "lib/report.h"
#include "mem/hypervisor_space.h"

static bool is_whole(const struct boot_record *record) {
    const uint32_t *words = (const uint32_t *)record;
    uint32_t sum = 0;

    for (unsigned i = 0; i < BOOT_RECORD_SIZE / 4; i++)
        sum += words[i];
    return record->magic == BOOT_RECORD_MAGIC && sum == 0;
}

const struct boot_record *early_check(const uint8_t *image) {
    const struct boot_record *record = (const void *)(image + BOOT_RECORD_OFFSET);
    const struct boot_record *copy = (const void *)(image + BOOT_RECORD_COPY_OFFSET);
    bool whole = is_whole(record);

    if (whole || is_whole(copy)) {
        record = whole ? record : copy;
        uart_attach(record, record->console_phys);
        uart_init();
    }
    if (!whole)
        refuse("boot-record", "the image's first page is damaged: write the image anew");
    arch_check_start();
    if (record->home - SPACE_BASE < SPACE_WINDOW_SIZE)
        refuse("home", "the image's home must not be %lx, where it is linked", record->home);
    if ((uintptr_t)image % PAGE_SIZE != 0)
        refuse("load-address", "the image must be loaded at a multiple of 4 KiB");
    return record;
}

uint64_t early_map(void) {
    struct space_tables *tables = &own_tables;

    space_create(tables, phys((uintptr_t)link_text_start), phys((uintptr_t)link_private_start));
    return (uintptr_t)tables->root;
}
