/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/shown.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "abi/boot_record.h"
#include "lib/fletcher.h"
#include "tool/base/number.h"
#include "tool/base/range.h"
#include "tool/image/emit.h"

/* GICv3 interrupt numbers. */
#define PPI_FIRST 16u
#define SPI_FIRST 32u

/* --- opening --- */

static const char *check_payloads(const struct shown *shown) {
    for (uint32_t i = 0; i < shown->system.payload_count; i++) {
        const struct system_payload *payload = &shown->system.payloads[i];
        uint64_t digest[2] = {0, 0};

        fletcher(digest, shown->image + payload->offset, payload->size);
        if (memcmp(digest, payload->digest, sizeof(digest)) != 0)
            return "a guest's image in it is damaged";
    }
    return NULL;
}

static const char *check_image(struct shown *shown, size_t size) {
    struct config_error error;
    uint64_t table_size = 0;
    const struct system_table *table = emit_find_table(shown->image, size, &table_size);

    if (table == NULL)
        return "the first page says of no system table; the image is damaged or cut short";
    shown->arch = table_size >= sizeof(*table) && table->arch == SYSTEM_ARCH_RISCV64
                      ? &config_riscv64
                      : &config_arm64;
    if (!config_check(table, table_size, shown->arch, &error))
        return config_rule_words(error.rule, true);
    system_open(&shown->system, table);
    return table->image_size > size ? "the image is cut short" : check_payloads(shown);
}

/* --- RAM --- */

struct shown_range *shown_add(struct shown *shown, struct shown_ranges *ranges,
                              struct system_range range, uint32_t owner, const char *what) {
    struct shown_range *added = ARENA_ADD(&shown->arena, ranges->items, ranges->count);

    *added = (struct shown_range){range.phys, range.size, owner, .what = what};
    ranges->count -= range.size == 0;
    return added;
}

void shown_sort(struct shown_ranges *ranges) {
    if (ranges->count != 0)
        qsort(ranges->items, ranges->count, sizeof(*ranges->items), range_compare);
}

static void add_owned_ram(struct shown *shown) {
    const struct system *system = &shown->system;
    const struct system_table *table = system->table;
    struct system_range image = {table->home, table->image_size};

    shown_add(shown, &shown->ram, image, SHOWN_BULKHEAD, "image");
    shown_add(shown, &shown->ram, table->pool, SHOWN_BULKHEAD, "pool");
    for (uint32_t vm = 0; vm < system->vm_count; vm++) {
        struct system_slice slice = system->vms[vm].memory;

        for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
            const struct system_region *memory = &system->memory[i];
            struct shown_range *range =
                shown_add(shown, &shown->ram, (struct system_range){memory->phys, memory->size}, vm,
                          "memory");

            range->keeps = (memory->flags & SYSTEM_MEMORY_CLEAR) == 0;
            range->has_at = true;
            range->at = memory->at;
        }
    }
}

static void add_channels(struct shown *shown) {
    for (uint32_t i = 0; i < shown->system.channel_count; i++) {
        const struct system_channel *channel = &shown->system.channels[i];

        shown_add(shown, &shown->ram, (struct system_range){channel->phys, channel->size},
                  SHOWN_SHARED, shown_channel(shown, i))
            ->channel = i;
    }
}

/* Adds the rest of each range of the table's RAM; the owned pieces are sorted. */
static void add_free_ram(struct shown *shown) {
    const struct system *system = &shown->system;
    size_t owned = shown->ram.count;

    for (uint32_t i = 0; i < system->ram_count; i++) {
        uint64_t from = system->ram[i].phys;
        uint64_t end = from + system->ram[i].size;

        for (size_t j = 0; j < owned; j++) {
            struct shown_range piece = shown->ram.items[j];

            if (piece.phys < from || piece.phys >= end)
                continue;
            shown_add(shown, &shown->ram, (struct system_range){from, piece.phys - from},
                      SHOWN_NOBODY, "free");
            from = piece.phys + piece.size;
        }
        shown_add(shown, &shown->ram, (struct system_range){from, end - from}, SHOWN_NOBODY,
                  "free");
    }
}

