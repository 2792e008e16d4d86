/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_check.c - in stages, each relying on those before it: the table's own bounds, the
 * machine, the VMs by themselves, and what each of them owns (config_vms.c). Within a stage only
 * the first broken rule is kept.
 */
#include "config/config_check.h"

#include "abi/boot_record.h"
#include "lib/fletcher.h"

static bool inside(struct system_range a, struct system_range b) {
    return a.phys >= b.phys && a.size <= b.size && a.phys - b.phys <= b.size - a.size;
}

/* --- the table itself --- */

static void check_header(struct config_run *check, uint64_t size) {
    const struct system_table *table = check->system.table;
    struct system_table header;
    uint64_t sums[2] = {0, 0};

    REFUSE_IF(size < sizeof(*table) || (uintptr_t)table % 8 != 0, TABLE_SIZE, size);
    REFUSE_IF(table->magic != SYSTEM_TABLE_MAGIC, TABLE_MAGIC, table->magic);
    REFUSE_IF(table->version != SYSTEM_TABLE_VERSION, TABLE_VERSION, table->version);
    REFUSE_IF(table->arch != check->arch->arch, TABLE_ARCH, table->arch);
    REFUSE_IF(table->size > size || table->size < sizeof(*table), TABLE_SIZE, table->size);
    REFUSE_IF(table->size % 8 != 0 || table->size > SYSTEM_TABLE_SIZE_MAX, TABLE_SIZE, table->size);
    header = *table;
    header.digest[0] = header.digest[1] = 0;
    fletcher(sums, &header, sizeof(header));
    fletcher(sums, table + 1, table->size - sizeof(header));
    REFUSE_IF(sums[0] != table->digest[0], TABLE_DIGEST, sums[0]);
    REFUSE_IF(sums[1] != table->digest[1], TABLE_DIGEST, sums[1]);
}

static void check_section(struct config_run *check, struct system_section section,
                          uint64_t entry_size, uint32_t least, uint32_t most) {
    uint64_t end = section.offset + section.count * entry_size;

    REFUSE_IF(section.count < least || section.count > most, SECTION, section.count);
    REFUSE_IF(section.offset % 8 != 0, SECTION, section.offset);
    REFUSE_IF(section.offset < sizeof(struct system_table), SECTION, section.offset);
    REFUSE_IF(end > check->system.table->size, SECTION, section.offset);
    check->index++;
}

static void check_sections(struct config_run *check) {
    const struct system_table *table = check->system.table;

#define CHECK_SECTION(section, number, entry, least, most)                                         \
    check_section(check, table->section, sizeof(entry), least, most);
    SYSTEM_SECTIONS(CHECK_SECTION)
}

/* --- the machine --- */

static void check_board(struct config_run *check) {
    const struct system_board *board = check->system.board;
    uint32_t kind = board->console_kind, irq = board->console_irq;

    REFUSE_IF(kind != CONSOLE_KIND_NONE && kind != check->arch->console, BOARD_CONSOLE, kind);
    REFUSE_IF(irq != 0 && !check->arch->interrupt_ok(board, irq, irq), INTERRUPT_RANGE, irq);
    check->arch->check_board(check);
}

static void check_cpu(struct config_run *check) {
    const struct system_cpu *cpu = &check->system.cpus[check->index];

    REFUSE_IF(cpu->reserved != 0, RESERVED, cpu->reserved);
    for (uint32_t j = 0; j < check->index; j++)
        REFUSE_IF(cpu->hwid == check->system.cpus[j].hwid, CPU_ID, cpu->hwid);
    check->arch->check_cpu(check, cpu);
}

static void check_image(struct config_run *check) {
    const struct system_table *table = check->system.table;
    struct system_range manifest = config_range(table->manifest_offset, table->manifest_size);
    bool ok = manifest.size != 0 && manifest.phys % SYSTEM_PAGE_SIZE == 0 &&
              inside(manifest, config_range(table->size, table->image_size - table->size));

    REFUSE_IF(table->image_size < table->size, IMAGE_RANGE, table->image_size);
    REFUSE_IF(table->home % SYSTEM_BLOCK_SIZE != 0, IMAGE_RANGE, table->home);
    REFUSE_IF(table->home == BOOT_LINKED_AT, IMAGE_RANGE, table->home);
    REFUSE_IF(!ok && (manifest.phys | manifest.size | table->manifest_crc) != 0, MANIFEST_RANGE,
              manifest.phys);
}

