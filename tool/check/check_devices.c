/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check_devices.h"

#include <string.h>

#include "config/config_check.h"
#include "tool/base/range.h"

/* Looks up what `device` names; `unless` begins the message if the board has no such device. */
static void find_device(struct checker *checker, struct plan_device *device, const char *unless) {
    const char *why = "";

    switch (device_find(checker->plan->board, device->written, checker->plan->arena,
                        &device->device.node, &why)) {
    case DEVICE_OK:
        device_list(&device->device, checker->plan->arena);
        break;
    case DEVICE_AMBIGUOUS:
        checker_refuse(checker, RULE_DEVICE_AMBIGUOUS, device, "'%s': %s", device->written, why);
        break;
    default:
        checker_refuse(checker, RULE_DEVICE_UNKNOWN, device, "%sthe board has no device '%s'; %s",
                       unless, device->written, why);
    }
}

/* The device that is the VM's console: one of those listed, or else one more. */
static void add_console(struct checker *checker, struct plan_vm *vm) {
    struct plan_device *device = &vm->devices[vm->device_count];

    device->mark = vm->description->console.mark;
    device->written = vm->own_console;
    find_device(checker, device, "it is not shared, sbi or none, and ");
    for (size_t i = 0; i < vm->device_count; i++) {
        if (!checker_device(checker, vm, &vm->devices[i])->refused &&
            vm->devices[i].device.node == device->device.node) {
            vm->console_device = &vm->devices[i];
            return;
        }
    }
    vm->console_device = device;
    vm->device_count++;
}

static enum plan_dma dma_of(const struct value *dma) {
    const char *text = value_text(dma);

    if (text == NULL)
        return PLAN_DMA_DEFAULT;
    return strcmp(text, "none") == 0 ? PLAN_DMA_NONE : PLAN_DMA_UNPROTECTED;
}

/* The VM's omissions (`without:`), as all that read the tree want them. */
static void list_omissions(struct checker *checker, struct plan_vm *vm) {
    vm->omissions =
        arena_alloc(checker->plan->arena, (vm->device_count + 1) * sizeof(*vm->omissions));
    for (size_t i = 0; i < vm->device_count; i++) {
        const struct plan_device *device = &vm->devices[i];

        if (!checker_device(checker, vm, device)->refused && device->without != NULL)
            vm->omissions[vm->omission_count++] =
                (struct device_omission){device->device.node, device->without};
    }
}

/* True: an error was reported for what the description says of it. */
static bool is_bad(const struct device_description *device) {
    return device->self.bad || device->node.bad || device->enable.bad || device->dma.bad ||
           device->without.bad;
}

void find_devices(struct checker *checker, struct plan_vm *vm) {
    const struct value *devices = &vm->description->devices;
    const struct device_description *described = devices->maps;
    const struct plan *plan = checker->plan;

    vm->device_count = devices->count;
    vm->devices = arena_alloc(plan->arena, (devices->count + 1) * sizeof(*vm->devices));
    checker->devices[vm - plan->vms] =
        arena_alloc(plan->arena, (devices->count + 1) * sizeof(struct checker_device));
    for (size_t i = 0; i < devices->count; i++) {
        struct plan_device *device = &vm->devices[i];
        const struct device_description *one = &described[i];

        *device = (struct plan_device){
            .mark = one->node.mark,
            .written = one->node.text,
            .enable = one->enable.number != 0,
            .dma = dma_of(&one->dma),
            .without = value_is_known(&one->without) ? &one->without : NULL,
        };
        if (is_bad(one) || plan->diagnostics->left_out != 0)
            checker_device(checker, vm, device)->refused = true;
        else
            find_device(checker, device, "");
    }
    if (vm->own_console != NULL)
        add_console(checker, vm);
    list_omissions(checker, vm);
}

void check_device_twice(struct checker *checker, const struct plan_device *device) {
    for (const struct plan_device *other = checker->vm->devices; other < device; other++) {
        if (!checker_device(checker, checker->vm, other)->refused &&
            other->device.node == device->device.node) {
            checker_refuse(checker, RULE_DEVICE_TWICE, device,
                           "'%s' stands here twice, first in line %zu; list each device once",
                           device->written, other->mark.line);
            return;
        }
    }
}

/* True, with an error, if a node of the device is part of the machine itself. */
static bool refuse_special(struct checker *checker, const struct plan_device *device,
                           const struct tree_node *node) {
    const struct machine *machine = &checker->plan->board->machine;
    const char *said = node == device->device.node
                           ? arena_printf(checker->plan->arena, "'%s' is", device->written)
                           : arena_printf(checker->plan->arena, "'%s' holds %s, which is",
                                          device->written, node->name);

    if (machine_owns(machine, node) || machine_owns(machine, node->parent)) {
        checker_refuse(checker, RULE_DEVICE_IS_CONTROLLER, device,
                       "%s the interrupt controller, of which every VM gets its own view without "
                       "asking; remove it",
                       said);
    } else if (node == machine->console_node) {
        checker_refuse(checker, RULE_DEVICE_IS_CONSOLE, device,
                       "%s Bulkhead's console, which every VM with 'console: shared' (the "
                       "default) can use; remove it, or let Bulkhead go without by 'console: none' "
                       "beside 'board:'",
                       said);
    } else if (tree_is_type(node, "memory")) {
        checker_refuse(checker, RULE_DEVICE_IS_RAM, device,
                       "%s RAM; ask for some with 'memory: 64 MiB' instead", said);
    } else {
        return false;
    }
    return true;
}

