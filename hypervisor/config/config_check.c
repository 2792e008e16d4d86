/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_check.c - rule by rule, each relying only on those before it: the table's own bounds,
 * the board, each entry by itself, and last what must not overlap.
 */
#include "config/config_check.h"

#include <stddef.h>

#include "abi/boot_record.h"
#include "abi/console.h"
#include "config/pool_size.h"
#include "config/system.h"
#include "lib/crc32c.h"

#define COUNT(array)  ((uint32_t)(sizeof(array) / sizeof((array)[0])))
#define AFFINITY_MASK UINT64_C(0xff00ffffff)

struct check {
    struct system system;
    struct config_error *error;
};

/* One rule: leaves the function that says false if it is broken. */
#define REFUSE_IF(broken, rule, vm, index, value)                                                  \
    do {                                                                                           \
        if (broken) {                                                                              \
            return fail(check, CONFIG_##rule, vm, index, value);                                   \
        }                                                                                          \
    } while (0)
#define NOBODY SYSTEM_VMS_MAX

static bool fail(struct check *check, enum config_rule rule, uint32_t vm, uint32_t index,
                 uint64_t value)
{
    *check->error = (struct config_error){rule, vm, index, value};
    return false;
}

/* True if [start, start + size) is not empty, aligned, and below the highest address. */
static bool range_ok(uint64_t start, uint64_t size, uint64_t align)
{
    return size != 0 && ((start | size) & (align - 1)) == 0 && size <= SYSTEM_ADDRESS_MAX &&
           start <= SYSTEM_ADDRESS_MAX - size;
}

static bool range_inside(uint64_t start, uint64_t size, uint64_t outer, uint64_t outer_size)
{
    return start >= outer && size <= outer_size && start - outer <= outer_size - size;
}

static bool range_overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a_size != 0 && b_size != 0 && (a < b ? b - a < a_size : a - b < b_size);
}

static bool irq_ok(uint64_t irq, uint32_t first, uint32_t end)
{
    return irq >= first && irq < end;
}

/* --- the table itself --- */

static bool check_header(struct check *check, const void *bytes, uint64_t size, uint32_t arch)
{
    static const uint8_t no_crc[4];
    const uint64_t crc_at = offsetof(struct system_table, crc);
    const uint64_t behind = crc_at + sizeof(no_crc);
    const struct system_table *table = bytes;

    REFUSE_IF(size < sizeof(*table) || (uintptr_t)bytes % 8 != 0, TABLE_TRUNCATED, NOBODY, 0, size);
    REFUSE_IF(table->magic != SYSTEM_TABLE_MAGIC, TABLE_MAGIC, NOBODY, 0, table->magic);
    REFUSE_IF(table->version != SYSTEM_TABLE_VERSION, TABLE_VERSION, NOBODY, 0, table->version);
    REFUSE_IF(table->arch != arch || arch != SYSTEM_ARCH_ARM64, TABLE_ARCH, NOBODY, 0, table->arch);
    REFUSE_IF(table->size > size || table->size < sizeof(*table) || table->size % 8 != 0 ||
                  table->size > SYSTEM_TABLE_SIZE_MAX,
              TABLE_SIZE, NOBODY, 0, table->size);
    uint32_t crc = crc32c(0, bytes, crc_at);
    crc = crc32c(crc, no_crc, sizeof(no_crc));
    crc = crc32c(crc, (const uint8_t *)bytes + behind, table->size - behind);
    REFUSE_IF(crc != table->crc, TABLE_CRC, NOBODY, 0, crc);
    REFUSE_IF(table->reserved != 0, RESERVED, NOBODY, 0, table->reserved);
    return true;
}

