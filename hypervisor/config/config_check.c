/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_check.c - in stages, each relying on those before it: the table's own bounds, the
 * machine, the VMs by themselves, and each entry with those that it must not overlap. Within a
 * stage only the first broken rule is kept.
 */
#include "config/config_check.h"

#include "abi/boot_record.h"
#include "abi/console.h"
#include "lib/crc32c.h"

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
    uint32_t crc;

    REFUSE_IF(size < sizeof(*table) || (uintptr_t)table % 8 != 0, TABLE_TRUNCATED, size);
    REFUSE_IF(table->magic != SYSTEM_TABLE_MAGIC, TABLE_MAGIC, table->magic);
    REFUSE_IF(table->version != SYSTEM_TABLE_VERSION, TABLE_VERSION, table->version);
    REFUSE_IF(table->arch != check->arch->arch, TABLE_ARCH, table->arch);
    REFUSE_IF(table->size > size || table->size < sizeof(*table), TABLE_SIZE, table->size);
    REFUSE_IF(table->size % 8 != 0 || table->size > SYSTEM_TABLE_SIZE_MAX, TABLE_SIZE, table->size);
    header = *table;
    header.crc = 0;
    crc = crc32c(crc32c(0, &header, sizeof(header)), table + 1, table->size - sizeof(header));
    REFUSE_IF(crc != table->crc, TABLE_CRC, crc);
    REFUSE_IF(table->reserved != 0, RESERVED, table->reserved);
}

static void check_section(struct config_run *check, struct system_section section,
                          uint64_t entry_size, uint32_t least, uint32_t most) {
    uint64_t end = section.offset + section.count * entry_size;

    REFUSE_IF(section.count < least || section.count > most, SECTION_COUNT, section.count);
    REFUSE_IF(section.offset % 8 != 0, SECTION_BOUNDS, section.offset);
    REFUSE_IF(section.offset < sizeof(struct system_table), SECTION_BOUNDS, section.offset);
    REFUSE_IF(end > check->system.table->size, SECTION_BOUNDS, section.offset);
    check->index++;
}

static void check_sections(struct config_run *check) {
    const struct system_table *table = check->system.table;

#define CHECK_SECTION(section, number, entry, least, most)                                         \
    check_section(check, table->section, sizeof(entry), least, most);
    SYSTEM_SECTIONS(CHECK_SECTION)
}

/* --- the machine --- */

static struct system_range board_console(const struct system_board *board) {
    return range(board->console_phys, board->console_kind == CONSOLE_KIND_NONE ? 0 : PAGE_SIZE);
}

static void check_board(struct config_run *check) {
    const struct system_board *board = check->system.board;
    struct system_range console = board_console(board);
    uint32_t kind = board->console_kind, irq = board->console_irq;

    REFUSE_IF(console.size != 0 && kind != check->arch->console, BOARD_CONSOLE, kind);
    REFUSE_IF(console.size != 0 && !pages_ok(check, console), BOARD_CONSOLE, console.phys);
    REFUSE_IF(irq != 0 && !check->arch->interrupt_ok(board, irq, irq), BOARD_INTERRUPT, irq);
    check->arch->check_board(check);
}

static void check_ram(struct config_run *check) {
    const struct system_range *ram = &check->system.ram[check->index];

    REFUSE_IF(!pages_ok(check, *ram), RAM_RANGE, ram->phys);
    for (uint32_t j = 0; j < check->index; j++)
        REFUSE_IF(overlap(*ram, check->system.ram[j]), RAM_OVERLAP, ram->phys);
}

static bool inside_ram(const struct system *system, struct system_range area) {
    for (uint32_t i = 0; i < system->ram_count; i++)
        if (inside(area, system->ram[i]))
            return true;
    return false;
}

static void check_cpu(struct config_run *check) {
    const struct system_cpu *cpu = &check->system.cpus[check->index];

    REFUSE_IF(cpu->reserved != 0, RESERVED, cpu->reserved);
    for (uint32_t j = 0; j < check->index; j++)
        REFUSE_IF(cpu->hwid == check->system.cpus[j].hwid, CPU_DUPLICATE, cpu->hwid);
    check->arch->check_cpu(check, cpu);
}

static struct system_range image_range(const struct system_table *table) {
    return range(table->home, table->image_size);
}

