/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check.h"

#include <stdarg.h>
#include <string.h>

#include "abi/boot_record.h"
#include "abi/console.h"
#include "config/config_arch.h"
#include "tool/base/array.h"
#include "tool/base/number.h"

#define NS_PER_MS UINT64_C(1000000)

void check_broken(struct checker *checker, enum rule rule, size_t vm, struct mark mark,
                  const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rule_vbroken(checker->plan->diagnostics, rule, mark, format, arguments);
    va_end(arguments);
    check_skip(checker, rule, vm);
}

void check_skip(struct checker *checker, enum rule rule, size_t vm) {
    checker->broken[vm][rule] = true;
}

static struct plan_vm *vm_at(struct checker *checker, size_t vm) {
    return &checker->plan->vms[vm];
}

static bool is_riscv64(const struct plan *plan) {
    return plan->board->machine.config->arch == SYSTEM_ARCH_RISCV64;
}

static void check_vm_count(struct checker *checker, size_t vm) {
    const struct value *vms = &checker->plan->description->vms;

    if (vms->bad) {
        check_skip(checker, RULE_VM_COUNT, vm);
    } else if (vms->count == 0) {
        check_broken(checker, RULE_VM_COUNT, vm, vms->mark, "there is no VM; describe one");
    } else if (vms->count > SYSTEM_VMS_MAX) {
        check_broken(checker, RULE_VM_COUNT, vm, vms->mark,
                     "there are %zu VMs; Bulkhead runs at most %u", vms->count, SYSTEM_VMS_MAX);
    }
}

bool check_is_name(const char *name) {
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return name[length] == '\0' && name[0] >= 'a' && name[0] <= 'z' && length < SYSTEM_NAME_SIZE;
}

const char *check_mend_name(struct arena *arena, const char *name) {
    char *mended = arena_strdup(arena, name);

    for (char *c = mended; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
        else if (*c == '_' || *c == ' ' || *c == '.')
            *c = '-';
    }
    return check_is_name(mended) ? arena_printf(arena, ", as in %s", mended) : "";
}

static void check_vm_name(struct checker *checker, size_t vm) {
    const char *name = vm_at(checker, vm)->name;
    struct mark mark = vm_at(checker, vm)->description->self.mark;

    if (!check_is_name(name)) {
        check_broken(checker, RULE_VM_NAME, vm, mark,
                     "'%s' is no name for a VM; use at most %u of a-z, 0-9 and -, a letter first%s",
                     name, SYSTEM_NAME_SIZE - 1, check_mend_name(checker->plan->arena, name));
    } else if (strcmp(name, CONSOLE_HYPERVISOR_NAME) == 0) {
        check_broken(checker, RULE_VM_NAME, vm, mark,
                     "'%s' is how the hypervisor calls itself on the console; take another name",
                     name);
    }
}

static void check_cpu_missing(struct checker *checker, size_t vm) {
    const struct value *cpus = &vm_at(checker, vm)->description->cpus;
    size_t count = checker->plan->board->machine.cpu_count;

    for (unsigned cpu = 0; cpu < 64 && !cpus->bad; cpu++) {
        if ((cpus->number >> cpu & 1) != 0 && cpu >= count) {
            check_broken(checker, RULE_CPU_MISSING, vm, cpus->mark,
                         "the board has no CPU %u; its CPUs are 0 to %zu%s", cpu, count - 1,
                         cpus->number == UINT64_C(1) << count
                             ? ", and 'cpus' says which of them, not how many"
                             : "");
        }
    }
}

static void check_cpu_shared(struct checker *checker, size_t vm) {
    const struct value *cpus = &vm_at(checker, vm)->description->cpus;

    for (size_t other = 0; other < vm && !cpus->bad; other++) {
        const struct plan_vm *owner = vm_at(checker, other);

        for (unsigned cpu = 0; cpu < 64; cpu++) {
            if ((cpus->number & owner->description->cpus.number) >> cpu & 1) {
                check_broken(checker, RULE_CPU_SHARED, vm, cpus->mark,
                             "CPU %u belongs to '%s' already; give each CPU to one VM", cpu,
                             owner->name);
            }
        }
    }
}

