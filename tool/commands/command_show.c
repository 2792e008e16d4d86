/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/base/file.h"
#include "tool/base/nearest.h"
#include "tool/commands/options.h"
#include "tool/image/compile.h"
#include "tool/report/diagnostics.h"
#include "tool/show/show.h"
#include "tool/show/shown.h"

/* The forms in which a system is shown; the first one without being asked. */
enum form { FORM_TEXT, FORM_JSON, FORM_SVG, FORM_HEADER, FORM_DTS };

/* The command line. */
struct request {
    struct options options;
    const char *path;
    enum form form;
    bool json;
    bool svg;
    const char *header; /* for this VM */
    const char *dts;    /* of this VM */
    const char *vm;     /* a VM's name; NULL: all of them */
    const char *prefix; /* of the header's names */
};

static const char usage[] =
    "usage: bulkhead show [OPTION...] SYSTEM.yaml|SYSTEM.img\n\n"
    "Says who owns each CPU, range of RAM, device and interrupt: of a description as of an image\n"
    "that was built from one. docs/show.md explains what is printed.\n";

/* --- options --- */

static bool refuse(const char *what, const char *remedy) {
    fprintf(stderr, "bulkhead show: %s; %s\n", what, remedy);
    return false;
}

static bool choose_form(struct request *request) {
    static const char *const options[] = {"", "--json", "--svg", "--header", "--dts"};
    const bool given[] = {false, request->json, request->svg, request->header != NULL,
                          request->dts != NULL};

    for (enum form form = FORM_JSON; form <= FORM_DTS; form++) {
        if (given[form] && request->form != FORM_TEXT) {
            fprintf(stderr, "bulkhead show: %s and %s are two forms; choose one\n",
                    options[request->form], options[form]);
            return false;
        }
        request->form = given[form] ? form : request->form;
    }
    return true;
}

/* Checks the rules that getopt_long() does not know. */
static bool check_request(struct request *request, int operands) {
    if (!choose_form(request))
        return false;
    if (!show_header_is_prefix(request->prefix))
        return refuse("--prefix is part of names in C",
                      "use letters, digits and _, a letter first");
    if (request->vm != NULL && request->form != FORM_TEXT && request->form != FORM_JSON)
        return refuse("--vm goes with text and with --json", "see bulkhead show --help");
    if (operands != 1)
        return refuse("it takes one file", "see bulkhead show --help");
    /* A guest is compiled with its header, so there is none yet. */
    if (request->options.request.no_images && request->form == FORM_DTS)
        return refuse("--dts shows what goes into the image", "leave --no-images out");
    return true;
}

/* --- output --- */

/* The VM that is asked for, SYSTEM_VMS_MAX for all; false, with a message, if there is none. */
static bool find_vm(const struct request *request, struct shown *shown, uint32_t *vm) {
    const char *name = request->header != NULL ? request->header
                       : request->dts != NULL  ? request->dts
                                               : request->vm;
    struct nearest nearest;

    *vm = SYSTEM_VMS_MAX;
    if (name == NULL || (*vm = shown_vm(shown, name)) != SYSTEM_VMS_MAX)
        return true;
    nearest_begin(&nearest, name);
    for (uint32_t i = 0; i < shown->system.vm_count; i++)
        nearest_offer(&nearest, shown->system.vms[i].name);
    const char *list = arena_printf(&shown->arena, "bulkhead show %s lists them", request->path);
    fprintf(stderr, "bulkhead show: %s has no VM '%s'; %s\n", request->path, name,
            nearest_advice(&nearest, &shown->arena, list));
    return false;
}

/* Prints the form that is asked for; NULL, or why that is not possible. */
static const char *print(const struct request *request, struct shown *shown, uint32_t vm,
                         FILE *stream) {
    switch (request->form) {
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

/* Writes the text, all of it or none. */
static int deliver(const char *output, const char *text, size_t size, struct arena *arena) {
    const char *why = NULL;

    if (output != NULL)
        file_write(output, text, size, &why, arena);
    else if (fwrite(text, 1, size, stdout) != size || fflush(stdout) != 0)
        why = arena_printf(arena, "cannot write to the standard output: %s", strerror(errno));
    if (why != NULL)
        fprintf(stderr, "bulkhead show: %s\n", why);
    return why == NULL ? EXIT_CODE_OK : EXIT_CODE_SYSTEM;
}

static int show_system(const struct request *request, struct shown *shown) {
    char *text;
    size_t size;
    uint32_t vm;

    if (!find_vm(request, shown, &vm))
        return EXIT_CODE_USAGE;
    FILE *stream = arena_memstream(&text, &size);
    const char *why = print(request, shown, vm, stream);
    fclose(stream);
    int code = EXIT_CODE_DESCRIPTION;
    if (why != NULL)
        fprintf(stderr, "bulkhead show: %s: %s\n", request->path, why);
    else
        code = deliver(request->options.output, text, size, &shown->arena);
    free(text);
    return code;
}

/* Shows the system at request->path, which is compiled first if it is a description. */
static int show(struct request *request) {
    struct compiled compiled = {0};
    struct diagnostics diagnostics = {0};
    struct shown shown = {0};
    struct file file = {0};
    struct mark mark = {.file = request->path};

    request->options.request.emit = true;
    if (!file_read(request->path, &file, &compiled.arena)) {
        diagnostics_add_system(&diagnostics, mark, "file", "%s", file.why);
    } else if (shown_is_image(file.bytes, file.size)) {
        const char *why = shown_open(&shown, file.bytes, file.size);

        if (why != NULL)
            diagnostics_add(&diagnostics, SEVERITY_ERROR, mark, "image", "%s; build it again", why);
    } else if (compile(&compiled, options_request(&request->options, request->path),
                       &diagnostics)) {
        shown_open(&shown, compiled.image, compiled.image_size);
    }
    int code = diagnostics_finish(&diagnostics);
    if (code == EXIT_CODE_OK)
        code = show_system(request, &shown);
    shown_close(&shown);
    compiled_free(&compiled);
    return code;
}

int command_show(int argc, char **argv) {
    struct request request = {.prefix = "VM"};
    struct options *options = &request.options;
    bool *no_images = &options->request.no_images;
    const struct option_row rows[] = {
        {"vm", 0, "NAME", "only this VM, and where its guest finds what it has",
         .into = &request.vm},
        {"json", 0, NULL, "for programs; with --vm too", .flag = &request.json},
        {"svg", 0, NULL, "a picture, RAM to scale", .flag = &request.svg},
        {"header", 0, "NAME", "a C header for this VM's guest, if it is one without a device tree",
         .into = &request.header},
        {"dts", 0, "NAME", "this VM's device tree, as source (needs dtc)", .into = &request.dts},
        {"prefix", 0, "WORD", "what the header's names begin with (default: VM)",
         .into = &request.prefix},
        {"no-images", 0, NULL,
         "of a description whose guests are not built yet: the header does so", .flag = no_images},
        OPTIONS_OUTPUT(options, "into a file rather than to the standard output"),
        OPTIONS_COMPILE(options),
    };
    int code;

    if (options_parse(rows, COUNT(rows), usage, "", argc, argv, &code)) {
        code = EXIT_CODE_USAGE;
        if (check_request(&request, argc - optind)) {
            request.path = argv[optind];
            *no_images = *no_images || request.form == FORM_HEADER;
            code = show(&request);
        }
    }
    options_free(options);
    return code;
}
