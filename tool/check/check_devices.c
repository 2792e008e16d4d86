/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_devices.c - the rules about devices. A device for which one is broken is looked at by no
 * further one.
 */
#include <string.h>

#include "config/config_arch.h"
#include "tool/check/check.h"

static struct plan_vm *vm_at(struct checker *checker, size_t vm) {
    return &checker->plan->vms[vm];
}

struct plan_device *check_next_device(struct checker *checker, size_t index, size_t *at) {
    struct plan_vm *vm = vm_at(checker, index);

    while (*at < vm->device_count) {
        struct plan_device *device = &vm->devices[(*at)++];

        if (!device->bad)
            return device;
    }
    return NULL;
}

/* Looks up what `device` names; `unless` begins the message if the board has no such device. */
static void find_device(struct checker *checker, size_t index, struct plan_device *device,
                        const char *unless) {
    const char *why = "";

    switch (device_find(checker->plan->board, device->written, checker->plan->arena,
                        &device->device.node, &why)) {
    case DEVICE_OK:
        device_list(checker->plan->board, &device->device, checker->plan->arena);
        break;
    case DEVICE_AMBIGUOUS:
        CHECK_DEVICE_BROKEN(checker, RULE_DEVICE_AMBIGUOUS, index, device, "'%s': %s",
                            device->written, why);
        break;
    default:
        CHECK_DEVICE_BROKEN(checker, RULE_DEVICE_UNKNOWN, index, device,
                            "%sthe board has no device '%s'; %s", unless, device->written, why);
    }
}

/* The device that is the VM's console: one of those listed, or else one more. */
static void add_console(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    struct plan_device *device = &vm->devices[vm->device_count];

    device->mark = vm->description->console.mark;
    device->written = vm->own_console;
    find_device(checker, index, device, "it is not shared, sbi or none, and ");
    for (size_t i = 0; i < vm->device_count; i++) {
        if (!vm->devices[i].bad && vm->devices[i].device.node == device->device.node) {
            vm->console_device = &vm->devices[i];
            return;
        }
    }
    vm->console_device = device;
    vm->device_count++;
}

static enum plan_dma dma_of(const struct value *dma) {
    if (!dma->given || dma->bad)
        return PLAN_DMA_DEFAULT;
    return strcmp(dma->text, "none") == 0 ? PLAN_DMA_NONE : PLAN_DMA_UNPROTECTED;
}

/* What the VM's devices go without, as all that read the tree want it. */
static void list_omissions(struct checker *checker, struct plan_vm *vm) {
    vm->omissions =
        arena_alloc(checker->plan->arena, (vm->device_count + 1) * sizeof(*vm->omissions));
    for (size_t i = 0; i < vm->device_count; i++) {
        const struct plan_device *device = &vm->devices[i];

        if (!device->bad && device->without != NULL)
            vm->omissions[vm->omission_count++] =
                (struct device_omission){device->device.node, device->without};
    }
}

void check_device_unknown(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    const struct value *devices = &vm->description->devices;
    const struct device_description *described = devices->maps;

    vm->device_count = devices->count;
    vm->devices = arena_alloc(checker->plan->arena, (devices->count + 1) * sizeof(*vm->devices));
    for (size_t i = 0; i < devices->count; i++) {
        struct plan_device *device = &vm->devices[i];
        const struct device_description *one = &described[i];

        device->mark = one->node.mark;
        device->written = one->node.text;
        device->enable = one->enable.number != 0;
        device->dma = dma_of(&one->dma);
        device->without = one->without.given && !one->without.bad ? &one->without : NULL;
        device->device.node = -1;
        device->bad =
            one->self.bad || one->node.bad || one->enable.bad || one->dma.bad || one->without.bad;
        device->bad = device->bad || checker->plan->diagnostics->left_out != 0;
        if (!device->bad)
            find_device(checker, index, device, "");
    }
    if (vm->own_console != NULL)
        add_console(checker, index);
    list_omissions(checker, vm);
}