static enum system_fault_policy fault_policy(const struct value *value) {
    if (!value->given || value->bad || strcmp(value->text, "stop") == 0)
        return SYSTEM_FAULT_STOP;
    return strcmp(value->text, "restart") == 0 ? SYSTEM_FAULT_RESTART : SYSTEM_FAULT_HALT;
}

/* Reads what happens on a fault. */
static void check_restart_limit(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    const struct fault_description *fault = vm->description->on_fault.maps;

    if (fault == NULL || vm->description->on_fault.bad)
        return;
    vm->on_fault = fault_policy(&fault->action);
    vm->restart_max = (uint32_t)fault->max.number;
    vm->restart_within = (uint32_t)((fault->within.number + NS_PER_MS - 1) / NS_PER_MS);
    vm->restart_then = fault_policy(&fault->then);
    if (vm->on_fault != SYSTEM_FAULT_RESTART &&
        (fault->max.given || fault->within.given || fault->then.given)) {
        check_broken(checker, RULE_RESTART_LIMIT, index, fault->action.mark,
                     "'max', 'within' and 'then' limit restarts, and this VM has none; write do: "
                     "restart, or remove them");
    } else if (fault->max.given != fault->within.given) {
        check_broken(checker, RULE_RESTART_LIMIT, index, fault->self.mark,
                     "'max' restarts are counted in a time, 'within'; give both, as in { do: "
                     "restart, max: 3, within: 10 s }, or none for no limit");
    } else if (fault->max.number > UINT32_MAX || fault->within.number > UINT32_MAX * NS_PER_MS) {
        check_broken(checker, RULE_RESTART_LIMIT, index, fault->max.mark,
                     "'max' is at most 4 thousand million, and 'within' 49 days; write less, or no "
                     "limit");
    }
}

/* What the board's architecture, or its interrupt controller, does not have. */
static void check_guest_files(struct checker *checker, size_t index) {
    const struct vm_description *vm = vm_at(checker, index)->description;
    const struct board *board = checker->plan->board;
    const struct system_board_riscv64 *riscv64 = &board->machine.board.riscv64;
    bool direct =
        vm->interrupts.given && !vm->interrupts.bad && strcmp(vm->interrupts.text, "direct") == 0;
    bool mediated = vm->interrupts.given && !vm->interrupts.bad && !direct;
    bool aia = is_riscv64(checker->plan) && riscv64->controller_kind == SYSTEM_CONTROLLER_AIA;

    if (!is_riscv64(checker->plan) && vm_at(checker, index)->console == SYSTEM_VM_CONSOLE_SBI) {
        check_broken(checker, RULE_NOT_SUPPORTED, index, vm->console.mark,
                     "'sbi' is a console of RISC-V's, and the board is not; write shared or none");
    }
    if (!is_riscv64(checker->plan) && direct) {
        check_broken(checker, RULE_NOT_SUPPORTED, index, vm->interrupts.mark,
                     "direct interrupts on arm64 are not yet supported; write mediated, or remove "
                     "the key");
    } else if (aia && mediated) {
        check_broken(checker, RULE_NOT_SUPPORTED, index, vm->interrupts.mark,
                     "mediated interrupts on a board with an IMSIC are not yet supported; write "
                     "direct, or remove the key");
    } else if (aia && riscv64->guest_files == 0) {
        check_broken(checker, RULE_GUEST_FILES, index, vm->self.mark,
                     "the IMSIC of this board has no interrupt files for guests, which its VMs "
                     "need; choose another board");
    } else if (direct && !aia) {
        check_broken(checker, RULE_GUEST_FILES, index, vm->interrupts.mark,
                     "the interrupt controller of this board has no interrupt files for guests, so "
                     "its interrupts cannot be direct; write mediated, or remove the key");
    }
}

static const char *console_word(const struct plan_vm *vm) {
    const struct value *console = &vm->description->console;

    return console->given && !console->bad ? console->text : "shared";
}

/* Whether this is a way to speak on Bulkhead's console. */
static bool is_shared(const char *word) {
    return strcmp(word, "shared") == 0 || strcmp(word, "sbi") == 0;
}

static void check_console_missing(struct checker *checker, size_t index) {
    const struct plan_vm *vm = vm_at(checker, index);
    const struct value *console = &vm->description->console;

    if (checker->plan->board->machine.board.console_kind == CONSOLE_KIND_NONE && !console->bad &&
        is_shared(console_word(vm))) {
        check_broken(checker, RULE_CONSOLE_MISSING, index, console->mark,
                     "'%s' would speak on Bulkhead's console (%s%s), which is none; write "
                     "'console: none' for this VM too, or the name of a device that it shall own",
                     vm->name, console_word(vm), console->given ? "" : ", the default");
    }
}