static bool check_sections(struct check *check, const struct system_table *table)
{
    static const uint16_t sizes[] = {sizeof(struct system_range),  sizeof(struct system_cpu),
                                     sizeof(struct system_vm),     sizeof(struct system_memory),
                                     sizeof(struct system_device), sizeof(struct system_interrupt),
                                     sizeof(struct system_payload)};
    static const uint16_t most[] = {SYSTEM_RAM_MAX,     SYSTEM_CPUS_MAX,    SYSTEM_VMS_MAX,
                                    SYSTEM_MEMORY_MAX,  SYSTEM_DEVICES_MAX, SYSTEM_INTERRUPTS_MAX,
                                    SYSTEM_PAYLOADS_MAX};
    const struct system_section sections[] = {table->ram,     table->cpus,    table->vms,
                                              table->memory,  table->devices, table->interrupts,
                                              table->payloads};

    for (uint32_t i = 0; i < COUNT(sections); i++) {
        uint32_t least = i < 4 ? 1 : 0; /* a system without RAM, CPU, VM or memory is none */

        REFUSE_IF(sections[i].count < least || sections[i].count > most[i], SECTION_COUNT, NOBODY,
                  i, sections[i].count);
        REFUSE_IF(sections[i].offset % 8 != 0 ||
                      !range_inside(sections[i].offset, (uint64_t)sections[i].count * sizes[i],
                                    sizeof(*table), table->size - sizeof(*table)),
                  SECTION_BOUNDS, NOBODY, i, sections[i].offset);
    }
    return true;
}

/* --- the machine --- */

static bool check_board(struct check *check)
{
    const struct system_board *board = check->system.board;
    const uint32_t ppis[] = {board->gic_maintenance_irq, board->timer_virtual_irq,
                             board->timer_physical_irq, board->timer_hypervisor_irq};

    REFUSE_IF(board->console_kind > CONSOLE_KIND_PL011 ||
                  (board->console_kind != CONSOLE_KIND_NONE &&
                   !range_ok(board->console_phys, SYSTEM_PAGE_SIZE, SYSTEM_PAGE_SIZE)),
              BOARD_CONSOLE, NOBODY, 0, board->console_phys);
    uint64_t frames = 0;
    for (uint32_t i = 0; i < SYSTEM_GICR_MAX; i++) {
        struct system_range gicr = board->gicr[i];

        REFUSE_IF(gicr.size != 0 && !range_ok(gicr.phys, gicr.size, SYSTEM_GICD_SIZE),
                  BOARD_CONTROLLER, NOBODY, i, gicr.phys);
        frames += gicr.size / SYSTEM_GICR_SIZE;
    }
    REFUSE_IF(!range_ok(board->gicd.phys, board->gicd.size, SYSTEM_GICD_SIZE) ||
                  frames < check->system.cpu_count,
              BOARD_CONTROLLER, NOBODY, 0, board->gicd.phys);
    for (uint32_t i = 0; i < COUNT(ppis); i++) {
        REFUSE_IF(!irq_ok(ppis[i], SYSTEM_PPI_FIRST, SYSTEM_PPI_END), BOARD_INTERRUPT, NOBODY, i,
                  ppis[i]);
    }
    REFUSE_IF(board->console_irq != 0 &&
                  !irq_ok(board->console_irq, SYSTEM_SPI_FIRST, SYSTEM_SPI_END),
              BOARD_INTERRUPT, NOBODY, COUNT(ppis), board->console_irq);
    return true;
}

static bool inside_ram(const struct system *system, uint64_t start, uint64_t size)
{
    for (uint32_t i = 0; i < system->ram_count; i++) {
        if (range_inside(start, size, system->ram[i].phys, system->ram[i].size)) {
            return true;
        }
    }
    return false;
}

static bool overlaps_ram(const struct system *system, uint32_t count, uint64_t start, uint64_t size)
{
    for (uint32_t i = 0; i < count; i++) {
        if (range_overlaps(start, size, system->ram[i].phys, system->ram[i].size)) {
            return true;
        }
    }
    return false;
}

static bool check_machine(struct check *check)
{
    const struct system *system = &check->system;
    const struct system_table *table = system->table;

    for (uint32_t i = 0; i < system->ram_count; i++) {
        struct system_range ram = system->ram[i];

        REFUSE_IF(!range_ok(ram.phys, ram.size, SYSTEM_PAGE_SIZE), RAM_RANGE, NOBODY, i, ram.phys);
        REFUSE_IF(overlaps_ram(system, i, ram.phys, ram.size), RAM_OVERLAP, NOBODY, i, ram.phys);
    }
    for (uint32_t i = 0; i < system->cpu_count; i++) {
        REFUSE_IF((system->cpus[i].hwid & ~AFFINITY_MASK) != 0, CPU_ID, NOBODY, i,
                  system->cpus[i].hwid);
        for (uint32_t j = 0; j < i; j++) {
            REFUSE_IF(system->cpus[i].hwid == system->cpus[j].hwid, CPU_DUPLICATE, NOBODY, i,
                      system->cpus[i].hwid);
        }
    }
    REFUSE_IF(table->home % SYSTEM_BLOCK_SIZE != 0 || table->image_size < table->size ||
                  !range_ok(table->home, table->image_size, SYSTEM_PAGE_SIZE),
              IMAGE_RANGE, NOBODY, 0, table->home);
    REFUSE_IF(!inside_ram(system, table->home, table->image_size), IMAGE_OUTSIDE, NOBODY, 0,
              table->home);
    REFUSE_IF(!range_ok(table->pool.phys, table->pool.size, SYSTEM_PAGE_SIZE), POOL_RANGE, NOBODY,
              0, table->pool.phys);
    REFUSE_IF(!inside_ram(system, table->pool.phys, table->pool.size), POOL_OUTSIDE, NOBODY, 0,
              table->pool.phys);
    return true;
}

