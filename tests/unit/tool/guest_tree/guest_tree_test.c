/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trees that guests get: buses with what is on them, seeds, patches, trees of one's own, and
 * that no tree says of what the VM does not own.
 */
#include "tests/unit/test.h"

#include <libfdt.h>

#include "config/system.h"
#include "tests/unit/tool/fixture.h"
#include "tests/unit/tool/trees.h"
#include "tool/guest_tree/guest_tree.h"
#include "tool/guest_tree/guest_tree_audit.h"
#include "tool/image/emit.h"
#include "tool/show/show.h"
#include "tool/tree/dtc.h"
#include "tool/tree/tree.h"

#define ARM64(vm)                                                                                  \
    "{ bulkhead: 1, board: qemu-arm64, vms: { a: { cpus: 0-1, memory: 16 MiB, " vm " } } }"
#define RISCV64(vm)                                                                                \
    "{ bulkhead: 1, board: qemu-riscv64, vms: { a: { cpus: 0-1, memory: 64 MiB, " vm " } } }"

static struct fixture fixture;

BEFORE_EACH(begin) {
    fixture_open(&fixture);
}

AFTER_EACH(end) {
    fixture_close(&fixture);
}

/* Compiles a system of one VM, and finds its tree. */
static const struct tree *tree_of(const char *text) {
    struct system system;

    fixture_system(&fixture, text, &system);
    return fixture_tree(&fixture, &system, 0);
}

static void expect_error(const char *text, const char *rule, const char *said) {
    assert_false(fixture_compile(&fixture, text, false));
    const struct diagnostic *first = &fixture.diagnostics.items[0];
    assert_string_equal(first->rule, rule);
    if (strstr(first->message, said) == NULL)
        fail_msg("%s", first->message);
}

static void write_text(const char *name, const char *text) {
    fixture_write(&fixture, name, text, strlen(text));
}

/* --- what is generated --- */

TEST(seeds_lie_behind_each_other) {
    uint32_t at = 0;
    uint32_t length = 0;

    const struct tree *tree = tree_of(ARM64("image: Image"));
    assert_true(guest_tree_find_seeds(tree->blob, &at, &length));
    assert_int_equal(length, 12 + 8 + 12 + 32);
    assert_int_equal(at % 4, 0);
    unsigned char *copy = arena_alloc(&fixture.arena, tree->size);
    memcpy(copy, tree->blob, tree->size);
    for (uint32_t i = 0; i < length; i += 4) {
        if (i == 0)
            assert_int_equal(fdt32_ld((const fdt32_t *)(const void *)(copy + at)), FDT_PROP);
        fdt32_st(copy + at + i, FDT_NOP);
    }
    /* Without them it is still a tree, and the rest of it is there. */
    tree = read_tree(copy, &fixture.arena);
    const struct tree_node *chosen = node_at(tree, "/chosen");
    assert_null(tree_property(chosen, "kaslr-seed"));
    assert_null(tree_property(chosen, "rng-seed"));
    assert_non_null(tree_property(chosen, "stdout-path"));
    node_at(tree, "/memory@40000000");
    assert_false(guest_tree_find_seeds(copy, &at, &length));
    assert_int_equal(at, 0);
}

/* The guest's controller has no addresses, so they are taken out of the map. */
TEST(a_bridge_is_told_of_windows_and_lines) {
    struct tree_window window;
    struct tree_route route;
    size_t count = 0;

    const struct tree *tree =
        tree_of(ARM64("image: Image, devices: [ { node: pcie@10000000, dma: none } ]"));
    const struct tree_node *bridge = node_at(tree, "/pcie@10000000");
    assert_true(tree_window(bridge, 1, &window));
    assert_true(window.has_cpu);
    assert_int_equal(window.cpu.phys, 0x10000000);
    assert_int_equal(window.cpu.size, 0x2eff0000);
    assert_false(tree_window(bridge, 2, &window)); /* the third is too high */
    for (; tree_route(bridge, count, &route); count++) {
        assert_ptr_equal(route.to.controller, node_at(tree, "/interrupt-controller@8000000"));
        assert_in_range(route.to.number, 35, 38);
        assert_int_equal(route.address_cells, 0);
    }
    assert_int_equal(count, 16);
    assert_null(tree_property(bridge, "msi-map"));
    assert_non_null(tree_property(bridge, "interrupt-map-mask"));
}

