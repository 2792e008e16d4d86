/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/board.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "abi/boot_record.h"
#include "config/config_check.h"
#include "config/system.h"
#include "tool/base/digest.h"
#include "tool/base/file.h"
#include "tool/base/nearest.h"
#include "tool/base/range.h"
#include "tool/base/text.h"
#include "tool/board/board_file.h"
#include "tool/board/board_ram.h"
#include "tool/board/machine_read.h"
#include "tool/format/value.h"
#include "tool/report/rules.h"

struct opener {
    struct board *board;
    struct mark mark; /* where the board was named */
    struct diagnostics *diagnostics;
};

/* The advice for a path that is no board's folder. */
static void refuse_path(const struct opener *opener, const char *name) {
    if (text_ends_with(name, "/board.yaml")) {
        rule_broken(opener->diagnostics, RULE_BOARD_UNKNOWN, opener->mark,
                    "a board is a folder; write board: %.*s",
                    (int)(strlen(name) - strlen("/board.yaml")), name);
    } else {
        rule_broken(opener->diagnostics, RULE_BOARD_UNKNOWN, opener->mark,
                    "there is no %s; a path begins at the folder of the file that names it, and a "
                    "name without '/' is looked for among the boards that come with Bulkhead",
                    opener->board->file);
    }
}

/* Says that there is no such board, and which are. */
static void refuse_unknown(const struct opener *opener, const char *name, const char *boards) {
    struct arena *arena = &opener->board->arena;
    struct nearest nearest;
    DIR *folder = boards == NULL ? NULL : opendir(boards);
    const char *advice = "name a folder that holds a board.yaml, by a path that has a '/' in it";

    nearest_begin(&nearest, name);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            nearest_offer(&nearest, arena_strdup(arena, entry->d_name));
    if (folder != NULL)
        closedir(folder);
    if (nearest.best != NULL && strcmp(nearest.best, name) == 0)
        advice = "its folder has no board.yaml, which bulkhead init makes";
    else if (text_ends_with(name, ".dtb"))
        advice = nearest_advice(&nearest, arena,
                                "a board is a folder with a board.yaml beside the tree; bulkhead "
                                "init makes one");
    else if (boards == NULL)
        advice = "no folder with boards is near this program, so say where it is with --boards DIR";
    else
        advice = nearest_advice(&nearest, arena, advice);
    rule_broken(opener->diagnostics, RULE_BOARD_UNKNOWN, opener->mark, "there is no board '%s'; %s",
                name, advice);
}

/* The folder that a board's name or path means, where it stands in `file`. */
static const char *folder_of(const char *name, const char *boards, const char *file,
                             struct arena *arena) {
    if (strchr(name, '/') != NULL)
        return value_path(arena, file, name);
    return boards != NULL ? arena_printf(arena, "%s/%s", boards, name) : arena_strdup(arena, name);
}

const char *board_arch(const char *name_or_path, const char *boards, const char *file,
                       struct arena *arena) {
    const char *path =
        arena_printf(arena, "%s/board.yaml", folder_of(name_or_path, boards, file, arena));
    struct diagnostics diagnostics = {0}; /* board_open() will say it */
    struct file source = {0};
    const struct yaml *yaml = NULL;
    const char *arch = "arm64";

    if (yaml_file_read(path, &source, arena))
        yaml = yaml_parse(path, (const char *)source.bytes, source.size, arena, &diagnostics);
    if (yaml != NULL && (yaml = yaml_get(yaml, "arch")) != NULL && yaml->kind == YAML_SCALAR)
        arch = yaml->text;
    diagnostics_free(&diagnostics);
    return arch;
}

/* A board's name: its folder's, which is another one where the path ends with `.` . */
static const char *name_of(const char *folder, struct arena *arena) {
    const char *slash = strrchr(folder, '/');
    const char *name = slash != NULL ? slash + 1 : folder;

    if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
        return name;
    char *whole = realpath(folder, NULL);
    if (whole != NULL && (slash = strrchr(whole, '/')) != NULL)
        name = arena_strdup(arena, slash + 1);
    free(whole);
    return name;
}

static bool find_folder(const struct opener *opener, const char *name, const char *boards) {
    struct board *board = opener->board;
    struct arena *arena = &board->arena;
    char *folder = arena_strdup(arena, folder_of(name, boards, opener->mark.file, arena));

    for (size_t length = strlen(folder); length > 1 && folder[length - 1] == '/';)
        folder[--length] = '\0';
    board->folder = folder;
    board->file = arena_printf(arena, "%s/board.yaml", folder);
    board->name = name_of(folder, arena);
    if (file_exists(board->file))
        return true;
    if (strchr(name, '/') != NULL)
        refuse_path(opener, name);
    else
        refuse_unknown(opener, name, boards);
    return false;
}