/* Adds RAM that only the manifest lists, unless it contradicts the table. */
static void add_reserved_ram(struct shown *shown) {
    const struct manifest *manifest = &shown->manifest;
    size_t known = shown->ram.count;

    for (size_t i = 0; i < manifest->reserved_count; i++) {
        struct system_range range = manifest->reserved[i].range;
        const char *purpose = manifest->reserved[i].purpose;
        bool fits = range_ok(range, shown->arch->address_end); /* as the table's */

        for (size_t j = 0; j < known; j++) {
            const struct shown_range *other = &shown->ram.items[j];

            fits = fits && !overlap(range, (struct system_range){other->phys, other->size});
        }
        if (fits)
            shown_add(shown, &shown->ram, range, SHOWN_RESERVED,
                      purpose == NULL ? "firmware" : purpose);
    }
}

/* --- devices --- */

/* One of Bulkhead's own; NULL if its name is not known. */
static const struct manifest_device *own_device(struct shown *shown, const char *name) {
    struct manifest_device *device = arena_alloc(&shown->arena, sizeof(*device));

    device->name = name;
    return name == NULL ? NULL : device;
}

static void add_own_devices(struct shown *shown) {
    const struct system_board *board = shown->system.board;

    for (uint32_t n = 0; n < CONFIG_CONTROLLER_MAX; n++)
        shown_add(shown, &shown->devices, shown->arch->controller(&shown->system, n),
                  SHOWN_BULKHEAD, "interrupt controller")
            ->device = n == 0 ? own_device(shown, shown->manifest.controller) : NULL;
    if (board->console_kind != CONSOLE_KIND_NONE)
        shown_add(shown, &shown->devices,
                  (struct system_range){board->console_phys, SYSTEM_PAGE_SIZE}, SHOWN_BULKHEAD,
                  "console")
            ->device = own_device(shown, shown->manifest.console);
}

static void add_vm_devices(struct shown *shown, uint32_t vm) {
    struct system_slice slice = shown->system.vms[vm].devices;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
        const struct system_region *device = &shown->system.devices[i];
        struct shown_range *range =
            shown_add(shown, &shown->devices, (struct system_range){device->phys, device->size}, vm,
                      "registers");

        range->has_at = true;
        range->at = device->at;
        range->device = manifest_register(&shown->manifest, vm, device->phys);
    }
}

/* --- interrupts --- */

/* Adds an interrupt, of which more can be said then; there is none of number 0. */
static struct shown_interrupt *add_interrupt(struct shown *shown, uint32_t phys, uint32_t owner,
                                             const char *what) {
    struct shown_interrupt *added =
        ARENA_ADD(&shown->arena, shown->interrupts, shown->interrupt_count);

    *added = (struct shown_interrupt){.phys = phys, .number = phys, .owner = owner, .what = what};
    shown->interrupt_count -= phys == 0;
    return added;
}

static void add_own_interrupts(struct shown *shown) {
    const struct system_board *board = shown->system.board;
    const struct system_board_arm64 *arm64 = &board->arm64;

    add_interrupt(shown, board->console_irq, SHOWN_BULKHEAD, "console");
    if (shown->arch != &config_arm64)
        return;
    add_interrupt(shown, arm64->gic_maintenance_irq, SHOWN_BULKHEAD,
                  "interrupt controller's maintenance");
    add_interrupt(shown, arm64->timer_hypervisor_irq, SHOWN_BULKHEAD, "timer");
    add_interrupt(shown, arm64->timer_virtual_irq, SHOWN_EACH, "virtual timer");
    add_interrupt(shown, arm64->timer_physical_irq, SHOWN_EACH, "physical timer");
    add_interrupt(shown, board->pmu_irq, SHOWN_EACH, "counters' overflow");
}

static void add_vm_interrupts(struct shown *shown, uint32_t vm) {
    struct system_slice slice = shown->system.vms[vm].interrupts;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
        const struct system_interrupt *interrupt = &shown->system.interrupts[i];
        struct shown_interrupt *added = add_interrupt(shown, interrupt->phys, vm, NULL);

        added->number = interrupt->number;
        added->edge = (interrupt->flags & SYSTEM_INTERRUPT_EDGE) != 0;
        added->device = manifest_interrupt(&shown->manifest, vm, interrupt->phys);
    }
}

/* The manifest's names, if they are of this system's VMs. */
static void open_manifest(struct shown *shown, size_t size) {
    struct manifest *manifest = &shown->manifest;
    const char *why = NULL;
    bool found =
        manifest_find(manifest, shown->system.table, shown->image, size, &shown->arena, &why);

    shown->no_manifest = found ? NULL : why == NULL ? "it has no manifest" : why;
    for (uint32_t vm = 0; found && vm < shown->system.vm_count; vm++) {
        if (vm >= manifest->vm_count || manifest->vms[vm].name == NULL ||
            strcmp(manifest->vms[vm].name, shown->system.vms[vm].name) != 0) {
            *manifest = (struct manifest){0};
            shown->no_manifest = "its manifest is of another system";
            return;
        }
    }
}

