/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/system/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_arch.h"
#include "lib/crc32c.h"
#include "tool/base/digest.h"
#include "tool/base/json.h"
#include "tool/base/number.h"
#include "tool/base/version.h"
#include "tool/format/yaml.h"

#define ROOM_TO_GROW 1024u

/* More than can be written: of no list has a table more than SYSTEM_INTERRUPTS_MAX entries. */
static const struct yaml_limits limits = {(size_t)4 << 20, 0x1000};

/* --- from a plan --- */

/* A path that says nothing of the machine that builds. */
static const char *plain_path(const char *path) {
    const char *slash = strrchr(path, '/');

    return path[0] == '/' ? slash + 1 : path;
}

static const char *zeros(struct arena *arena) {
    return arena_printf(arena, "%064d", 0);
}

static const char *kind_of(const struct plan_vm *vm) {
    static const char *const kinds[] = {
        [GUEST_IMAGE_RAW] = "raw",
        [GUEST_IMAGE_LINUX] = "linux",
        [GUEST_IMAGE_ELF] = "elf",
    };

    return kinds[vm->image.kind];
}

/* The inputs of one VM, or of the system: vm = NULL. */
static struct manifest_file *files_of(const struct plan *plan, const struct plan_vm *vm,
                                      bool digests, size_t *count) {
    struct manifest_file *files = NULL;
    struct arena *arena = plan->arena;

    *count = 0;
    for (size_t i = 0; i < plan->input_count; i++) {
        const struct plan_input *input = &plan->inputs[i];

        if (input->vm != vm)
            continue;
        *ARENA_ADD(arena, files, *count) = (struct manifest_file){
            .what = input->what,
            .path = plain_path(input->path),
            .sha256 = digests ? digest_sha256(arena, input->bytes, input->size) : zeros(arena),
            .kind = vm != NULL && strcmp(input->what, "image") == 0 ? kind_of(vm) : NULL,
            .slot = input->slot,
        };
    }
    return files;
}

static struct manifest_device device_of(const struct plan *plan,
                                        const struct plan_device *described) {
    const struct device *device = &described->device;
    struct arena *arena = plan->arena;
    struct manifest_device made = {
        .name = described->written,
        .node = device->path,
        .compatible = tree_string(plan->board->machine.tree, device->node, "compatible"),
        .registers = arena_alloc(arena, (device->register_count + 1) * sizeof(uint64_t)),
        .register_count = device->register_count,
        .interrupts = arena_alloc(arena, (device->interrupt_count + 1) * sizeof(uint32_t)),
        .interrupt_count = device->interrupt_count,
    };

    for (size_t i = 0; i < made.register_count; i++)
        made.registers[i] = device->registers[i].phys;
    for (size_t i = 0; i < made.interrupt_count; i++)
        made.interrupts[i] = device->interrupts[i].number;
    return made;
}

static struct manifest_vm vm_of(const struct plan *plan, const struct plan_vm *vm, bool digests) {
    struct arena *arena = plan->arena;
    struct manifest_vm made = {
        .name = vm->name,
        .console = vm->console_device != NULL ? vm->console_device->written : NULL,
        .payloads = arena_alloc(arena, (vm->payload_count + 1) * sizeof(char *)),
        .payload_count = vm->payload_count,
        .devices = arena_alloc(arena, (vm->device_count + 1) * sizeof(struct manifest_device)),
        .device_count = vm->device_count,
    };

    made.files = files_of(plan, vm, digests, &made.file_count);
    for (size_t i = 0; i < made.payload_count; i++)
        made.payloads[i] = vm->payloads[i].what;
    for (size_t i = 0; i < made.device_count; i++)
        made.devices[i] = device_of(plan, &vm->devices[i]);
    return made;
}

/* Who has RAM that the table does not list. */
static const char *purpose_of(const struct board *board, struct system_range range) {
    for (size_t i = 0; i < board->reserve_count; i++) {
        const struct board_reserve *reserve = &board->reserve[i];

        if (reserve->phys < range.phys + range.size && range.phys < reserve->phys + reserve->size)
            return reserve->purpose;
    }
    return "the board's tree";
}

static void add_reserved(struct manifest *manifest, const struct plan *plan, uint64_t start,
                         uint64_t end) {
    struct system_range range = {start, end - start};

    if (range.size == 0)
        return;
    *ARENA_ADD(plan->arena, manifest->reserved, manifest->reserved_count) =
        (struct manifest_reserved){range, purpose_of(plan->board, range)};
}

