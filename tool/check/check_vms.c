/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check_vms.h"

#include <string.h>

#include "abi/boot_record.h"
#include "abi/console.h"
#include "config/config_check.h"
#include "tool/base/number.h"

static bool is_riscv64(const struct plan *plan) {
    return plan->board->machine.config->arch == SYSTEM_ARCH_RISCV64;
}

/* --- which there are --- */

static bool is_word(const char *text, const char *word) {
    return text != NULL && strcmp(text, word) == 0;
}

static const char *console_word(const struct plan_vm *vm) {
    const char *word = value_text(&vm->description->console);

    return word != NULL ? word : "shared";
}

/* Whether this is a way to speak on Bulkhead's console. */
static bool is_shared(const char *word) {
    return is_word(word, "shared") || is_word(word, "sbi");
}

/* The VM's part of Bulkhead's console, and whether it has a device for one. */
static void open_console(const struct plan *plan, struct plan_vm *vm) {
    const char *word = console_word(vm);

    vm->console = SYSTEM_VM_CONSOLE_NONE;
    if (!is_shared(word))
        vm->own_console = is_word(word, "none") ? NULL : word;
    else if (plan->board->machine.board.console_kind == CONSOLE_KIND_NONE)
        return; /* check_console_missing() says it */
    else if (is_word(word, "sbi"))
        vm->console = SYSTEM_VM_CONSOLE_SBI;
    else
        vm->console = is_riscv64(plan) ? SYSTEM_VM_CONSOLE_16550 : SYSTEM_VM_CONSOLE_PL011;
}

void open_vms(struct checker *checker, struct plan *plan) {
    (void)checker;
    plan->vm_count = plan->description->vms.count;
    plan->vms = arena_alloc(plan->arena, (plan->vm_count + 1) * sizeof(*plan->vms));
    for (size_t i = 0; i < plan->vm_count; i++) {
        struct plan_vm *vm = &plan->vms[i];
        const struct vm_description *description = description_vm(plan->description, i);
        const struct value *dtb = &description->dtb;

        vm->description = description;
        vm->name = description->self.key;
        vm->has_tree = !dtb->given || dtb->is_path || !is_word(dtb->text, "none");
        if (plan->board != NULL)
            open_console(plan, vm);
    }
}

void check_vm_count(struct checker *checker) {
    const struct value *vms = &checker->plan->description->vms;

    if (vms->bad) {
        checker_skip(checker, RULE_VM_COUNT);
    } else if (vms->count == 0) {
        checker_broken(checker, RULE_VM_COUNT, vms->mark, "there is no VM; describe one");
    } else if (vms->count > SYSTEM_VMS_MAX) {
        checker_broken(checker, RULE_VM_COUNT, vms->mark,
                       "there are %zu VMs; Bulkhead runs at most %u", vms->count, SYSTEM_VMS_MAX);
    }
}

void check_vm_name(struct checker *checker, const struct plan_vm *vm) {
    const struct value *self = &vm->description->self;

    if (checker_take_name(checker, RULE_VM_NAME, "a VM", self) &&
        strcmp(vm->name, CONSOLE_HYPERVISOR_NAME) == 0) {
        checker_broken(checker, RULE_VM_NAME, self->mark,
                       "'%s' is how the hypervisor calls itself on the console; take another name",
                       vm->name);
    }
}

/* --- what they have --- */

void check_cpu_missing(struct checker *checker, const struct plan_vm *vm) {
    const struct value *cpus = &vm->description->cpus;
    size_t count = checker->plan->board->machine.cpu_count;

    for (unsigned cpu = 0; cpu < 64 && !cpus->bad; cpu++) {
        if ((cpus->number >> cpu & 1) != 0 && cpu >= count) {
            checker_broken(checker, RULE_CPU_MISSING, cpus->mark,
                           "the board has no CPU %u; its CPUs are 0 to %zu%s", cpu, count - 1,
                           cpus->number == UINT64_C(1) << count
                               ? ", and 'cpus' says which of them, not how many"
                               : "");
        }
    }
}

void check_cpu_shared(struct checker *checker, const struct plan_vm *vm) {
    const struct value *cpus = &vm->description->cpus;

    for (const struct plan_vm *owner = checker->plan->vms; owner < vm && !cpus->bad; owner++) {
        for (unsigned cpu = 0; cpu < 64; cpu++) {
            if ((cpus->number & owner->description->cpus.number) >> cpu & 1) {
                checker_broken(checker, RULE_CPU_SHARED, cpus->mark,
                               "CPU %u belongs to '%s' already; give each CPU to one VM", cpu,
                               owner->name);
            }
        }
    }
}