void check_device_twice(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    struct plan_device *device;

    for (size_t at = 0; (device = check_next_device(checker, index, &at)) != NULL;) {
        for (const struct plan_device *other = vm->devices; other < device; other++) {
            if (!other->bad && other->device.node == device->device.node) {
                CHECK_DEVICE_BROKEN(
                    checker, RULE_DEVICE_TWICE, index, device,
                    "'%s' stands here twice, first in line %zu; list each device once",
                    device->written, other->mark.line);
                break;
            }
        }
    }
}

/* True, with an error, if a node of the device is part of the machine itself. */
static bool refuse_special(struct checker *checker, size_t index, struct plan_device *device,
                           int node) {
    const struct machine *machine = &checker->plan->board->machine;
    const char *type = tree_string(machine->tree, node, "device_type");
    const char *said = node == device->device.node
                           ? arena_printf(checker->plan->arena, "'%s' is", device->written)
                           : arena_printf(checker->plan->arena, "'%s' holds %s, which is",
                                          device->written, fdt_get_name(machine->tree, node, NULL));

    if (machine_owns(machine, node) || machine_owns(machine, tree_parent(machine->tree, node))) {
        CHECK_DEVICE_BROKEN(checker, RULE_DEVICE_IS_CONTROLLER, index, device,
                            "%s the interrupt controller, of which every VM gets its own view "
                            "without asking; remove it",
                            said);
    } else if (node == machine->console_node) {
        CHECK_DEVICE_BROKEN(checker, RULE_DEVICE_IS_CONSOLE, index, device,
                            "%s Bulkhead's console, which every VM with 'console: shared' (the "
                            "default) can use; remove it, or let Bulkhead go without by 'console: "
                            "none' beside 'board:'",
                            said);
    } else if (type != NULL && strcmp(type, "memory") == 0) {
        CHECK_DEVICE_BROKEN(checker, RULE_DEVICE_IS_RAM, index, device,
                            "%s RAM; ask for some with 'memory: 64 MiB' instead", said);
    }
    return device->bad;
}

void check_device_special(struct checker *checker, size_t index) {
    const void *tree = checker->plan->board->machine.tree;
    struct plan_device *device;

    for (size_t at = 0; (device = check_next_device(checker, index, &at)) != NULL;) {
        for (size_t i = 0; i < device->device.node_count; i++)
            if (refuse_special(checker, index, device, device->device.nodes[i]))
                break;
        if (!device->bad && !tree_is_enabled(tree, device->device.node) && !device->enable) {
            CHECK_DEVICE_BROKEN(checker, RULE_DEVICE_DISABLED, index, device,
                                "the board's tree disables '%s'; write { node: %s, enable: yes } "
                                "under 'devices:' if that is meant",
                                device->written, device->written);
        }
    }
}

/* Whose registers, which no VM may have, are in a range; NULL: nobody's. */
static const char *forbidden_part(const struct checker *checker, struct system_range range) {
    const void *tree = checker->plan->board->machine.tree;
    size_t at = register_map_find(&checker->registers, range);
    const struct tree_node_register *other;

    while ((other = register_map_next(&checker->registers, range, &at)) != NULL) {
        if (device_is_secure(tree, other->node))
            return "the secure world";
        if (device_is_iommu(tree, other->node))
            return "an IOMMU";
    }
    return NULL;
}

