/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey_read.c - a survey of a tree: what board it is, its parts, its RAM, and then its devices.
 */
#include <ctype.h>
#include <string.h>

#include "config/config_check.h"
#include "config/system.h"
#include "tool/base/range.h"
#include "tool/board/machine_read.h"
#include "tool/board/machine_reader.h"
#include "tool/format/schema.h"
#include "tool/init/survey.h"
#include "tool/report/rules.h"

#define FIRMWARE_SIZE (UINT64_C(2) << 20)   /* what OpenSBI takes at the begin of RAM */
#define HOME_ROOM     (UINT64_C(128) << 20) /* enough for most systems' images */

/* Compatible strings of devices that never read or write memory by themselves. */
static const char harmless[] =
    "arm,pl011|arm,pl022|arm,pl031|arm,pl050|arm,pl061|arm,sp804|"
    "ns16550|ns16550a|"
    "snps,dw-apb-uart|snps,dw-apb-gpio|snps,dw-apb-timer|snps,designware-i2c|"
    "google,goldfish-rtc|"
    "sifive,uart0|sifive,gpio0|sifive,i2c0|sifive,pwm0|opencores,i2c-ocores|"
    "cdns,uart-r1p8|cdns,uart-r1p12|cdns,i2c-r1p10|cdns,i2c-r1p14|cdns,ttc|"
    "xlnx,zynqmp-rtc|xlnx,zynqmp-gpio-1.0|xlnx,zynq-can-1.0|"
    "fsl,imx6q-uart|fsl,imx7ulp-lpuart|fsl,imx21-i2c|fsl,imx7ulp-lpi2c|fsl,imx35-gpio|"
    "fsl,imx27-pwm|"
    "rockchip,gpio-bank|rockchip,rk3288-pwm|rockchip,rk3399-i2c|"
    "amlogic,meson-gx-uart|"
    "brcm,bcm2835-gpio|brcm,bcm2835-i2c|brcm,bcm2835-pwm";

/* Interrupt controllers of CPUs: more than Bulkhead drives, so that each is called by its name. */
static const char controllers[] =
    "arm,gic-v3|arm,gic-400|arm,cortex-a15-gic|arm,cortex-a9-gic|arm,gic-v5|apple,aic|apple,aic2|"
    "brcm,bcm2836-l1-intc|arm,cortex-a7-gic|riscv,plic0|sifive,plic-1.0.0|thead,c900-plic|"
    "riscv,aplic|riscv,imsics";

/* --- what board this is --- */

/* A folder's name out of "vendor,board"; "board" if nothing of it can be used. */
static const char *short_name(struct arena *arena, const char *compatible) {
    const char *comma = strrchr(compatible, ',');
    char *name = arena_strdup(arena, comma == NULL ? compatible : comma + 1);
    size_t length = 0;

    for (const char *at = name; *at != '\0'; at++)
        if (isalnum((unsigned char)*at) != 0 || (length != 0 && strchr("-_.", *at) != NULL))
            name[length++] = (char)tolower((unsigned char)*at);
    name[length] = '\0';
    return length == 0 ? "board" : name;
}

static void read_model(struct survey *survey, const struct tree *tree) {
    struct arena *arena = &survey->board.arena;
    const char *model = tree_string(tree->root, "model");
    const char *compatible = tree_string(tree->root, "compatible");

    survey->model = survey_clean(arena, model != NULL        ? model
                                        : compatible != NULL ? compatible
                                                             : "board");
    survey->short_name = short_name(arena, compatible != NULL ? compatible : "");
}

/* --- its parts --- */

static void add_part(struct survey *survey, enum survey_role role, const struct tree_node *node,
                     const char *name, const char *kind, bool driven) {
    struct arena *arena = &survey->board.arena;

    *ARENA_ADD(arena, survey->parts, survey->part_count) = (struct survey_part){
        role, node, survey_clean(arena, name), survey_clean(arena, kind), driven};
}

static void find_controllers_and_iommus(struct survey *survey) {
    const struct machine *machine = &survey->board.machine;
    const struct tree_node *root = machine->tree->root;

    for (const struct tree_node *node = root; node < root->end; node++) {
        const char *kind = survey_find_kind(node, controllers);
        const char *first_kind = tree_string(node, "compatible");

        if (first_kind == NULL || !tree_is_enabled(node))
            continue;
        if (kind != NULL)
            add_part(survey, SURVEY_CONTROLLER, node, node->name, kind,
                     machine->controller_node != NULL && machine_owns(machine, node));
        if (device_is_iommu(node))
            add_part(survey, SURVEY_IOMMU, node, node->name, first_kind, false);
    }
}

/* The controller that devices interrupt: the one that Bulkhead drives, that the root names, or that
 * comes first in the list. */
static const struct tree_node *find_main_controller(const struct survey *survey) {
    const struct machine *machine = &survey->board.machine;
    const struct tree_node *named =
        tree_by_phandle(machine->tree, tree_cell(machine->tree->root, "interrupt-parent", 0));

    if (machine->controller_node != NULL)
        return machine->controller_node;
    if (survey_is_part(survey, SURVEY_CONTROLLER, named))
        return named;
    const struct tree_node *first = NULL;
    const char *place = NULL;
    for (size_t i = 0; i < survey->part_count; i++) {
        const char *other = strstr(controllers, survey->parts[i].kind);

        if (survey->parts[i].role == SURVEY_CONTROLLER && (place == NULL || other < place)) {
            first = survey->parts[i].node;
            place = other;
        }
    }
    return first;
}

