/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_check.c - in stages, each relying on those before it: the table's own bounds, the
 * machine, the VMs by themselves, and each entry with those that it must not overlap. Within a
 * stage only the first broken rule is kept.
 */
#include "config/config_check.h"

#include "abi/boot_record.h"
#include "abi/console.h"
#include "lib/fletcher.h"

#define NOBODY SYSTEM_VMS_MAX

static struct system_range range(uint64_t start, uint64_t size) {
    return (struct system_range){start, size};
}

/* Where an entry of a section lies: in the machine, for its guest, in the image. */
#define PHYS(entry) range((entry).phys, (entry).size)
#define AT(entry)   range((entry).at, (entry).size)
#define SLOT(entry) range((entry).offset, (entry).slot_size)

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
    REFUSE_IF(irq != 0 && !check->arch->interrupt_ok(board, irq, irq), BOARD_INTERRUPT, irq);
    check->arch->check_board(check);
}

static void check_cpu(struct config_run *check) {
    const struct system_cpu *cpu = &check->system.cpus[check->index];

    REFUSE_IF(cpu->reserved != 0, RESERVED, cpu->reserved);
    for (uint32_t j = 0; j < check->index; j++)
        REFUSE_IF(cpu->hwid == check->system.cpus[j].hwid, CPU_DUPLICATE, cpu->hwid);
    check->arch->check_cpu(check, cpu);
}

/* Where the manifest lies in the image; empty if there is none. */
static struct system_range manifest_range(const struct system_table *table) {
    return range(table->manifest_offset, table->manifest_size);
}

static void check_image(struct config_run *check) {
    const struct system_table *table = check->system.table;
    struct system_range manifest = manifest_range(table);
    bool ok = manifest.size != 0 && manifest.phys % SYSTEM_PAGE_SIZE == 0 &&
              inside(manifest, range(table->size, table->image_size - table->size));

    REFUSE_IF(table->image_size < table->size, IMAGE_RANGE, table->image_size);
    REFUSE_IF(table->home % SYSTEM_BLOCK_SIZE != 0, IMAGE_RANGE, table->home);
    REFUSE_IF(table->home == BOOT_LINKED_AT, IMAGE_RANGE, table->home);
    REFUSE_IF(!ok && (manifest.phys | manifest.size | table->manifest_crc) != 0, MANIFEST_RANGE,
              manifest.phys);
}

/* --- what lies in an address space --- */

typedef struct system_range ranges(const struct config_run *check, uint32_t n);

/* The n-th of some ranges: whole pages, below the end of addresses, and over none before it. */
static void check_range(struct config_run *check, ranges *get, uint32_t n, uint64_t end) {
    struct system_range one = get(check, n);

    REFUSE_IF(!range_ok(one, end), RANGE, one.phys);
    for (uint32_t m = 0; m < n; m++)
        REFUSE_IF(overlap(one, get(check, m)), OVERLAP, one.phys);
}

static struct system_range ram(const struct config_run *check, uint32_t n) {
    return check->system.ram[n];
}

enum { CLAIM_IMAGE, CLAIM_POOL, CLAIM_CONSOLE, CLAIM_CONTROLLER };
#define CLAIM_MEMORY (CLAIM_CONTROLLER + CONFIG_CONTROLLER_MAX)

/* What is in the machine: our own, then VMs' memory, then their devices. */
static struct system_range claim(const struct config_run *check, uint32_t n) {
    const struct system *system = &check->system;
    const struct system_table *table = system->table;
    bool console = table->board.console_kind != CONSOLE_KIND_NONE;

    if (n == CLAIM_IMAGE)
        return range(table->home, table->image_size);
    if (n == CLAIM_POOL)
        return table->pool;
    if (n == CLAIM_CONSOLE)
        return range(table->board.console_phys, console ? PAGE_SIZE : 0);
    if (n < CLAIM_MEMORY)
        return check->arch->controller(system, n - CLAIM_CONTROLLER);
    n -= CLAIM_MEMORY;
    return n < system->memory_count ? PHYS(system->memory[n])
                                    : PHYS(system->devices[n - system->memory_count]);
}