/* RISC-V's buses do not inherit a parent for interrupts, so each copy says it. */
TEST(a_bridge_of_riscv64_has_its_map) {
    struct tree_route route;

    fixture_close(&fixture);
    fixture_open_riscv64(&fixture);
    const struct tree *tree =
        tree_of(RISCV64("image: Image, devices: [ { node: pci@30000000, dma: none }, rtc ]"));
    assert_true(tree_route(node_at(tree, "/pci@30000000"), 15, &route));
    assert_ptr_equal(route.to.controller, node_at(tree, "/plic@c000000"));
    assert_in_range(route.to.number, 32, 35);
    assert_ptr_equal(tree_interrupt_parent(node_at(tree, "/rtc@101000")), route.to.controller);
}

/* Children come along, and what they refer to is found. */
TEST(children_keep_their_references) {
    size_t count = 0;

    const struct tree *tree = tree_of(ARM64("image: Image, devices: [ gpio-keys, pl061@9030000 ]"));
    const struct tree_node *key = node_at(tree, "/gpio-keys/poweroff");
    const fdt32_t *cells = tree_cells(key, "gpios", &count);
    assert_int_equal(count, 3);
    assert_ptr_equal(tree_by_phandle(tree, fdt32_ld(cells)), node_at(tree, "/pl061@9030000"));
    assert_int_equal(tree_cell(key, "linux,code", 0), 116);
}

TEST(properties_are_left_out_with_their_names) {
    const struct tree *tree =
        tree_of(ARM64("image: Image, devices: [ { node: rtc, without: [ clocks ] } ]"));
    const struct tree_node *rtc = node_at(tree, "/pl031@9010000");
    assert_null(tree_property(rtc, "clocks"));
    assert_null(tree_property(rtc, "clock-names"));
    assert_non_null(tree_property(rtc, "interrupts"));
    assert_null(find_node(tree, "/apb-pclk"));
    tree = tree_of(ARM64("image: Image, devices: [ { node: rtc, without: [ interrupts ] } ]"));
    assert_null(tree_property(node_at(tree, "/pl031@9010000"), "interrupts"));
}

/* --- what a user changes --- */

TEST(a_patch_finds_labels_of_all_kinds) {
    uint32_t at = 0;
    uint32_t length = 0;

    write_text("patch.dtso", "/dts-v1/; /plugin/;\n"
                             "&rtc { wakeup-source; };\n" /* the board's name */
                             "&serial_9000000 { current-speed = <9600>; };\n"
                             "&{/chosen} { bootargs = \"patched\"; };\n"
                             "&cpu_1 { friend = <&timer>; };\n");
    const struct tree *tree = tree_of(ARM64("image: Image, devices: [ rtc ], patch: patch.dtso"));
    assert_non_null(tree_property(node_at(tree, "/pl031@9010000"), "wakeup-source"));
    assert_int_equal(tree_cell(node_at(tree, "/serial@9000000"), "current-speed", 0), 9600);
    assert_string_equal(tree_string(node_at(tree, "/chosen"), "bootargs"), "patched");
    uint32_t friend = tree_cell(node_at(tree, "/cpus/cpu@1"), "friend", 0);
    assert_ptr_equal(tree_by_phandle(tree, friend), node_at(tree, "/timer"));
    assert_null(find_node(tree, "/__symbols__"));
    assert_true(guest_tree_find_seeds(tree->blob, &at, &length));
}

/* What else is refused is in tests/config/bad/tree-unowned.yaml. */
TEST(a_patch_is_judged_by_what_it_makes) {
    write_text("patch.dtso", "/dts-v1/; /plugin/; &timer { interrupt-names = \"virt\"; "
                             "interrupts = <1 12 4>; };");
    expect_error(ARM64("image: Image, patch: patch.dtso"), "tree-unowned", "28");
    /* What is off, or in memory, is nobody's loss. */
    write_text("patch.dtso", "/dts-v1/; /plugin/;\n&{/} {\n"
                             "x@50000000 { reg = <0 0x50000000 0 8>; status = \"disabled\"; };\n"
                             "log@40800000 { reg = <0 0x40800000 0 0x1000>; }; };\n"
                             "&timer { interrupt-names = \"virt\"; interrupts = <1 11 4>; };\n");
    assert_true(fixture_compile(&fixture, ARM64("image: Image, patch: patch.dtso"), false));
}

