/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/tree/provider.h"

#include <string.h>

#include "tool/base/text.h"

#define FIXED_MAX 16 /* nodes that a fixed one depends on */

/* How many cells stand behind a phandle. */
enum behind {
    BEHIND_PROVIDER, /* what a property of the provider says */
    BEHIND_NONE,     /* none: phandles only */
    BEHIND_REST,     /* all that are left */
};

static const struct provider_property {
    const char *name;
    enum behind behind;
    const char *cells; /* BEHIND_PROVIDER: the provider's property */
    const char *names; /* the property that names the entries; NULL: none */
} properties[] = {
    {"clocks", BEHIND_PROVIDER, "#clock-cells", "clock-names"},
    {"assigned-clocks", BEHIND_PROVIDER, "#clock-cells", "assigned-clock-rates"},
    {"assigned-clock-parents", BEHIND_PROVIDER, "#clock-cells", NULL},
    {"resets", BEHIND_PROVIDER, "#reset-cells", "reset-names"},
    {"power-domains", BEHIND_PROVIDER, "#power-domain-cells", "power-domain-names"},
    {"dmas", BEHIND_PROVIDER, "#dma-cells", "dma-names"},
    {"phys", BEHIND_PROVIDER, "#phy-cells", "phy-names"},
    {"mboxes", BEHIND_PROVIDER, "#mbox-cells", "mbox-names"},
    {"interconnects", BEHIND_PROVIDER, "#interconnect-cells", "interconnect-names"},
    {"io-channels", BEHIND_PROVIDER, "#io-channel-cells", "io-channel-names"},
    {"io-backends", BEHIND_PROVIDER, "#io-backend-cells", "io-backend-names"},
    {"pwms", BEHIND_PROVIDER, "#pwm-cells", "pwm-names"},
    {"hwlocks", BEHIND_PROVIDER, "#hwlock-cells", "hwlock-names"},
    {"mux-controls", BEHIND_PROVIDER, "#mux-control-cells", "mux-control-names"},
    {"sound-dai", BEHIND_PROVIDER, "#sound-dai-cells", NULL},
    {"thermal-sensors", BEHIND_PROVIDER, "#thermal-sensor-cells", NULL},
    {"cooling-device", BEHIND_PROVIDER, "#cooling-cells", NULL},
    {"gpios", BEHIND_PROVIDER, "#gpio-cells", NULL},
    {"gpio", BEHIND_PROVIDER, "#gpio-cells", NULL},
    {"gpio-ranges", BEHIND_REST, NULL, "gpio-ranges-group-names"},
    {"nvmem", BEHIND_NONE, NULL, "nvmem-names"},
    {"nvmem-cells", BEHIND_NONE, NULL, "nvmem-cell-names"},
    {"phy-handle", BEHIND_NONE, NULL, NULL},
    {"operating-points-v2", BEHIND_NONE, NULL, NULL},
    {"remote-endpoint", BEHIND_NONE, NULL, NULL},
    {"backlight", BEHIND_NONE, NULL, NULL},
    {"leds", BEHIND_NONE, NULL, NULL},
    {"extcon", BEHIND_NONE, NULL, NULL},
    {"i2c-parent", BEHIND_NONE, NULL, NULL},
    {"ddc-i2c-bus", BEHIND_NONE, NULL, NULL},
    {"mdio-parent-bus", BEHIND_NONE, NULL, NULL},
    {"power-supplies", BEHIND_NONE, NULL, NULL},
    {"regmap", BEHIND_REST, NULL, NULL},
    {"syscon", BEHIND_REST, NULL, NULL},
};

/* Those that are known by how their name begins or ends. */
static const struct provider_property any_gpio = {"", BEHIND_PROVIDER, "#gpio-cells", NULL};
static const struct provider_property any_supply = {"", BEHIND_NONE, NULL, NULL};
static const struct provider_property any_pins = {"", BEHIND_NONE, NULL, "pinctrl-names"};

/* NULL: the property names no providers. */
static const struct provider_property *find_property(const char *name) {
    for (size_t i = 0; i < COUNT(properties); i++)
        if (strcmp(properties[i].name, name) == 0)
            return &properties[i];
    if ((text_ends_with(name, "-gpios") && !text_ends_with(name, "nr-gpios")) ||
        text_ends_with(name, "-gpio"))
        return &any_gpio;
    if (text_ends_with(name, "-supply"))
        return &any_supply;
    return strncmp(name, "pinctrl-", 8) == 0 && name[8] >= '0' && name[8] <= '9' ? &any_pins : NULL;
}

static size_t cells_behind(const struct provider_property *property, const struct tree_node *target,
                           size_t left) {
    if (property->behind == BEHIND_PROVIDER)
        return tree_cell(target, property->cells, 0);
    return property->behind == BEHIND_REST ? left : 0;
}

struct provider_search provider_search(const struct tree_node *node) {
    return (struct provider_search){.node = node};
}

/* The next provider, without a word on whether it is fixed. */
static bool find_next(struct provider_search *search, struct provider *provider) {
    for (; search->property < search->node->property_count; search->property++) {
        const struct tree_property *property = &search->node->properties[search->property];
        const struct provider_property *known = find_property(property->name);
        const fdt32_t *cells = property->value;
        size_t count = known == NULL ? 0 : property->length / sizeof(*cells);

        while (search->cell < count) {
            uint32_t phandle = fdt32_ld(&cells[search->cell++]);
            const struct tree_node *target = tree_by_phandle(search->node->tree, phandle);

            search->cell += cells_behind(known, target, count - search->cell);
            if (phandle != 0) { /* 0 is a place that is left free */
                *provider = (struct provider){property->name, target, false};
                return true;
            }
        }
        search->cell = 0;
    }
    return false;
}

/* True if the node, and all that it depends on itself, can be copied. `budget` bounds the search:
 * nodes may depend on each other in a circle. */
static bool is_fixed(const struct tree_node *node, unsigned *budget) {
    static const char *const fixed[] = {"fixed-clock", "fixed-factor-clock", "regulator-fixed"};
    struct provider provider;

    if (node == NULL || *budget == 0)
        return false;
    --*budget;
    bool found = tree_kind(node, fixed, COUNT(fixed)) != NULL;
    struct provider_search search = provider_search(node);
    while (found && find_next(&search, &provider))
        found = is_fixed(provider.node, budget);
    return found;
}

bool provider_next(struct provider_search *search, struct provider *provider) {
    bool found = find_next(search, provider);
    unsigned budget = FIXED_MAX;

    if (found)
        provider->is_fixed = is_fixed(provider->node, &budget);
    return found;
}

bool provider_is_about(const char *property, const char *other) {
    const struct provider_property *known = find_property(other);

    if (known == &any_pins && strcmp(other, "pinctrl-0") != 0)
        return false; /* the names of the states before it are still needed */
    if (strcmp(other, "assigned-clocks") == 0 && strcmp(property, "assigned-clock-parents") == 0)
        return true;
    return known != NULL && known->names != NULL && strcmp(known->names, property) == 0;
}

const char *provider_firmware(const struct tree_node *node) {
    static const struct {
        const char *compatible;
        const char *name;
    } services[] = {
        {"xlnx,zynqmp-firmware", "zynqmp"},
        {"xlnx,versal-firmware", "versal"},
        {"arm,scmi", "scmi"},
        {"arm,scmi-smc", "scmi"},
        {"arm,scpi", "scpi"},
    };

    for (; node != NULL; node = node->parent)
        for (size_t i = 0; i < COUNT(services); i++)
            if (tree_is_compatible(node, services[i].compatible))
                return services[i].name;
    return NULL;
}
