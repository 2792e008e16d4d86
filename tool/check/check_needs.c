/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check_needs.h"

#include <string.h>

#include "tool/base/nearest.h"
#include "tool/base/number.h"
#include "tool/board/need.h"

/* --- what it goes without --- */

/* Properties that make a device what it is. */
static bool is_essential(const char *property) {
    static const char *const names[] = {
        "compatible", "reg",           "ranges", "device_type",
        "phandle",    "linux,phandle", "status", "interrupt-controller"};

    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], property) == 0)
            return true;
    return property[0] == '#';
}

static void check_word(struct checker *checker, const struct plan_device *device,
                       const struct value *word) {
    const struct tree_node *node = device->device.node;
    const char *advice = "remove it from the list";
    struct nearest nearest;

    if (tree_property(node, word->text) != NULL) {
        if (is_essential(word->text)) {
            checker_broken(checker, RULE_WITHOUT_UNKNOWN, word->mark,
                           "'%s' makes '%s' the device that it is and cannot be left out; remove "
                           "it from the list",
                           word->text, device->written);
        }
        return;
    }
    nearest_begin(&nearest, word->text);
    tree_offer_properties(node, &nearest);
    checker_broken(checker, RULE_WITHOUT_UNKNOWN, word->mark, "'%s' has no property '%s'; %s",
                   device->written, word->text,
                   nearest_advice_all(&nearest, checker->plan->arena, advice));
}

void check_without_unknown(struct checker *checker, const struct plan_device *device) {
    for (size_t i = 0; device->without != NULL && i < device->without->count; i++)
        check_word(checker, device, &device->without->items[i]);
}

/* --- what it depends on --- */

/* A node's owner, and the remedy, for a message. */
static const char *owner_of(const struct checker *checker, const struct tree_node *node) {
    const struct plan *plan = checker->plan;

    for (const struct plan_vm *vm = plan->vms; vm < plan->vms + plan->vm_count; vm++)
        if (vm != checker->vm && plan_has_node(vm, node))
            return arena_printf(plan->arena, "which belongs to '%s'; give both to one VM",
                                vm->name);
    return arena_printf(plan->arena, "which '%s' does not own; list that device too",
                        checker->vm->name);
}

/* A device's node `user` depends on a node that is not the VM's: says so. */
static void refuse_provider(struct checker *checker, const struct plan_device *device,
                            const struct tree_node *user, const struct provider *need) {
    struct arena *arena = checker->plan->arena;
    const char *service = provider_firmware(need->node);
    const char *name = need->node == NULL ? "a node that the tree does not have" : need->node->name;
    bool nested = user != device->device.node;
    const char *subject =
        nested ? arena_printf(arena, "'%s' holds %s, which", device->written, user->name)
               : arena_printf(arena, "'%s'", device->written);
    /* The one that goes without is listed by itself, by its path. */
    const char *without =
        arena_printf(arena, "{ node: %s, without: [ %s ] }",
                     nested ? tree_path(user, arena) : device->written, need->property);

    if (service != NULL) {
        checker_refuse(checker, RULE_NOT_SUPPORTED, device,
                       "%s depends by '%s' on %s, a service of firmware ('firmware: { %s: owned "
                       "}'), which is not yet supported; write %s if it works without",
                       subject, need->property, name, service, without);
    } else {
        checker_refuse(checker, RULE_UNOWNED_PROVIDER, device,
                       "%s depends by '%s' on %s, %s, or write %s if it works without", subject,
                       need->property, name, owner_of(checker, need->node), without);
    }
}

/* The device that holds a node, and its VM; NULL: none does. */
static const struct plan_device *holder_of(const struct checker *checker,
                                           const struct tree_node *node,
                                           const struct plan_vm **owner) {
    const struct plan *plan = checker->plan;

    for (*owner = plan->vms; *owner < plan->vms + plan->vm_count; ++*owner) {
        for (size_t i = 0; i < (*owner)->device_count; i++) {
            const struct plan_device *device = &(*owner)->devices[i];

            if (device_covers(&device->device, node) &&
                !checker_device(checker, *owner, device)->refused)
                return device;
        }
    }
    return NULL;
}

/* A node of `vm`, or of Bulkhead (NULL), depends on another: a warning if that is another VM's. A
 * device on which several depend is told once. */
