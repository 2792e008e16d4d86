/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check.h"

#include "tool/check/check_channels.h"
#include "tool/check/check_devices.h"
#include "tool/check/check_ends.h"
#include "tool/check/check_images.h"
#include "tool/check/check_linux.h"
#include "tool/check/check_memory.h"
#include "tool/check/check_needs.h"
#include "tool/check/check_trees.h"
#include "tool/check/check_vms.h"
#include "tool/check/checker.h"

/*
 * A step looks at the plan, or makes a part of it: for the whole system, each VM, or each device of
 * each VM that is not refused. It is left out where a rule is broken on which its own relies.
 */
struct step {
    enum rule rule; /* that it says to be broken; some say others too, which their headers name */
    bool boardless; /* it does without a board */
    bool of_files;  /* it looks at a VM's files: one of check_files(), and left out without them */
    void (*make_all)(struct checker *checker, struct plan *plan);
    void (*check_all)(struct checker *checker);
    void (*make)(struct checker *checker, struct plan_vm *vm);
    void (*check)(struct checker *checker, const struct plan_vm *vm);
    void (*make_device)(struct checker *checker, struct plan_device *device);
    void (*check_device)(struct checker *checker, const struct plan_device *device);
};

/* In this order; what only checks has a const plan. */
static const struct step steps[] = {
    {RULE_VM_COUNT, .make_all = open_vms, .boardless = true},
    {RULE_VM_COUNT, .check_all = check_vm_count, .boardless = true},
    {RULE_VM_NAME, .check = check_vm_name, .boardless = true},
    {RULE_CPU_MISSING, .check = check_cpu_missing},
    {RULE_CPU_SHARED, .check = check_cpu_shared},
    {RULE_GUEST_FILES, .check = check_guest_files},
    {RULE_CONSOLE_MISSING, .check = check_console_missing},
    {RULE_VM_GROUP, .make = read_group, .boardless = true},
    {RULE_VM_MANAGES, .make = read_manages, .boardless = true},
    {RULE_RESTART_LIMIT, .make = read_policies, .boardless = true},
    {RULE_WATCHDOG_TIME, .make = read_watchdog, .boardless = true},
    {RULE_MEMORY_UNALIGNED, .make = read_memory},
    {RULE_CHANNEL_NAME, .check_all = check_channel_name, .boardless = true},
    {RULE_CHANNEL_UNALIGNED, .check_all = check_channel_size, .boardless = true},
    {RULE_CHANNEL_MEMBER, .check_all = check_channel_members, .boardless = true},
    {RULE_CHANNEL_MEMBER, .make_all = read_channels, .boardless = true},
    {RULE_ADDRESS_TOO_HIGH, .check = check_address_too_high},

    {RULE_DEVICE_UNKNOWN, .make = find_devices},
    {RULE_DEVICE_TWICE, .check_device = check_device_twice},
    {RULE_DEVICE_IS_CONTROLLER, .check_device = check_device_special},
    {RULE_WITHOUT_UNKNOWN, .check_device = check_without_unknown},
    {RULE_DEVICE_UNFIT, .make_device = read_device},
    {RULE_DEVICE_DMA, .check_device = check_device_dma},
    {RULE_DMA_MEMORY, .make = decide_dma},
    {RULE_DMA_MEMORY, .check = check_dma_memory},
    {RULE_DEVICE_SHARED, .make = join_pages},
    {RULE_DEVICE_SHARED, .check_device = check_device_shared},
    {RULE_UNOWNED_PROVIDER, .check_device = check_unowned_provider},
    {RULE_FOREIGN_PROVIDER, .check_all = check_foreign_provider},
    {RULE_INTERRUPT_SHARED, .check_device = check_interrupt_shared},
    {RULE_CHANNEL_INTERRUPT, .check = check_channel_interrupt},
    {RULE_FIRMWARE_UNKNOWN, .check = check_firmware_unknown},

    {RULE_TABLE_FULL, .check_all = check_table_full},
    {RULE_ADDRESS_TAKEN, .check = check_address_taken},
    {RULE_WATCHDOG_TIME, .make = place_watchdog},
    {RULE_ADDRESS_TAKEN, .make = place_members},
    {RULE_MEMORY_CONGRUENCE, .check = check_memory_congruence},
    {RULE_MEMORY_OUTSIDE, .check = check_memory_outside},
    {RULE_MEMORY_SHARED, .check = check_memory_shared},

    {RULE_FILE_MISSING, .make = read_files, .of_files = true},
    {RULE_FILE_DIGEST, .check = check_file_digest, .of_files = true},
    {RULE_IMAGE_FORMAT, .make = read_image, .of_files = true},
    {RULE_IMAGE_TRUNCATED, .check = check_initrd_format, .of_files = true},
    {RULE_IMAGE_TRUNCATED, .make = unpack_initrd, .of_files = true},
    {RULE_IMAGE_LOAD, .make = settle_entry, .of_files = true},
    {RULE_ENTRY_OUTSIDE, .check = check_entry_outside, .of_files = true},
    {RULE_IMAGE_BLANK, .check = check_image_blank, .of_files = true},
    {RULE_SLOT_SIZE, .make = reserve_slots, .of_files = true},
    {RULE_IMAGE_OUTSIDE, .make = add_segments},
    {RULE_ARGS_UNREAD, .check = check_args_unread, .boardless = true},
    {RULE_ARGS_TOO_LONG, .check = check_args_too_long},
    {RULE_LINUX_TREE, .check = check_linux_tree},
    {RULE_TREE_FILE, .make = read_tree_file, .of_files = true},
    {RULE_PATCH_SOURCE, .make = read_patch, .of_files = true},
    {RULE_INITRD_TOO_LARGE, .make = place_tree_and_initrd},
    {RULE_LINUX_MEMORY, .check = check_linux_memory},
    {RULE_TREE_PLACE, .make = make_tree},
    {RULE_ARGS_CONSOLE, .check = check_args_console},

    {RULE_TABLE_FULL, .check_all = check_payloads_full},
    {RULE_MEMORY_OVER_BULKHEAD, .make_all = write_manifest},
    {RULE_MEMORY_OVER_BULKHEAD, .make_all = place_bulkhead_or_say},
    {RULE_MEMORY_TOO_LARGE, .make_all = place_memory_or_say},
};