void check_device_special(struct checker *checker, const struct plan_device *device) {
    for (size_t i = 0; i < device->device.node_count; i++)
        if (refuse_special(checker, device, device->device.nodes[i]))
            return;
    if (!tree_is_enabled(device->device.node) && !device->enable) {
        checker_refuse(checker, RULE_DEVICE_DISABLED, device,
                       "the board's tree disables '%s'; write { node: %s, enable: yes } under "
                       "'devices:' if that is meant",
                       device->written, device->written);
    }
}

/* Whose registers, which no VM may have, are in a range; NULL: nobody's. */
static const char *forbidden_part(const struct checker *checker, struct system_range range) {
    size_t at = register_map_find(&checker->registers, range);
    const struct register_map_item *other;

    while ((other = register_map_next(&checker->registers, range, &at)) != NULL) {
        if (device_is_secure(other->node))
            return "the secure world";
        if (device_is_iommu(other->node))
            return "an IOMMU";
    }
    return NULL;
}

/* The machine's own part over which a device's registers lie; NULL: none. */
static const char *machine_part(const struct checker *checker, struct system_range range,
                                enum rule *rule) {
    const struct machine *machine = &checker->plan->board->machine;
    struct system_range own;

    for (size_t i = 0; i < machine->own_count; i++) {
        for (size_t j = 0; tree_register(machine->own_nodes[i], j, &own); j++) {
            if (overlap(range, own)) {
                *rule = RULE_DEVICE_IS_CONTROLLER;
                return "the interrupt controller";
            }
        }
    }
    if (machine->console_node != NULL &&
        overlap(range, (struct system_range){machine->board.console_phys, SYSTEM_PAGE_SIZE})) {
        *rule = RULE_DEVICE_IS_CONSOLE;
        return "Bulkhead's console";
    }
    for (size_t i = 0; i < machine->ram_count; i++) {
        if (overlap(range, machine->ram[i])) {
            *rule = RULE_DEVICE_IS_RAM;
            return "RAM";
        }
    }
    *rule = RULE_DEVICE_UNFIT;
    return forbidden_part(checker, range);
}

static void check_registers(struct checker *checker, const struct plan_device *device) {
    uint64_t end = device_address_end(checker->plan->board);

    for (size_t i = 0; i < device->device.register_count; i++) {
        struct system_range range = device->device.registers[i];
        enum rule rule = RULE_DEVICE_UNFIT;
        const char *part = machine_part(checker, range, &rule);

        if (part != NULL) {
            checker_refuse(checker, rule, device,
                           "'%s' has registers at 0x%llx, in a page of %s; remove it",
                           device->written, (unsigned long long)range.phys, part);
            return;
        }
        if (range.phys + range.size > end) {
            checker_refuse(checker, RULE_ADDRESS_TOO_HIGH, device,
                           "'%s' has registers at 0x%llx, and a guest's addresses on this board "
                           "end at 0x%llx; remove it",
                           device->written, (unsigned long long)range.phys,
                           (unsigned long long)end);
            return;
        }
    }
}

void read_device(struct checker *checker, struct plan_device *device) {
    const struct plan *plan = checker->plan;
    const struct plan_vm *vm = checker->vm;
    const char *why = "";
    const struct tree_node *parent = device->device.node->parent;
    enum device_result result = device_read(plan->board, &device->device, vm->omissions,
                                            vm->omission_count, plan->arena, &why);

    if (result == DEVICE_OK && !plan_has_node(vm, parent) &&
        !device_is_whole(&device->device, plan->arena, &why))
        result = DEVICE_UNFIT;
    if (result == DEVICE_NOT_SUPPORTED) {
        checker_refuse(checker, RULE_NOT_SUPPORTED, device,
                       "'%s' cannot be given to a VM yet: %s, which is not yet supported; remove "
                       "it",
                       device->written, why);
    } else if (result != DEVICE_OK) {
        checker_refuse(checker, RULE_DEVICE_UNFIT, device,
                       "'%s' cannot be given to a VM: %s; remove it", device->written, why);
    } else if (device->device.memory != NULL) {
        checker_refuse(checker, RULE_NOT_SUPPORTED, device,
                       "'%s' needs the reserved memory %s (memory-region), and giving RAM that "
                       "the board reserves to a VM is not yet supported; write { node: %s, "
                       "without: [ memory-region ] } if it works without",
                       device->written, device->device.memory, device->written);
    } else {
        check_registers(checker, device);
    }
}

