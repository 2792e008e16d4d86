/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_check.c - rule by rule, each relying only on those before it: the table's own bounds,
 * the board, each entry by itself, and with each entry those that it must not overlap.
 */
#include "config/config_check.h"

#include "abi/boot_record.h"
#include "abi/console.h"
#include "config/config_arch.h"
#include "lib/crc32c.h"

#define NOBODY SYSTEM_VMS_MAX

static struct system_range range(uint64_t start, uint64_t size) {
    return (struct system_range){start, size};
}

/* Where an entry of a section lies: in the machine, for its guest. */
#define PHYS(entry) range((entry).phys, (entry).size)
#define AT(entry)   range((entry).at, (entry).size)

static bool inside(struct system_range a, struct system_range b) {
    return a.phys >= b.phys && a.size <= b.size && a.phys - b.phys <= b.size - a.size;
}

/* --- the table itself --- */

static bool check_header(struct config_run *check, const void *bytes, uint64_t size) {
    const struct system_table *table = bytes;
    struct system_table header;
    uint32_t crc;

    REFUSE_IF(size < sizeof(*table) || (uintptr_t)bytes % 8 != 0, TABLE_TRUNCATED, size);
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
    return true;
}

static bool check_section(struct config_run *check, struct system_section section,
                          uint64_t entry_size, uint32_t least, uint32_t most) {
    uint64_t header = sizeof(struct system_table);
    struct system_range room = range(header, check->system.table->size - header);
    struct system_range entries = range(section.offset, section.count * entry_size);

    REFUSE_IF(section.count < least || section.count > most, SECTION_COUNT, section.count);
    REFUSE_IF(entries.phys % 8 != 0 || !inside(entries, room), SECTION_BOUNDS, section.offset);
    check->index++;
    return true;
}

static bool check_sections(struct config_run *check, const struct system_table *t) {
    const struct system *view = &check->system;

    check->system.table = t;
    return check_section(check, t->ram, sizeof(*view->ram), 1, SYSTEM_RAM_MAX) &&
           check_section(check, t->cpus, sizeof(*view->cpus), 1, SYSTEM_CPUS_MAX) &&
           check_section(check, t->vms, sizeof(*view->vms), 1, SYSTEM_VMS_MAX) &&
           check_section(check, t->memory, sizeof(*view->memory), 1, SYSTEM_MEMORY_MAX) &&
           check_section(check, t->devices, sizeof(*view->devices), 0, SYSTEM_DEVICES_MAX) &&
           check_section(check, t->interrupts, sizeof(*view->interrupts), 0,
                         SYSTEM_INTERRUPTS_MAX) &&
           check_section(check, t->payloads, sizeof(*view->payloads), 0, SYSTEM_PAYLOADS_MAX);
}

/* --- the machine --- */

static struct system_range console_range(const struct system_board *board) {
    return range(board->console_phys,
                 board->console_kind == CONSOLE_KIND_NONE ? 0 : SYSTEM_PAGE_SIZE);
}

static bool check_board(struct config_run *check) {
    const struct system_board *board = check->system.board;
    struct system_range console = console_range(board);

    REFUSE_IF(console.size != 0 && board->console_kind != check->arch->console, BOARD_CONSOLE,
              board->console_kind);
    REFUSE_IF(console.size != 0 && !pages_ok(check, console), BOARD_CONSOLE, console.phys);
    REFUSE_IF(board->console_irq != 0 &&
                  !check->arch->interrupt_ok(board, board->console_irq, board->console_irq),
              BOARD_INTERRUPT, board->console_irq);
    return check->arch->check_board(check);
}

static bool check_ram(struct config_run *check) {
    const struct system_range *ram = &check->system.ram[check->index];

    REFUSE_IF(!pages_ok(check, *ram), RAM_RANGE, ram->phys);
    for (uint32_t j = 0; j < check->index; j++)
        REFUSE_IF(overlap(*ram, check->system.ram[j]), RAM_OVERLAP, ram->phys);
    return true;
}