/* What a device's registers lie over that is the machine's own; NULL: nothing. */
static const char *machine_part(const struct checker *checker, struct system_range range,
                                enum rule *rule) {
    const struct machine *machine = &checker->plan->board->machine;
    struct system_range own;

    for (size_t i = 0; i < machine->own_count; i++) {
        for (size_t j = 0; tree_register(machine->tree, machine->own_nodes[i], j, &own); j++) {
            if (overlap(range, own)) {
                *rule = RULE_DEVICE_IS_CONTROLLER;
                return "the interrupt controller";
            }
        }
    }
    if (machine->console_node >= 0 &&
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

static void check_registers(struct checker *checker, size_t index, struct plan_device *device) {
    const struct board *board = checker->plan->board;

    for (size_t i = 0; !device->bad && i < device->device.register_count; i++) {
        struct system_range range = device->device.registers[i];
        enum rule rule = RULE_DEVICE_UNFIT;
        const char *part = machine_part(checker, range, &rule);

        if (part != NULL) {
            CHECK_DEVICE_BROKEN(checker, rule, index, device,
                                "'%s' has registers at 0x%llx, in a page of %s; remove it",
                                device->written, (unsigned long long)range.phys, part);
        } else if (range.phys + range.size > device_address_end(board)) {
            CHECK_DEVICE_BROKEN(
                checker, RULE_ADDRESS_TOO_HIGH, index, device,
                "'%s' has registers at 0x%llx, and a guest's addresses on this board "
                "end at 0x%llx; remove it",
                device->written, (unsigned long long)range.phys,
                (unsigned long long)device_address_end(board));
        }
    }
}

void check_device_unfit(struct checker *checker, size_t index) {
    struct plan *plan = checker->plan;
    struct plan_vm *vm = vm_at(checker, index);
    struct plan_device *device;

    for (size_t at = 0; (device = check_next_device(checker, index, &at)) != NULL;) {
        const char *why = "";
        int parent = tree_parent(plan->board->machine.tree, device->device.node);
        enum device_result result = device_read(plan->board, &device->device, vm->omissions,
                                                vm->omission_count, plan->arena, &why);

        if (result == DEVICE_OK && !plan_has_node(plan, vm, parent) &&
            !device_is_whole(plan->board, &device->device, plan->arena, &why))
            result = DEVICE_UNFIT;
        if (result == DEVICE_NOT_SUPPORTED) {
            CHECK_DEVICE_BROKEN(checker, RULE_NOT_SUPPORTED, index, device,
                                "'%s' cannot be given to a VM yet: %s, which is not yet "
                                "supported; remove it",
                                device->written, why);
        } else if (result != DEVICE_OK) {
            CHECK_DEVICE_BROKEN(checker, RULE_DEVICE_UNFIT, index, device,
                                "'%s' cannot be given to a VM: %s; remove it", device->written,
                                why);
        } else if (device->device.memory != NULL) {
            CHECK_DEVICE_BROKEN(checker, RULE_NOT_SUPPORTED, index, device,
                                "'%s' needs the reserved memory %s (memory-region), and giving "
                                "RAM that the board reserves to a VM is not yet supported; write { "
                                "node: %s, without: [ memory-region ] } if it "
                                "works without",
                                device->written, device->device.memory, device->written);
        }
        check_registers(checker, index, device);
    }
}

/* The device of an earlier VM that this one is part of, or holds, or is; NULL: there is none. */
static const struct plan_device *node_owner(struct checker *checker, size_t index,
                                            const struct plan_device *device, const char **owner) {
    const struct plan_device *other;

    for (size_t vm = 0; vm < index; vm++) {
        for (size_t at = 0; (other = check_next_device(checker, vm, &at)) != NULL;) {
            *owner = vm_at(checker, vm)->name;
            if (device_covers(&other->device, device->device.node) ||
                device_covers(&device->device, other->device.node))
                return other;
        }
    }
    return NULL;
}

/* The device of an earlier VM that shares a page with `range`; NULL: there is none. */
static const struct plan_device *page_owner(struct checker *checker, size_t index,
                                            struct system_range range, const char **owner) {
    const struct plan_device *other;

    for (size_t vm = 0; vm < index; vm++) {
        for (size_t at = 0; (other = check_next_device(checker, vm, &at)) != NULL;) {
            *owner = vm_at(checker, vm)->name;
            for (size_t i = 0; i < other->device.register_count; i++)
                if (overlap(range, other->device.registers[i]))
                    return other;
        }
    }
    return NULL;
}

/* Two devices of one VM may share a page, which is given to it once: with the first. */
static bool join_registers(struct device *first, struct device *second) {
    for (size_t i = 0; i < first->register_count; i++) {
        for (size_t j = 0; j < second->register_count; j++) {
            struct system_range *a = &first->registers[i];
            struct system_range b = second->registers[j];
            uint64_t end =
                a->phys + a->size > b.phys + b.size ? a->phys + a->size : b.phys + b.size;

            if (!overlap(*a, b))
                continue;
            a->phys = a->phys < b.phys ? a->phys : b.phys;
            a->size = end - a->phys;
            second->registers[j] = second->registers[--second->register_count];
            return true;
        }
    }
    return false;
}

static void join_devices(struct plan_vm *vm) {
    for (size_t i = 0; i < vm->device_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!vm->devices[i].bad && !vm->devices[j].bad &&
                join_registers(&vm->devices[j].device, &vm->devices[i].device)) {
                i = 0; /* what has grown may reach others */
                break;
            }
        }
    }
}