static void check_firmware_unknown(struct checker *checker, size_t index) {
    const struct value *firmware = &vm_at(checker, index)->description->firmware;

    for (size_t i = 0; i < firmware->count; i++) {
        const char *why = "";
        int node = -1;

        if (device_find(checker->plan->board, firmware->items[i].key, checker->plan->arena, &node,
                        &why) != DEVICE_OK) {
            check_broken(checker, RULE_FIRMWARE_UNKNOWN, index, firmware->items[i].mark,
                         "the board's tree has no firmware '%s'; %s", firmware->items[i].key, why);
        }
    }
}

static void check_table_full(struct checker *checker, size_t index) {
    size_t memory = 0;
    size_t devices = 0;

    for (size_t i = 0; i < checker->plan->vm_count; i++) {
        const struct plan_vm *vm = vm_at(checker, i);

        memory += vm->description->memory.count;
        for (size_t j = 0; j < vm->device_count; j++)
            devices += vm->devices[j].device.register_count;
    }
    if (memory > SYSTEM_MEMORY_MAX) {
        check_broken(checker, RULE_TABLE_FULL, index, checker->plan->description->vms.mark,
                     "the VMs have %zu regions of memory; the hypervisor's table takes %u, so join "
                     "some",
                     memory, SYSTEM_MEMORY_MAX);
    }
    if (devices > SYSTEM_DEVICES_MAX) {
        check_broken(checker, RULE_TABLE_FULL, index, checker->plan->description->vms.mark,
                     "the VMs' devices have %zu windows of registers; the hypervisor's table takes "
                     "%u",
                     devices, SYSTEM_DEVICES_MAX);
    }
}

static void check_payloads_full(struct checker *checker, size_t index) {
    size_t payloads = 0;

    for (size_t i = 0; i < checker->plan->vm_count; i++)
        payloads += vm_at(checker, i)->payload_count;
    if (payloads > SYSTEM_PAYLOADS_MAX) {
        check_broken(checker, RULE_TABLE_FULL, index, checker->plan->description->vms.mark,
                     "the VMs' images, trees and initrds are %zu pieces to load; the hypervisor's "
                     "table takes %u, so link the images with fewer segments",
                     payloads, SYSTEM_PAYLOADS_MAX);
    }
}

/* What lies somewhere in a guest's address space. */
struct occupant {
    struct system_range range;
    const char *what;
    struct mark mark;
};

static struct occupant *list_occupants(struct checker *checker, size_t index, size_t *count) {
    const struct plan_vm *vm = vm_at(checker, index);
    const struct system_board *board = &checker->plan->board->machine.board;
    struct arena *arena = checker->plan->arena;
    struct mark mark = vm->description->self.mark;
    struct occupant *list = NULL;
    static const char *const names[2][CONFIG_GUEST_CONTROLLER_MAX] = {
        {"the interrupt controller's distributor", "the interrupt controller's redistributors"},
        {"the interrupt controller", "the interrupt files"},
    };

#define ADD(start, size, ...)                                                                      \
    (*ARENA_ADD(arena, list, *count) = (struct occupant){{start, size}, __VA_ARGS__})
    *count = 0;
    for (uint32_t n = 0; n < CONFIG_GUEST_CONTROLLER_MAX; n++) {
        struct system_range range;

        plan_controller(checker->plan, vm, n, &range);
        if (range.size != 0)
            ADD(range.phys, range.size, names[is_riscv64(checker->plan)][n], mark);
    }
    if (plan_has_uart(vm))
        ADD(board->console_phys, SYSTEM_PAGE_SIZE, "the console", mark);
    for (size_t i = 0; i < vm->device_count; i++) {
        const struct plan_device *device = &vm->devices[i];

        for (size_t j = 0; !device->bad && j < device->device.register_count; j++) {
            struct system_range range = device->device.registers[j];

            ADD(range.phys, range.size, device->device.name, device->mark);
        }
    }
    for (size_t i = 0; i < vm->memory_count; i++)
        ADD(vm->memory[i].at, vm->memory[i].size, "memory", vm->memory[i].mark);
    const struct channel_description *channel;
    const struct member_description *member;
    for (size_t i = 0; (member = check_channel_member(checker, index, i, &channel)) != NULL; i++)
        if (member->at.given && !member->at.bad && !channel->size.bad)
            ADD(member->at.number, channel->size.number, channel->self.key, member->at.mark);
#undef ADD
    return list;
}