/* --- what lies in an address space --- */

void config_check_range(struct config_run *check, config_ranges *get, uint32_t n, uint64_t end) {
    struct system_range one = get(check, n);

    REFUSE_IF(!range_ok(one, end), RANGE, one.phys);
    for (uint32_t m = 0; m < n; m++)
        REFUSE_IF(overlap(one, get(check, m)), OVERLAP, one.phys);
}

static struct system_range ram(const struct config_run *check, uint32_t n) {
    return check->system.ram[n];
}

static struct system_range claim(const struct config_run *check, uint32_t n) {
    const struct system *system = &check->system;
    const struct system_table *table = system->table;
    bool console = table->board.console_kind != CONSOLE_KIND_NONE;
    uint32_t regions = system->memory_count + system->device_count;
    const struct system_region *region;

    if (n == CLAIM_IMAGE)
        return config_range(table->home, table->image_size);
    if (n == CLAIM_POOL)
        return table->pool;
    if (n == CLAIM_CONSOLE)
        return config_range(table->board.console_phys, console ? PAGE_SIZE : 0);
    if (n < CLAIM_MEMORY)
        return check->arch->controller(system, n - CLAIM_CONTROLLER);
    n -= CLAIM_MEMORY;
    if (n >= regions)
        return config_range(system->channels[n - regions].phys, system->channels[n - regions].size);
    region =
        n < system->memory_count ? &system->memory[n] : &system->devices[n - system->memory_count];
    return config_range(region->phys, region->size);
}

void config_check_claim(struct config_run *check, uint32_t n, bool is_memory) {
    struct system_range one = claim(check, n);
    bool is_inside = false, overlaps = false;

    config_check_range(check, claim, n, check->arch->address_end);
    for (uint32_t i = 0; i < check->system.ram_count; i++) {
        is_inside = is_inside || inside(one, ram(check, i));
        overlaps = overlaps || overlap(one, ram(check, i));
    }
    REFUSE_IF(is_memory ? !is_inside : overlaps, RAM, one.phys);
}

static void check_machine(struct config_run *check) {
    struct system *system = &check->system;

    check->index = 0;
    system_open(system, system->table);
    check_board(check);
    for (uint32_t n = 0; n < system->ram_count; n++)
        config_check_range(check, ram, n, check->arch->address_end);
    for (check->index = 0; check->index < system->cpu_count; check->index++)
        check_cpu(check);
    check->index = 0;
    check_image(check);
    for (uint32_t n = 0; n < CLAIM_MEMORY; n++)
        if (n <= CLAIM_POOL || claim(check, n).size != 0)
            config_check_claim(check, n, n <= CLAIM_POOL);
}

/* --- the whole --- */

bool config_check(const void *table, uint64_t size, const struct config_arch *arch,
                  struct config_error *error) {
    static void (*const stages[])(struct config_run *) = {check_sections, check_machine,
                                                          config_check_vms, config_check_owned};
    struct config_run check = {
        .arch = arch, .system.table = table, .vm = SYSTEM_VMS_MAX, .error = error};

    error->rule = CONFIG_RULES_COUNT;
    check_header(&check, size);
    for (uint32_t i = 0; i < sizeof(stages) / sizeof(stages[0]) && sound(&check); i++)
        stages[i](&check);
    return sound(&check);
}

#define CONFIG_RULE_WORDS(id, name, text) name "\0" text "\0"

const char *config_rule_words(enum config_rule rule, bool text) {
    const char *words = CONFIG_RULES(CONFIG_RULE_WORDS);

    for (uint32_t before = 2 * rule + text; before > 0; words++)
        before -= *words == '\0';
    return words;
}