void check_device_shared(struct checker *checker, size_t index) {
    struct plan_device *device;

    join_devices(vm_at(checker, index)); /* whose own pages have been looked at, one by one */
    for (size_t at = 0; (device = check_next_device(checker, index, &at)) != NULL;) {
        const char *owner = "";
        const struct plan_device *other = node_owner(checker, index, device, &owner);

        if (other != NULL) {
            const char *what = other->device.node == device->device.node
                                   ? ""
                                   : arena_printf(checker->plan->arena,
                                                  other->device.node < device->device.node
                                                      ? " is part of '%s', which"
                                                      : " holds '%s', which",
                                                  other->written);

            CHECK_DEVICE_BROKEN(checker, RULE_DEVICE_SHARED, index, device,
                                "'%s'%s belongs to '%s' already; give each device, and all that it "
                                "holds, to one VM",
                                device->written, what, owner);
        }
        for (size_t i = 0; !device->bad && i < device->device.register_count; i++) {
            struct system_range range = device->device.registers[i];

            other = page_owner(checker, index, range, &owner);
            if (other != NULL) {
                CHECK_DEVICE_BROKEN(checker, RULE_DEVICE_SHARED, index, device,
                                    "'%s' has registers in the page at 0x%llx, which belongs to "
                                    "'%s' with '%s' already; give both devices to one VM, or only "
                                    "one of them",
                                    device->written, (unsigned long long)range.phys, owner,
                                    other->written);
            }
        }
    }
}

static bool has_interrupt(const struct device *device, uint32_t number) {
    for (size_t i = 0; i < device->interrupt_count; i++)
        if (device->interrupts[i].number == number)
            return true;
    return false;
}

/* Whose an interrupt is, of Bulkhead and the earlier VMs; NULL: nobody's. */
static const char *interrupt_owner(const struct checker *checker, size_t index, uint32_t number) {
    const struct plan *plan = checker->plan;

    if (number == plan->board->machine.board.console_irq)
        return "bulkhead";
    for (size_t vm = 0; vm < index; vm++)
        for (size_t i = 0; i < plan->vms[vm].device_count; i++)
            if (has_interrupt(&plan->vms[vm].devices[i].device, number))
                return plan->vms[vm].name;
    return NULL;
}

void check_interrupt_shared(struct checker *checker, size_t index) {
    struct plan_device *device;

    for (size_t at = 0; (device = check_next_device(checker, index, &at)) != NULL;) {
        for (size_t i = 0; !device->bad && i < device->device.interrupt_count; i++) {
            uint32_t number = device->device.interrupts[i].number;
            const char *owner = interrupt_owner(checker, index, number);

            if (owner != NULL) {
                CHECK_DEVICE_BROKEN(
                    checker, RULE_INTERRUPT_SHARED, index, device,
                    "'%s' has interrupt %u, which belongs to '%s' already; give all "
                    "devices on one interrupt to one VM",
                    device->written, number, owner);
            }
        }
    }
}