static bool inside_ram(const struct system *system, struct system_range area) {
    for (uint32_t i = 0; i < system->ram_count; i++)
        if (inside(area, system->ram[i]))
            return true;
    return false;
}

static bool check_cpu(struct config_run *check) {
    const struct system_cpu *cpu = &check->system.cpus[check->index];

    REFUSE_IF(cpu->reserved != 0, RESERVED, cpu->reserved);
    for (uint32_t j = 0; j < check->index; j++)
        REFUSE_IF(cpu->hwid == check->system.cpus[j].hwid, CPU_DUPLICATE, cpu->hwid);
    return check->arch->check_cpu(check, cpu);
}

static struct system_range image_range(const struct system_table *table) {
    return range(table->home, table->image_size);
}

/* Where the manifest lies in the image; empty if there is none. */
static struct system_range manifest_range(const struct system_table *table) {
    return range(table->manifest_offset, table->manifest_size);
}

static bool check_manifest(struct config_run *check) {
    const struct system_table *table = check->system.table;
    struct system_range manifest = manifest_range(table);

    if (manifest.phys == 0 && manifest.size == 0 && table->manifest_crc == 0)
        return true;
    REFUSE_IF(manifest.size == 0 || manifest.phys % SYSTEM_PAGE_SIZE != 0, MANIFEST_RANGE,
              manifest.phys);
    REFUSE_IF(manifest.phys < table->size || !inside(manifest, range(0, table->image_size)),
              MANIFEST_RANGE, manifest.phys);
    return true;
}

static bool check_own_memory(struct config_run *check) {
    const struct system_table *table = check->system.table;
    struct system_range image = image_range(table);
    struct system_range pool = table->pool;

    REFUSE_IF(!pages_ok(check, image) || image.size < table->size, IMAGE_RANGE, image.size);
    REFUSE_IF(image.phys % SYSTEM_BLOCK_SIZE != 0 || image.phys == BOOT_LINKED_AT, IMAGE_RANGE,
              image.phys);
    REFUSE_IF(!inside_ram(&check->system, image), IMAGE_OUTSIDE, image.phys);
    REFUSE_IF(!pages_ok(check, pool), POOL_RANGE, pool.phys);
    REFUSE_IF(!inside_ram(&check->system, pool), POOL_OUTSIDE, pool.phys);
    REFUSE_IF(overlap(pool, image), POOL_OVER_IMAGE, pool.phys);
    return check_manifest(check);
}

/* Applies a rule set to some entries of a section. */
static bool check_each(struct config_run *check, struct system_slice slice,
                       bool (*check_entry)(struct config_run *check)) {
    for (check->index = slice.first; check->index < slice.first + slice.count; check->index++)
        if (!check_entry(check))
            return false;
    check->index = 0;
    return true;
}

static bool check_machine(struct config_run *check) {
    return check_board(check) &&
           check_each(check, (struct system_slice){0, check->system.ram_count}, check_ram) &&
           check_each(check, (struct system_slice){0, check->system.cpu_count}, check_cpu) &&
           check_own_memory(check);
}

/* --- each VM's own fields --- */

static bool name_equals(const char *name, const char *other) {
    uint32_t i = 0;

    while (name[i] == other[i] && name[i] != '\0')
        i++;
    return name[i] == other[i];
}

/* Afterwards a name is known to end with a NUL. */
static bool name_ok(const char *name) {
    uint32_t size = 0;
    uint32_t end = SYSTEM_NAME_SIZE;

    while (size < SYSTEM_NAME_SIZE &&
           ((name[size] >= 'a' && name[size] <= 'z') ||
            (size > 0 && (name[size] == '-' || (name[size] >= '0' && name[size] <= '9')))))
        size++;
    while (end > size && name[end - 1] == '\0')
        end--;
    return size > 0 && size < SYSTEM_NAME_SIZE && end == size &&
           !name_equals(name, CONSOLE_HYPERVISOR_NAME);
}

