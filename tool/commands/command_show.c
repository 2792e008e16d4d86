/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/commands/show.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/boot_record.h"
#include "tool/base/file.h"
#include "tool/base/nearest.h"
#include "tool/commands/options.h"
#include "tool/commands/show_tree.h"
#include "tool/image/compile.h"
#include "tool/report/diagnostics.h"
#include "tool/show/show_header.h"
#include "tool/show/show_json.h"
#include "tool/show/show_svg.h"
#include "tool/show/show_text.h"
#include "tool/show/shown.h"

/* What is asked for. */
struct request {
    const char *path;
    const struct form *form;
    const char *vm;     /* a VM's name; NULL: all of them */
    const char *prefix; /* of the header's names */
};

/* The forms in which a system is shown; the first one without being asked. */
enum { FORM_TEXT, FORM_JSON, FORM_SVG, FORM_HEADER, FORM_DTS };

static const struct form {
    const char *option;
    bool takes_vm; /* --vm chooses one */
    bool needs_vm; /* the option's own argument is one */
} forms[] = {
    [FORM_TEXT] = {"text", true, false},  [FORM_JSON] = {"--json", true, false},
    [FORM_SVG] = {"--svg", false, false}, [FORM_HEADER] = {"--header", false, true},
    [FORM_DTS] = {"--dts", false, true},
};

enum { OPTION_FORM = OPTION_OWN, OPTION_VM = OPTION_FORM + 16, OPTION_PREFIX, OPTION_NO_IMAGES };

static const struct option long_options[] = {
    OPTIONS_LONG,
    {"json", no_argument, NULL, OPTION_FORM + FORM_JSON},
    {"svg", no_argument, NULL, OPTION_FORM + FORM_SVG},
    {"header", required_argument, NULL, OPTION_FORM + FORM_HEADER},
    {"dts", required_argument, NULL, OPTION_FORM + FORM_DTS},
    {"vm", required_argument, NULL, OPTION_VM},
    {"prefix", required_argument, NULL, OPTION_PREFIX},
    {"no-images", no_argument, NULL, OPTION_NO_IMAGES},
    {0},
};

static const char help[] =
    "usage: bulkhead show [OPTION...] SYSTEM.yaml|SYSTEM.img\n\n"
    "Says who owns each CPU, range of RAM, device and interrupt: of a description as of an image\n"
    "that was built from one. docs/show.md explains what is printed.\n\n"
    "  --vm NAME          only this VM, and where its guest finds what it has\n"
    "  --json             for programs; with --vm too\n"
    "  --svg              a picture, RAM to scale\n"
    "  --header NAME      a C header for this VM's guest, if it is one without a device tree\n"
    "  --dts NAME         this VM's device tree, as source (needs dtc)\n"
    "  --prefix WORD      what the header's names begin with (default: VM)\n"
    "  --no-images        of a description whose guests are not built yet: the header does so\n"
    "  -o FILE            into a file rather than to the standard output\n" OPTIONS_HELP;

bool show_is_image(const unsigned char *bytes, size_t size) {
    uint32_t magic = 0;

    if (size < BOOT_RECORD_OFFSET + BOOT_RECORD_SIZE)
        return false;
    memcpy(&magic, bytes + BOOT_RECORD_OFFSET, sizeof(magic));
    return magic == BOOT_RECORD_MAGIC;
}

/* --- options --- */

static bool refuse(const char *what, const char *remedy) {
    fprintf(stderr, "bulkhead show: %s; %s\n", what, remedy);
    return false;
}

static bool take_form(struct request *request, const struct form *form, const char *argument) {
    if (request->form != &forms[FORM_TEXT] && request->form != form) {
        fprintf(stderr, "bulkhead show: %s and %s are two forms; choose one\n",
                request->form->option, form->option);
        return false;
    }
    request->form = form;
    if (form->needs_vm)
        request->vm = argument;
    return true;
}

static bool take(struct request *request, struct options *options, int option,
                 const char *argument) {
    switch (option) {
    case OPTION_VM:
        request->vm = argument;
        return true;
    case OPTION_PREFIX:
        request->prefix = argument;
        return show_header_is_prefix(argument) ||
               refuse("--prefix is part of names in C",
                      "use letters, digits and _, a letter first");
    case OPTION_NO_IMAGES:
        options->request.no_images = true;
        return true;
    default:
        if (option >= OPTION_FORM && option < OPTION_VM)
            return take_form(request, &forms[option - OPTION_FORM], argument);
        return options_take(options, option, argument);
    }
}

