/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_vms.c - the stages about VMs: each by itself, then what it owns.
 */
#include "abi/console.h"
#include "config/config_check.h"

/* Where an entry lies for its guest, or in the image. */
#define AT(entry)   config_range((entry).at, (entry).size)
#define SLOT(entry) config_range((entry).offset, (entry).slot_size)

/* --- each VM's own fields --- */

static bool name_equals(const char *name, const char *other) {
    for (; *name == *other && *name != '\0'; name++)
        other++;
    return *name == *other;
}

/* Afterwards a name is known to end with a NUL. */
static bool name_ok(const char *name) {
    bool ended = false;

    for (uint32_t i = 0; i < SYSTEM_NAME_SIZE; i++) {
        bool later = name[i] == '-' || (name[i] >= '0' && name[i] <= '9');
        bool fits = (name[i] >= 'a' && name[i] <= 'z') || (later && i > 0);

        if (name[i] == '\0' ? i == 0 : ended || !fits)
            return false;
        ended = name[i] == '\0';
    }
    return ended && !name_equals(name, CONSOLE_HYPERVISOR_NAME);
}

/* Where the emulated UART's registers are; empty if the VM has none. */
static struct system_range vm_console(const struct config_run *check, const struct system_vm *vm) {
    return config_range(vm->console_at, vm->console == check->arch->console ? PAGE_SIZE : 0);
}

/* The same of its watchdog's two pages. */
static struct system_range vm_watchdog(const struct config_run *check, const struct system_vm *vm) {
    return config_range(vm->watchdog_at, vm->watchdog_at != 0 ? check->arch->watchdog_size : 0);
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
    REFUSE_IF(at && check->arch->watchdog_size == 0, VM_WATCHDOG, vm->watchdog_at);
}

static void check_vm(struct config_run *check) {
    const struct system *system = &check->system;
    const struct config_arch *arch = check->arch;
    const struct system_vm *vm = &system->vms[check->vm];
    uint32_t kind = vm->console, irq = vm->console_irq;
    bool console = vm_console(check, vm).size != 0;

    REFUSE_IF(!name_ok(vm->name), VM_NAME, 0);
    REFUSE_IF(vm->cpus == 0 || vm->cpus >> system->cpu_count != 0, VM_CPUS, vm->cpus);
    for (uint32_t j = 0; j < check->vm; j++) {
        REFUSE_IF(name_equals(vm->name, system->vms[j].name), VM_NAME, j);
        REFUSE_IF((vm->cpus & system->vms[j].cpus) != 0, VM_CPUS, vm->cpus);
    }
    REFUSE_IF(vm->flags >= 2 * SYSTEM_VM_WATCHDOG_BOOT, RESERVED, vm->flags);
    REFUSE_IF((vm->controller_at | vm->controller_cpus_at) % arch->guest_align != 0, RANGE,
              vm->controller_at);
    REFUSE_IF(kind != 0 && (kind < arch->console || kind >= arch->console_end), VM_CONSOLE, kind);
    REFUSE_IF(console && !arch->interrupt_ok(system->board, irq, irq), VM_CONSOLE, irq);
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
    check->vm = SYSTEM_VMS_MAX;
    REFUSE_IF(next != count, VM_SLICE, next);
}

void config_check_vms(struct config_run *check) {
    const struct system *system = &check->system;

    for (check->vm = 0; check->vm < system->vm_count; check->vm++)
        check_vm(check);
    check_slices(check, offsetof(struct system_vm, memory), system->memory_count);
    check_slices(check, offsetof(struct system_vm, devices), system->device_count);
    check_slices(check, offsetof(struct system_vm, interrupts), system->interrupt_count);
    check_slices(check, offsetof(struct system_vm, payloads), system->payload_count);
    check_slices(check, offsetof(struct system_vm, members), system->member_count);
}

/* --- what VMs own --- */

/* Applies a rule set to some entries of a section. */
static void check_each(struct config_run *check, struct system_slice slice,
                       void (*check_entry)(struct config_run *check)) {
    for (check->index = slice.first; check->index < slice.first + slice.count; check->index++)
        check_entry(check);
    check->index = 0;
}

/* True if blocks can map an area, or it is smaller than one. A payload starts within its page. */
static bool congruent(uint64_t at, uint64_t start, uint64_t size) {
    return size < SYSTEM_BLOCK_SIZE || (at ^ start) % SYSTEM_BLOCK_SIZE < SYSTEM_PAGE_SIZE;
}

static void check_memory(struct config_run *check) {
    const struct system_region *memory = &check->system.memory[check->index];

    REFUSE_IF(memory->flags > SYSTEM_MEMORY_CLEAR, RESERVED, memory->flags);
    REFUSE_IF(!congruent(memory->at, memory->phys, memory->size), CONGRUENCE, memory->phys);
    config_check_claim(check, CLAIM_MEMORY + check->index, true);
}

static void check_device(struct config_run *check) {
    const struct system_region *device = &check->system.devices[check->index];

    REFUSE_IF(device->flags > SYSTEM_DEVICE_PREFETCHABLE, RESERVED, device->flags);
    config_check_claim(check, CLAIM_MEMORY + check->system.memory_count + check->index, false);
}

/* Of a VM, before its addresses are looked at. */
static void check_member(struct config_run *check) {
    const struct system *system = &check->system;
    const struct system_member *member = &system->members[check->index];

    REFUSE_IF(member->flags > SYSTEM_MEMBER_WRITES, RESERVED, member->flags);
    REFUSE_IF(member->channel >= system->channel_count, VM_CHANNEL, member->channel);
    for (uint32_t j = system->vms[check->vm].members.first; j < check->index; j++)
        REFUSE_IF(member->channel == system->members[j].channel, VM_CHANNEL, member->channel);
}