/* Where the emulated UART's registers are; empty if the VM has none. */
static struct system_range vm_console(const struct config_run *check, const struct system_vm *vm) {
    return range(vm->console_at, vm->console == check->arch->console ? SYSTEM_PAGE_SIZE : 0);
}

static bool check_vm(struct config_run *check) {
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
    REFUSE_IF(vm->on_fault > SYSTEM_FAULT_HALT, VM_POLICY, vm->on_fault);
    REFUSE_IF(vm->restart_then > SYSTEM_FAULT_HALT || vm->restart_then == SYSTEM_FAULT_RESTART,
              VM_POLICY, vm->restart_then);
    REFUSE_IF(vm->flags > SYSTEM_VM_DMA_UNPROTECTED, VM_FLAGS, vm->flags);
    REFUSE_IF(kind != 0 && (kind < arch->console || kind >= arch->console_end), VM_CONSOLE, kind);
    REFUSE_IF(console.size != 0 && !pages_ok(check, console), VM_CONSOLE, console.phys);
    REFUSE_IF(console.size != 0 && !arch->interrupt_ok(system->board, irq, irq), VM_CONSOLE, irq);
    return true;
}

/* Each entry of a section has one owner: the VMs' slices follow one another without a gap. */
static bool check_slices(struct config_run *check, size_t field, uint32_t count) {
    uint32_t next = 0;

    for (check->vm = 0; check->vm < check->system.vm_count; check->vm++) {
        const void *vm = &check->system.vms[check->vm];
        const struct system_slice *slice = (const void *)((const uint8_t *)vm + field);

        REFUSE_IF(slice->first != next || slice->count > count - next, VM_SLICE, slice->first);
        next += slice->count;
    }
    check->vm = NOBODY;
    REFUSE_IF(next != count, VM_SLICE, next);
    return true;
}

/* --- what VMs own --- */

static bool check_memory(struct config_run *check) {
    const struct system *system = &check->system;
    const struct system_memory *memory = &system->memory[check->index];
    struct system_range where = PHYS(*memory);

    REFUSE_IF(!pages_ok(check, AT(*memory)) || !pages_ok(check, where), MEMORY_RANGE, where.phys);
    REFUSE_IF(memory->flags > SYSTEM_MEMORY_CLEAR, MEMORY_FLAGS, memory->flags);
    REFUSE_IF(memory->size >= SYSTEM_BLOCK_SIZE &&
                  (memory->at ^ memory->phys) % SYSTEM_BLOCK_SIZE != 0,
              MEMORY_CONGRUENCE, where.phys);
    REFUSE_IF(!inside_ram(system, where), MEMORY_OUTSIDE, where.phys);
    REFUSE_IF(overlap(where, image_range(system->table)), MEMORY_OVER_IMAGE, where.phys);
    REFUSE_IF(overlap(where, system->table->pool), MEMORY_OVER_POOL, where.phys);
    for (uint32_t j = 0; j < check->index; j++)
        REFUSE_IF(overlap(where, PHYS(system->memory[j])), MEMORY_SHARED, where.phys);
    return true;
}

static bool check_device(struct config_run *check) {
    const struct system *system = &check->system;
    const struct system_device *device = &system->devices[check->index];
    struct system_range where = PHYS(*device);

    REFUSE_IF(!pages_ok(check, AT(*device)) || !pages_ok(check, where), DEVICE_RANGE, where.phys);
    REFUSE_IF(device->flags > SYSTEM_DEVICE_PREFETCHABLE, DEVICE_FLAGS, device->flags);
    for (uint32_t n = 0; n < system->ram_count; n++)
        REFUSE_IF(overlap(where, system->ram[n]), DEVICE_IS_RAM, where.phys);
    for (uint32_t n = 0; n < CONFIG_CONTROLLER_MAX; n++)
        REFUSE_IF(overlap(where, check->arch->controller(system, n)), DEVICE_IS_CONTROLLER,
                  where.phys);
    REFUSE_IF(overlap(where, console_range(system->board)), DEVICE_IS_CONSOLE, where.phys);
    for (uint32_t j = 0; j < check->index; j++)
        REFUSE_IF(overlap(where, PHYS(system->devices[j])), DEVICE_SHARED, where.phys);
    return true;
}