/* True: go on. Else *code is the exit code. */
static bool parse(struct request *request, struct options *options, int argc, char **argv,
                  int *code) {
    bool chooses_vm = false;
    int option;

    *code = EXIT_CODE_USAGE;
    optind = 1;
    while ((option = getopt_long(argc, argv, OPTIONS_SHORT, long_options, NULL)) != -1) {
        chooses_vm = chooses_vm || option == OPTION_VM;
        if (!take(request, options, option, optarg)) {
            fprintf(stderr, "bulkhead: see bulkhead show --help\n");
            return false;
        }
    }
    if (options->help) {
        fputs(help, stdout);
        *code = EXIT_CODE_OK;
        return false;
    }
    if (chooses_vm && !request->form->takes_vm)
        return refuse("--vm goes with text and with --json", "see bulkhead show --help");
    if (optind + 1 != argc)
        return refuse("it takes one file", "see bulkhead show --help");
    request->path = argv[optind];
    /* A guest is compiled with its header, so there is none yet. */
    if (options->request.no_images && request->form == &forms[FORM_DTS])
        return refuse("--dts shows what goes into the image", "leave --no-images out");
    options->request.no_images = options->request.no_images || request->form == &forms[FORM_HEADER];
    return true;
}

/* --- output --- */

/* The VM that is asked for, SYSTEM_VMS_MAX for all; false, with a message, if there is none. */
static bool find_vm(const struct request *request, struct shown *shown, uint32_t *vm) {
    struct nearest nearest;

    *vm = SYSTEM_VMS_MAX;
    if (request->vm == NULL || (*vm = shown_vm(shown, request->vm)) != SYSTEM_VMS_MAX)
        return true;
    nearest_begin(&nearest, request->vm);
    for (uint32_t i = 0; i < shown->system.vm_count; i++)
        nearest_offer(&nearest, shown->system.vms[i].name);
    const char *near = nearest_text(&nearest, &shown->arena);
    fprintf(stderr, "bulkhead show: %s has no VM '%s'; ", request->path, request->vm);
    if (near != NULL)
        fprintf(stderr, "did you mean %s?\n", near);
    else
        fprintf(stderr, "bulkhead show %s lists them\n", request->path);
    return false;
}

/* NULL, or why that could not be printed. */
static const char *print(const struct request *request, struct shown *shown, uint32_t vm,
                         FILE *stream) {
    switch (request->form - forms) {
    case FORM_JSON:
        json_print(show_json(shown, vm), stream);
        break;
    case FORM_SVG:
        show_svg(stream, shown);
        break;
    case FORM_HEADER:
        show_header(stream, shown, vm, request->prefix);
        break;
    case FORM_DTS:
        return show_tree(stream, shown, vm);
    default:
        if (vm == SYSTEM_VMS_MAX)
            show_text(stream, shown);
        else
            show_text_vm(stream, shown, vm);
    }
    return NULL;
}

/* Writes what was printed, all of it or none. */
static int deliver(const char *output, const char *text, size_t size, struct arena *arena) {
    const char *why = NULL;

    if (output == NULL) {
        if (fwrite(text, 1, size, stdout) != size || fflush(stdout) != 0)
            why = arena_printf(arena, "cannot write to the standard output: %s", strerror(errno));
    } else if (file_write(output, text, size, &why, arena)) {
        why = NULL;
    }
    if (why != NULL)
        fprintf(stderr, "bulkhead show: %s\n", why);
    return why == NULL ? EXIT_CODE_OK : EXIT_CODE_SYSTEM;
}

static int show_system(const struct request *request, const char *output, struct shown *shown) {
    char *text = NULL;
    size_t size = 0;
    uint32_t vm;

    if (!find_vm(request, shown, &vm))
        return EXIT_CODE_USAGE;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL) {
        fprintf(stderr, "bulkhead show: %s\n", strerror(errno));
        return EXIT_CODE_SYSTEM;
    }
    const char *why = print(request, shown, vm, stream);
    fclose(stream);
    int code = EXIT_CODE_DESCRIPTION;
    if (why != NULL)
        fprintf(stderr, "bulkhead show: %s: %s\n", request->path, why);
    else
        code = deliver(output, text, size, &shown->arena);
    free(text);
    return code;
}

/* Shows the system at request->path, which is compiled first if it is a description. */
static int show(const struct request *request, struct options *options) {
    struct compiled compiled = {0};
    struct diagnostics diagnostics = {0};
    struct shown shown = {0};
    struct file file = {0};
    struct mark mark = {.file = request->path};

    options->request.emit = true;
    if (!file_read(request->path, &file, &compiled.arena)) {
        diagnostics_add_system(&diagnostics, mark, "file", "%s", file.why);
    } else if (show_is_image(file.bytes, file.size)) {
        const char *why = shown_open(&shown, file.bytes, file.size);

        if (why != NULL)
            diagnostics_add(&diagnostics, SEVERITY_ERROR, mark, "image", "%s; build it again", why);
    } else if (compile(&compiled, options_request(options, request->path), &diagnostics)) {
        shown_open(&shown, compiled.image, compiled.image_size);
    }
    diagnostics_print(&diagnostics, stderr);
    int code = (int)diagnostics_exit_code(&diagnostics);
    if (code == EXIT_CODE_OK)
        code = show_system(request, options->output, &shown);
    diagnostics_free(&diagnostics);
    shown_close(&shown);
    compiled_free(&compiled);
    return code;
}

int command_show(int argc, char **argv) {
    struct options options = {0};
    struct request request = {.form = &forms[FORM_TEXT], .prefix = "VM"};
    int code = EXIT_CODE_OK;

    if (parse(&request, &options, argc, argv, &code))
        code = show(&request, &options);
    options_free(&options);
    return code;
}