/* --- each VM's own fields --- */

static bool name_equals(const char *name, const char *other)
{
    uint32_t i = 0;

    while (i < SYSTEM_NAME_SIZE - 1 && name[i] == other[i] && name[i] != '\0') {
        i++;
    }
    return name[i] == other[i];
}

static bool name_ok(const char *name)
{
    uint32_t size = 0;

    while (size < SYSTEM_NAME_SIZE &&
           ((name[size] >= 'a' && name[size] <= 'z') ||
            (size > 0 && (name[size] == '-' || (name[size] >= '0' && name[size] <= '9'))))) {
        size++;
    }
    for (uint32_t i = size; i < SYSTEM_NAME_SIZE; i++) {
        if (name[i] != '\0') {
            return false;
        }
    }
    return size > 0 && size < SYSTEM_NAME_SIZE && !name_equals(name, CONSOLE_HYPERVISOR_NAME);
}

static bool check_vm(struct check *check, uint32_t i)
{
    const struct system *system = &check->system;
    const struct system_vm *vm = &system->vms[i];

    REFUSE_IF(!name_ok(vm->name), VM_NAME, i, 0, 0);
    REFUSE_IF(vm->cpus == 0, VM_NO_CPU, i, 0, 0);
    REFUSE_IF(vm->cpus >> system->cpu_count != 0, CPU_MISSING, i, 0, vm->cpus);
    for (uint32_t j = 0; j < i; j++) {
        REFUSE_IF(name_equals(vm->name, system->vms[j].name), VM_DUPLICATE, i, j, 0);
        REFUSE_IF((vm->cpus & system->vms[j].cpus) != 0, CPU_SHARED, i, j,
                  vm->cpus & system->vms[j].cpus);
    }
    REFUSE_IF(vm->on_fault > SYSTEM_FAULT_RESTART, VM_POLICY, i, 0, vm->on_fault);
    REFUSE_IF(vm->console > SYSTEM_VM_CONSOLE_PL011 ||
                  (vm->console == SYSTEM_VM_CONSOLE_PL011 &&
                   (!range_ok(vm->console_at, SYSTEM_PAGE_SIZE, SYSTEM_PAGE_SIZE) ||
                    !irq_ok(vm->console_irq, SYSTEM_SPI_FIRST, SYSTEM_SPI_END))),
              VM_CONSOLE, i, vm->console_irq, vm->console_at);
    REFUSE_IF(
        !range_ok(vm->gicd_at, SYSTEM_GICD_SIZE, SYSTEM_GICD_SIZE) ||
            !range_ok(vm->gicr_at, system_vm_vcpu_count(vm) * SYSTEM_GICR_SIZE, SYSTEM_GICD_SIZE),
        VM_CONTROLLER, i, 0, vm->gicd_at);
    REFUSE_IF(vm->reserved != 0, RESERVED, i, 0, vm->reserved);
    return true;
}

/* Each entry of these sections has one owner: the slices follow one another without a gap. */
static bool check_slices(struct check *check)
{
    const struct system *system = &check->system;
    const uint32_t ends[4] = {system->memory_count, system->device_count, system->interrupt_count,
                              system->payload_count};
    uint32_t next[4] = {0};

    for (uint32_t i = 0; i < system->vm_count; i++) {
        const struct system_vm *vm = &system->vms[i];
        const struct system_slice slices[4] = {vm->memory, vm->devices, vm->interrupts,
                                               vm->payloads};

        for (uint32_t s = 0; s < COUNT(slices); s++) {
            REFUSE_IF(slices[s].first != next[s] || slices[s].count > ends[s] - next[s], VM_SLICE,
                      i, s, slices[s].first);
            next[s] += slices[s].count;
        }
    }
    for (uint32_t s = 0; s < COUNT(next); s++) {
        REFUSE_IF(next[s] != ends[s], VM_SLICE, NOBODY, s, next[s]);
    }
    return true;
}