/* A tree that was generated is one of the user's own for the same VM, with args and initrd of now.
 */
TEST(a_tree_of_ones_own_gets_args_and_initrd) {
    const struct tree *tree = tree_of(ARM64("image: Image, args: \"old\""));
    fixture_write(&fixture, "guest.dtb", tree->blob, tree->size);
    tree = tree_of(ARM64("image: Image, args: \"new\", initrd: initrd, dtb: guest.dtb"));
    const struct tree_node *chosen = node_at(tree, "/chosen");
    assert_string_equal(tree_string(chosen, "bootargs"), "new");
    assert_non_null(tree_property(chosen, "linux,initrd-start"));
    tree = tree_of(ARM64("image: Image, dtb: guest.dtb"));
    assert_string_equal(tree_string(node_at(tree, "/chosen"), "bootargs"), "old");
    assert_null(tree_property(node_at(tree, "/chosen"), "linux,initrd-start"));
    expect_error(ARM64("image: guest.elf, console: none, dtb: guest.dtb"), "tree-unowned",
                 "/serial@9000000 has registers");
}

/* A tree and a patch that are each not too deep, and are together. */
TEST(a_patch_makes_no_tree_too_deep) {
    char path[200] = "/chosen";

    const struct tree *tree = tree_of(ARM64("image: Image"));
    void *deep = arena_alloc(&fixture.arena, tree->size + 0x1000);
    assert_int_equal(fdt_open_into(tree->blob, deep, (int)tree->size + 0x1000), 0);
    int node = fdt_path_offset(deep, path);
    for (size_t i = 0; i < 60; i++) {
        node = fdt_add_subnode(deep, node, "n");
        strcat(path, "/n");
    }
    assert_int_equal(fdt_pack(deep), 0);
    fixture_write(&fixture, "guest.dtb", deep, fdt_totalsize(deep));
    write_text("patch.dtso",
               arena_printf(&fixture.arena, "/dts-v1/; /plugin/; &{%s} { a { b { }; }; };", path));
    assert_true(
        fixture_compile(&fixture, ARM64("image: Image, dtb: guest.dtb, patch: patch.dtso"), false));
    write_text(
        "patch.dtso",
        arena_printf(&fixture.arena, "/dts-v1/; /plugin/; &{%s} { a { b { c { }; }; }; };", path));
    expect_error(ARM64("image: Image, dtb: guest.dtb, patch: patch.dtso"), "patch-target",
                 "FDT_ERR_BADSTRUCTURE");
}

/* A node of one's own for the VM's watchdog; without it, nothing is there. */
TEST(a_patch_may_say_more_of_the_watchdog) {
    write_text("patch.dtso", "/dts-v1/; /plugin/; &{/} { dog { reg = <0 0x8010000 0 0x2000>; "
                             "interrupts = <0 0 4>; }; };");
    const struct tree *tree = tree_of(ARM64("image: Image, watchdog: 999 ms, patch: patch.dtso"));
    const struct tree_node *watchdog = node_at(tree, "/watchdog@8010000");
    assert_int_equal(tree_cell(watchdog, "timeout-sec", 0), 1);
    expect_error(ARM64("image: Image, patch: patch.dtso"), "tree-unowned", "0x8010000");
    assert_non_null(strstr(fixture.diagnostics.items[1].message, "has interrupt 32"));
}

