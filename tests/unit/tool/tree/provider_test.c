/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nodes of a device tree depend on: by which properties, with how many cells, and what of it
 * can be copied.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/trees.h"
#include "tool/tree/provider.h"

static struct arena arena;

AFTER_EACH(free_arena) {
    arena_free(&arena);
}

static const struct tree_node *node(const char *path) {
    return node_at(compile_tree("tests/unit/tool/tree/providers.dts", &arena), path);
}

/* What a node depends on, as "property=node " or, of what can be copied, "property:node ". */
static void expect(const char *path, const char *expected) {
    struct provider_search search = provider_search(node(path));
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
}

TEST(providers_are_known_by_their_properties) {
    expect("/of-clocks", "clocks:clock clocks=protocol clocks:clock ");
    expect("/of-free-places", "cs-gpios=gpio ");
    expect("/of-numbers", "");
    expect("/of-names", "pinctrl-1=gpio pinctrl-1:clock reset-gpio=gpio gpio-ranges=gpio "
                        "nvmem-cells=? ");
}

TEST(what_is_fixed_can_be_copied_with_all_behind_it) {
    expect("/of-regulators", "vdd-supply:output vio-supply=switched vno-supply=loop ");
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
    assert_string_equal(provider_firmware(node("/firmware/scmi/protocol")), "scmi");
    assert_null(provider_firmware(node("/firmware")));
    assert_null(provider_firmware(node("/gpio")));
}
