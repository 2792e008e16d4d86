/* SPDX-License-Identifier: Apache-2.0 */
/*
 * system_mutator.c - changes a system image and then makes its checksums right again, mostly, so
 * that what is behind them is reached.
 */
#include <string.h>

#include "abi/boot_record.h"
#include "config/system.h"
#include "tests/fuzz/fuzz.h"
#include "tool/base/crc32c.h"
#include "tool/image/emit.h"

#define SEED_TABLE_AT 192 /* where seeds have their table: behind the record's copy */
#define ZEROS_SIZE    0x10000

struct mutation {
    uint8_t *data;
    size_t size;
    size_t table; /* where it begins */
    uint32_t lot;
};

/* A number below `limit`, which is not 0: the next of a generator. */
static uint32_t draw(struct mutation *mutation, uint32_t limit) {
    mutation->lot = mutation->lot * 1664525u + 1013904223u;
    return (mutation->lot >> 8) % limit;
}

/* Bytes of the table, as far as they are there. */
static size_t table_room(const struct mutation *mutation) {
    return mutation->size - mutation->table;
}

/* One number becomes another's, a small one, or moves by a power of two. */
static void change_number(struct mutation *mutation) {
    uint32_t places = (uint32_t)(table_room(mutation) / 4) - 1;
    uint8_t *table = mutation->data + mutation->table;
    uint8_t *to = table + 4 * (size_t)draw(mutation, places);
    size_t width = draw(mutation, 2) == 0 ? 4 : 8;
    uint64_t number = 0;

    switch (draw(mutation, 3)) {
    case 0:
        memcpy(&number, table + 4 * (size_t)draw(mutation, places), width);
        break;
    case 1:
        number = draw(mutation, 64);
        break;
    default:
        memcpy(&number, to, width);
        number += (draw(mutation, 2) == 0 ? UINT64_C(1) : UINT64_MAX) << draw(mutation, 40);
    }
    memcpy(to, &number, width);
}

/* Payloads lie in what `show` sees as zeros behind the input. */
static void seal_payloads(struct mutation *mutation, const struct system_table *table) {
    struct system_section section = table->payloads;

    for (uint64_t i = 0; i < section.count && i < SYSTEM_PAYLOADS_MAX; i++) {
        uint64_t at = section.offset + i * sizeof(struct system_payload);
        struct system_payload payload;

        if (at + sizeof(payload) > table_room(mutation))
            return;
        memcpy(&payload, mutation->data + mutation->table + at, sizeof(payload));
        if (payload.size <= ZEROS_SIZE && payload.offset >= mutation->size)
            memset(payload.digest, 0, sizeof(payload.digest)); /* that of zeros */
        memcpy(mutation->data + mutation->table + at, &payload, sizeof(payload));
    }
}

/* The manifest may lie inside the input. */
static void seal_manifest(struct mutation *mutation, struct system_table *table) {
    if (table->manifest_size != 0 && table->manifest_offset <= mutation->size &&
        table->manifest_size <= mutation->size - table->manifest_offset)
        table->manifest_crc =
            crc32c(0, mutation->data + table->manifest_offset, table->manifest_size);
}

static void seal_table(struct mutation *mutation) {
    struct system_table table;
    uint8_t *bytes = mutation->data + mutation->table;

    memcpy(&table, bytes, sizeof(table));
    seal_payloads(mutation, &table);
    memcpy(&table, bytes, sizeof(table));
    seal_manifest(mutation, &table);
    table.magic = SYSTEM_TABLE_MAGIC;
    table.version = SYSTEM_TABLE_VERSION;
    if (table.size % 8 != 0 || table.size < sizeof(table) || table.size > table_room(mutation))
        table.size = (uint32_t)table_room(mutation) & ~7u;
    memcpy(bytes, &table, sizeof(table));
    emit_seal((void *)bytes); /* the fuzzer's buffers are aligned */
}

static void seal_record(struct mutation *mutation) {
    struct boot_record record;
    uint32_t words[BOOT_RECORD_SIZE / sizeof(uint32_t)];
    uint32_t sum = 0;

    memcpy(&record, mutation->data + BOOT_RECORD_OFFSET, sizeof(record));
    record.magic = BOOT_RECORD_MAGIC;
    record.table_offset = mutation->table;
    record.table_size = table_room(mutation);
    record.checksum = 0;
    memcpy(words, &record, sizeof(words));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        sum += words[i];
    record.checksum = 0 - sum;
    memcpy(mutation->data + BOOT_RECORD_OFFSET, &record, sizeof(record));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed) {
    struct mutation mutation = {data, size, SEED_TABLE_AT, seed};

    if (draw(&mutation, 16) == 0 || size < SEED_TABLE_AT + sizeof(struct system_table))
        return LLVMFuzzerMutate(data, size, room);
    for (uint32_t i = draw(&mutation, 4); i != 0; i--)
        change_number(&mutation);
    if (draw(&mutation, 3) == 0) {
        mutation.size = SEED_TABLE_AT + LLVMFuzzerMutate(data + SEED_TABLE_AT, size - SEED_TABLE_AT,
                                                         room - SEED_TABLE_AT);
        if (mutation.size < SEED_TABLE_AT + sizeof(struct system_table))
            return mutation.size;
    }
    if (draw(&mutation, 16) != 0) {
        seal_table(&mutation);
        seal_record(&mutation);
    }
    return mutation.size;
}