/* Makes the tree of a blob; what is wrong with it is said before anything is made of it. */
static const struct tree *make_tree(const struct opener *opener, const struct value *name,
                                    const void *blob, size_t size) {
    const struct tree *tree = NULL;
    int error = tree_read(blob, size, &opener->board->arena, &tree);

    if (error != 0)
        rule_broken(opener->diagnostics, RULE_BOARD_TREE, name->mark,
                    "the board's tree is damaged or no device tree blob: %s", fdt_strerror(error));
    return tree;
}

/* The tree with the overlay; NULL with errors. */
static const struct tree *apply_overlay(const struct opener *opener, const struct value *name,
                                        const struct tree *tree) {
    struct board *board = opener->board;
    struct overlay *overlay = &board->overlay;
    const struct overlay_target target = {tree, "the board's tree",
                                          "write the node's path: &{/path/of/the/node}"};
    struct dtc_errors errors = {0};
    unsigned char *blob = NULL;

    board->overlay_written = name->written;
    if (overlay_read(overlay, name->text, &board->arena, &errors))
        blob = overlay_apply(overlay, &target, &board->arena, &errors);
    for (size_t i = 0; i < errors.count; i++) {
        const struct dtc_error *error = &errors.items[i];

        rule_broken(opener->diagnostics, RULE_BOARD_TREE,
                    error->mark.file == NULL ? name->mark : error->mark, "%s", error->text);
    }
    return blob == NULL ? NULL : make_tree(opener, name, blob, fdt_totalsize(blob));
}

/* The bytes of the tree's file; false with an error. */
static bool read_file(const struct opener *opener, const struct tree_file *tree) {
    struct board *board = opener->board;
    struct file *file = &board->tree_source;

    if (!file_read_start(tree->file.text, TREE_SIZE_MAX + 1, file, &board->arena)) {
        rule_broken(opener->diagnostics, RULE_BOARD_TREE, tree->file.mark, "%s", file->why);
        return false;
    }
    if (file->size > TREE_SIZE_MAX) {
        rule_broken(opener->diagnostics, RULE_BOARD_TREE, tree->file.mark,
                    "%s has more than 2 MiB, which is no board's tree; name the right file",
                    tree->file.text);
        return false;
    }
    board->tree_file = tree->file.text;
    board->tree_written = tree->file.written;
    const char *digest =
        tree->sha256.given ? digest_sha256(&board->arena, file->bytes, file->size) : "";
    if (tree->sha256.given && strcmp(tree->sha256.text, digest) != 0) {
        rule_broken(opener->diagnostics, RULE_BOARD_TREE_DIGEST, tree->sha256.mark,
                    "%s has another digest, %s; get the right file back, or write the new digest "
                    "after looking at what changed",
                    tree->file.text, digest);
        return false;
    }
    return true;
}

static bool read_machine(const struct opener *opener, const struct tree_file *tree) {
    struct board *board = opener->board;
    const struct tree *read = NULL;

    if (read_file(opener, tree))
        read = make_tree(opener, &tree->file, board->tree_source.bytes, board->tree_source.size);
    if (read != NULL && tree->overlay.given)
        read = apply_overlay(opener, &tree->overlay, read);
    return read != NULL && machine_read(&board->machine, board->arch, read, tree->file.mark,
                                        &board->arena, opener->diagnostics);
}

static bool check_home(const struct opener *opener, const struct value *home) {
    struct board *board = opener->board;

    board->home = home->number;
    if (home->number % SYSTEM_BLOCK_SIZE != 0) {
        rule_broken(opener->diagnostics, RULE_BOARD_HOME, home->mark,
                    "home is not a multiple of 2 MiB; choose one that is");
        return false;
    }
    if (home->number == BOOT_LINKED_AT) {
        rule_broken(
            opener->diagnostics, RULE_BOARD_HOME, home->mark,
            "Bulkhead is linked at this address and cannot be loaded there; choose another");
        return false;
    }
    if (!range_in(board->machine.ram, board->machine.ram_count, home->number, 1)) {
        rule_broken(
            opener->diagnostics, RULE_BOARD_HOME, home->mark,
            "the board has no RAM there; choose an address in its RAM, which begins at 0x%llx",
            (unsigned long long)board_ram_base(board));
        return false;
    }
    for (size_t i = 0; i < board->reserve_count; i++) {
        if (home->number - board->reserve[i].phys < board->reserve[i].size) {
            rule_broken(opener->diagnostics, RULE_BOARD_HOME, home->mark,
                        "home is reserved for %s; choose another address",
                        board->reserve[i].purpose);
            return false;
        }
    }
    return true;
}