/* The next device of the VMs before this one that is not refused; begin with NULL, and *owner as
 * the first VM. NULL: there are no more. */
static const struct plan_device *next_earlier(const struct checker *checker,
                                              const struct plan_vm **owner,
                                              const struct plan_device *device) {
    for (; *owner < checker->vm; ++*owner, device = NULL) {
        device = device == NULL ? (*owner)->devices : device + 1;
        for (; device < (*owner)->devices + (*owner)->device_count; device++)
            if (!checker_device(checker, *owner, device)->refused)
                return device;
    }
    return NULL;
}

/* Whether one of two devices is part of the other, or both are the same. */
static bool share_node(const struct device *a, const struct device *b) {
    return device_covers(a, b->node) || device_covers(b, a->node);
}

/* Makes one of two windows that share a page; false: none do. */
static bool join_registers(struct device *first, struct device *second) {
    for (size_t i = 0; i < first->register_count; i++) {
        for (size_t j = 0; j < second->register_count; j++) {
            struct system_range *a = &first->registers[i];

            if (!overlap(*a, second->registers[j]))
                continue;
            *a = range_union(*a, second->registers[j]);
            second->registers[j] = second->registers[--second->register_count];
            return true;
        }
    }
    return false;
}

void join_pages(struct checker *checker, struct plan_vm *vm) {
    for (size_t i = 0; i < vm->device_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!checker_device(checker, vm, &vm->devices[i])->refused &&
                !checker_device(checker, vm, &vm->devices[j])->refused &&
                join_registers(&vm->devices[j].device, &vm->devices[i].device)) {
                i = 0; /* what has grown may reach others */
                break;
            }
        }
    }
}

static void refuse_shared(struct checker *checker, const struct plan_device *device,
                          const struct plan_device *other, const struct plan_vm *owner) {
    const char *what = "";

    if (other->device.node != device->device.node) {
        what = arena_printf(checker->plan->arena,
                            other->device.node < device->device.node ? " is part of '%s', which"
                                                                     : " holds '%s', which",
                            other->written);
    }
    checker_refuse(checker, RULE_DEVICE_SHARED, device,
                   "'%s'%s belongs to '%s' already; give each device, and all that it holds, to "
                   "one VM",
                   device->written, what, owner->name);
}

/* The device of an earlier VM that has registers in these pages; NULL: none has. */
static const struct plan_device *
page_owner(const struct checker *checker, struct system_range range, const struct plan_vm **owner) {
    const struct plan_device *other = NULL;

    *owner = checker->plan->vms;
    while ((other = next_earlier(checker, owner, other)) != NULL)
        for (size_t i = 0; i < other->device.register_count; i++)
            if (overlap(range, other->device.registers[i]))
                return other;
    return NULL;
}

void check_device_shared(struct checker *checker, const struct plan_device *device) {
    const struct plan_vm *owner = checker->plan->vms;
    const struct plan_device *other = NULL;

    while ((other = next_earlier(checker, &owner, other)) != NULL) {
        if (share_node(&other->device, &device->device)) {
            refuse_shared(checker, device, other, owner);
            return;
        }
    }
    for (size_t i = 0; i < device->device.register_count; i++) {
        struct system_range range = device->device.registers[i];

        other = page_owner(checker, range, &owner);
        if (other != NULL) {
            checker_refuse(checker, RULE_DEVICE_SHARED, device,
                           "'%s' has registers in the page at 0x%llx, which belongs to '%s' with "
                           "'%s' already; give both devices to one VM, or only one of them",
                           device->written, (unsigned long long)range.phys, owner->name,
                           other->written);
            return;
        }
    }
}

/* Whose an interrupt is, of Bulkhead and the earlier VMs, refused devices or not; NULL: nobody's.
 */
static const char *interrupt_owner(const struct checker *checker, uint32_t number) {
    const struct plan *plan = checker->plan;

    if (number == plan->board->machine.board.console_irq)
        return "bulkhead";
    for (const struct plan_vm *vm = plan->vms; vm < checker->vm; vm++) {
        for (size_t i = 0; i < vm->device_count; i++) {
            const struct device *device = &vm->devices[i].device;

            if (tree_interrupt_in(device->interrupts, device->interrupt_count, number))
                return vm->name;
        }
    }
    return NULL;
}

void check_interrupt_shared(struct checker *checker, const struct plan_device *device) {
    for (size_t i = 0; i < device->device.interrupt_count; i++) {
        uint32_t number = device->device.interrupts[i].number;
        const char *owner = interrupt_owner(checker, number);

        if (owner != NULL) {
            checker_refuse(checker, RULE_INTERRUPT_SHARED, device,
                           "'%s' has interrupt %u, which belongs to '%s' already; give all "
                           "devices on one interrupt to one VM",
                           device->written, number, owner);
            return;
        }
    }
}