const char *shown_open(struct shown *shown, const unsigned char *image, size_t size) {
    shown->image = image;
    const char *why = check_image(shown, size);
    if (why != NULL)
        return why;
    open_manifest(shown, size);
    add_owned_ram(shown);
    add_channels(shown);
    shown_sort(&shown->ram);
    add_free_ram(shown);
    add_reserved_ram(shown);
    shown_sort(&shown->ram);
    add_own_devices(shown);
    add_own_interrupts(shown);
    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++) {
        add_vm_devices(shown, vm);
        add_vm_interrupts(shown, vm);
    }
    shown_sort(&shown->devices);
    if (shown->interrupt_count != 0) {
        qsort(shown->interrupts, shown->interrupt_count, sizeof(*shown->interrupts), range_compare);
    }
    return NULL;
}

void shown_close(struct shown *shown) {
    arena_free(&shown->arena);
    *shown = (struct shown){0};
}

/* --- words --- */

uint32_t shown_vm(const struct shown *shown, const char *name) {
    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++)
        if (strcmp(shown->system.vms[vm].name, name) == 0)
            return vm;
    return SYSTEM_VMS_MAX;
}

bool shown_is_image(const unsigned char *bytes, size_t size) {
    uint32_t magic = 0;

    if (size < BOOT_RECORD_OFFSET + BOOT_RECORD_SIZE)
        return false;
    memcpy(&magic, bytes + BOOT_RECORD_OFFSET, sizeof(magic));
    return magic == BOOT_RECORD_MAGIC;
}

const char *shown_arch(const struct shown *shown) {
    return shown->arch == &config_riscv64 ? "riscv64" : "arm64";
}

const char *shown_owner(const struct shown *shown, uint32_t owner) {
    static const char *const words[] = {"bulkhead", "(reserved)", "(nobody)", "(each VM)",
                                        "(shared)"};

    return owner < SYSTEM_VMS_MAX ? shown->system.vms[owner].name : words[owner - SHOWN_BULKHEAD];
}

const char *shown_name(const char *what, const struct manifest_device *device) {
    if (device != NULL && device->name != NULL)
        return device->name;
    return what == NULL ? "" : what;
}

const char *shown_interrupt_text(struct shown *shown, uint64_t phys) {
    if (shown->arch == &config_riscv64)
        return arena_printf(&shown->arena, "source %" PRIu64, phys);
    return phys >= SPI_FIRST ? arena_printf(&shown->arena, "SPI %" PRIu64, phys - SPI_FIRST)
                             : arena_printf(&shown->arena, "PPI %" PRIu64, phys - PPI_FIRST);
}

const char *shown_size_text(struct shown *shown, uint64_t size) {
    static const char *const names[] = {"KiB", "MiB", "GiB"};
    unsigned n = size >> 30 != 0 ? 2 : size >> 20 != 0 ? 1 : 0;
    uint64_t unit = UINT64_C(1024) << 10 * n;

    if (size < unit || size % unit == 0)
        return number_size_text(&shown->arena, size);
    return arena_printf(&shown->arena, "%.*f %s", size < 10 * unit ? 2 : 1,
                        (double)size / (double)unit, names[n]);
}

const char *shown_cpus_text(struct shown *shown, uint64_t cpus) {
    const char *text = "";

    for (unsigned first = 0; first < 64; first++) {
        unsigned last = first;

        if ((cpus >> first & 1) == 0)
            continue;
        while (last + 1 < 64 && (cpus >> (last + 1) & 1) != 0)
            last++;
        text = arena_printf(&shown->arena, "%s%s%u", text, text[0] == '\0' ? "" : ", ", first);
        if (last != first)
            text = arena_printf(&shown->arena, "%s-%u", text, last);
        first = last;
    }
    return text;
}

struct shown_payload shown_payload(const struct shown *shown, uint32_t vm, uint32_t n) {
    const struct manifest_vm *known = manifest_vm(&shown->manifest, vm);
    const char *kind = n < known->payload_count ? known->payloads[n] : "";
    const struct manifest_file *file = manifest_file(known->files, known->file_count, kind);
    uint32_t first = shown->system.vms[vm].payloads.first;

    return (struct shown_payload){&shown->system.payloads[first + n], kind,
                                  file == NULL || file->path == NULL ? "" : file->path};
}

