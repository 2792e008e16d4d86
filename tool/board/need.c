/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/need.h"

struct need_walk need_walk(const struct machine *machine, const struct tree_node *node) {
    return (struct need_walk){machine, provider_search(node), {.node = node}};
}

bool need_next(struct need_walk *walk, struct provider *need) {
    struct tree_interrupt interrupt;
    const char *property = NULL;

    if (provider_next(&walk->providers, need))
        return true;
    /* Interrupts that go elsewhere than to the machine's controller, as through a GPIO's. */
    while (tree_next_interrupt(&walk->interrupts, &interrupt, &property)) {
        *need = (struct provider){property, interrupt.controller, false};
        if (interrupt.controller != walk->machine->controller_node)
            return true;
    }
    return false;
}
