/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "config/config_check.h"
#include "tool/board/machine_reader.h"

#define PPI_FIRST 16u
#define PPI_END   32u

static void read_controller(struct machine_reader *reader) {
    struct system_board_arm64 *board = &reader->machine->board.arm64;
    const struct tree_node *node = tree_next_compatible(reader->tree, NULL, "arm,gic-v3");
    struct tree_interrupt interrupt;
    size_t count = 0;

    reader->machine->controller_node = node;
    if (node == NULL) {
        machine_refuse(reader, "the board's tree has no interrupt controller that Bulkhead drives "
                               "(arm,gic-v3)");
        return;
    }
    machine_own(reader, node);
    size_t regions = tree_cell(node, "#redistributor-regions", 1);
    bool complete = regions <= SYSTEM_GICR_MAX && tree_register(node, 0, &board->gicd);
    for (size_t i = 0; complete && i < regions; i++)
        complete = tree_register(node, i + 1, &board->gicr[i]);
    if (!complete) {
        machine_refuse(reader,
                       "the board's GICv3 node lacks registers, or has more regions than Bulkhead "
                       "knows (%u)",
                       SYSTEM_GICR_MAX);
    }
    const fdt32_t *cells = tree_cells(node, "redistributor-stride", &count);
    if (count != 0 && (count > 2 || tree_number(cells, count) != SYSTEM_GICR_SIZE)) {
        machine_refuse(reader,
                       "the board's GICv3 has its redistributors wider apart than Bulkhead knows "
                       "(0x%llx bytes)",
                       (unsigned long long)SYSTEM_GICR_SIZE);
    }
    if (!tree_interrupt(node, 0, &interrupt) || !interrupt.is_private)
        machine_refuse(reader, "the board's GICv3 node has no maintenance interrupt");
    board->gic_maintenance_irq = interrupt.number;
    reader->machine->guest_controller_at = board->gicd.phys;
    reader->machine->guest_controller_cpus_at = board->gicr[0].phys;
}

/* The place of an interrupt among a node's by its name; `otherwise` if it has none of the name. */
static size_t find_named(const struct tree_node *node, const char *name, size_t otherwise) {
    const struct tree_property *names = tree_property(node, "interrupt-names");
    const char *at = NULL;

    for (size_t i = 0; names != NULL && (at = tree_next_string(names, at)) != NULL; i++)
        if (strcmp(at, name) == 0)
            return i;
    return otherwise;
}

static void read_timer(struct machine_reader *reader) {
    static const struct {
        const char *name;
        size_t index;
        size_t field;
    } timers[] = {
        {"phys", 1, offsetof(struct system_board, arm64.timer_physical_irq)},
        {"virt", 2, offsetof(struct system_board, arm64.timer_virtual_irq)},
        {"hyp-phys", 3, offsetof(struct system_board, arm64.timer_hypervisor_irq)},
    };
    const struct tree_node *node = tree_next_compatible(reader->tree, NULL, "arm,armv8-timer");

    reader->machine->timer_node = node;
    if (node == NULL) {
        machine_refuse(reader, "the board's tree has no architected timer (arm,armv8-timer)");
        return;
    }
    for (size_t i = 0; i < COUNT(timers); i++) {
        struct tree_interrupt interrupt;
        size_t index = find_named(node, timers[i].name, timers[i].index);

        if (!tree_interrupt(node, index, &interrupt) || !interrupt.is_private) {
            if (reader->machine->controller_node != NULL) /* else that is what is missing */
                machine_refuse(reader, "the board's timer node has no %s interrupt",
                               timers[i].name);
            return;
        }
        memcpy((char *)&reader->machine->board + timers[i].field, &interrupt.number,
               sizeof(interrupt.number));
    }
}

/* "arm,armv8-pmuv3", "arm,cortex-a53-pmu": a core's. Those of buses and memory have no PPI. */
static bool is_pmu(const struct tree_node *node, uint32_t *number) {
    const char *compatible = tree_string(node, "compatible");
    struct tree_interrupt interrupt;

    if (compatible == NULL || strstr(compatible, "-pmu") == NULL ||
        !tree_interrupt(node, 0, &interrupt) || !interrupt.is_private)
        return false;
    *number = interrupt.number;
    return *number >= PPI_FIRST && *number < PPI_END;
}

static bool is_taken(const struct system_board_arm64 *board, uint32_t number) {
    return number == board->gic_maintenance_irq || number == board->timer_virtual_irq ||
           number == board->timer_physical_irq || number == board->timer_hypervisor_irq;
}

/* Cores of several kinds share the PPI; what their counters count is then not one node's to say. */
static void read_pmu(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    uint32_t *irq = &machine->board.pmu_irq;
    uint32_t number;

    const struct tree_node *root = reader->tree->root;

    for (const struct tree_node *node = root; node < root->end; node++) {
        if (!is_pmu(node, &number))
            continue;
        if ((*irq != 0 && *irq != number) || is_taken(&machine->board.arm64, number)) {
            *irq = 0;
            machine->pmu_node = NULL;
            return;
        }
        machine->pmu_node = *irq == 0 ? node : NULL;
        *irq = number;
    }
}

/* CPUs that firmware starts by a spin table are not started by PSCI, which Bulkhead calls. */
static void refuse_spin_table(struct machine_reader *reader, const struct tree_node *cpu) {
    const char *method = tree_string(cpu, "enable-method");

    if (method != NULL && strcmp(method, "spin-table") == 0) {
        machine_refuse(reader, "the board's tree starts its CPUs by a spin-table, and Bulkhead by "
                               "PSCI; give it firmware with PSCI (Trusted Firmware), and the tree "
                               "that Linux gets from that");
    }
}

/* Firmware that answers HVC is itself at EL2, or another hypervisor is. */
static void read_firmware(struct machine_reader *reader) {
    const char *method = tree_string(tree_child(reader->tree->root, "psci"), "method");

    if (method != NULL && strcmp(method, "hvc") == 0) {
        machine_refuse(reader,
                       "the board's tree has firmware that is called by HVC, so EL2 is taken "
                       "already and Bulkhead would start at EL1; it needs EL2 (QEMU: "
                       "-machine virt,virtualization=on)");
    } else if (reader->machine->cpu_count != 0) {
        refuse_spin_table(reader, reader->machine->cpus[0].node);
    }
}

static void read_arm64(struct machine_reader *reader) {
    read_controller(reader);
    read_timer(reader);
    read_pmu(reader);
    read_firmware(reader);
}

static const char *const consoles[] = {"arm,pl011", NULL};

const struct machine_arch machine_arm64 = {
    .name = "arm64",
    .config = &config_arm64,
    .cpu_missing = "the board's tree has no CPUs",
    .read = read_arm64,
    .consoles = consoles,
    .console_name = "a PL011",
};
