/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/guest_tree/guest_tree_audit.h"

#include <string.h>

#include "config/config_check.h"
#include "tool/base/number.h"

struct auditor {
    const struct plan *plan;
    const struct plan_vm *vm;
    struct plan_occupant *owned; /* what the guest can address */
    size_t owned_count;
    struct tree_interrupt *interrupts;
    size_t interrupt_count;
    struct audit_findings *findings;
};

#define FINDING(auditor, node, ...)                                                                \
    add_finding(auditor, node, arena_printf((auditor)->plan->arena, __VA_ARGS__))

static void add_finding(struct auditor *auditor, const struct tree_node *node, const char *what) {
    struct audit_findings *findings = auditor->findings;
    struct arena *arena = auditor->plan->arena;

    *ARENA_ADD(arena, findings->texts, findings->count) =
        arena_printf(arena, "%s %s", tree_path(node, arena), what);
}

/* Whether all of a range is the guest's, in one piece or in several. */
static bool is_owned(const struct auditor *auditor, struct system_range range) {
    uint64_t end = range.phys + (range.size - 1);

    for (uint64_t at = range.phys;;) {
        uint64_t next = at;

        for (size_t i = 0; i < auditor->owned_count; i++) {
            struct system_range piece = auditor->owned[i].range;

            if (at - piece.phys < piece.size)
                next = piece.phys + piece.size;
        }
        if (next == at)
            return false;
        if (next > end)
            return true;
        at = next;
    }
}

static void audit_cpu(struct auditor *auditor, const struct tree_node *node) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(node, "reg", &count);
    uint64_t id = count == 1 || count == 2 ? tree_number(cells, count) : UINT64_MAX;
    uint32_t vcpus = plan_vcpu_count(auditor->vm);

    if (id >= vcpus) {
        FINDING(auditor, node, "is no CPU of '%s', whose CPUs have the ids 0 to %u",
                auditor->vm->name, vcpus - 1);
    }
}

static void audit_ranges(struct auditor *auditor, const struct tree_node *node) {
    bool is_memory = tree_is_type(node, "memory");
    struct arena *arena = auditor->plan->arena;
    struct system_range range;
    struct tree_window window;

    for (size_t i = 0; i < tree_register_count(node); i++) {
        if (tree_register(node, i, &range) && !is_owned(auditor, range)) {
            FINDING(auditor, node, "has %s at 0x%llx (%s), which '%s' does not own",
                    is_memory ? "memory" : "registers", (unsigned long long)range.phys,
                    number_size_text(arena, range.size), auditor->vm->name);
        }
    }
    if (!tree_is_type(node, "pci"))
        return;
    for (size_t i = 0; tree_window(node, i, &window); i++) {
        if (window.has_cpu && !is_owned(auditor, window.cpu)) {
            FINDING(auditor, node, "has a window at 0x%llx (%s), which '%s' does not own",
                    (unsigned long long)window.cpu.phys, number_size_text(arena, window.cpu.size),
                    auditor->vm->name);
        }
    }
}

/* Whether a node is the n-th part of the guest's own interrupt controller. */
static bool is_controller(const struct auditor *auditor, const struct tree_node *node, uint32_t n) {
    struct system_range own_range = plan_controller(auditor->plan, auditor->vm, n);
    struct system_range range;

    return node != NULL && own_range.size != 0 && tree_register(node, 0, &range) &&
           range.phys == own_range.phys;
}

static bool owns_interrupt(const struct auditor *auditor, uint32_t number) {
    return (plan_has_uart(auditor->vm) &&
            number == auditor->plan->board->machine.board.console_irq) ||
           (number != 0 && number == auditor->vm->life.watchdog_irq) ||
           tree_interrupt_in(auditor->interrupts, auditor->interrupt_count, number);
}

/* The overflow of the cores' counters, which each guest has of its own cores, if the machine does.
 */
static bool is_counters(const struct auditor *auditor, const struct tree_node *node,
                        uint32_t number) {
    const char *compatible = tree_string(node, "compatible");

    return compatible != NULL && strstr(compatible, "-pmu") != NULL &&
           number == auditor->plan->board->machine.board.pmu_irq;
}

/* A timer has no interrupts but those of the board's, which a guest's has too. */
static void audit_timer(struct auditor *auditor, const struct tree_node *node, uint32_t number) {
    const struct machine *machine = &auditor->plan->board->machine;
    struct tree_interrupt own;

    for (size_t i = 0; tree_interrupt(machine->timer_node, i, &own); i++)
        if (own.number == number)
            return;
    FINDING(auditor, node,
            "has the private interrupt %u, where the timers of '%s' have %u (physical) and %u "
            "(virtual)",
            number, auditor->vm->name, machine->board.arm64.timer_physical_irq,
            machine->board.arm64.timer_virtual_irq);
}

static void audit_interrupt(struct auditor *auditor, const struct tree_node *node,
                            const struct tree_interrupt *interrupt) {
    if (interrupt->controller == NULL) {
        FINDING(auditor, node, "has interrupts of a controller that the tree lacks");
    } else if (!is_controller(auditor, interrupt->controller, 0)) {
        return; /* a hart's, or one whose own registers and interrupts are looked at */
    } else if (interrupt->is_private) {
        if (tree_is_compatible(node, "arm,armv8-timer"))
            audit_timer(auditor, node, interrupt->number);
        else if (!is_counters(auditor, node, interrupt->number))
            FINDING(auditor, node, "has the private interrupt %u, which a guest does not have",
                    interrupt->number);
    } else if (!owns_interrupt(auditor, interrupt->number)) {
        FINDING(auditor, node, "has interrupt %u, which '%s' does not own", interrupt->number,
                auditor->vm->name);
    }
}

static void audit_messages(struct auditor *auditor, const struct tree_node *node) {
    if (tree_property(node, "iommus") != NULL || tree_property(node, "iommu-map") != NULL)
        FINDING(auditor, node, "has streams of an IOMMU, of which '%s' owns none",
                auditor->vm->name);
    if (tree_property(node, "msi-map") != NULL ||
        (tree_property(node, "msi-parent") != NULL &&
         !is_controller(auditor, tree_reference(node, "msi-parent", 0), 1)))
        FINDING(auditor, node, "sends interrupts as messages, of which '%s' owns none",
                auditor->vm->name);
}

static void audit_node(struct auditor *auditor, const struct tree_node *node) {
    struct tree_interrupt_walk walk = {.node = node};
    struct tree_interrupt interrupt;
    const char *property = NULL;

    if (tree_is_type(node, "cpu")) {
        audit_cpu(auditor, node);
        return;
    }
    audit_ranges(auditor, node);
    while (tree_next_interrupt(&walk, &interrupt, &property))
        audit_interrupt(auditor, node, &interrupt);
    audit_messages(auditor, node);
}

void guest_tree_audit(const struct plan *plan, const struct plan_vm *vm, const struct tree *tree,
                      struct audit_findings *findings) {
    struct auditor auditor = {.plan = plan, .vm = vm, .findings = findings};
    const struct tree_node *node = tree->root;

    auditor.owned_count = plan_occupants(plan, vm, &auditor.owned);
    auditor.interrupt_count = plan_interrupts(vm, plan->arena, &auditor.interrupts);
    while (node < tree->root->end) {
        bool enabled = tree_is_enabled(node);

        if (enabled)
            audit_node(&auditor, node);
        node = enabled ? node + 1 : node->end;
    }
}