/* Memory lies inside RAM, registers outside. */
static void check_claim(struct config_run *check, uint32_t n, bool is_memory) {
    struct system_range one = claim(check, n);
    bool is_inside = false, overlaps = false;

    check_range(check, claim, n, check->arch->address_end);
    for (uint32_t i = 0; i < check->system.ram_count; i++) {
        is_inside = is_inside || inside(one, ram(check, i));
        overlaps = overlaps || overlap(one, ram(check, i));
    }
    REFUSE_IF(is_memory ? !is_inside : overlaps, RAM, one.phys);
}

/* Applies a rule set to some entries of a section. */
static void check_each(struct config_run *check, uint32_t first, uint32_t count,
                       void (*check_entry)(struct config_run *check)) {
    for (check->index = first; check->index < first + count; check->index++)
        check_entry(check);
    check->index = 0;
}

static void check_machine(struct config_run *check) {
    struct system *system = &check->system;

    check->index = 0;
    system_open(system, system->table);
    check_board(check);
    for (uint32_t n = 0; n < system->ram_count; n++)
        check_range(check, ram, n, check->arch->address_end);
    check_each(check, 0, system->cpu_count, check_cpu);
    check_image(check);
    for (uint32_t n = 0; n < CLAIM_MEMORY; n++)
        if (n <= CLAIM_POOL || claim(check, n).size != 0)
            check_claim(check, n, n <= CLAIM_POOL);
}

/* --- each VM's own fields --- */

static bool name_equals(const char *name, const char *other) {
    for (; *name == *other && *name != '\0'; name++)
        other++;
    return *name == *other;
}

/* Afterwards a name is known to end with a NUL. */
static bool name_ok(const char *name) {
    uint32_t end = SYSTEM_NAME_SIZE;

    while (end > 0 && name[end - 1] == '\0')
        end--;
    for (uint32_t i = 0; i < end; i++) {
        bool later = name[i] == '-' || (name[i] >= '0' && name[i] <= '9');

        if (!(name[i] >= 'a' && name[i] <= 'z') && !(later && i > 0))
            return false;
    }
    return end > 0 && end < SYSTEM_NAME_SIZE && !name_equals(name, CONSOLE_HYPERVISOR_NAME);
}

/* Where the emulated UART's registers are; empty if the VM has none. */
static struct system_range vm_console(const struct config_run *check, const struct system_vm *vm) {
    return range(vm->console_at, vm->console == check->arch->console ? PAGE_SIZE : 0);
}

static void check_vm(struct config_run *check) {
    const struct system *system = &check->system;
    const struct config_arch *arch = check->arch;
    const struct system_vm *vm = &system->vms[check->vm];
    uint32_t kind = vm->console, irq = vm->console_irq, then = vm->restart_then;
    bool console = vm_console(check, vm).size != 0;

    REFUSE_IF(!name_ok(vm->name), VM_NAME, 0);
    REFUSE_IF(vm->cpus == 0 || vm->cpus >> system->cpu_count != 0, VM_CPUS, vm->cpus);
    for (uint32_t j = 0; j < check->vm; j++) {
        REFUSE_IF(name_equals(vm->name, system->vms[j].name), VM_NAME, j);
        REFUSE_IF((vm->cpus & system->vms[j].cpus) != 0, VM_CPUS, vm->cpus);
    }
    REFUSE_IF(vm->on_fault > SYSTEM_FAULT_HALT, VM_POLICY, vm->on_fault);
    REFUSE_IF(then > SYSTEM_FAULT_HALT || then == SYSTEM_FAULT_RESTART, VM_POLICY, then);
    REFUSE_IF(vm->flags > SYSTEM_VM_DMA_UNPROTECTED, RESERVED, vm->flags);
    REFUSE_IF((vm->controller_at | vm->controller_cpus_at) % arch->guest_align != 0, RANGE,
              vm->controller_at);
    REFUSE_IF(kind != 0 && (kind < arch->console || kind >= arch->console_end), VM_CONSOLE, kind);
    REFUSE_IF(console && !arch->interrupt_ok(system->board, irq, irq), VM_CONSOLE, irq);
}