/* What a channel's node says; a tree of one's own may name the channel, and nothing beside it. */
TEST(a_member_of_a_channel_is_told) {
    const char *text = "{ bulkhead: 1, board: qemu-arm64, vms: {\n"
                       "a: { cpus: 0, memory: 16 MiB, image: Image },\n"
                       "b: { cpus: 1, memory: 16 MiB, image: Image%s } },\n"
                       "channels: { data: { size: %u KiB, members: { b: ro, a: rw } } } }";
    struct system system;

    fixture_system(&fixture, arena_printf(&fixture.arena, text, "", 8), &system);
    const struct tree *tree = fixture_tree(&fixture, &system, 1);
    const struct tree_node *channel = node_at(tree, "/channel@41000000");
    struct system_range range;
    assert_true(tree_register(channel, 0, &range));
    assert_int_equal(range.phys, 0x41000000);
    assert_int_equal(range.size, 0x3000);
    assert_string_equal(tree_string(channel, "bulkhead,name"), "data");
    assert_int_equal(tree_cell(channel, "bulkhead,member", 9), 1);
    assert_memory_equal(tree_property(channel, "bulkhead,members")->value, "a\0b", 4);
    assert_non_null(tree_property(channel, "read-only"));
    assert_non_null(tree_property(node_at(tree, "/reserved-memory/channel@41000000"), "no-map"));
    fixture_write(&fixture, "guest.dtb", tree->blob, tree->size);
    fixture_system(&fixture, arena_printf(&fixture.arena, text, ", dtb: guest.dtb", 8), &system);
    expect_error(arena_printf(&fixture.arena, text, ", dtb: guest.dtb", 4), "tree-unowned",
                 "/channel@41000000 has registers");
    fixture_system(&fixture, arena_printf(&fixture.arena, text, "", 8), &system);
    channel = node_at(fixture_tree(&fixture, &system, 0), "/channel@41000000");
    assert_int_equal(tree_cell(channel, "bulkhead,member", 9), 0);
    assert_null(tree_property(channel, "read-only"));
}

TEST(a_patch_is_not_larger_than_any_need) {
    char *text = malloc(0x20000);

    memset(text, 'x', 0x20000 - 1);
    text[0x20000 - 1] = '\0';
    write_text(
        "patch.dtso",
        arena_printf(&fixture.arena, "/dts-v1/; /plugin/; &{/chosen} { text = \"%s\"; };", text));
    expect_error(ARM64("image: Image, patch: patch.dtso"), "patch-source", "at most 128 KiB");
    free(text);
}

/* Versions that libfdt says it can read, and cannot. */
static void make_old(void *tree) {
    fdt_set_version(tree, 15);
    fdt_set_last_comp_version(tree, 2);
}

TEST(trees_of_old_versions_are_refused) {
    struct shown shown = {0};

    const struct tree *tree = tree_of(ARM64("image: Image"));
    unsigned char *old = arena_alloc(&fixture.arena, tree->size);
    memcpy(old, tree->blob, tree->size);
    make_old(old);
    assert_null(shown_open(&shown, fixture.compiled.image, fixture.compiled.image_size));
    make_old(fixture.compiled.image + ((const unsigned char *)tree->blob - fixture.compiled.image));
    assert_non_null(strstr(show_tree(stdout, &shown, 0), "is damaged"));
    shown_close(&shown);
    fixture_write(&fixture, "guest.dtb", old, tree->size);
    expect_error(ARM64("image: Image, dtb: guest.dtb"), "tree-file", "FDT_ERR_BADVERSION");
    expect_error(ARM64("image: Image, patch: guest.dtb"), "patch-source", "FDT_ERR_BADVERSION");
}

/* --- what is shown --- */

TEST(the_source_is_shown_from_the_image_alone) {
    struct shown shown = {0};
    const struct compiled *compiled = &fixture.compiled;
    char *text = NULL;
    size_t size = 0;

    tree_of(ARM64("image: Image"));
    FILE *stream = open_memstream(&text, &size);
    assert_null(shown_open(&shown, compiled->image, compiled->image_size));
    assert_null(show_tree(stream, &shown, 0));
    fclose(stream);
    assert_non_null(strstr(text, "stdout-path = \"serial0\";"));
    free(text);
    shown_close(&shown);
    assert_true(fixture_compile(&fixture, ARM64("image: guest.elf, dtb: none"), true));
    assert_null(shown_open(&shown, compiled->image, compiled->image_size));
    assert_non_null(strstr(show_tree(stdout, &shown, 0), "dtb: none"));
    shown_close(&shown);
}
