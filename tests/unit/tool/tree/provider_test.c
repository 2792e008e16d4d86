/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nodes of a device tree depend on: by which properties, with how many cells, and what of it
 * can be copied.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/trees.h"
#include "tool/tree/provider.h"

static struct arena arena;

#define GPIO     1
#define CLOCK    2
#define INPUT    3
#define OUTPUT   4
#define SWITCHED 5
#define FIRMWARE 6
#define LOOP     7

static void begin(void *tree, const char *name, const char *compatible, uint32_t phandle) {
    assert_int_equal(fdt_begin_node(tree, name), 0);
    fdt_property(tree, "compatible", compatible, (int)strlen(compatible) + 1);
    put(tree, "phandle", CELLS(phandle));
}

static void put_regulators(void *tree) {
    begin(tree, "input", "regulator-fixed", INPUT);
    fdt_end_node(tree);
    begin(tree, "output", "regulator-fixed", OUTPUT);
    put(tree, "vin-supply", CELLS(INPUT));
    fdt_end_node(tree);
    begin(tree, "switched", "regulator-fixed", SWITCHED);
    put(tree, "gpio", CELLS(GPIO, 4, 0));
    fdt_end_node(tree);
    begin(tree, "loop", "regulator-fixed", LOOP);
    put(tree, "vin-supply", CELLS(LOOP, LOOP, LOOP, LOOP, LOOP, LOOP, LOOP, LOOP));
    fdt_end_node(tree);
}

/* Calls `user` for the properties of one more node. */
static const struct tree *make_tree(void (*user)(void *tree)) {
    void *tree = arena_alloc(&arena, 8192);

    fdt_create(tree, 8192);
    fdt_finish_reservemap(tree);
    fdt_begin_node(tree, "");
    begin(tree, "gpio", "any,gpio", GPIO);
    put(tree, "#gpio-cells", CELLS(2));
    fdt_end_node(tree);
    begin(tree, "clock", "fixed-clock", CLOCK);
    put(tree, "#clock-cells", CELLS(0));
    fdt_end_node(tree);
    put_regulators(tree);
    fdt_begin_node(tree, "firmware");
    begin(tree, "scmi", "arm,scmi-smc", 99);
    begin(tree, "protocol", "any", FIRMWARE);
    put(tree, "#clock-cells", CELLS(1));
    fdt_end_node(tree);
    fdt_end_node(tree);
    fdt_end_node(tree);
    fdt_begin_node(tree, "user");
    user(tree);
    fdt_end_node(tree);
    fdt_end_node(tree);
    assert_int_equal(fdt_finish(tree), 0);
    return read_tree(tree, &arena);
}

/* What `user` depends on, as "property=node " or, of what can be copied, "property:node ". */
static void expect(void (*user)(void *tree), const char *expected) {
    struct provider_search search = provider_search(node_at(make_tree(user), "/user"));
    struct provider provider;
    char text[512] = "";

    while (provider_next(&search, &provider)) {
        strcat(text, provider.property);
        strcat(text, provider.is_fixed ? ":" : "=");
        strcat(text, provider.node == NULL ? "?" : provider.node->name);
        strcat(text, " ");
    }
    assert_string_equal(text, expected);
    assert_false(provider_next(&search, &provider)); /* it stays at the end */
    arena_free(&arena);
}

static void use_clocks(void *tree) {
    put(tree, "clocks", CELLS(CLOCK, FIRMWARE, 7, CLOCK));
}

static void use_free_places(void *tree) {
    put(tree, "cs-gpios", CELLS(0, GPIO, 1, 0, 0));
}

static void use_numbers(void *tree) {
    put(tree, "snps,nr-gpios", CELLS(GPIO));
    put(tree, "ngpios", CELLS(GPIO));
    put(tree, "pinctrl-names", CELLS(GPIO));
    put(tree, "max-supply-current", CELLS(GPIO));
}

static void use_names(void *tree) {
    put(tree, "pinctrl-1", CELLS(GPIO, CLOCK));
    put(tree, "reset-gpio", CELLS(GPIO, 1, 2));
    put(tree, "gpio-ranges", CELLS(GPIO, 0, 0, 32));
    put(tree, "nvmem-cells", CELLS(77));
}

static void use_regulators(void *tree) {
    put(tree, "vdd-supply", CELLS(OUTPUT));
    put(tree, "vio-supply", CELLS(SWITCHED));
    put(tree, "vno-supply", CELLS(LOOP));
}

TEST(providers_are_known_by_their_properties) {
    expect(use_clocks, "clocks:clock clocks=protocol clocks:clock ");
    expect(use_free_places, "cs-gpios=gpio ");
    expect(use_numbers, "");
    expect(use_names, "pinctrl-1=gpio pinctrl-1:clock reset-gpio=gpio gpio-ranges=gpio "
                      "nvmem-cells=? ");
}

TEST(what_is_fixed_can_be_copied_with_all_behind_it) {
    expect(use_regulators, "vdd-supply:output vio-supply=switched vno-supply=loop ");
}

TEST(names_go_with_what_they_name) {
    assert_true(provider_is_about("clock-names", "clocks"));
    assert_true(provider_is_about("assigned-clock-rates", "assigned-clocks"));
    assert_true(provider_is_about("assigned-clock-parents", "assigned-clocks"));
    assert_true(provider_is_about("pinctrl-names", "pinctrl-0"));
    assert_false(provider_is_about("pinctrl-names", "pinctrl-1"));
    assert_false(provider_is_about("clock-names", "resets"));
    assert_false(provider_is_about("reg-names", "reg"));
}

TEST(firmware_is_known_from_below) {
    const struct tree *tree = make_tree(use_clocks);

    assert_string_equal(provider_firmware(node_at(tree, "/firmware/scmi/protocol")), "scmi");
    assert_null(provider_firmware(node_at(tree, "/firmware")));
    assert_null(provider_firmware(node_at(tree, "/gpio")));
    arena_free(&arena);
}