static void apply_to_devices(struct checker *checker, struct plan_vm *vm, const struct step *step) {
    for (size_t i = 0; i < vm->device_count; i++) {
        if (checker_device(checker, vm, &vm->devices[i])->refused)
            continue;
        if (step->make_device != NULL)
            step->make_device(checker, &vm->devices[i]);
        else
            step->check_device(checker, &vm->devices[i]);
    }
}

/* Applies a step to a VM, or to the whole system (NULL). */
static void apply(struct checker *checker, struct plan *plan, struct plan_vm *vm,
                  const struct step *step) {
    checker->vm = vm;
    if ((plan->board == NULL && !step->boardless) || (plan->no_images && step->of_files) ||
        !checker_may_apply(checker, step->rule))
        checker_skip(checker, step->rule);
    else if (step->make_all != NULL)
        step->make_all(checker, plan);
    else if (step->check_all != NULL)
        step->check_all(checker);
    else if (step->make != NULL)
        step->make(checker, vm);
    else if (step->check != NULL)
        step->check(checker, vm);
    else
        apply_to_devices(checker, vm, step);
}

static void apply_everywhere(struct checker *checker, struct plan *plan, const struct step *step) {
    if (step->make_all != NULL || step->check_all != NULL)
        apply(checker, plan, NULL, step);
    else
        for (size_t i = 0; i < plan->vm_count && i < SYSTEM_VMS_MAX; i++)
            apply(checker, plan, &plan->vms[i], step);
}

void check_system(struct plan *plan) {
    struct checker checker = {.plan = plan};

    if (plan->board != NULL)
        checker.registers = register_map_make(plan->board->machine.tree, plan->arena);
    for (size_t i = 0; i < COUNT(steps) && plan->diagnostics->left_out == 0; i++)
        apply_everywhere(&checker, plan, &steps[i]);
}

void check_files(struct plan *plan, struct plan_vm *vm) {
    struct checker checker = {.plan = plan};

    for (size_t i = 0; i < COUNT(steps); i++)
        if (steps[i].of_files)
            apply(&checker, plan, vm, &steps[i]);
}
