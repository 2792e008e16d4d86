/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of boards by their trees alone: of small ones that are made up here.
 */
#include "tests/unit/test.h"

#include <unistd.h>

#include "tool/base/file.h"
#include "tool/base/process.h"
#include "tool/init/init_texts.h"
#include "tool/init/survey.h"

static struct survey survey;
static struct diagnostics diagnostics;
static struct arena arena;

AFTER_EACH(teardown) {
    survey_close(&survey);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

/* A tree out of some .dtsi files, and what else stands in its root. */
static const void *compile(const char *files, const char *root, size_t *size) {
    char path[] = P_tmpdir "/bulkhead-survey-XXXXXX";
    char *text = arena_strdup(&arena, "/dts-v1/;\n");
    int file = mkstemp(path);
    struct process dtc;

    for (size_t length; *files != '\0'; files += length + (files[length] == ' ')) {
        struct file part;

        length = strcspn(files, " ");
        assert_true(
            file_read(arena_printf(&arena, "tests/unit/tool/init/%.*s.dtsi", (int)length, files),
                      &part, &arena));
        text = arena_printf(&arena, "%s%.*s", text, (int)part.size, (const char *)part.bytes);
    }
    text = arena_printf(&arena, "%s/ { %s };\n", text, root);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    const char *const argv[] = {"dtc", "-q", "-@", "-I", "dts", "-O", "dtb", path, NULL};
    assert_true(process_run(argv, NULL, 60, &dtc, &arena));
    unlink(path);
    if (dtc.code != 0)
        fail_msg("%s", dtc.errors);
    *size = dtc.output_size;
    return dtc.output;
}

static void read_board(const char *files, const char *root) {
    size_t size = 0;
    const void *tree = compile(files, root, &size);

    if (!survey_read(&survey, "board.dtb", tree, size, &diagnostics))
        fail_msg("%s", diagnostics.items[0].message);
}

static const struct survey_device *find(const char *unit) {
    for (size_t i = 0; i < survey.device_count; i++)
        if (strcmp(survey.devices[i].unit, unit) == 0)
            return &survey.devices[i];
    fail_msg("no device %s", unit);
    return NULL;
}

static void check_group(const char *unit, enum survey_group group, const char *name) {
    assert_int_equal(find(unit)->group, group);
    assert_string_equal(find(unit)->name, name);
}

static size_t count_parts(enum survey_role role, bool driven) {
    size_t count = 0;

    for (size_t i = 0; i < survey.part_count; i++)
        count += survey.parts[i].role == role && survey.parts[i].driven == driven;
    return count;
}

static bool says(const char *text, const char *what) {
    if (strstr(text, what) == NULL)
        print_error("%s", text);
    return strstr(text, what) != NULL;
}

/* --- the board --- */

TEST(parts_are_found) {
    read_board("arm64 gicv3 memory", "iommu@b000000 { compatible = \"arm,smmu-v3\"; #iommu-cells = "
                                     "<1>; reg = <0 0xb000000 0 0x20000>; };");
    assert_string_equal(survey.board.arch, "arm64");
    assert_string_equal(survey.model, "A board");
    assert_string_equal(survey.short_name, "small-board");
    assert_int_equal(survey.lacks.count, 0);
    assert_true(survey.judged);
    assert_string_equal(init_cpus_text(&survey, false, &arena),
                        "2 x arm,cortex-a53, 1 x arm,cortex-a72");
    assert_int_equal(survey.cpus_left_out, 1);
    assert_int_equal(count_parts(SURVEY_CONTROLLER, true), 1);
    assert_int_equal(count_parts(SURVEY_UART, true), 2);
    assert_int_equal(count_parts(SURVEY_IOMMU, false), 1);
    assert_int_equal(survey.part_count, 4);
    assert_int_equal(survey.board.no_dma_count, 1);
    assert_string_equal(survey.board.no_dma[0], "arm,pl011");
    assert_int_equal(init_ram_size(&survey), 0x40000000);
    assert_null(init_overlay_text(&survey, &arena));
}

TEST(what_bulkhead_lacks_is_told_and_all_else_too) {
    read_board("arm64 gicv2 memory", "");
    assert_false(survey.judged);
    assert_int_equal(survey.lacks.count, 1);
    assert_non_null(strstr(survey.lacks.items[0].message, "arm,gic-v3"));
    assert_int_equal(count_parts(SURVEY_CONTROLLER, false), 1);
    assert_true(survey_is_part(&survey, SURVEY_CONTROLLER, survey.main_controller));
    check_group("serial@9040000", SURVEY_READY, "serial1");
    check_group("gic@8000000", SURVEY_NEVER, "gic");
    assert_true(says(init_system_text(&survey, &arena), "- serial1"));
}

TEST(without_a_memory_node_one_is_begun) {
    read_board("arm64 gicv3", "");
    assert_int_equal(survey.home_room, 0);
    assert_true(says(init_overlay_text(&survey, &arena), "&{/} {\n    memory@0 {\n"));
    check_group("serial@9040000", SURVEY_READY, "serial1"); /* all the same */
}

TEST(a_console_that_is_there_is_proposed) {
    read_board("arm64 gicv3 memory", "chosen { /delete-property/ stdout-path; };");
    assert_int_equal(survey.lacks.count, 1);
    assert_true(says(init_overlay_text(&survey, &arena),
                     "&{/} {\n    chosen {\n        stdout-path = \"serial0\";\n    };\n};\n"));
}

/* libfdt would follow the third for ever. */
TEST(a_console_is_named_by_a_path) {
    read_board("arm64 gicv3 memory", "aliases { serial2 = \"serial2\"; serial3 = \"serial0\"; };");
    assert_int_equal(count_parts(SURVEY_UART, true), 2);
}

TEST(a_missing_controller_is_told_once) {
    read_board("arm64 memory", "gic: nothing { };");
    assert_int_equal(survey.lacks.count,
                     1); /* of the timer, which has no interrupt then, nothing */
    assert_true(says(survey.lacks.items[0].message, "no interrupt controller"));
}

TEST(firmware_without_psci_cannot_start_cpus) {
    read_board("arm64 gicv3 memory", "cpus { cpu@0 { enable-method = \"spin-table\"; }; };");
    assert_int_equal(survey.lacks.count, 1);
    assert_true(says(survey.lacks.items[0].message, "PSCI"));
}

TEST(home_is_the_lowest_place_with_room) {
    read_board("arm64 gicv3 memory", "");
    assert_int_equal(survey.board.home, 0x40200000);
    assert_int_equal(survey.home_room, 0x3fe00000);
    teardown();
    read_board("arm64 gicv3 memory",
               "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; a@40300000 { "
               "reg = <0 0x40300000 0 0x1000>; }; b@44000000 { reg = <0 0x44000000 0 0x100000>; }; "
               "c@7f000000 { reg = <0 0x7f000000 0xffffff00 0>; }; };");
    /* Between a and b are 60 MiB only; behind b more than enough. */
    assert_int_equal(survey.board.home, 0x44200000);
    teardown();
    read_board("arm64 gicv3", "memory@40000000 { device_type = \"memory\"; reg = <0 0x40000000 0 "
                              "0x2000000>, <0 0x80000000 0 0x4000000>; };");
    /* Nowhere is enough: the roomiest. */
    assert_int_equal(survey.board.home, 0x80200000);
    assert_int_equal(survey.largest_room, 0x3e00000);
}

TEST(risc_v_firmware_is_at_the_begin_of_ram) {
    read_board("riscv64", "");
    assert_string_equal(survey.board.arch, "riscv64");
    assert_int_equal(survey.lacks.count, 0);
    assert_int_equal(survey.board.reserve_count, 1);
    assert_int_equal(survey.board.reserve[0].phys, 0x80000000);
    assert_int_equal(survey.board.ram_count, 1);
    assert_int_equal(survey.board.ram[0].phys, 0x80200000);
    assert_int_equal(survey.board.home, 0x80200000);
    check_group("rtc@101000", SURVEY_READY, "rtc");
    check_group("serial@10000000", SURVEY_NEVER, "serial@10000000");
    teardown();
    read_board("riscv64", "cpus { cpu@0 { riscv,isa = \"rv64imafdc\"; }; };");
    assert_int_equal(survey.board.machine.cpu_count, 0);
    assert_false(survey.judged);
    assert_string_equal(init_cpus_text(&survey, false, &arena), "none that Bulkhead could use");
    check_group("rtc@101000", SURVEY_READY, "rtc");
    assert_true(says(init_system_text(&survey, &arena), "  linux:\n    cpus: 0\n"));
}

/* --- devices --- */

TEST(devices_are_told_apart) {
    read_board("arm64 gicv3 memory devices", "");
    check_group("serial@9040000", SURVEY_READY, "serial1");
    check_group("serial@9000000", SURVEY_NEVER, "serial0");
    check_group("clock-controller@a000000", SURVEY_COMMON, "clk");
    assert_int_equal(find("clock-controller@a000000")->users, 1);
    check_group("left@a020000", SURVEY_SHARED, "left@a020000");
    check_group("right@a020100", SURVEY_SHARED, "right@a020100");
    check_group("spare@a030000", SURVEY_DISABLED, "spare@a030000");
    check_group("below@a040000", SURVEY_DISABLED, "below@a040000");
    check_group("secure@a050000", SURVEY_NEVER, "secure@a050000");
    assert_true(says(find("secure@a050000")->why, "secure world"));
    check_group("iommu@b000000", SURVEY_NEVER, "iommu");
    check_group("master@b100000", SURVEY_DECISION, "master@b100000");
    assert_true(find("master@b100000")->has_stream);
    check_group("watchdog@b200000", SURVEY_COMMON, "watchdog@b200000");
    const struct survey_device *dma = find("dma@a010000");
    assert_int_equal(dma->group, SURVEY_DECISION);
    assert_false(dma->as_is);
    assert_int_equal(dma->obstacle, RULE_NONE);
    assert_int_equal(dma->interrupt_count, 2);
    assert_int_equal(dma->need_count, 3);
    assert_true(says(init_system_text(&survey, &arena), "    # console: serial1 #"));
}

TEST(pages_that_a_third_device_joins_are_one_set) {
    read_board("arm64 gicv3 memory pages", "");
    assert_int_equal(find("b@a002000")->page, find("a@a000000")->page);
    assert_int_equal(find("c@a000010")->page, find("a@a000000")->page);
    assert_int_equal(find("b@a002000")->group, SURVEY_SHARED);
    assert_int_equal(find("d@a003000")->group, SURVEY_DECISION);
}

TEST(names_can_be_written_in_a_description) {
    read_board("arm64 gicv3 memory names", "");
    assert_int_equal(survey.board.name_count, 4);
    assert_string_equal(survey.board.names[0].name, "twin0");
    assert_string_equal(survey.board.names[0].device, "/one/twin@a000000");
    assert_string_equal(survey.board.names[1].name, "twin1");
    assert_string_equal(find("a-unit-name-that-is-very-much-too-long@a002000")->name,
                        "a-unit-name-that-is-very-much-too-long0");
    assert_string_equal(find("some@a003000")->name, "labelled");
    assert_string_equal(find("rtc@a004000")->name, "rtc");
}

TEST(children_and_inner_providers_come_with_a_device) {
    read_board("arm64 gicv3 memory children", "");
    assert_int_equal(find("eth@a000000")->need_count, 0);
    assert_int_equal(find("eth@a000000")->below, 2);
    assert_int_equal(find("mmc@a002000")->need_count, 1);
    assert_string_equal(find("mmc@a002000")->needs[0].name, "i2c@a001000");
    assert_int_equal(find("i2c@a001000")->users, 1);
}

TEST(each_node_below_a_device_has_needs_of_its_own) {
    read_board("arm64 gicv3 memory needs", "");
    const struct survey_device *i2c = find("i2c@a001000");
    assert_int_equal(i2c->below, 3); /* without what is disabled */
    assert_int_equal(i2c->interrupt_count, 1);
    assert_int_equal(i2c->group, SURVEY_DECISION);
    assert_int_equal(find("gpio@a000000")->users, 1);
    const char *text = init_system_text(&survey, &arena);
    assert_true(says(text, "- { node: /i2c@a001000/one, without: [ interrupts ] }\n"));
    assert_true(says(text, "- { node: /i2c@a001000/two, without: [ interrupts ] }\n"));
    assert_true(says(text, "node: /i2c@a001000/on, without: [ phy-handle, \"x,cs-gpios\" ] }"));
    assert_true(says(text, "needs phy-handle of port (disabled),"));
}

/* Where Bulkhead does not drive the interrupt controller it is not known where a guest's would be.
 */
TEST(registers_at_zero_are_no_guests_controller) {
    read_board("arm64 gicv2 memory",
               "sram@0 { compatible = \"x\"; reg = <0 0 0 0x10000>; };last@20000000 { compatible = "
               "\"arm,pl011\"; reg = <0 0x20000000 0 0x1000>; interrupts = <0 900 4>; };");
    assert_int_equal(find("sram@0")->group, SURVEY_DECISION);
    assert_int_equal(find("last@20000000")->group, SURVEY_READY);
}

TEST(what_is_nobodys_has_no_pages_in_common_with_others) {
    read_board("arm64 gicv3 memory frames", "");
    assert_int_equal(find("frames@b000000")->group, SURVEY_NEVER);
    assert_int_equal(find("left@a000000")->group, SURVEY_DECISION);
    assert_int_equal(find("right@a001000")->group, SURVEY_DECISION);
}