static bool check_interrupt(struct config_run *check) {
    const struct system *system = &check->system;
    const struct system_vm *vm = &system->vms[check->vm];
    const struct system_interrupt *irq = &system->interrupts[check->index];
    bool console = vm_console(check, vm).size != 0;

    REFUSE_IF(!check->arch->interrupt_ok(system->board, irq->number, irq->phys), INTERRUPT_RANGE,
              irq->phys);
    REFUSE_IF(irq->flags > SYSTEM_INTERRUPT_EDGE, INTERRUPT_FLAGS, irq->flags);
    REFUSE_IF(irq->reserved != 0, RESERVED, irq->reserved);
    REFUSE_IF(irq->phys == system->board->console_irq, INTERRUPT_IS_CONSOLE, irq->phys);
    REFUSE_IF(console && irq->number == vm->console_irq, INTERRUPT_DUPLICATE, irq->number);
    for (uint32_t j = 0; j < check->index; j++) {
        const struct system_interrupt *other = &system->interrupts[j];

        REFUSE_IF(irq->phys == other->phys, INTERRUPT_SHARED, irq->phys);
        REFUSE_IF(j >= vm->interrupts.first && irq->number == other->number, INTERRUPT_DUPLICATE,
                  irq->number);
    }
    return true;
}

static bool inside_memory(const struct config_run *check, struct system_range area) {
    struct system_slice slice = check->system.vms[check->vm].memory;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++)
        if (inside(area, AT(check->system.memory[i])))
            return true;
    return false;
}

static bool check_payload(struct config_run *check) {
    const struct system *system = &check->system;
    const struct system_payload *load = &system->payloads[check->index];
    struct system_range slot = range(load->offset, load->slot_size);
    struct system_range image = range(0, system->table->image_size);

    REFUSE_IF(load->size == 0 || load->size > load->slot_size, PAYLOAD_SIZE, load->size);
    REFUSE_IF(!pages_ok(check, slot) || !inside(slot, image), PAYLOAD_SLOT, slot.phys);
    REFUSE_IF(slot.phys < system->table->size, PAYLOAD_SLOT, slot.phys);
    REFUSE_IF(load->slot_size >= SYSTEM_BLOCK_SIZE &&
                  (load->at ^ load->offset) % SYSTEM_BLOCK_SIZE >= SYSTEM_PAGE_SIZE,
              PAYLOAD_CONGRUENCE, load->at);
    REFUSE_IF(overlap(slot, manifest_range(system->table)), MANIFEST_SHARED, slot.phys);
    REFUSE_IF(!inside_memory(check, AT(*load)), PAYLOAD_OUTSIDE, load->at);
    for (uint32_t j = 0; j < check->index; j++) {
        const struct system_payload *other = &system->payloads[j];
        bool same = load->offset == other->offset && load->size == other->size &&
                    load->slot_size == other->slot_size;

        REFUSE_IF(!same && overlap(slot, range(other->offset, other->slot_size)), PAYLOAD_SHARED,
                  slot.phys);
        REFUSE_IF(j >= system->vms[check->vm].payloads.first && overlap(AT(*load), AT(*other)),
                  PAYLOAD_OVERLAP, load->at);
    }
    return true;
}

/* --- a VM's address space --- */

#define GUEST_FIXED (CONFIG_GUEST_CONTROLLER_MAX + 1) /* its controller, its console */