/* Where the manifest lies in the image; empty if there is none. */
static struct system_range manifest_range(const struct system_table *table) {
    return range(table->manifest_offset, table->manifest_size);
}

/* The part of the image where payloads and the manifest may lie. */
static bool inside_image(const struct system_table *table, struct system_range area) {
    return inside(area, range(table->size, table->image_size - table->size));
}

static bool manifest_ok(const struct system_table *table) {
    struct system_range manifest = manifest_range(table);

    if (manifest.size == 0)
        return manifest.phys == 0 && table->manifest_crc == 0;
    return manifest.phys % SYSTEM_PAGE_SIZE == 0 && inside_image(table, manifest);
}

static void check_own_memory(struct config_run *check) {
    const struct system_table *table = check->system.table;
    struct system_range image = image_range(table), pool = table->pool;

    REFUSE_IF(!pages_ok(check, image) || image.size < table->size, IMAGE_RANGE, image.size);
    REFUSE_IF(image.phys % SYSTEM_BLOCK_SIZE != 0 || image.phys == BOOT_LINKED_AT, IMAGE_RANGE,
              image.phys);
    REFUSE_IF(!inside_ram(&check->system, image), IMAGE_OUTSIDE, image.phys);
    REFUSE_IF(!pages_ok(check, pool), POOL_RANGE, pool.phys);
    REFUSE_IF(!inside_ram(&check->system, pool), POOL_OUTSIDE, pool.phys);
    REFUSE_IF(overlap(pool, image), POOL_OVER_IMAGE, pool.phys);
    REFUSE_IF(!manifest_ok(table), MANIFEST_RANGE, table->manifest_offset);
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
    check_each(check, 0, system->ram_count, check_ram);
    check_each(check, 0, system->cpu_count, check_cpu);
    check_own_memory(check);
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

/* The same of its watchdog's two pages. */
static struct system_range vm_watchdog(const struct config_run *check, const struct system_vm *vm) {
    return range(vm->watchdog_at, vm->watchdog_at != 0 ? check->arch->watchdog_size : 0);
}

/* How its lives end, and what follows. */
static void check_ends(struct config_run *check) {
    const struct system *system = &check->system;
    const struct system_vm *vm = &system->vms[check->vm];
    uint32_t self = 1u << check->vm, others = ((2u << (system->vm_count - 1)) - 1) ^ self;
    uint32_t irq = vm->watchdog_irq, last = vm->group != 0 ? SYSTEM_RESTART_GROUP : SYSTEM_HALT;
    bool irq_ok = check->arch->interrupt_ok(system->board, irq, irq) && irq != vm->console_irq;
    bool at = vm->watchdog_at != 0, none = vm->watchdog == 0;

    for (const struct system_policy *p = vm->policies; p < vm->policies + SYSTEM_ENDS; p++) {
        REFUSE_IF(p->action > last, VM_POLICY, p->action);
        REFUSE_IF(p->then > last || p->then == SYSTEM_RESTART, VM_POLICY, p->then);
    }
    REFUSE_IF((vm->manages & ~others) != 0, VM_MANAGES, vm->manages);
    REFUSE_IF(vm->group != 0 && (vm->group & ~others) != self, VM_MANAGES, vm->group);
    for (uint32_t j = 0; j < system->vm_count; j++)
        REFUSE_IF((vm->group >> j & 1) != 0 && system->vms[j].group != vm->group, VM_MANAGES, j);
    REFUSE_IF(none && (at || (vm->flags & SYSTEM_VM_WATCHDOG_BOOT) != 0), VM_WATCHDOG, vm->flags);
    REFUSE_IF(at ? !irq_ok : irq != 0, VM_WATCHDOG, irq);
    REFUSE_IF(at && !pages_ok(check, vm_watchdog(check, vm)), VM_WATCHDOG, vm->watchdog_at);
}

static void check_vm(struct config_run *check) {
    const struct system *system = &check->system;
    const struct config_arch *arch = check->arch;
    const struct system_vm *vm = &system->vms[check->vm];
    struct system_range console = vm_console(check, vm);
    uint32_t kind = vm->console, irq = vm->console_irq;

    REFUSE_IF(!name_ok(vm->name), VM_NAME, 0);
    REFUSE_IF(vm->cpus == 0, VM_NO_CPU, 0);
    REFUSE_IF(vm->cpus >> system->cpu_count != 0, CPU_MISSING, vm->cpus);
    for (uint32_t j = 0; j < check->vm; j++) {
        REFUSE_IF(name_equals(vm->name, system->vms[j].name), VM_DUPLICATE, j);
        REFUSE_IF((vm->cpus & system->vms[j].cpus) != 0, CPU_SHARED, vm->cpus);
    }
    REFUSE_IF(vm->flags >= 2 * SYSTEM_VM_WATCHDOG_BOOT, VM_FLAGS, vm->flags);
    REFUSE_IF(kind != 0 && (kind < arch->console || kind >= arch->console_end), VM_CONSOLE, kind);
    REFUSE_IF(console.size != 0 && !pages_ok(check, console), VM_CONSOLE, console.phys);
    REFUSE_IF(console.size != 0 && !arch->interrupt_ok(system->board, irq, irq), VM_CONSOLE, irq);
    check_ends(check);
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
    const struct system *system = &check->system;
    const struct system_memory *memory = &system->memory[check->index];
    struct system_range where = PHYS(*memory);

    REFUSE_IF(!pages_ok(check, AT(*memory)) || !pages_ok(check, where), MEMORY_RANGE, where.phys);
    REFUSE_IF(memory->flags > SYSTEM_MEMORY_CLEAR, MEMORY_FLAGS, memory->flags);
    REFUSE_IF(!congruent(memory->at, where), MEMORY_CONGRUENCE, where.phys);
    REFUSE_IF(!inside_ram(system, where), MEMORY_OUTSIDE, where.phys);
    REFUSE_IF(overlap(where, image_range(system->table)), MEMORY_OVER_IMAGE, where.phys);
    REFUSE_IF(overlap(where, system->table->pool), MEMORY_OVER_POOL, where.phys);
    for (uint32_t j = 0; j < check->index; j++)
        REFUSE_IF(overlap(where, PHYS(system->memory[j])), MEMORY_SHARED, where.phys);
}

static void check_device(struct config_run *check) {
    const struct system *system = &check->system;
    const struct config_arch *arch = check->arch;
    const struct system_device *device = &system->devices[check->index];
    struct system_range where = PHYS(*device);

    REFUSE_IF(!pages_ok(check, AT(*device)) || !pages_ok(check, where), DEVICE_RANGE, where.phys);
    REFUSE_IF(device->flags > SYSTEM_DEVICE_PREFETCHABLE, DEVICE_FLAGS, device->flags);
    for (uint32_t n = 0; n < system->ram_count; n++)
        REFUSE_IF(overlap(where, system->ram[n]), DEVICE_IS_RAM, where.phys);
    for (uint32_t n = 0; n < CONFIG_CONTROLLER_MAX; n++)
        REFUSE_IF(overlap(where, arch->controller(system, n)), DEVICE_IS_CONTROLLER, where.phys);
    REFUSE_IF(overlap(where, board_console(system->board)), DEVICE_IS_CONSOLE, where.phys);
    for (uint32_t j = 0; j < check->index; j++)
        REFUSE_IF(overlap(where, PHYS(system->devices[j])), DEVICE_SHARED, where.phys);
}

static void check_interrupt(struct config_run *check) {
    const struct system *system = &check->system;
    const struct system_vm *vm = &system->vms[check->vm];
    const struct system_interrupt *irq = &system->interrupts[check->index];
    uint32_t number = irq->number, source = irq->phys;
    bool console = vm_console(check, vm).size != 0 && number == vm->console_irq;

    REFUSE_IF(!check->arch->interrupt_ok(system->board, number, source), INTERRUPT_RANGE, source);
    REFUSE_IF(irq->flags > SYSTEM_INTERRUPT_EDGE, INTERRUPT_FLAGS, irq->flags);
    REFUSE_IF(irq->reserved != 0, RESERVED, irq->reserved);
    REFUSE_IF(source == system->board->console_irq, INTERRUPT_IS_CONSOLE, source);
    REFUSE_IF(console || number == vm->watchdog_irq, INTERRUPT_DUPLICATE, number);
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

    REFUSE_IF(load->size == 0 || load->size > load->slot_size, PAYLOAD_SIZE, load->size);
    REFUSE_IF(!pages_ok(check, slot) || !inside_image(table, slot), PAYLOAD_SLOT, slot.phys);
    REFUSE_IF(!congruent(load->at, slot), PAYLOAD_CONGRUENCE, load->at);
    REFUSE_IF(overlap(slot, manifest_range(table)), MANIFEST_SHARED, slot.phys);
    REFUSE_IF(!inside_memory(check, load->at, load->size), PAYLOAD_OUTSIDE, load->at);
    for (uint32_t j = 0; j < check->index; j++) {
        const struct system_payload *other = &system->payloads[j];
        bool own = j >= system->vms[check->vm].payloads.first;
        bool same =
            load->size == other->size && inside(slot, SLOT(*other)) && inside(SLOT(*other), slot);

        REFUSE_IF(!same && overlap(slot, SLOT(*other)), PAYLOAD_SHARED, slot.phys);
        REFUSE_IF(own && overlap(AT(*load), AT(*other)), PAYLOAD_OVERLAP, load->at);
    }
}

/* --- a VM's address space --- */

#define GUEST_FIXED (CONFIG_GUEST_CONTROLLER_MAX + 2) /* its controller, console, watchdog */

/* The n-th thing that lies somewhere in it. */
static struct system_range guest_range(const struct config_run *check, const struct system_vm *vm,
                                       uint32_t n) {
    const struct system *system = &check->system;

    if (n < CONFIG_GUEST_CONTROLLER_MAX)
        return check->arch->guest_controller(system, vm, n);
    if (n < GUEST_FIXED)
        return n == CONFIG_GUEST_CONTROLLER_MAX ? vm_console(check, vm) : vm_watchdog(check, vm);
    n -= GUEST_FIXED;
    if (n < vm->memory.count)
        return AT(system->memory[vm->memory.first + n]);
    return AT(system->devices[vm->devices.first + n - vm->memory.count]);
}

static void check_guest(struct config_run *check) {
    const struct system_vm *vm = &check->system.vms[check->vm];
    const struct config_arch *arch = check->arch;
    uint64_t end = arch->guest_end(check->system.board, vm->stage2_levels);
    uint64_t entry = vm->entry, argument = vm->boot_argument, seeds = vm->seeds_at;

    for (uint32_t n = 0; n < GUEST_FIXED + vm->memory.count + vm->devices.count; n++) {
        struct system_range one = guest_range(check, vm, n);
        bool ok = n >= CONFIG_GUEST_CONTROLLER_MAX || range_ok(check, one, arch->guest_align);

        REFUSE_IF(one.size != 0 && !ok, VM_CONTROLLER, one.phys);
        REFUSE_IF(one.size != 0 && one.phys + one.size > end, VM_STAGE2, one.phys);
        for (uint32_t m = 0; m < n; m++)
            REFUSE_IF(overlap(one, guest_range(check, vm, m)), GUEST_OVERLAP, one.phys);
    }
    REFUSE_IF(entry % 4 != 0 || !inside_memory(check, entry, 4), VM_ENTRY, entry);
    REFUSE_IF(argument != 0 && !inside_memory(check, argument, 1), VM_ARGUMENT, argument);
    REFUSE_IF(seeds % 4 != 0, VM_SEEDS, seeds);
    REFUSE_IF(seeds != 0 && !inside_memory(check, seeds, sizeof(struct system_seeds)), VM_SEEDS,
              seeds);
}

/* Each entry with those of the VMs before its own, and what relies on all of them. */
static void check_owned(struct config_run *check) {
    const struct system *system = &check->system;
    uint64_t pages;

    for (check->vm = 0; check->vm < system->vm_count; check->vm++) {
        const struct system_vm *vm = &system->vms[check->vm];

        check_each(check, vm->memory.first, vm->memory.count, check_memory);
        check_each(check, vm->devices.first, vm->devices.count, check_device);
        check_each(check, vm->interrupts.first, vm->interrupts.count, check_interrupt);
        check_each(check, vm->payloads.first, vm->payloads.count, check_payload);
        check_guest(check);
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

#define CONFIG_RULE_NAME(id, name, text) name "\0"
#define CONFIG_RULE_TEXT(id, name, text) text "\0"

const char *config_rule_words(enum config_rule rule, bool text) {
    const char *words = text ? CONFIG_RULES(CONFIG_RULE_TEXT) : CONFIG_RULES(CONFIG_RULE_NAME);

    for (uint32_t before = rule; before > 0; words++)
        before -= *words == '\0';
    return words;
}