void board_cut_ram(struct board *board) {
    const struct machine *machine = &board->machine;
    struct arena *arena = &board->arena;

    board->ram_count = 0;
    for (size_t i = 0; i < machine->ram_count; i++)
        *ARENA_ADD(arena, board->ram, board->ram_count) = machine->ram[i];
    for (size_t i = 0; i < machine->reserved_count; i++)
        board_ram_cut(&board->ram, &board->ram_count, machine->reserved[i], arena);
    for (size_t i = 0; i < board->reserve_count; i++) {
        struct system_range range = {board->reserve[i].phys, board->reserve[i].size};

        board_ram_cut(&board->ram, &board->ram_count, range, arena);
    }
    if (board->ram_count != 0)
        qsort(board->ram, board->ram_count, sizeof(*board->ram), range_compare);
}

uint64_t board_ram_base(const struct board *board) {
    const struct machine *machine = &board->machine;

    for (size_t i = 0; i < machine->ram_count && board->ram_count != 0; i++)
        if (overlap(machine->ram[i], board->ram[0]))
            return machine->ram[i].phys;
    return 0;
}

/* Finds what may be given out. */
static bool make_ram(const struct opener *opener, const struct value *tree) {
    struct board *board = opener->board;

    board_cut_ram(board);
    if (board->ram_count != 0 && board->ram_count <= SYSTEM_RAM_MAX)
        return true;
    rule_broken(opener->diagnostics, RULE_BOARD_TREE, tree->mark,
                "what is reserved leaves the board's RAM in %zu pieces; Bulkhead knows 1 to %u",
                board->ram_count, SYSTEM_RAM_MAX);
    return false;
}

static const char **texts(struct arena *arena, const struct value *list) {
    const char **array = arena_alloc(arena, (list->count + 1) * sizeof(*array));

    for (size_t i = 0; i < list->count; i++)
        array[i] = list->items[i].text;
    return array;
}

static void copy_lists(struct board *board, const struct board_file *file) {
    struct arena *arena = &board->arena;

    board->no_dma = texts(arena, &file->no_dma);
    board->no_dma_count = file->no_dma.count;
    board->qemu = texts(arena, &file->qemu);
    board->qemu_count = file->qemu.count;
    board->name_count = file->names.count;
    board->names = arena_alloc(arena, (board->name_count + 1) * sizeof(*board->names));
    for (size_t i = 0; i < board->name_count; i++)
        board->names[i] = (struct board_name){file->names.items[i].key, file->names.items[i].text};
    const struct reserve_file *reserve = file->reserve.maps;
    board->reserve_count = file->reserve.count;
    board->reserve = arena_alloc(arena, (board->reserve_count + 1) * sizeof(*board->reserve));
    for (size_t i = 0; i < board->reserve_count; i++) {
        const char *purpose = reserve[i].purpose.given ? reserve[i].purpose.text : "firmware";

        board->reserve[i] =
            (struct board_reserve){reserve[i].phys.number, reserve[i].size.number, purpose};
    }
}

bool board_open_at(struct board *board, const char *name_or_path, const char *boards,
                   struct mark mark, struct diagnostics *diagnostics) {
    const struct opener opener = {board, mark, diagnostics};
    struct arena *arena = &board->arena;
    struct board_file target = {0};
    struct file *file = &board->source;
    size_t errors = diagnostics->error_count;

    if (!find_folder(&opener, name_or_path, boards))
        return false;
    if (!yaml_file_read(board->file, file, arena)) {
        diagnostics_add_system(diagnostics, mark, "file", "%s", file->why);
        return false;
    }
    struct yaml *yaml =
        yaml_parse(board->file, (const char *)file->bytes, file->size, arena, diagnostics);
    if (yaml == NULL)
        return false;
    struct value_reader reader = {
        .arena = arena, .diagnostics = diagnostics, .board = board->name, .root = board_schema()};
    value_read(&reader, board_schema(), yaml, NULL, &target);
    if (diagnostics->error_count != errors)
        return false;
    if (target.version.number != 1) {
        rule_broken(diagnostics, RULE_FORMAT_VERSION, target.version.mark,
                    "this program reads version 1 of the board format; write board: 1");
        return false;
    }
    board->arch = target.arch.text;
    copy_lists(board, &target);
    return read_machine(&opener, target.tree.maps) && make_ram(&opener, &target.tree) &&
           check_home(&opener, &target.home);
}

bool board_open(struct board *board, const char *name_or_path, const char *boards,
                struct diagnostics *diagnostics) {
    return board_open_at(board, name_or_path, boards, (struct mark){.file = "bulkhead"},
                         diagnostics);
}

void board_close(struct board *board) {
    arena_free(&board->arena);
    *board = (struct board){0};
}