static void check_channel(struct config_run *check) {
    const struct system *system = &check->system;
    const struct system_channel *channel = &system->channels[check->index];

    REFUSE_IF(channel->flags > SYSTEM_CHANNEL_KEEP, RESERVED, channel->flags);
    REFUSE_IF(channel->size == SYSTEM_PAGE_SIZE, RANGE, channel->size);
    config_check_claim(
        check, CLAIM_MEMORY + system->memory_count + system->device_count + check->index, true);
}

static void check_interrupt(struct config_run *check) {
    const struct system *system = &check->system;
    const struct system_vm *vm = &system->vms[check->vm];
    const struct system_interrupt *irq = &system->interrupts[check->index];
    uint32_t number = irq->number, source = irq->phys;
    bool console = vm_console(check, vm).size != 0 && number == vm->console_irq;

    REFUSE_IF(!check->arch->interrupt_ok(system->board, number, source), INTERRUPT_RANGE, source);
    REFUSE_IF(irq->flags > SYSTEM_INTERRUPT_EDGE, RESERVED, irq->flags);
    REFUSE_IF(source == system->board->console_irq, INTERRUPT_SHARED, source);
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

    REFUSE_IF(load->size == 0 || load->size > load->slot_size, PAYLOAD_SLOT, load->size);
    REFUSE_IF(!range_ok(slot, table->image_size), PAYLOAD_SLOT, slot.phys);
    REFUSE_IF(slot.phys < table->size, PAYLOAD_SLOT, slot.phys);
    REFUSE_IF(!congruent(load->at, slot.phys, slot.size), CONGRUENCE, load->at);
    REFUSE_IF(overlap(slot, config_range(table->manifest_offset, table->manifest_size)),
              PAYLOAD_SHARED, slot.phys);
    REFUSE_IF(!inside_memory(check, load->at, load->size), VM_OUTSIDE, load->at);
    for (uint32_t j = 0; j < check->index; j++) {
        const struct system_payload *other = &system->payloads[j];
        bool own = j >= system->vms[check->vm].payloads.first;
        bool same = load->size == other->size && slot.phys == other->offset &&
                    slot.size == other->slot_size;

        REFUSE_IF(!same && overlap(slot, SLOT(*other)), PAYLOAD_SHARED, slot.phys);
        REFUSE_IF(own && overlap(AT(*load), AT(*other)), OVERLAP, load->at);
    }
}

/* --- a VM's address space --- */

#define GUEST_FIXED (CONFIG_GUEST_CONTROLLER_MAX + 2) /* its controller, console, watchdog */

/* What is in it. */
static struct system_range guest_range(const struct config_run *check, uint32_t n) {
    const struct system *system = &check->system;
    const struct system_vm *vm = &system->vms[check->vm];
    const struct system_member *member;

    if (n < CONFIG_GUEST_CONTROLLER_MAX)
        return check->arch->guest_controller(system, vm, n);
    if (n < GUEST_FIXED)
        return n == CONFIG_GUEST_CONTROLLER_MAX ? vm_console(check, vm) : vm_watchdog(check, vm);
    n -= GUEST_FIXED;
    if (n < vm->memory.count)
        return AT(system->memory[vm->memory.first + n]);
    n -= vm->memory.count;
    if (n < vm->devices.count)
        return AT(system->devices[vm->devices.first + n]);
    member = &system->members[vm->members.first + n - vm->devices.count];
    return config_range(member->at, system->channels[member->channel].size);
}

static void check_guest(struct config_run *check) {
    const struct system_vm *vm = &check->system.vms[check->vm];
    uint64_t end = check->arch->guest_end(check->system.board, vm->stage2_levels);
    uint64_t entry = vm->entry, argument = vm->boot_argument, seeds = vm->seeds_at,
             size = sizeof(struct system_seeds);

    REFUSE_IF(end == 0, VM_STAGE2, vm->stage2_levels);
    uint32_t count = GUEST_FIXED + vm->memory.count + vm->devices.count + vm->members.count;

    for (uint32_t n = 0; n < count; n++)
        if (n >= GUEST_FIXED || guest_range(check, n).size != 0)
            config_check_range(check, guest_range, n, end);
    REFUSE_IF(entry % 4 != 0 || !inside_memory(check, entry, 4), VM_OUTSIDE, entry);
    REFUSE_IF(argument != 0 && !inside_memory(check, argument, 1), VM_OUTSIDE, argument);
    REFUSE_IF(seeds % 4 != 0, VM_OUTSIDE, seeds);
    REFUSE_IF(seeds != 0 && !inside_memory(check, seeds, size), VM_OUTSIDE, seeds);
}

void config_check_owned(struct config_run *check) {
    const struct system *system = &check->system;
    uint64_t pages;

    for (check->vm = 0; check->vm < system->vm_count; check->vm++) {
        const struct system_vm *vm = &system->vms[check->vm];

        check_each(check, vm->memory, check_memory);
        check_each(check, vm->devices, check_device);
        check_each(check, vm->members, check_member);
        if (!sound(check))
            return;
        check_guest(check);
        check_each(check, vm->interrupts, check_interrupt);
        check_each(check, vm->payloads, check_payload);
    }
    check->vm = SYSTEM_VMS_MAX;
    check_each(check, (struct system_slice){0, system->channel_count}, check_channel);
    pages = sound(check) ? system_pool_pages(system) : 0;
    REFUSE_IF(system->table->pool.size / SYSTEM_PAGE_SIZE < pages, POOL_SMALL, pages);
}