/* The tree's RAM without that which may be given out; both are sorted. */
static void make_reserved(struct manifest *manifest, const struct plan *plan) {
    const struct board *board = plan->board;
    const struct machine *machine = &board->machine;

    for (size_t i = 0; i < machine->ram_count; i++) {
        uint64_t next = machine->ram[i].phys;
        uint64_t end = next + machine->ram[i].size;

        for (size_t j = 0; j < board->ram_count; j++) {
            if (board->ram[j].phys < next || board->ram[j].phys >= end)
                continue;
            add_reserved(manifest, plan, next, board->ram[j].phys);
            next = board->ram[j].phys + board->ram[j].size;
        }
        add_reserved(manifest, plan, next, end);
    }
}

/* A node's name; NULL for none. */
static const char *node_name(const struct machine *machine, int node) {
    return node < 0 ? NULL : fdt_get_name(machine->tree, node, NULL);
}

static uint64_t timer_frequency(const struct machine *machine) {
    if (machine->config->arch != SYSTEM_ARCH_ARM64)
        return 0;
    return tree_cell(machine->tree, machine->timer_node, "clock-frequency", 0);
}

void manifest_make(struct manifest *manifest, struct plan *plan, bool digests) {
    const struct machine *machine = &plan->board->machine;

    *manifest = (struct manifest){
        .tool_version = BULKHEAD_VERSION,
        .board = plan->board->name,
        .console = node_name(machine, machine->console_node),
        .controller = node_name(machine, machine->controller_node),
        .timer_frequency = timer_frequency(machine),
        .vms = arena_alloc(plan->arena, (plan->vm_count + 1) * sizeof(struct manifest_vm)),
        .vm_count = plan->vm_count,
    };
    manifest->files = files_of(plan, NULL, digests, &manifest->file_count);
    make_reserved(manifest, plan);
    for (size_t i = 0; i < plan->vm_count; i++)
        manifest->vms[i] = vm_of(plan, &plan->vms[i], digests);
}

uint64_t manifest_room(uint64_t size) {
    return (size + ROOM_TO_GROW + SYSTEM_PAGE_SIZE - 1) & ~(uint64_t)(SYSTEM_PAGE_SIZE - 1);
}

/* --- to text --- */

static void write_files(struct json *json, const struct manifest_file *files, size_t count) {
    json_list(json, "files");
    for (size_t i = 0; i < count; i++) {
        json_map_line(json, NULL);
        json_text(json, "what", files[i].what);
        json_text(json, "path", files[i].path);
        json_text(json, "sha256", files[i].sha256);
        if (files[i].kind != NULL)
            json_text(json, "kind", files[i].kind);
        if (files[i].slot != 0)
            json_number(json, "slot", files[i].slot);
        json_end(json);
    }
    json_end(json);
}