/* Each entry of a section has one owner: the VMs' slices follow one another without a gap. */
static void check_slices(struct config_run *check, size_t field, uint32_t count) {
    uint32_t next = 0;

    for (check->vm = 0; check->vm < check->system.vm_count; check->vm++) {
        const void *vm = &check->system.vms[check->vm];
        const struct system_slice *slice = (const void *)((const uint8_t *)vm + field);

        REFUSE_IF(slice->first != next || slice->count > count - next, VM_SLICE, slice->first);
        next += slice->count;
    }
    check->vm = NOBODY;
    REFUSE_IF(next != count, VM_SLICE, next);
}

static void check_vms(struct config_run *check) {
    const struct system *system = &check->system;

    for (check->vm = 0; check->vm < system->vm_count; check->vm++)
        check_vm(check);
    check_slices(check, offsetof(struct system_vm, memory), system->memory_count);
    check_slices(check, offsetof(struct system_vm, devices), system->device_count);
    check_slices(check, offsetof(struct system_vm, interrupts), system->interrupt_count);
    check_slices(check, offsetof(struct system_vm, payloads), system->payload_count);
}

/* --- what VMs own --- */

/* True if blocks can map an area, or it is smaller than one. A payload starts within its page. */
static bool congruent(uint64_t at, struct system_range area) {
    return area.size < SYSTEM_BLOCK_SIZE || (at ^ area.phys) % SYSTEM_BLOCK_SIZE < SYSTEM_PAGE_SIZE;
}

static void check_memory(struct config_run *check) {
    const struct system_memory *memory = &check->system.memory[check->index];

    REFUSE_IF(memory->flags > SYSTEM_MEMORY_CLEAR, RESERVED, memory->flags);
    REFUSE_IF(!congruent(memory->at, PHYS(*memory)), CONGRUENCE, memory->phys);
    check_claim(check, CLAIM_MEMORY + check->index, true);
}

static void check_device(struct config_run *check) {
    const struct system_device *device = &check->system.devices[check->index];

    REFUSE_IF(device->flags > SYSTEM_DEVICE_PREFETCHABLE, RESERVED, device->flags);
    check_claim(check, CLAIM_MEMORY + check->system.memory_count + check->index, false);
}

static void check_interrupt(struct config_run *check) {
    const struct system *system = &check->system;
    const struct system_vm *vm = &system->vms[check->vm];
    const struct system_interrupt *irq = &system->interrupts[check->index];
    uint32_t number = irq->number, source = irq->phys;
    bool console = vm_console(check, vm).size != 0;

    REFUSE_IF(!check->arch->interrupt_ok(system->board, number, source), INTERRUPT_RANGE, source);
    REFUSE_IF(irq->flags > SYSTEM_INTERRUPT_EDGE, RESERVED, irq->flags);
    REFUSE_IF(irq->reserved != 0, RESERVED, irq->reserved);
    REFUSE_IF(source == system->board->console_irq, INTERRUPT_SHARED, source);
    REFUSE_IF(console && number == vm->console_irq, INTERRUPT_DUPLICATE, number);
    for (uint32_t j = 0; j < check->index; j++) {
        bool own = j >= vm->interrupts.first;

        REFUSE_IF(source == system->interrupts[j].phys, INTERRUPT_SHARED, source);
        REFUSE_IF(own && number == system->interrupts[j].number, INTERRUPT_DUPLICATE, number);
    }
}

static bool inside_memory(const struct config_run *check, uint64_t at, uint64_t size) {
    return system_vm_at(&check->system, &check->system.vms[check->vm], at, size) != NULL;
}