static bool check_vms(struct check *check)
{
    for (uint32_t i = 0; i < check->system.vm_count; i++) {
        if (!check_vm(check, i)) {
            return false;
        }
    }
    return check_slices(check);
}

static bool check_memory(struct check *check, uint32_t vm, uint32_t i)
{
    const struct system_memory *memory = &check->system.memory[i];

    REFUSE_IF(!range_ok(memory->at, memory->size, SYSTEM_PAGE_SIZE) ||
                  !range_ok(memory->phys, memory->size, SYSTEM_PAGE_SIZE),
              MEMORY_RANGE, vm, i, memory->phys);
    REFUSE_IF((memory->flags & ~(uint64_t)SYSTEM_MEMORY_CLEAR) != 0, MEMORY_FLAGS, vm, i,
              memory->flags);
    REFUSE_IF(memory->size >= SYSTEM_BLOCK_SIZE &&
                  (memory->at ^ memory->phys) % SYSTEM_BLOCK_SIZE != 0,
              MEMORY_CONGRUENCE, vm, i, memory->phys);
    REFUSE_IF(!inside_ram(&check->system, memory->phys, memory->size), MEMORY_OUTSIDE, vm, i,
              memory->phys);
    return true;
}

static bool check_device(struct check *check, uint32_t vm, uint32_t i)
{
    const struct system_device *device = &check->system.devices[i];

    REFUSE_IF(!range_ok(device->at, device->size, SYSTEM_PAGE_SIZE) ||
                  !range_ok(device->phys, device->size, SYSTEM_PAGE_SIZE),
              DEVICE_RANGE, vm, i, device->phys);
    REFUSE_IF(overlaps_ram(&check->system, check->system.ram_count, device->phys, device->size),
              DEVICE_IS_RAM, vm, i, device->phys);
    return true;
}

static bool check_interrupt(struct check *check, uint32_t vm, uint32_t i)
{
    const struct system *system = &check->system;
    const struct system_vm *owner = &system->vms[vm];
    const struct system_interrupt *irq = &system->interrupts[i];

    REFUSE_IF(!irq_ok(irq->number, SYSTEM_SPI_FIRST, SYSTEM_SPI_END) ||
                  !irq_ok(irq->phys, SYSTEM_SPI_FIRST, SYSTEM_SPI_END),
              INTERRUPT_RANGE, vm, i, irq->phys);
    REFUSE_IF((irq->flags & ~SYSTEM_INTERRUPT_EDGE) != 0, INTERRUPT_FLAGS, vm, i, irq->flags);
    REFUSE_IF(irq->reserved != 0, RESERVED, vm, i, irq->reserved);
    REFUSE_IF(irq->phys == system->board->console_irq, INTERRUPT_IS_CONSOLE, vm, i, irq->phys);
    REFUSE_IF(owner->console != SYSTEM_VM_CONSOLE_NONE && irq->number == owner->console_irq,
              INTERRUPT_DUPLICATE, vm, i, irq->number);
    for (uint32_t j = 0; j < i; j++) {
        REFUSE_IF(irq->phys == system->interrupts[j].phys, INTERRUPT_SHARED, vm, i, irq->phys);
        REFUSE_IF(j >= owner->interrupts.first && irq->number == system->interrupts[j].number,
                  INTERRUPT_DUPLICATE, vm, i, irq->number);
    }
    return true;
}

static bool inside_memory(const struct system *system, uint32_t vm, uint64_t at, uint64_t size)
{
    struct system_slice slice = system->vms[vm].memory;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
        if (range_inside(at, size, system->memory[i].at, system->memory[i].size)) {
            return true;
        }
    }
    return false;
}