static void warn_of_need(struct checker *checker, const struct plan_vm *vm,
                         const struct tree_node *user, const struct provider *need) {
    const struct plan *plan = checker->plan;
    const struct plan_vm *owner = NULL;
    const struct plan_device *device = holder_of(checker, need->node, &owner);

    if (device == NULL || owner == vm || checker_device(checker, owner, device)->told)
        return;
    checker_device(checker, owner, device)->told = true;
    rule_broken(plan->diagnostics, RULE_FOREIGN_PROVIDER, device->mark,
                "%s of %s depends by '%s' on '%s', so '%s' can stop it or slow it down; %s, or "
                "trust '%s' with that",
                user->name, vm == NULL ? "Bulkhead" : arena_printf(plan->arena, "'%s'", vm->name),
                need->property, device->written, owner->name,
                vm == NULL ? "remove it" : "give both to one VM", owner->name);
}

/* Looks at what a node of the device depends on; false: the device is refused. */
static bool check_node(struct checker *checker, const struct plan_device *device,
                       const struct tree_node *user) {
    const struct plan *plan = checker->plan;
    const struct plan_vm *vm = checker->vm;
    struct need_walk walk = need_walk(&plan->board->machine, user);
    struct provider need;

    while (need_next(&walk, &need)) {
        if (need.is_fixed)
            continue;
        if (device_omits(vm->omissions, vm->omission_count, user, need.property)) {
            warn_of_need(checker, vm, user, &need);
        } else if (!plan_has_node(vm, need.node)) {
            refuse_provider(checker, device, user, &need);
            return false;
        }
    }
    return true;
}

void check_unowned_provider(struct checker *checker, const struct plan_device *device) {
    for (size_t i = 0; i < device->device.node_count; i++)
        if (!check_node(checker, device, device->device.nodes[i]))
            return;
}

static void warn_of_needs(struct checker *checker, const struct plan_vm *vm,
                          const struct tree_node *user) {
    struct need_walk walk = need_walk(&checker->plan->board->machine, user);
    struct provider need;

    while (need_next(&walk, &need))
        if (!need.is_fixed)
            warn_of_need(checker, vm, user, &need);
}

void check_foreign_provider(struct checker *checker) {
    const struct plan *plan = checker->plan;
    const struct machine *machine = &plan->board->machine;

    for (size_t i = 0; i < machine->cpu_count && i < SYSTEM_CPUS_MAX; i++)
        for (size_t vm = 0; vm < plan->vm_count; vm++)
            if ((plan->vms[vm].description->cpus.number >> i & 1) != 0)
                warn_of_needs(checker, &plan->vms[vm], machine->cpus[i].node);
    for (size_t i = 0; i < machine->own_count; i++)
        warn_of_needs(checker, NULL, machine->own_nodes[i]);
    if (machine->console_node != NULL)
        warn_of_needs(checker, NULL, machine->console_node);
}

/* --- memory that it reaches by itself --- */

/* Whether another entry speaks for a node of the device: for one below it, with nodes of its own.
 */
static bool is_spoken_for(const struct plan_vm *vm, const struct plan_device *device,
                          const struct tree_node *node) {
    for (size_t i = 0; i < vm->device_count; i++) {
        const struct device *other = &vm->devices[i].device;

        if (other->node > device->device.node && device_covers(other, node))
            return true;
    }
    return false;
}

/* The node that may read and write memory, of those that no other entry speaks for; NULL: none. */
static const struct tree_node *find_master(const struct checker *checker,
                                           const struct plan_device *device) {
    for (size_t i = 0; i < device->device.node_count; i++) {
        const struct tree_node *node = device->device.nodes[i];

        if (device_may_master(checker->plan->board, node) &&
            !is_spoken_for(checker->vm, device, node))
            return node;
    }
    return NULL;
}

/* The node that may read and write memory, of those that are not the VM's, but have registers in
 * the device's pages; NULL: none. Whether the tree disables it does not matter: it is there. */
static const struct tree_node *find_master_beside(const struct checker *checker,
                                                  const struct device *device) {
    const struct plan *plan = checker->plan;

    for (size_t i = 0; i < device->register_count; i++) {
        const struct register_map_item *other;
        struct system_range pages = device->registers[i];
        size_t at = register_map_find(&checker->registers, pages);

        while ((other = register_map_next(&checker->registers, pages, &at)) != NULL)
            if (!plan_has_node(checker->vm, other->node) &&
                device_may_master(plan->board, other->node))
                return other->node;
    }
    return NULL;
}

