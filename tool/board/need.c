/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/need.h"

#include "tool/tree/tree_interrupt.h"

/* An interrupt that goes elsewhere than to the machine's controller, as through a GPIO's. */
static bool take_interrupt(const struct need_walk *walk, const char *property,
                           const struct tree_interrupt *interrupt, struct provider *need) {
    *need = (struct provider){property, interrupt->controller, false};
    return interrupt->controller != walk->machine->controller_node;
}

struct need_walk need_walk(const struct machine *machine, const struct tree_node *node) {
    return (struct need_walk){
        .machine = machine,
        .node = node,
        .providers = provider_search(node),
    };
}

bool need_next(struct need_walk *walk, struct provider *need) {
    bool extended = tree_property(walk->node, "interrupts-extended") != NULL;
    const char *property = extended ? "interrupts-extended" : "interrupts";
    struct tree_interrupt interrupt;
    struct tree_route route;

    if (provider_next(&walk->providers, need))
        return true;
    while (tree_interrupt(walk->node, walk->interrupts, &interrupt)) {
        walk->interrupts++;
        if (take_interrupt(walk, property, &interrupt, need))
            return true;
    }
    while (tree_route(walk->node, walk->routes, &route)) {
        walk->routes++;
        if (take_interrupt(walk, "interrupt-map", &route.to, need))
            return true;
    }
    return false;
}