static bool check_payload(struct check *check, uint32_t vm, uint32_t i)
{
    const struct system *system = &check->system;
    const struct system_payload *payload = &system->payloads[i];

    REFUSE_IF(payload->size == 0 || payload->size > payload->slot_size, PAYLOAD_SIZE, vm, i,
              payload->size);
    REFUSE_IF(!range_ok(payload->offset, payload->slot_size, SYSTEM_PAGE_SIZE) ||
                  !range_inside(payload->offset, payload->slot_size, system->table->size,
                                system->table->image_size - system->table->size),
              PAYLOAD_SLOT, vm, i, payload->offset);
    REFUSE_IF((payload->at ^ payload->offset) % SYSTEM_BLOCK_SIZE >= SYSTEM_PAGE_SIZE,
              PAYLOAD_CONGRUENCE, vm, i, payload->at);
    REFUSE_IF(payload->reserved != 0, RESERVED, vm, i, payload->reserved);
    REFUSE_IF(!inside_memory(system, vm, payload->at, payload->size), PAYLOAD_OUTSIDE, vm, i,
              payload->at);
    for (uint32_t j = 0; j < i; j++) {
        const struct system_payload *other = &system->payloads[j];

        REFUSE_IF(
            range_overlaps(payload->offset, payload->slot_size, other->offset, other->slot_size),
            PAYLOAD_SHARED, vm, i, payload->offset);
        REFUSE_IF(j >= system->vms[vm].payloads.first &&
                      range_overlaps(payload->at, payload->size, other->at, other->size),
                  PAYLOAD_OVERLAP, vm, i, payload->at);
    }
    return true;
}

/* Applies one rule set to the entries of one slice of a VM. */
static bool check_each(struct check *check, uint32_t vm, struct system_slice slice,
                       bool (*check_entry)(struct check *, uint32_t vm, uint32_t index))
{
    for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
        if (!check_entry(check, vm, i)) {
            return false;
        }
    }
    return true;
}

/* --- what must not overlap --- */

enum claimant { IMAGE, POOL, CONTROLLER, CONSOLE, MEMORY, DEVICE, CLAIMANTS };

struct claim {
    uint64_t start;
    uint64_t size; /* 0: claims nothing */
    enum claimant by;
    uint32_t index;
};

/* One address space, the machine's or a guest's: some fixed claims, and runs of two sections. */
struct space {
    const struct claim *fixed;
    uint32_t fixed_count;
    struct system_slice memory;
    struct system_slice devices;
    uint32_t vm; /* NOBODY: the machine's */
};

static struct claim space_claim(const struct system *system, const struct space *space, uint32_t n)
{
    if (n < space->fixed_count) {
        return space->fixed[n];
    }
    n -= space->fixed_count;
    if (n < space->memory.count) {
        uint32_t i = space->memory.first + n;
        const struct system_memory *memory = &system->memory[i];
        uint64_t start = space->vm == NOBODY ? memory->phys : memory->at;

        return (struct claim){start, memory->size, MEMORY, i};
    }
    uint32_t i = space->devices.first + n - space->memory.count;
    const struct system_device *device = &system->devices[i];
    uint64_t start = space->vm == NOBODY ? device->phys : device->at;

    return (struct claim){start, device->size, DEVICE, i};
}

/* Whose is an entry of the memory or the device section? */
static uint32_t claim_owner(const struct system *system, struct claim claim)
{
    for (uint32_t vm = 0; claim.by >= MEMORY && vm < system->vm_count; vm++) {
        const struct system_vm *owner = &system->vms[vm];
        struct system_slice slice = claim.by == MEMORY ? owner->memory : owner->devices;

        if (claim.index - slice.first < slice.count) {
            return vm;
        }
    }
    return NOBODY;
}

static bool check_space(struct check *check, const struct space *space)
{
    /* The rule that the row's claimant and the column's break by overlapping in the machine. */
    static const uint8_t rules[CLAIMANTS][CLAIMANTS] = {
        [IMAGE] = {[POOL] = CONFIG_POOL_OVER_IMAGE, [MEMORY] = CONFIG_MEMORY_OVER_IMAGE},
        [POOL] = {[MEMORY] = CONFIG_MEMORY_OVER_POOL},
        [CONTROLLER] = {[DEVICE] = CONFIG_DEVICE_IS_CONTROLLER},
        [CONSOLE] = {[DEVICE] = CONFIG_DEVICE_IS_CONSOLE},
        [MEMORY] = {[MEMORY] = CONFIG_MEMORY_SHARED},
        [DEVICE] = {[DEVICE] = CONFIG_DEVICE_SHARED},
    };
    const struct system *system = &check->system;
    uint32_t count = space->fixed_count + space->memory.count + space->devices.count;

    for (uint32_t n = 1; n < count; n++) {
        struct claim claim = space_claim(system, space, n);

        for (uint32_t m = 0; m < n; m++) {
            struct claim other = space_claim(system, space, m);
            uint8_t rule = space->vm == NOBODY ? rules[other.by][claim.by] : CONFIG_GUEST_OVERLAP;

            if (rule != 0 && range_overlaps(claim.start, claim.size, other.start, other.size)) {
                return fail(check, (enum config_rule)rule, claim_owner(system, claim), claim.index,
                            claim.start);
            }
        }
    }
    return true;
}