static void refuse_master(struct checker *checker, const struct plan_device *device,
                          const struct tree_node *node) {
    const char *subject = arena_printf(checker->plan->arena, "'%s'", device->written);

    if (node != device->device.node) {
        subject = arena_printf(checker->plan->arena, "%s %s %s, which", subject,
                               device_covers(&device->device, node) ? "holds"
                                                                    : "has a page in common with",
                               node->name);
    }
    checker_refuse(checker, RULE_DEVICE_DMA, device,
                   "%s may be a bus master, and nothing contains its DMA. If it never reads or "
                   "writes memory by itself, write { node: %s, dma: none }, or list its compatible "
                   "string under no-dma in the board's board.yaml; if it does, only { node: %s, "
                   "dma: unprotected } is left, which gives up isolation",
                   subject, device->written, device->written);
}

/* A device that gives up isolation, as the description says; false: it is refused. */
static bool take_unprotected(struct checker *checker, const struct plan_device *device) {
    if (device->device.translated != NULL) {
        checker_refuse(checker, RULE_NOT_SUPPORTED, device,
                       "'%s' is behind %s, which gives its DMA other addresses (dma-ranges), and "
                       "that is not yet supported; remove it",
                       device->written, device->device.translated);
        return false;
    }
    rule_broken(checker->plan->diagnostics, RULE_DMA_UNPROTECTED, device->mark,
                "by '%s', '%s' can read and write all of the machine's memory, Bulkhead's and "
                "other VMs' too: nothing is isolated from it",
                device->written, checker->vm->name);
    return true;
}

/* A device that may do no DMA, unless something contains it; false: it is refused. */
static bool take_contained(struct checker *checker, const struct plan_device *device) {
    if (device->device.has_stream) {
        checker_refuse(checker, RULE_NOT_SUPPORTED, device,
                       "'%s' is behind an IOMMU (iommus, iommu-map), and containing its DMA by "
                       "that (dma: iommu) is not yet supported. If it never reads or writes memory "
                       "by itself, write { node: %s, dma: none }; if it does, only { node: %s, "
                       "dma: unprotected } is left, which gives up isolation",
                       device->written, device->written, device->written);
        return false;
    }
    const struct tree_node *master = find_master(checker, device);
    if (master == NULL)
        master = find_master_beside(checker, &device->device);
    if (master != NULL)
        refuse_master(checker, device, master);
    return master == NULL;
}

/* The parts of a device that a VM does not get, and is told of. */
static void say_notices(struct checker *checker, const struct plan_device *device) {
    for (size_t i = 0; i < device->device.lost_count; i++) {
        struct system_range lost = device->device.lost[i];

        rule_broken(checker->plan->diagnostics, RULE_WINDOW_LOST, device->mark,
                    "the window of '%s' at 0x%llx (%s) ends beyond a guest's addresses and is "
                    "left out",
                    device->written, (unsigned long long)lost.phys,
                    number_size_text(checker->plan->arena, lost.size));
    }
    if (device->device.has_msi) {
        rule_broken(checker->plan->diagnostics, RULE_MSI_LOST, device->mark,
                    "interrupts by messages (MSIs) are not yet supported for devices, so '%s' "
                    "keeps only those that have a line",
                    device->written);
    }
}

void check_device_dma(struct checker *checker, const struct plan_device *device) {
    bool taken = true;

    if (device->dma == PLAN_DMA_UNPROTECTED)
        taken = take_unprotected(checker, device);
    else if (device->dma == PLAN_DMA_DEFAULT)
        taken = take_contained(checker, device);
    if (taken)
        say_notices(checker, device);
}

void decide_dma(struct checker *checker, struct plan_vm *vm) {
    for (size_t i = 0; i < vm->device_count; i++)
        if (vm->devices[i].dma == PLAN_DMA_UNPROTECTED &&
            !checker_device(checker, vm, &vm->devices[i])->refused)
            vm->dma_unprotected = true;
}

void check_dma_memory(struct checker *checker, const struct plan_vm *vm) {
    const struct memory_description *regions = vm->description->memory.maps;
    const struct board *board = checker->plan->board;

    for (size_t i = 0; vm->dma_unprotected && i < vm->description->memory.count; i++) {
        const struct memory_description *region = &regions[i];
        uint64_t at = region->at.given ? region->at.number : board_ram_base(board);
        bool same = region->phys.given && (region->phys.text != NULL || region->phys.number == at);

        if (!same && !region->phys.bad) {
            checker_broken(checker, RULE_DMA_MEMORY, region->self.mark,
                           "a device of '%s' has dma: unprotected and takes the guest's addresses "
                           "for the machine's; write { size: %s, at: 0x%llx, phys: same }, with an "
                           "address where the board has RAM and nothing else is",
                           vm->name, number_size_text(checker->plan->arena, region->size.number),
                           (unsigned long long)at);
        }
    }
}