void check_guest_files(struct checker *checker, const struct plan_vm *vm) {
    const struct vm_description *described = vm->description;
    const struct board *board = checker->plan->board;
    const struct system_board_riscv64 *riscv64 = &board->machine.board.riscv64;
    const char *interrupts = value_text(&described->interrupts);
    bool direct = is_word(interrupts, "direct");
    bool on_riscv64 = is_riscv64(checker->plan);
    bool aia = on_riscv64 && riscv64->controller_kind == SYSTEM_CONTROLLER_AIA;

    if (!on_riscv64 && vm->console == SYSTEM_VM_CONSOLE_SBI) {
        checker_broken(checker, RULE_NOT_SUPPORTED, described->console.mark,
                       "'sbi' is a console of RISC-V's, and the board is not; write shared or "
                       "none");
    }
    if (!on_riscv64 && direct) {
        checker_broken(checker, RULE_NOT_SUPPORTED, described->interrupts.mark,
                       "direct interrupts on arm64 are not yet supported; write mediated, or "
                       "remove the key");
    } else if (aia && interrupts != NULL && !direct) {
        checker_broken(checker, RULE_NOT_SUPPORTED, described->interrupts.mark,
                       "mediated interrupts on a board with an IMSIC are not yet supported; write "
                       "direct, or remove the key");
    } else if (aia && riscv64->guest_files == 0) {
        checker_broken(checker, RULE_GUEST_FILES, described->self.mark,
                       "the IMSIC of this board has no interrupt files for guests, which its VMs "
                       "need; choose another board");
    } else if (direct && !aia) {
        checker_broken(checker, RULE_GUEST_FILES, described->interrupts.mark,
                       "the interrupt controller of this board has no interrupt files for guests, "
                       "so its interrupts cannot be direct; write mediated, or remove the key");
    }
}

void check_console_missing(struct checker *checker, const struct plan_vm *vm) {
    const struct value *console = &vm->description->console;
    const char *word = console_word(vm);

    if (checker->plan->board->machine.board.console_kind == CONSOLE_KIND_NONE && !console->bad &&
        is_shared(word)) {
        checker_broken(checker, RULE_CONSOLE_MISSING, console->mark,
                       "'%s' would speak on Bulkhead's console (%s%s), which is none; write "
                       "'console: none' for this VM too, or the name of a device that it shall "
                       "own",
                       vm->name, word, console->given ? "" : ", the default");
    }
}

void check_firmware_unknown(struct checker *checker, const struct plan_vm *vm) {
    const struct value *firmware = &vm->description->firmware;

    for (size_t i = 0; i < firmware->count; i++) {
        const char *why = "";
        const struct tree_node *node = NULL;

        if (device_find(checker->plan->board, firmware->items[i].key, checker->plan->arena, &node,
                        &why) != DEVICE_OK) {
            checker_broken(checker, RULE_FIRMWARE_UNKNOWN, firmware->items[i].mark,
                           "the board's tree has no firmware '%s'; %s", firmware->items[i].key,
                           why);
        }
    }
}

/* --- whether the hypervisor's table takes it all --- */

/* `what` there are `count`, of which the table takes only so many. */
static void check_room(struct checker *checker, struct mark mark, const char *what, size_t count,
                       const char *of_what, unsigned most, const char *advice) {
    if (count > most) {
        checker_broken(checker, RULE_TABLE_FULL, mark,
                       "%s %zu %s; the hypervisor's table takes %u%s", what, count, of_what, most,
                       advice);
    }
}

void check_table_full(struct checker *checker) {
    const struct plan *plan = checker->plan;
    struct mark mark = plan->description->vms.mark;
    size_t memory = 0;
    size_t windows = 0;

    for (const struct plan_vm *vm = plan->vms; vm < plan->vms + plan->vm_count; vm++) {
        memory += vm->description->memory.count;
        for (size_t i = 0; i < vm->device_count; i++)
            windows += vm->devices[i].device.register_count;
    }
    check_room(checker, mark, "the VMs have", memory, "regions of memory", SYSTEM_MEMORY_MAX,
               ", so join some");
    check_room(checker, mark, "the VMs' devices have", windows, "windows of registers",
               SYSTEM_DEVICES_MAX, "");
    check_room(checker, plan->description->channels.mark, "there are", plan->channel_count,
               "channels", SYSTEM_CHANNELS_MAX, ", so join some");
}

void check_payloads_full(struct checker *checker) {
    const struct plan *plan = checker->plan;
    size_t payloads = 0;

    for (size_t i = 0; i < plan->vm_count; i++)
        payloads += plan->vms[i].payload_count;
    check_room(checker, plan->description->vms.mark, "the VMs' images, trees and initrds are",
               payloads, "pieces to load", SYSTEM_PAYLOADS_MAX,
               ", so link the images with fewer segments");
}

/* --- what lies where --- */

/* All in the guest's address space, but for devices that are refused. */
static struct plan_occupant *list_occupants(struct checker *checker, const struct plan_vm *vm,
                                            size_t *count) {
    const struct plan *plan = checker->plan;
    struct plan_occupant *list = NULL;
    size_t all = plan_occupants(plan, vm, &list);

    *count = 0;
    for (size_t i = 0; i < all; i++)
        if (list[i].device == NULL || !checker_device(checker, vm, list[i].device)->refused)
            list[(*count)++] = list[i];
    return list;
}

void check_address_taken(struct checker *checker, const struct plan_vm *vm) {
    struct arena *arena = checker->plan->arena;
    size_t count = 0;
    const struct plan_occupant *list = list_occupants(checker, vm, &count);

    for (const struct plan_occupant *a = list; a < list + count; a++) {
        for (const struct plan_occupant *b = list; b < a; b++) {
            if (!overlap(a->range, b->range))
                continue;
            checker_broken(
                checker, RULE_ADDRESS_TAKEN, a->mark,
                "%s at 0x%llx (%s) lies over %s at 0x%llx (%s) in this guest's "
                "address space; move it with 'at', or make it smaller",
                a->what, (unsigned long long)a->range.phys, number_size_text(arena, a->range.size),
                b->what, (unsigned long long)b->range.phys, number_size_text(arena, b->range.size));
            break;
        }
    }
}