static void check_address_taken(struct checker *checker, size_t index) {
    size_t count = 0;
    struct occupant *list = list_occupants(checker, index, &count);

    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            struct system_range a = list[i].range;
            struct system_range b = list[j].range;

            if (a.phys < b.phys + b.size && b.phys < a.phys + a.size) {
                check_broken(checker, RULE_ADDRESS_TAKEN, index, list[i].mark,
                             "%s at 0x%llx (%s) lies over %s at 0x%llx (%s) in this guest's "
                             "address space; move it with 'at', or make it smaller",
                             list[i].what, (unsigned long long)a.phys,
                             number_size_text(checker->plan->arena, a.size), list[j].what,
                             (unsigned long long)b.phys,
                             number_size_text(checker->plan->arena, b.size));
                break;
            }
        }
    }
}

/* In this order, each once for the whole system or for each VM. */
static const struct check {
    enum rule rule;
    bool once;
    void (*apply)(struct checker *checker, size_t vm);
} checks[] = {
    {RULE_VM_COUNT, true, check_vm_count},
    {RULE_VM_NAME, false, check_vm_name},
    {RULE_CPU_MISSING, false, check_cpu_missing},
    {RULE_CPU_SHARED, false, check_cpu_shared},
    {RULE_GUEST_FILES, false, check_guest_files}, /* and not-supported */
    {RULE_CONSOLE_MISSING, false, check_console_missing},
    {RULE_RESTART_LIMIT, false, check_restart_limit},
    {RULE_MEMORY_UNALIGNED, false, check_memory_unaligned},
    {RULE_CHANNEL_NAME, true, check_channel_name},
    {RULE_CHANNEL_UNALIGNED, true, check_channel_size},
    {RULE_CHANNEL_MEMBER, true, check_channel_members},
    {RULE_ADDRESS_TOO_HIGH, false, check_address_too_high},
    {RULE_DEVICE_UNKNOWN, false, check_device_unknown}, /* and device-ambiguous */
    {RULE_DEVICE_TWICE, false, check_device_twice},
    {RULE_DEVICE_IS_CONTROLLER, false, check_device_special}, /* -console, -ram, -disabled */
    {RULE_WITHOUT_UNKNOWN, false, check_without_unknown},
    {RULE_DEVICE_UNFIT, false, check_device_unfit},
    {RULE_DEVICE_DMA, false, check_device_dma}, /* and -unprotected, window-, msi-lost */
    {RULE_DMA_MEMORY, false, check_dma_memory},
    {RULE_DEVICE_SHARED, false, check_device_shared},
    {RULE_UNOWNED_PROVIDER, false, check_unowned_provider}, /* and foreign-provider */
    {RULE_FOREIGN_PROVIDER, true, check_foreign_provider},
    {RULE_INTERRUPT_SHARED, false, check_interrupt_shared},
    {RULE_CHANNEL_INTERRUPT, false, check_channel_interrupt},
    {RULE_FIRMWARE_UNKNOWN, false, check_firmware_unknown},
    {RULE_TABLE_FULL, true, check_table_full},
    {RULE_ADDRESS_TAKEN, false, check_address_taken},
    {RULE_MEMORY_CONGRUENCE, false, check_memory_congruence},
    {RULE_MEMORY_OUTSIDE, false, check_memory_outside}, /* and memory-reserved */
    {RULE_MEMORY_SHARED, false, check_memory_shared},
    {RULE_FILE_MISSING, false, check_file_missing},
    {RULE_FILE_DIGEST, false, check_file_digest},
    {RULE_IMAGE_FORMAT, false, check_image_format}, /* -truncated, -arch */
    {RULE_IMAGE_TRUNCATED, false, check_initrd_format},
    {RULE_IMAGE_LOAD, false, check_image_load},
    {RULE_ENTRY_OUTSIDE, false, check_entry_outside},
    {RULE_SLOT_SIZE, false, check_slot_size},
    {RULE_IMAGE_OUTSIDE, false, check_image_outside},
    {RULE_ARGS_UNREAD, false, check_args_unread},
    {RULE_TREE_FILE, false, check_tree_file},
    {RULE_PATCH_SOURCE, false, check_patch_source},
    {RULE_INITRD_TOO_LARGE, false, check_initrd_too_large},
    {RULE_TREE_PLACE, false, check_tree}, /* and patch-target, tree-unowned */
    {RULE_TABLE_FULL, true, check_payloads_full},
    {RULE_MEMORY_OVER_BULKHEAD, true, check_memory_over_bulkhead},
    {RULE_MEMORY_TOO_LARGE, true, check_memory_too_large},
};

