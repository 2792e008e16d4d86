/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/image/emit.h"

#include <string.h>

#include "abi/boot_record.h"
#include "config/config_check.h"
#include "config/system.h"
#include "lib/fletcher.h"
#include "tool/base/crc32c.h"
#include "tool/base/range.h"
#include "tool/system/table.h"

#define HEADER_IMAGE_SIZE 16 /* of a Linux `Image`, what boot loaders read */

uint64_t emit_hypervisor_size(enum system_arch arch, const struct file *binary,
                              struct arena *arena) {
    struct guest_image image;
    const char *why;

    if (binary->size < BOOT_RECORD_OFFSET + BOOT_RECORD_SIZE ||
        guest_image_read(&image, arch, binary->bytes, binary->size, arena, &why) !=
            GUEST_IMAGE_OK ||
        image.kind != GUEST_IMAGE_LINUX || image.segments[0].bytes != binary->bytes)
        return 0;
    return align_up(image.segments[0].memory_size, SYSTEM_PAGE_SIZE);
}

static void emit_record(const struct plan *plan, unsigned char *image) {
    const struct system_board *board = &plan->board->machine.board;
    uint32_t words[BOOT_RECORD_SIZE / sizeof(uint32_t)];
    uint64_t image_size = plan->image_size;
    struct boot_record record = {
        .magic = BOOT_RECORD_MAGIC,
        .version = BOOT_RECORD_VERSION,
        .console_kind = board->console_kind,
        .console_layout = board->console_layout,
        .console_phys = board->console_phys,
        .home = plan->board->home,
        .image_size = image_size,
        .table_offset = plan->table_offset,
        .table_size = plan->table_size,
    };

    memcpy(words, &record, sizeof(words));
    for (size_t i = 0; i < COUNT(words); i++)
        record.checksum -= words[i];
    memcpy(image + BOOT_RECORD_OFFSET, &record, sizeof(record));
    memcpy(image + BOOT_RECORD_COPY_OFFSET, &record, sizeof(record));
    memcpy(image + HEADER_IMAGE_SIZE, &image_size, sizeof(image_size));
}

void emit_digest(struct system_payload *payload, const unsigned char *image) {
    payload->digest[0] = payload->digest[1] = 0;
    fletcher(payload->digest, image + payload->offset, payload->size);
}

void emit_seal(struct system_table *table) {
    table->digest[0] = table->digest[1] = 0;
    fletcher(table->digest, table, table->size);
}

unsigned char *emit_image(const struct plan *plan, const struct file *binary,
                          struct config_error *error) {
    unsigned char *image = arena_alloc(plan->arena, plan->image_size);
    struct system_table *table = table_make(plan);
    struct system_payload *entry = (void *)((char *)table + table->payloads.offset);

    if (binary->size != 0)
        memcpy(image, binary->bytes, binary->size);
    for (size_t i = 0; i < plan->vm_count; i++) {
        for (size_t j = 0; j < plan->vms[i].payload_count; j++, entry++) {
            const struct plan_payload *payload = &plan->vms[i].payloads[j];

            memcpy(image + payload->offset, payload->bytes, payload->size);
            emit_digest(entry, image);
        }
    }
    memcpy(image + plan->manifest_offset, plan->manifest_text, plan->manifest_size);
    table->manifest_crc = crc32c(0, plan->manifest_text, plan->manifest_size);
    emit_seal(table);
    memcpy(image + plan->table_offset, table, table->size);
    emit_record(plan, image);
    return config_check(table, table->size, plan->board->machine.config, error) ? image : NULL;
}

const void *emit_find_table(const unsigned char *image, size_t image_size, uint64_t *table_size) {
    struct boot_record record;
    uint32_t words[BOOT_RECORD_SIZE / sizeof(uint32_t)];
    uint32_t sum = 0;

    if (image_size < BOOT_RECORD_OFFSET + BOOT_RECORD_SIZE)
        return NULL;
    memcpy(&record, image + BOOT_RECORD_OFFSET, sizeof(record));
    memcpy(words, &record, sizeof(words));
    for (size_t i = 0; i < COUNT(words); i++)
        sum += words[i];
    if (record.magic != BOOT_RECORD_MAGIC || sum != 0 || record.table_offset % 8 != 0 ||
        record.table_offset > image_size || record.table_size > image_size - record.table_offset)
        return NULL;
    *table_size = record.table_size;
    return image + record.table_offset;
}