/* A UART, by its alias. */
static void add_uart(struct survey *survey, const char *alias) {
    const struct machine *machine = &survey->board.machine;
    const struct tree_node *node = tree_listed(machine->tree, "aliases", alias);
    const char *kind = tree_string(node, "compatible");
    struct system_board board;

    if (kind != NULL && tree_is_enabled(node))
        add_part(survey, SURVEY_UART, node, alias, kind,
                 machine_find_console(machine, node, &board));
}

static void find_uarts(struct survey *survey) {
    const struct tree_node *aliases = tree_child(survey->board.machine.tree->root, "aliases");

    for (size_t i = 0; aliases != NULL && i < aliases->property_count; i++)
        if (strncmp(aliases->properties[i].name, "serial", 6) == 0)
            add_uart(survey, aliases->properties[i].name);
}

static void count_cpus(struct survey *survey) {
    const struct machine *machine = &survey->board.machine;
    const struct tree_node *parent = tree_child(machine->tree->root, "cpus");
    size_t all = 0;

    for (const struct tree_node *node = parent + 1; node < parent->end; node = node->end)
        all += tree_is_type(node, "cpu");
    survey->cpus_left_out = all - machine->cpu_count;
}

/* Lists the harmless kinds that the tree has. */
static void find_harmless(struct survey *survey) {
    struct board *board = &survey->board;
    const char *rest = harmless;
    const char *kind;

    for (size_t size; (size = schema_next_choice(&rest, &kind)) != 0;) {
        const char *word = arena_printf(&board->arena, "%.*s", (int)size, kind);

        if (tree_next_compatible(board->machine.tree, NULL, word) != NULL)
            *ARENA_ADD(&board->arena, board->no_dma, board->no_dma_count) = word;
    }
}

/* --- its RAM --- */

/* On RISC-V firmware lives in RAM, at its begin, and a tree from before it ran does not say so. */
static void reserve_firmware(struct survey *survey) {
    struct board *board = &survey->board;
    uint64_t start = board_ram_base(board);

    if (board->machine.config->arch != SYSTEM_ARCH_RISCV64 ||
        !range_in(board->ram, board->ram_count, start, FIRMWARE_SIZE))
        return;
    *ARENA_ADD(&board->arena, board->reserve, board->reserve_count) =
        (struct board_reserve){start, FIRMWARE_SIZE, "OpenSBI"};
    board_cut_ram(board);
}

/* Takes note of a free piece of RAM: for home the lowest with enough room, or else the roomiest. */
static void offer_room(struct survey *survey, uint64_t at, uint64_t room) {
    if (room < SYSTEM_BLOCK_SIZE)
        return;
    if (room > survey->largest_room)
        survey->largest_room = room;
    if (survey->home_room < HOME_ROOM && room > survey->home_room) {
        survey->home_room = room;
        survey->board.home = at;
    }
}

/* Goes through the free pieces, but for the first 2 MiB of each bank. */
static void choose_home(struct survey *survey) {
    const struct board *board = &survey->board;
    const struct machine *machine = &board->machine;

    for (size_t i = 0; i < machine->ram_count; i++) {
        uint64_t first = align_up(machine->ram[i].phys, SYSTEM_BLOCK_SIZE) + SYSTEM_BLOCK_SIZE;

        for (size_t j = 0; j < board->ram_count; j++) {
            uint64_t end = board->ram[j].phys + board->ram[j].size;
            uint64_t at = align_up(board->ram[j].phys, SYSTEM_BLOCK_SIZE);

            at = at < first ? first : at;
            if (overlap(machine->ram[i], board->ram[j]) && at < end)
                offer_room(survey, at, end - at);
        }
    }
}

/* The kind of a tree without CPUs, and the remedy: the rest of a sentence. */
static const char *what_else(const struct tree_node *root) {
    if (tree_child(root, "fragment@0") != NULL || tree_child(root, "__fixups__") != NULL)
        return "an overlay; give the tree of a whole board";
    if (tree_child(root, "images") != NULL)
        return "a FIT image for U-Boot; give the board's tree that is in it (dumpimage)";
    return "no board's tree: it has no CPU of 64 bits, Arm or RISC-V (QEMU's virt for Arm has one "
           "with -cpu cortex-a53)";
}

bool survey_read(struct survey *survey, const char *file, const void *blob, size_t size,
                 struct diagnostics *diagnostics) {
    struct board *board = &survey->board;
    struct mark mark = {.file = file};
    const struct tree *tree = NULL;

    if (tree_read(blob, size, &board->arena, &tree) == 0)
        board->arch = machine_arch_of(tree);
    if (board->arch == NULL) {
        rule_broken(diagnostics, RULE_BOARD_TREE, mark, "this is %s",
                    tree == NULL ? "no device tree" : what_else(tree->root));
        return false;
    }
    machine_read(&board->machine, board->arch, tree, mark, &board->arena, &survey->lacks);
    read_model(survey, tree);
    count_cpus(survey);
    find_uarts(survey);
    find_controllers_and_iommus(survey);
    survey->judged = board->machine.controller_node != NULL && board->machine.cpu_count != 0;
    survey->main_controller = find_main_controller(survey);
    find_harmless(survey);
    board_cut_ram(board);
    reserve_firmware(survey);
    choose_home(survey);
    survey_find_devices(survey);
    survey_group_devices(survey);
    survey_name_devices(survey);
    return true;
}