static void check_payload(struct config_run *check) {
    const struct system *system = &check->system;
    const struct system_table *table = system->table;
    const struct system_payload *load = &system->payloads[check->index];
    struct system_range slot = SLOT(*load);

    REFUSE_IF(load->size == 0 || load->size > load->slot_size, PAYLOAD_SLOT, load->size);
    REFUSE_IF(!range_ok(slot, table->image_size), PAYLOAD_SLOT, slot.phys);
    REFUSE_IF(slot.phys < table->size, PAYLOAD_SLOT, slot.phys);
    REFUSE_IF(!congruent(load->at, slot), CONGRUENCE, load->at);
    REFUSE_IF(overlap(slot, manifest_range(table)), PAYLOAD_SHARED, slot.phys);
    REFUSE_IF(!inside_memory(check, load->at, load->size), VM_OUTSIDE, load->at);
    for (uint32_t j = 0; j < check->index; j++) {
        const struct system_payload *other = &system->payloads[j];
        bool own = j >= system->vms[check->vm].payloads.first;
        bool same =
            load->size == other->size && inside(slot, SLOT(*other)) && inside(SLOT(*other), slot);

        REFUSE_IF(!same && overlap(slot, SLOT(*other)), PAYLOAD_SHARED, slot.phys);
        REFUSE_IF(own && overlap(AT(*load), AT(*other)), OVERLAP, load->at);
    }
}

/* --- a VM's address space --- */

#define GUEST_FIXED (CONFIG_GUEST_CONTROLLER_MAX + 1) /* its controller, its console */

/* What is in it. */
static struct system_range guest_range(const struct config_run *check, uint32_t n) {
    const struct system *system = &check->system;
    const struct system_vm *vm = &system->vms[check->vm];

    if (n < CONFIG_GUEST_CONTROLLER_MAX)
        return check->arch->guest_controller(system, vm, n);
    if (n < GUEST_FIXED)
        return vm_console(check, vm);
    n -= GUEST_FIXED;
    return n < vm->memory.count ? AT(system->memory[vm->memory.first + n])
                                : AT(system->devices[vm->devices.first + n - vm->memory.count]);
}

static void check_guest(struct config_run *check) {
    const struct system_vm *vm = &check->system.vms[check->vm];
    uint64_t end = check->arch->guest_end(check->system.board, vm->stage2_levels);
    uint64_t entry = vm->entry, argument = vm->boot_argument, seeds = vm->seeds_at;

    REFUSE_IF(end == 0, VM_STAGE2, vm->stage2_levels);
    for (uint32_t n = 0; n < GUEST_FIXED + vm->memory.count + vm->devices.count; n++)
        if (n >= GUEST_FIXED || guest_range(check, n).size != 0)
            check_range(check, guest_range, n, end);
    REFUSE_IF(entry % 4 != 0 || !inside_memory(check, entry, 4), VM_OUTSIDE, entry);
    REFUSE_IF(argument != 0 && !inside_memory(check, argument, 1), VM_OUTSIDE, argument);
    REFUSE_IF(seeds != 0 && !inside_memory(check, seeds, sizeof(struct system_seeds)), VM_OUTSIDE,
              seeds);
    REFUSE_IF(seeds % 4 != 0, VM_OUTSIDE, seeds);
}

/* Each entry with those of the VMs before its own, and what relies on all of them. */
static void check_owned(struct config_run *check) {
    const struct system *system = &check->system;
    uint64_t pages;

    for (check->vm = 0; check->vm < system->vm_count; check->vm++) {
        const struct system_vm *vm = &system->vms[check->vm];

        check_each(check, vm->memory.first, vm->memory.count, check_memory);
        check_each(check, vm->devices.first, vm->devices.count, check_device);
        check_guest(check);
        check_each(check, vm->interrupts.first, vm->interrupts.count, check_interrupt);
        check_each(check, vm->payloads.first, vm->payloads.count, check_payload);
    }
    check->vm = NOBODY;
    pages = sound(check) ? system_pool_pages(system) : 0;
    REFUSE_IF(system->table->pool.size / SYSTEM_PAGE_SIZE < pages, POOL_SMALL, pages);
}

bool config_check(const void *table, uint64_t size, const struct config_arch *arch,
                  struct config_error *error) {
    static void (*const stages[])(struct config_run *) = {check_sections, check_machine, check_vms,
                                                          check_owned};
    struct config_run check = {.arch = arch, .system.table = table, .vm = NOBODY, .error = error};

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