uint64_t shown_memory_size(const struct shown *shown, uint32_t vm) {
    struct system_slice slice = shown->system.vms[vm].memory;
    uint64_t size = 0;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++)
        size += shown->system.memory[i].size;
    return size;
}

struct system_range shown_controller(const struct shown *shown, uint32_t vm, uint32_t n) {
    return shown->arch->guest_controller(&shown->system, &shown->system.vms[vm], n);
}

const char *shown_channel(struct shown *shown, uint32_t channel) {
    const char *name = manifest_channel(&shown->manifest, channel);

    return name == NULL ? arena_printf(&shown->arena, "channel %" PRIu32, channel)
                        : arena_printf(&shown->arena, "channel %s", name);
}

const char *shown_console(const struct shown *shown, uint32_t vm) {
    uint32_t kind = shown->system.vms[vm].console;

    if (kind != SYSTEM_VM_CONSOLE_NONE)
        return kind == SYSTEM_VM_CONSOLE_SBI ? "sbi" : "shared";
    const char *own = manifest_vm(&shown->manifest, vm)->console;
    return own != NULL ? own : "none";
}

/* How it ends its lives, as a description's keys. */
static const char *const ends[SYSTEM_ENDS] = {
    [SYSTEM_END_FAULT] = "on-fault",
    [SYSTEM_END_RESET] = "on-reset",
    [SYSTEM_END_POWEROFF] = "on-poweroff",
    [SYSTEM_END_WATCHDOG] = "on-watchdog",
};

const char *shown_action(uint32_t action) {
    static const char *const words[] = {
        [SYSTEM_STOP] = "stop",
        [SYSTEM_RESTART] = "restart",
        [SYSTEM_HALT] = "halt-system",
        [SYSTEM_RESTART_GROUP] = "restart-group",
    };

    return words[action];
}

static const char *ms_text(struct shown *shown, uint32_t ms) {
    return number_time_text(&shown->arena, ms * UINT64_C(1000000));
}

const char *shown_policy(struct shown *shown, const struct system_policy *policy) {
    const char *text = shown_action(policy->action);

    if (policy->back_off != 0)
        text = arena_printf(&shown->arena, "%s after %s", text, ms_text(shown, policy->back_off));
    if (policy->max != 0)
        text = arena_printf(&shown->arena, "%s, at most %u time%s in %s, then %s", text,
                            policy->max, policy->max == 1 ? "" : "s",
                            ms_text(shown, policy->within), shown_action(policy->then));
    return text;
}

/* Whether it is what a description says that does not mention it. */
static bool is_default(const struct system_vm *vm, uint32_t end) {
    struct system_policy usual = {.action = end == SYSTEM_END_RESET ? SYSTEM_RESTART : SYSTEM_STOP};

    if (end == SYSTEM_END_WATCHDOG)
        usual = vm->policies[SYSTEM_END_FAULT];
    return memcmp(&vm->policies[end], &usual, sizeof(usual)) == 0;
}

const char *shown_ends(struct shown *shown, uint32_t index) {
    const struct system_vm *vm = &shown->system.vms[index];
    const struct {
        const char *what;
        uint32_t vms;
    } others[] = {{", grouped with", vm->group & ~(1u << index)}, {", manages", vm->manages}};
    const char *text = "";

#define ADD(...) (text = arena_printf(&shown->arena, "%s, %s", text, arena_printf(__VA_ARGS__)))
    for (uint32_t end = SYSTEM_END_RESET; end < SYSTEM_ENDS; end++)
        if (!is_default(vm, end))
            ADD(&shown->arena, "%s %s", ends[end], shown_policy(shown, &vm->policies[end]));
    if (vm->watchdog != 0)
        ADD(&shown->arena, "watchdog %s%s", ms_text(shown, vm->watchdog),
            (vm->flags & SYSTEM_VM_WATCHDOG_BOOT) != 0 ? " from boot" : "");
    if ((vm->flags & SYSTEM_VM_WARM) != 0)
        ADD(&shown->arena, "restart warm");
    for (size_t n = 0; n < COUNT(others); n++)
        for (uint32_t i = 0, before = 0; others[n].vms >> i != 0; i++)
            if ((others[n].vms >> i & 1) != 0)
                text = arena_printf(&shown->arena, "%s%s %s", text,
                                    before++ == 0 ? others[n].what : " and",
                                    shown->system.vms[i].name);
#undef ADD
    return text;
}