static void write_board(struct json *json, const struct manifest *manifest) {
    json_map(json, "board");
    json_text(json, "name", manifest->board);
    json_text(json, "console", manifest->console);
    json_text(json, "controller", manifest->controller);
    json_number(json, "timer-frequency", manifest->timer_frequency);
    json_list(json, "reserved");
    for (size_t i = 0; i < manifest->reserved_count; i++) {
        json_map_line(json, NULL);
        json_hex(json, "phys", manifest->reserved[i].range.phys);
        json_hex(json, "size", manifest->reserved[i].range.size);
        json_text(json, "for", manifest->reserved[i].purpose);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static void write_device(struct json *json, const struct manifest_device *device) {
    json_map(json, NULL);
    json_text(json, "name", device->name);
    json_text(json, "node", device->node);
    json_text(json, "compatible", device->compatible);
    json_list_line(json, "registers");
    for (size_t i = 0; i < device->register_count; i++)
        json_hex(json, NULL, device->registers[i]);
    json_end(json);
    json_list_line(json, "interrupts");
    for (size_t i = 0; i < device->interrupt_count; i++)
        json_number(json, NULL, device->interrupts[i]);
    json_end(json);
    json_end(json);
}

static void write_vm(struct json *json, const struct manifest_vm *vm) {
    json_map(json, NULL);
    json_text(json, "name", vm->name);
    json_text(json, "console", vm->console);
    write_files(json, vm->files, vm->file_count);
    json_list_line(json, "payloads");
    for (size_t i = 0; i < vm->payload_count; i++)
        json_text(json, NULL, vm->payloads[i]);
    json_end(json);
    json_list(json, "devices");
    for (size_t i = 0; i < vm->device_count; i++)
        write_device(json, &vm->devices[i]);
    json_end(json);
    json_end(json);
}

const char *manifest_text(const struct manifest *manifest, struct arena *arena) {
    char *bytes = NULL;
    size_t size = 0;
    struct json json = {.stream = open_memstream(&bytes, &size)};

    if (json.stream == NULL)
        return "";
    json_map(&json, NULL);
    json_number(&json, "manifest", MANIFEST_VERSION);
    json_text(&json, "bulkhead", manifest->tool_version);
    write_files(&json, manifest->files, manifest->file_count);
    write_board(&json, manifest);
    json_list(&json, "vms");
    for (size_t i = 0; i < manifest->vm_count; i++)
        write_vm(&json, &manifest->vms[i]);
    json_end(&json);
    if (manifest->image_sha256 != NULL) {
        json_map(&json, "image");
        json_number(&json, "size", manifest->image_size);
        json_text(&json, "sha256", manifest->image_sha256);
        json_end(&json);
    }
    json_end(&json);
    fclose(json.stream);
    const char *text = arena_strdup(arena, bytes == NULL ? "" : bytes);
    free(bytes);
    return text;
}

/* --- from text --- */

static const struct yaml no_yaml = {.kind = YAML_LIST, .text = ""};

/* A map's value that is a list, or an empty one. */
static const struct yaml *list_of(const struct yaml *map, const char *key) {
    const struct yaml *list = yaml_get(map, key);

    return list != NULL && list->kind == YAML_LIST ? list : &no_yaml;
}

static const char *text_of(const struct yaml *map, const char *key) {
    const struct yaml *text = yaml_get(map, key);

    return text != NULL && text->kind == YAML_SCALAR && text->quoted ? text->text : NULL;
}

static uint64_t scalar_number(const struct yaml *node) {
    const char *why;
    uint64_t number = 0;

    if (node == NULL || node->kind != YAML_SCALAR ||
        number_parse(node->text, NUMBER_PLAIN, &number, &why) != NUMBER_OK)
        return 0;
    return number;
}

static struct manifest_file *read_files(const struct yaml *map, struct arena *arena,
                                        size_t *count) {
    const struct yaml *list = list_of(map, "files");
    struct manifest_file *files = arena_alloc(arena, (list->count + 1) * sizeof(*files));

    *count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml *file = list->items[i];

        files[i] = (struct manifest_file){
            .what = text_of(file, "what"),
            .path = text_of(file, "path"),
            .sha256 = text_of(file, "sha256"),
            .kind = text_of(file, "kind"),
            .slot = scalar_number(yaml_get(file, "slot")),
        };
    }
    return files;
}

static struct manifest_device read_device(const struct yaml *map, struct arena *arena) {
    const struct yaml *registers = list_of(map, "registers");
    const struct yaml *interrupts = list_of(map, "interrupts");
    struct manifest_device device = {
        .name = text_of(map, "name"),
        .node = text_of(map, "node"),
        .compatible = text_of(map, "compatible"),
        .registers = arena_alloc(arena, (registers->count + 1) * sizeof(uint64_t)),
        .register_count = registers->count,
        .interrupts = arena_alloc(arena, (interrupts->count + 1) * sizeof(uint32_t)),
        .interrupt_count = interrupts->count,
    };

    for (size_t i = 0; i < registers->count; i++)
        device.registers[i] = scalar_number(registers->items[i]);
    for (size_t i = 0; i < interrupts->count; i++)
        device.interrupts[i] = (uint32_t)scalar_number(interrupts->items[i]);
    return device;
}

static struct manifest_vm read_vm(const struct yaml *map, struct arena *arena) {
    const struct yaml *payloads = list_of(map, "payloads");
    const struct yaml *devices = list_of(map, "devices");
    struct manifest_vm vm = {
        .name = text_of(map, "name"),
        .console = text_of(map, "console"),
        .payloads = arena_alloc(arena, (payloads->count + 1) * sizeof(char *)),
        .payload_count = payloads->count,
        .devices = arena_alloc(arena, (devices->count + 1) * sizeof(struct manifest_device)),
        .device_count = devices->count,
    };

    vm.files = read_files(map, arena, &vm.file_count);
    for (size_t i = 0; i < payloads->count; i++)
        vm.payloads[i] = payloads->items[i]->text;
    for (size_t i = 0; i < devices->count; i++)
        vm.devices[i] = read_device(devices->items[i], arena);
    return vm;
}

static void read_board(struct manifest *manifest, const struct yaml *map, struct arena *arena) {
    const struct yaml *reserved = list_of(map, "reserved");

    manifest->board = text_of(map, "name");
    manifest->console = text_of(map, "console");
    manifest->controller = text_of(map, "controller");
    manifest->timer_frequency = scalar_number(yaml_get(map, "timer-frequency"));
    manifest->reserved_count = reserved->count;
    manifest->reserved =
        arena_alloc(arena, (reserved->count + 1) * sizeof(struct manifest_reserved));
    for (size_t i = 0; i < reserved->count; i++) {
        const struct yaml *item = reserved->items[i];

        manifest->reserved[i] = (struct manifest_reserved){
            {scalar_number(yaml_get(item, "phys")), scalar_number(yaml_get(item, "size"))},
            text_of(item, "for")};
    }
}

bool manifest_read(struct manifest *manifest, const char *text, size_t size, struct arena *arena,
                   const char **why) {
    struct diagnostics diagnostics = {0};
    const struct yaml *yaml =
        yaml_parse_within(&limits, "manifest", text, size, arena, &diagnostics);

    *manifest = (struct manifest){0};
    diagnostics_free(&diagnostics);
    *why = "its manifest is damaged";
    if (yaml == NULL || yaml->kind != YAML_MAP)
        return false;
    *why = "its manifest is of another version";
    if (scalar_number(yaml_get(yaml, "manifest")) != MANIFEST_VERSION)
        return false;
    const struct yaml *vms = list_of(yaml, "vms");
    manifest->tool_version = text_of(yaml, "bulkhead");
    manifest->files = read_files(yaml, arena, &manifest->file_count);
    if (yaml_get(yaml, "board") != NULL)
        read_board(manifest, yaml_get(yaml, "board"), arena);
    manifest->vm_count = vms->count;
    manifest->vms = arena_alloc(arena, (vms->count + 1) * sizeof(struct manifest_vm));
    for (size_t i = 0; i < vms->count; i++)
        manifest->vms[i] = read_vm(vms->items[i], arena);
    if (yaml_get(yaml, "image") != NULL) {
        manifest->image_size = scalar_number(yaml_get(yaml_get(yaml, "image"), "size"));
        manifest->image_sha256 = text_of(yaml_get(yaml, "image"), "sha256");
    }
    return true;
}

bool manifest_find(struct manifest *manifest, const struct system_table *table,
                   const unsigned char *image, size_t image_size, struct arena *arena,
                   const char **why) {
    uint64_t offset = table->manifest_offset;
    uint64_t size = table->manifest_size;

    *manifest = (struct manifest){0};
    *why = NULL;
    if (size == 0)
        return false;
    *why = "its manifest is damaged";
    if (offset > image_size || size > image_size - offset ||
        crc32c(0, image + offset, size) != table->manifest_crc)
        return false;
    return manifest_read(manifest, (const char *)image + offset, size, arena, why);
}

/* --- what it knows --- */

const struct manifest_vm *manifest_vm(const struct manifest *manifest, uint32_t vm) {
    static const struct manifest_vm nothing = {0};

    return vm < manifest->vm_count ? &manifest->vms[vm] : &nothing;
}

const struct manifest_device *manifest_register(const struct manifest *manifest, uint32_t vm,
                                                uint64_t phys) {
    const struct manifest_vm *owner = manifest_vm(manifest, vm);

    for (size_t i = 0; i < owner->device_count; i++)
        for (size_t j = 0; j < owner->devices[i].register_count; j++)
            if (owner->devices[i].registers[j] == phys)
                return &owner->devices[i];
    return NULL;
}

const struct manifest_device *manifest_interrupt(const struct manifest *manifest, uint32_t vm,
                                                 uint32_t number) {
    const struct manifest_vm *owner = manifest_vm(manifest, vm);

    for (size_t i = 0; i < owner->device_count; i++)
        for (size_t j = 0; j < owner->devices[i].interrupt_count; j++)
            if (owner->devices[i].interrupts[j] == number)
                return &owner->devices[i];
    return NULL;
}

struct manifest_file *manifest_file(struct manifest_file *files, size_t count, const char *what) {
    for (size_t i = 0; i < count; i++)
        if (files[i].what != NULL && strcmp(files[i].what, what) == 0)
            return &files[i];
    return NULL;
}