static bool check_machine_space(struct check *check)
{
    const struct system *system = &check->system;
    const struct system_table *table = system->table;
    const struct system_board *board = system->board;
    uint64_t pages = system_pool_pages(system);
    struct claim fixed[4 + SYSTEM_GICR_MAX] = {
        {table->home, table->image_size, IMAGE, 0},
        {table->pool.phys, table->pool.size, POOL, 0},
        {board->gicd.phys, board->gicd.size, CONTROLLER, 0},
        {board->console_phys, board->console_kind != CONSOLE_KIND_NONE ? SYSTEM_PAGE_SIZE : 0,
         CONSOLE, 0},
    };
    const struct space space = {
        fixed, COUNT(fixed), {0, system->memory_count}, {0, system->device_count}, NOBODY};

    for (uint32_t i = 0; i < SYSTEM_GICR_MAX; i++) {
        fixed[4 + i] = (struct claim){board->gicr[i].phys, board->gicr[i].size, CONTROLLER, 0};
    }
    REFUSE_IF(table->pool.size / SYSTEM_PAGE_SIZE < pages, POOL_SMALL, NOBODY, 0, pages);
    return check_space(check, &space);
}

static bool check_guest_space(struct check *check, uint32_t i)
{
    const struct system_vm *vm = &check->system.vms[i];
    const struct claim fixed[] = {
        {vm->gicd_at, SYSTEM_GICD_SIZE, CONTROLLER, 0},
        {vm->gicr_at, system_vm_vcpu_count(vm) * SYSTEM_GICR_SIZE, CONTROLLER, 0},
        {vm->console_at, vm->console != SYSTEM_VM_CONSOLE_NONE ? SYSTEM_PAGE_SIZE : 0, CONSOLE, 0},
    };
    const struct space space = {fixed, COUNT(fixed), vm->memory, vm->devices, i};

    return check_space(check, &space);
}

static bool check_entries(struct check *check)
{
    const struct system *system = &check->system;
    const struct system_vm *vm = system->vms;

    for (uint32_t i = 0; i < system->vm_count; i++) {
        if (!check_each(check, i, vm[i].memory, check_memory) ||
            !check_each(check, i, vm[i].devices, check_device)) {
            return false;
        }
    }
    if (!check_machine_space(check)) {
        return false;
    }
    for (uint32_t i = 0; i < system->vm_count; i++) {
        if (!check_guest_space(check, i) ||
            !check_each(check, i, vm[i].interrupts, check_interrupt) ||
            !check_each(check, i, vm[i].payloads, check_payload)) {
            return false;
        }
        REFUSE_IF(vm[i].entry % 4 != 0 || !inside_memory(system, i, vm[i].entry, 4), VM_ENTRY, i, 0,
                  vm[i].entry);
        REFUSE_IF(vm[i].boot_argument != 0 && !inside_memory(system, i, vm[i].boot_argument, 1),
                  VM_ARGUMENT, i, 0, vm[i].boot_argument);
    }
    return true;
}

bool config_check(const void *table, uint64_t size, uint32_t arch, struct config_error *error)
{
    struct check check = {.error = error};

    if (!check_header(&check, table, size, arch) || !check_sections(&check, table)) {
        return false;
    }
    system_open(&check.system, table);
    return check_board(&check) && check_machine(&check) && check_vms(&check) &&
           check_entries(&check);
}

const char *config_rule_name(enum config_rule rule)
{
#define CONFIG_RULE_NAME(id, name, text) name,
    static const char *const names[] = {CONFIG_RULES(CONFIG_RULE_NAME)};

    return (uint32_t)rule < COUNT(names) ? names[rule] : "unknown";
}

const char *config_rule_text(enum config_rule rule)
{
#define CONFIG_RULE_TEXT(id, name, text) text,
    static const char *const texts[] = {CONFIG_RULES(CONFIG_RULE_TEXT)};

    return (uint32_t)rule < COUNT(texts) ? texts[rule] : "";
}
