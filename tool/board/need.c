/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/need.h"

#include "tool/tree/tree.h"

/* An interrupt that goes elsewhere than to the machine's controller, as through a GPIO's. */
static bool take_interrupt(const struct need_walk *walk, const char *property,
                           const struct tree_interrupt *interrupt, struct provider *need) {
    *need = (struct provider){property, interrupt->controller, false};
    return interrupt->controller != walk->machine->controller_node;
}

struct need_walk need_walk(const struct machine *machine, int node) {
    return (struct need_walk){
        .machine = machine,
        .node = node,
        .providers = provider_search(machine->tree, node),
    };
}

bool need_next(struct need_walk *walk, struct provider *need) {
    const void *tree = walk->machine->tree;
    bool extended = tree_property(tree, walk->node, "interrupts-extended", NULL) != NULL;
    const char *property = extended ? "interrupts-extended" : "interrupts";
    struct tree_interrupt interrupt;
    struct tree_route route;

    if (provider_next(&walk->providers, need))
        return true;
    while (tree_interrupt(tree, walk->node, walk->interrupts, &interrupt)) {
        walk->interrupts++;
        if (take_interrupt(walk, property, &interrupt, need))
            return true;
    }
    while (tree_route(tree, walk->node, walk->routes, &route)) {
        walk->routes++;
        if (take_interrupt(walk, "interrupt-map", &route.to, need))
            return true;
    }
    return false;
}
