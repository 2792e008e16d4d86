/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/image/compile.h"

#include <string.h>

#include "config/config_check.h"
#include "tool/base/digest.h"
#include "tool/base/file.h"
#include "tool/base/program.h"
#include "tool/check/check.h"
#include "tool/image/emit.h"
#include "tool/report/rules.h"
#include "tool/system/manifest.h"
#include "tool/system/plan.h"

/* A stand-in that a check takes for a hypervisor that has not been built yet. */
#define HYPERVISOR_SIZE_GUESS UINT64_C(0x80000)

struct compiler {
    struct compiled *compiled;
    const struct compile_request *request;
    struct diagnostics *diagnostics;
    struct file binary;
};

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* Reads the hypervisor's binary; without it, checking is possible but emitting is not. */
static bool read_hypervisor(struct compiler *compiler, struct plan *plan) {
    const char *path = compiler->request->hypervisor != NULL
                           ? compiler->request->hypervisor
                           : arena_printf(plan->arena, "%s/%s/hypervisor.bin",
                                          program_folder(plan->arena), plan->board->arch);
    struct mark mark = {.file = path};

    plan->hypervisor_size = HYPERVISOR_SIZE_GUESS;
    if (plan->no_images)
        return true;
    if (!file_read(path, &compiler->binary, plan->arena)) {
        if (compiler->request->emit) {
            diagnostics_add_system(
                compiler->diagnostics, mark, "hypervisor",
                "%s; build it first (make hypervisor), or give --hypervisor FILE",
                compiler->binary.why);
        }
        return !compiler->request->emit;
    }
    uint64_t size = emit_hypervisor_size((enum system_arch)plan->board->machine.config->arch,
                                         &compiler->binary, plan->arena);
    if (size == 0) {
        diagnostics_add_system(
            compiler->diagnostics, mark, "hypervisor",
            "this is no hypervisor binary for %s; give the flat one, hypervisor.bin",
            plan->board->arch);
        return false;
    }
    plan->hypervisor_size = size;
    plan_add_input(plan->arena, &plan->inputs, "hypervisor", file_name(path), &compiler->binary, 0);
    return true;
}

/* Which console Bulkhead has itself. */
static void choose_console(struct compiler *compiler, const struct plan *plan) {
    const struct value *console = &plan->description->console;
    struct machine *machine = &compiler->compiled->board.machine;
    const char *why = "";
    const struct tree_node *node = NULL;

    if (!console->given || console->bad)
        return;
    if (strcmp(console->text, "none") == 0) {
        machine_release_console(machine);
        rule_broken(compiler->diagnostics, RULE_NO_CONSOLE, console->mark,
                    "Bulkhead has no console, so nothing will say whether the system started, "
                    "or why it was refused or a VM was stopped");
        return;
    }
    enum device_result found = device_find(plan->board, console->text, plan->arena, &node, &why);
    if (found == DEVICE_UNKNOWN) {
        rule_broken(compiler->diagnostics, RULE_DEVICE_UNKNOWN, console->mark,
                    "it is not none, and the board has no device '%s'; %s", console->text, why);
    } else if (found != DEVICE_OK || node != machine->console_node) {
        rule_broken(compiler->diagnostics, RULE_NOT_SUPPORTED, console->mark,
                    "'%s' is not the board's console, %s, and another one for Bulkhead is not yet "
                    "supported; write that or none, or remove the key",
                    console->text, machine->console_node->name);
    }
}

/* Notes what no rule reads: the program itself, which is only looked at where it makes something.
 */
static void add_inputs(const struct compiler *compiler, struct plan *plan) {
    const struct description *description = plan->description;
    const struct board *board = plan->board;
    struct file tool = {0};

#define ADD(what, path, file) plan_add_input(plan->arena, &plan->inputs, what, path, file, 0)
    if (!compiler->request->emit || file_read("/proc/self/exe", &tool, plan->arena))
        ADD("tool", "bulkhead", &tool);
    ADD("description", file_name(description->path), &description->source);
    ADD("board", file_name(board->file), &board->source);
    ADD("tree", board->tree_written, &board->tree_source);
    if (board->overlay.path != NULL)
        ADD("overlay", board->overlay_written, &board->overlay.source);
#undef ADD
}

