/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_devices.c - the rules about devices. A device for which one is broken is looked at by no
 * further one.
 */
#include <stdarg.h>
#include <string.h>

#include "tool/check.h"

static struct plan_vm *vm_at(struct checker *checker, size_t vm) {
    return &checker->plan->vms[vm];
}

#define DEVICE_BROKEN(checker, rule, vm, device, ...)                                              \
    ((device)->bad = true, check_broken(checker, rule, vm, (device)->mark, __VA_ARGS__))

/* The next of a VM's devices that has no error yet; begin with *at = 0. */
static struct plan_device *next_device(struct plan_vm *vm, size_t *at) {
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
        break;
    case DEVICE_AMBIGUOUS:
        DEVICE_BROKEN(checker, RULE_DEVICE_AMBIGUOUS, index, device, "'%s': %s", device->written,
                      why);
        break;
    default:
        DEVICE_BROKEN(checker, RULE_DEVICE_UNKNOWN, index, device,
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

void check_device_unknown(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    const struct value *devices = &vm->description->devices;
    const struct device_description *described = devices->maps;

    vm->device_count = devices->count;
    vm->devices = arena_alloc(checker->plan->arena, (devices->count + 1) * sizeof(*vm->devices));
    for (size_t i = 0; i < devices->count; i++) {
        struct plan_device *device = &vm->devices[i];

        device->mark = described[i].node.mark;
        device->written = described[i].node.text;
        device->enable = described[i].enable.number != 0;
        device->bad = described[i].self.bad || described[i].node.bad || described[i].enable.bad;
        device->bad = device->bad || checker->plan->diagnostics->left_out != 0;
        if (!device->bad)
            find_device(checker, index, device, "");
    }
    if (vm->own_console != NULL)
        add_console(checker, index);
}

void check_device_twice(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    struct plan_device *device;

    for (size_t at = 0; (device = next_device(vm, &at)) != NULL;) {
        for (const struct plan_device *other = vm->devices; other < device; other++) {
            if (!other->bad && other->device.node == device->device.node) {
                DEVICE_BROKEN(checker, RULE_DEVICE_TWICE, index, device,
                              "'%s' stands here twice, first in line %zu; list each device once",
                              device->written, other->mark.line);
                break;
            }
        }
    }
}

static bool is_own(const struct machine *machine, int node) {
    for (size_t i = 0; i < machine->own_count; i++)
        if (machine->own_nodes[i] == node)
            return true;
    return false;
}

/* What is part of the machine itself, by what the node is. */
void check_device_special(struct checker *checker, size_t index) {
    const struct machine *machine = &checker->plan->board->machine;
    struct plan_vm *vm = vm_at(checker, index);
    struct plan_device *device;

    for (size_t at = 0; (device = next_device(vm, &at)) != NULL;) {
        int node = device->device.node;
        const char *type = tree_string(machine->tree, node, "device_type");

        if (is_own(machine, node) || is_own(machine, tree_parent(machine->tree, node))) {
            DEVICE_BROKEN(checker, RULE_DEVICE_IS_CONTROLLER, index, device,
                          "'%s' is the interrupt controller, of which every VM gets its own view "
                          "without asking; remove it",
                          device->written);
        } else if (node == machine->console_node) {
            DEVICE_BROKEN(checker, RULE_DEVICE_IS_CONSOLE, index, device,
                          "'%s' is Bulkhead's console, which every VM with 'console: shared' (the "
                          "default) can use; remove it, or let Bulkhead go without by 'console: "
                          "none' beside 'board:'",
                          device->written);
        } else if (type != NULL && strcmp(type, "memory") == 0) {
            DEVICE_BROKEN(checker, RULE_DEVICE_IS_RAM, index, device,
                          "'%s' is RAM; ask for some with 'memory: 64 MiB' instead",
                          device->written);
        } else if (!tree_is_enabled(machine->tree, node) && !device->enable) {
            DEVICE_BROKEN(checker, RULE_DEVICE_DISABLED, index, device,
                          "the board's tree disables '%s'; write { node: %s, enable: yes } under "
                          "'devices:' if that is meant",
                          device->written, device->written);
        }
    }
}

static bool overlaps(struct system_range a, struct system_range b) {
    return a.size != 0 && b.size != 0 && a.phys < b.phys + b.size && b.phys < a.phys + a.size;
}

/* What a device's registers lie over that is the machine's own; NULL: nothing. */
static const char *machine_part(const struct machine *machine, struct system_range range,
                                enum rule *rule) {
    struct system_range own;

    for (size_t i = 0; i < machine->own_count; i++) {
        for (size_t j = 0; tree_register(machine->tree, machine->own_nodes[i], j, &own); j++) {
            if (overlaps(range, own)) {
                *rule = RULE_DEVICE_IS_CONTROLLER;
                return "the interrupt controller";
            }
        }
    }
    if (machine->console_node >= 0 &&
        overlaps(range, (struct system_range){machine->board.console_phys, SYSTEM_PAGE_SIZE})) {
        *rule = RULE_DEVICE_IS_CONSOLE;
        return "Bulkhead's console";
    }
    for (size_t i = 0; i < machine->ram_count; i++) {
        if (overlaps(range, machine->ram[i])) {
            *rule = RULE_DEVICE_IS_RAM;
            return "RAM";
        }
    }
    return NULL;
}

void check_device_unfit(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    struct plan_device *device;

    for (size_t at = 0; (device = next_device(vm, &at)) != NULL;) {
        const char *why = "";
        enum device_result result =
            device_read(checker->plan->board, &device->device, checker->plan->arena, &why);

        if (result == DEVICE_NOT_SUPPORTED) {
            DEVICE_BROKEN(checker, RULE_NOT_SUPPORTED, index, device,
                          "'%s' cannot be given to a VM yet: %s, which is not yet supported; "
                          "remove it",
                          device->written, why);
        } else if (result != DEVICE_OK) {
            DEVICE_BROKEN(checker, RULE_DEVICE_UNFIT, index, device,
                          "'%s' cannot be given to a VM: %s; remove it", device->written, why);
        }
        for (size_t i = 0; !device->bad && i < device->device.register_count; i++) {
            struct system_range range = device->device.registers[i];
            enum rule rule = RULE_DEVICE_UNFIT;
            const char *part = machine_part(&checker->plan->board->machine, range, &rule);

            if (part != NULL) {
                DEVICE_BROKEN(checker, rule, index, device,
                              "'%s' has registers at 0x%llx, in a page of %s; remove it",
                              device->written, (unsigned long long)range.phys, part);
            } else if (range.phys + range.size > SYSTEM_ADDRESS_MAX) {
                DEVICE_BROKEN(checker, RULE_ADDRESS_TOO_HIGH, index, device,
                              "'%s' has registers at 0x%llx, beyond the end of a guest's "
                              "addresses; remove it",
                              device->written, (unsigned long long)range.phys);
            }
        }
    }
}

void check_device_dma(struct checker *checker, size_t index) {
    const struct board *board = checker->plan->board;
    struct plan_vm *vm = vm_at(checker, index);
    struct plan_device *device;

    for (size_t at = 0; (device = next_device(vm, &at)) != NULL;) {
        bool harmless = false;

        for (size_t i = 0; i < board->no_dma_count; i++) {
            harmless = harmless || tree_is_compatible(board->machine.tree, device->device.node,
                                                      board->no_dma[i]);
        }
        if (!harmless) {
            DEVICE_BROKEN(checker, RULE_DEVICE_DMA, index, device,
                          "'%s' may be a bus master, and containing DMA is not yet supported; "
                          "remove it, or list its compatible string under no-dma in the board's "
                          "board.yaml if it never reads or writes memory by itself",
                          device->written);
        }
    }
}

/* Does an earlier device of the system, up to `limit` in VM `last`, share a page with `range`? */
static const struct plan_device *page_owner(struct checker *checker, size_t last,
                                            const struct plan_device *limit,
                                            struct system_range range, const char **owner) {
    for (size_t vm = 0; vm <= last; vm++) {
        struct plan_vm *other_vm = vm_at(checker, vm);
        const struct plan_device *other;

        for (size_t at = 0; (other = next_device(other_vm, &at)) != NULL && other != limit;) {
            for (size_t i = 0; i < other->device.register_count; i++) {
                if (overlaps(range, other->device.registers[i])) {
                    *owner = other_vm->name;
                    return other;
                }
            }
        }
    }
    return NULL;
}

void check_device_shared(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    struct plan_device *device;

    for (size_t at = 0; (device = next_device(vm, &at)) != NULL;) {
        for (size_t i = 0; !device->bad && i < device->device.register_count; i++) {
            struct system_range range = device->device.registers[i];
            const char *owner = "";
            const struct plan_device *other = page_owner(checker, index, device, range, &owner);

            if (other != NULL) {
                DEVICE_BROKEN(checker, RULE_DEVICE_SHARED, index, device,
                              "'%s' has registers in the page at 0x%llx, which belongs to '%s' "
                              "with '%s' already; give both devices to one VM, or only one of them",
                              device->written, (unsigned long long)range.phys, owner,
                              other->written);
            }
        }
    }
}

static bool owns_node(const struct plan_vm *vm, int node) {
    for (size_t i = 0; i < vm->device_count; i++)
        if (!vm->devices[i].bad && vm->devices[i].device.node == node)
            return true;
    return false;
}

void check_unowned_provider(struct checker *checker, size_t index) {
    const void *tree = checker->plan->board->machine.tree;
    struct plan_vm *vm = vm_at(checker, index);
    struct plan_device *device;

    for (size_t at = 0; (device = next_device(vm, &at)) != NULL;) {
        struct device_provider provider;

        for (size_t i = 0; device_provider(tree, device->device.node, i, &provider); i++) {
            if (provider.is_fixed || owns_node(vm, provider.node))
                continue;
            const char *name = provider.node < 0 ? "a node that the tree does not have"
                                                 : fdt_get_name(tree, provider.node, NULL);
            DEVICE_BROKEN(checker, RULE_UNOWNED_PROVIDER, index, device,
                          "'%s' depends by '%s' on %s, which '%s' does not own; list that device "
                          "too, or remove this one",
                          device->written, provider.property, name, vm->name);
            break;
        }
    }
}

void check_interrupt_shared(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    uint32_t console_irq = checker->plan->board->machine.board.console_irq;
    struct plan_device *device;

    for (size_t at = 0; (device = next_device(vm, &at)) != NULL;) {
        for (size_t i = 0; !device->bad && i < device->device.interrupt_count; i++) {
            uint32_t number = device->device.interrupts[i].number;
            const char *owner = number == console_irq ? "bulkhead" : NULL;

            for (size_t other = 0; other < index && owner == NULL; other++) {
                struct tree_interrupt *interrupts = NULL;
                size_t count =
                    plan_interrupts(vm_at(checker, other), checker->plan->arena, &interrupts);

                for (size_t j = 0; j < count; j++)
                    owner = interrupts[j].number == number ? vm_at(checker, other)->name : owner;
            }
            if (owner != NULL) {
                DEVICE_BROKEN(checker, RULE_INTERRUPT_SHARED, index, device,
                              "'%s' has interrupt %u, which belongs to '%s' already; give all "
                              "devices on one interrupt to one VM",
                              device->written, number, owner);
            }
        }
    }
}