/* What the VM has of Bulkhead's console, and whether it has a device for one. */
static void open_console(const struct plan *plan, struct plan_vm *vm) {
    const char *word = console_word(vm);

    vm->console = SYSTEM_VM_CONSOLE_NONE;
    if (!is_shared(word))
        vm->own_console = strcmp(word, "none") == 0 ? NULL : word;
    else if (plan->board->machine.board.console_kind == CONSOLE_KIND_NONE)
        return; /* check_console_missing() says it */
    else if (strcmp(word, "sbi") == 0)
        vm->console = SYSTEM_VM_CONSOLE_SBI;
    else
        vm->console = is_riscv64(plan) ? SYSTEM_VM_CONSOLE_16550 : SYSTEM_VM_CONSOLE_PL011;
}

static void open_vms(struct plan *plan) {
    plan->vm_count = plan->description->vms.count;
    plan->vms = arena_alloc(plan->arena, (plan->vm_count + 1) * sizeof(*plan->vms));
    for (size_t i = 0; i < plan->vm_count; i++) {
        struct plan_vm *vm = &plan->vms[i];
        const struct vm_description *description = description_vm(plan->description, i);

        vm->description = description;
        vm->name = description->self.key;
        vm->has_tree = !description->dtb.given || description->dtb.text == NULL ||
                       description->dtb.is_path || strcmp(description->dtb.text, "none") != 0;
        if (plan->board != NULL)
            open_console(plan, vm);
    }
}

/* Where the board is not known, only these can be told to be broken. */
static const enum rule boardless[] = {
    RULE_VM_COUNT,          RULE_VM_NAME,        RULE_CHANNEL_NAME,
    RULE_CHANNEL_UNALIGNED, RULE_CHANNEL_MEMBER, RULE_ARGS_UNREAD,
};

static bool needs_board(enum rule rule) {
    for (size_t i = 0; i < COUNT(boardless); i++)
        if (boardless[i] == rule)
            return false;
    return true;
}

/* Whether all that `rule` relies on holds in the whole system, for the VM (or for each). */
static bool is_applicable(const struct checker *checker, enum rule rule, size_t vm) {
    const bool(*broken)[RULE_COUNT] = checker->broken;

    if (checker->plan->board == NULL && needs_board(rule))
        return false;
    for (const enum rule *needs = rule_info(rule)->needs; *needs != RULE_NONE; needs++) {
        if (broken[CHECK_SYSTEM][*needs] || broken[vm][*needs])
            return false;
        for (size_t i = 0; vm == CHECK_SYSTEM && i < CHECK_SYSTEM; i++)
            if (broken[i][*needs])
                return false;
    }
    return !broken[CHECK_SYSTEM][RULE_VM_COUNT];
}

static void apply(struct checker *checker, const struct check *check, size_t vm) {
    if (is_applicable(checker, check->rule, vm))
        check->apply(checker, vm);
    else
        check_skip(checker, check->rule, vm);
}

void check_system(struct plan *plan) {
    struct checker checker = {.plan = plan};

    open_vms(plan);
    if (plan->board != NULL)
        checker.registers = register_map_make(plan->board->machine.tree, plan->arena);
    for (size_t i = 0; i < COUNT(checks) && plan->diagnostics->left_out == 0; i++) {
        if (checks[i].once)
            apply(&checker, &checks[i], CHECK_SYSTEM);
        for (size_t vm = 0; !checks[i].once && vm < plan->vm_count && vm < SYSTEM_VMS_MAX; vm++)
            apply(&checker, &checks[i], vm);
    }
}
