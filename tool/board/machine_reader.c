/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/machine_reader.h"

#include "config/config_check.h"
#include "tool/report/rules.h"

void machine_refuse(struct machine_reader *reader, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rule_vbroken(reader->diagnostics, RULE_BOARD_TREE, reader->mark, format, arguments);
    va_end(arguments);
    reader->failed = true;
}

void machine_own(struct machine_reader *reader, const struct tree_node *node) {
    struct machine *machine = reader->machine;

    *ARENA_ADD(reader->arena, machine->own_nodes, machine->own_count) = node;
}

bool machine_find_console(const struct machine *machine, const struct tree_node *node,
                          struct system_board *board) {
    const struct machine_arch *arch = machine->arch;
    struct system_range range;
    struct tree_interrupt interrupt;
    uint32_t layout = UINT32_MAX;

    for (size_t i = 0; arch->consoles[i] != NULL; i++)
        if (tree_is_compatible(node, arch->consoles[i]))
            layout = arch->console_layout == NULL ? 0 : arch->console_layout(node);
    if (layout == UINT32_MAX || !tree_register(node, 0, &range) ||
        !tree_interrupt(node, 0, &interrupt) || interrupt.is_private ||
        (machine->controller_node != NULL && interrupt.controller != machine->controller_node))
        return false;
    board->console_kind = arch->config->console;
    board->console_phys = range.phys;
    board->console_irq = interrupt.number;
    board->console_layout = layout;
    return true;
}