/* The n-th thing that lies somewhere in it. */
static struct system_range guest_range(const struct config_run *check, const struct system_vm *vm,
                                       uint32_t n) {
    const struct system *system = &check->system;

    if (n < CONFIG_GUEST_CONTROLLER_MAX)
        return check->arch->guest_controller(system, vm, n);
    if (n < GUEST_FIXED)
        return vm_console(check, vm);
    n -= GUEST_FIXED;
    if (n < vm->memory.count)
        return AT(system->memory[vm->memory.first + n]);
    return AT(system->devices[vm->devices.first + n - vm->memory.count]);
}

static bool check_guest(struct config_run *check) {
    const struct system_vm *vm = &check->system.vms[check->vm];
    uint64_t end = check->arch->guest_end(check->system.board, vm->stage2_levels);

    for (uint32_t n = 0; n < GUEST_FIXED + vm->memory.count + vm->devices.count; n++) {
        struct system_range one = guest_range(check, vm, n);

        REFUSE_IF(n < CONFIG_GUEST_CONTROLLER_MAX && one.size != 0 &&
                      !range_ok(check, one, check->arch->guest_align),
                  VM_CONTROLLER, one.phys);
        REFUSE_IF(one.size != 0 && one.phys + one.size > end, VM_STAGE2, one.phys);
        for (uint32_t m = 0; m < n; m++)
            REFUSE_IF(overlap(one, guest_range(check, vm, m)), GUEST_OVERLAP, one.phys);
    }
    REFUSE_IF(vm->entry % 4 != 0 || !inside_memory(check, range(vm->entry, 4)), VM_ENTRY,
              vm->entry);
    REFUSE_IF(vm->boot_argument != 0 && !inside_memory(check, range(vm->boot_argument, 1)),
              VM_ARGUMENT, vm->boot_argument);
    REFUSE_IF(vm->seeds_at != 0 &&
                  (vm->seeds_at % 4 != 0 ||
                   !inside_memory(check, range(vm->seeds_at, sizeof(struct system_seeds)))),
              VM_SEEDS, vm->seeds_at);
    return true;
}

static bool check_vms(struct config_run *check) {
    const struct system *system = &check->system;

    for (check->vm = 0; check->vm < system->vm_count; check->vm++)
        if (!check_vm(check))
            return false;
    if (!check_slices(check, offsetof(struct system_vm, memory), system->memory_count) ||
        !check_slices(check, offsetof(struct system_vm, devices), system->device_count) ||
        !check_slices(check, offsetof(struct system_vm, interrupts), system->interrupt_count) ||
        !check_slices(check, offsetof(struct system_vm, payloads), system->payload_count))
        return false;
    for (check->vm = 0; check->vm < system->vm_count; check->vm++) {
        const struct system_vm *vm = &system->vms[check->vm];

        if (!check_each(check, vm->memory, check_memory) ||
            !check_each(check, vm->devices, check_device) ||
            !check_each(check, vm->interrupts, check_interrupt) ||
            !check_each(check, vm->payloads, check_payload) || !check_guest(check))
            return false;
    }
    check->vm = NOBODY;
    uint64_t pages = system_pool_pages(system);
    REFUSE_IF(system->table->pool.size / SYSTEM_PAGE_SIZE < pages, POOL_SMALL, pages);
    return true;
}

bool config_check(const void *table, uint64_t size, const struct config_arch *arch,
                  struct config_error *error) {
    struct config_run check = {.arch = arch, .vm = NOBODY, .error = error};

    if (!check_header(&check, table, size) || !check_sections(&check, table))
        return false;
    check.index = 0;
    system_open(&check.system, table);
    return check_machine(&check) && check_vms(&check);
}

#define CONFIG_RULE_NAME(id, name, text) name,
#define CONFIG_RULE_TEXT(id, name, text) text,
const char *const config_rule_names[] = {CONFIG_RULES(CONFIG_RULE_NAME)};
const char *const config_rule_texts[] = {CONFIG_RULES(CONFIG_RULE_TEXT)};