static bool emit(struct compiler *compiler, struct plan *plan) {
    struct config_error error;
    unsigned char *image = emit_image(plan, &compiler->binary, &error);

    if (image == NULL) {
        diagnostics_add_system(compiler->diagnostics,
                               (struct mark){.file = compiler->request->path},
                               config_rule_words(error.rule, false),
                               "the validator refuses what this program made of it: %s (VM %u, "
                               "entry %u, 0x%llx); please report this as an error of Bulkhead",
                               config_rule_words(error.rule, true), error.vm, error.index,
                               (unsigned long long)error.value);
        return false;
    }
    compiler->compiled->image = image;
    compiler->compiled->image_size = plan->image_size;
    plan->manifest->image_size = plan->image_size;
    plan->manifest->image_sha256 = digest_sha256(plan->arena, image, plan->image_size);
    compiler->compiled->manifest = manifest_text(plan->manifest, plan->arena);
    return true;
}

/* Whose UARTs the board's aliases serial0 and so on name. */
static void find_lines(struct compiled *compiled, const struct plan *plan) {
    const struct tree *tree = plan->board->machine.tree;

    for (size_t n = 0; n < COMPILED_LINES_MAX; n++) {
        const struct tree_node *node =
            tree_listed(tree, "aliases", arena_printf(plan->arena, "serial%zu", n));

        compiled->lines[n].vm = -1;
        for (size_t vm = 0; node != NULL && vm < plan->vm_count; vm++) {
            for (size_t i = 0; i < plan->vms[vm].device_count; i++) {
                const struct plan_device *device = &plan->vms[vm].devices[i];

                if (device->device.node != node)
                    continue;
                compiled->lines[n] =
                    (struct compiled_line){(int)vm, device == plan->vms[vm].console_device};
            }
        }
    }
}

bool compile(struct compiled *compiled, const struct compile_request *request,
             struct diagnostics *diagnostics) {
    struct compiler compiler = {compiled, request, diagnostics, {0}};
    struct description_reading reading = request->reading;
    struct plan *plan = arena_alloc(&compiled->arena, sizeof(*plan));
    size_t errors = diagnostics->error_count;

    plan->arena = &compiled->arena;
    plan->is_check = !request->emit;
    plan->diagnostics = diagnostics;
    plan->board = &compiled->board;
    plan->no_images = request->no_images;
    if (request->no_images)
        reading.definitions.otherwise = "."; /* nobody asks where the files are */
    plan->description = description_read(request->path, &reading, plan->arena, diagnostics);
    if (plan->description == NULL)
        return false;
    if (plan->description->board.bad ||
        !board_open_at(&compiled->board, plan->description->board.text, reading.boards,
                       plan->description->board.mark, diagnostics)) {
        plan->board = NULL;
        check_system(plan);
        return false;
    }
    if (!read_hypervisor(&compiler, plan))
        return false;
    add_inputs(&compiler, plan);
    choose_console(&compiler, plan);
    check_system(plan);
    if (diagnostics->error_count != errors)
        return false;
    compiled->vm_count = plan->vm_count;
    compiled->vm_names = arena_alloc(plan->arena, (plan->vm_count + 1) * sizeof(char *));
    for (size_t i = 0; i < plan->vm_count; i++)
        compiled->vm_names[i] = plan->vms[i].name;
    compiled->vm_consoles = arena_alloc(plan->arena, (plan->vm_count + 1) * sizeof(bool));
    for (size_t i = 0; i < plan->vm_count; i++)
        compiled->vm_consoles[i] = plan->vms[i].console != SYSTEM_VM_CONSOLE_NONE;
    find_lines(compiled, plan);
    return !request->emit || emit(&compiler, plan);
}

bool compiled_write(struct compiled *compiled, const char *output, const char **why) {
    struct arena *arena = &compiled->arena;
    const char *manifest = arena_printf(arena, "%s.manifest", output);

    return file_write(output, compiled->image, compiled->image_size, why, arena) &&
           file_write(manifest, compiled->manifest, strlen(compiled->manifest), why, arena);
}

void compiled_free(struct compiled *compiled) {
    board_close(&compiled->board);
    arena_free(&compiled->arena);
    *compiled = (struct compiled){0};
}
