/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/machine.h"

#include "abi/boot_record.h"
#include "config/config_check.h"

bool machine_owns(const struct machine *machine, const struct tree_node *node) {
    for (size_t i = 0; i < machine->own_count; i++)
        if (machine->own_nodes[i] == node)
            return true;
    return false;
}

uint32_t machine_levels(const struct machine *machine, uint64_t end) {
    uint32_t levels = SYSTEM_LEVELS_MIN;

    while (levels < SYSTEM_LEVELS_MAX && machine->config->guest_end(&machine->board, levels) < end)
        levels++;
    return levels;
}

uint64_t machine_address_end(const struct machine *machine) {
    uint64_t end = 0;

    for (uint32_t levels = SYSTEM_LEVELS_MIN; levels <= SYSTEM_LEVELS_MAX; levels++) {
        uint64_t reached = machine->config->guest_end(&machine->board, levels);

        end = reached > end ? reached : end;
    }
    return end;
}

void machine_release_console(struct machine *machine) {
    machine->console_node = NULL;
    machine->board.console_kind = CONSOLE_KIND_NONE;
    machine->board.console_phys = 0;
    machine->board.console_irq = 0;
    machine->board.console_layout = 0;
}
