/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/system/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "config/config_check.h"
#include "tool/base/crc32c.h"
#include "tool/base/digest.h"
#include "tool/base/number.h"
#include "tool/base/version.h"

/* More than any system needs. jansson bounds how deep a text is nested. */
#define SIZE_LIMIT ((size_t)8 << 20)

/* --- from a plan --- */

/* A path without the folders of the machine that builds. */
static const char *plain_path(const char *path) {
    const char *slash = strrchr(path, '/');

    return path[0] == '/' ? slash + 1 : path;
}

static const char *kind_of(const struct plan_vm *vm) {
    static const char *const kinds[] = {
        [GUEST_IMAGE_RAW] = "raw",
        [GUEST_IMAGE_LINUX] = "linux",
        [GUEST_IMAGE_ELF] = "elf",
        [GUEST_IMAGE_PIE] = "pie",
    };

    return kinds[vm->image.kind];
}

/* The inputs of one VM, or of the system: vm = NULL. */
static struct manifest_file *files_of(const struct plan *plan, const struct plan_vm *vm,
                                      size_t *count) {
    static const char blank[] = "0000000000000000000000000000000000000000000000000000000000000000";
    const struct plan_inputs *inputs = vm == NULL ? &plan->inputs : &vm->inputs;
    struct manifest_file *files = NULL;
    struct arena *arena = plan->arena;

    *count = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        const struct plan_input *input = &inputs->items[i];

        *ARENA_ADD(arena, files, *count) = (struct manifest_file){
            .what = input->what,
            .path = plain_path(input->path),
            .sha256 = plan->is_check ? blank : digest_sha256(arena, input->bytes, input->size),
            .kind = vm != NULL && strcmp(input->what, "image") == 0 ? kind_of(vm) : NULL,
            .slot = input->slot,
        };
    }
    return files;
}

static struct manifest_device device_of(const struct plan_device *described, struct arena *arena) {
    const struct device *device = &described->device;
    struct manifest_device made = {.name = described->written,
                                   .node = device->path,
                                   .compatible = tree_string(device->node, "compatible")};

    for (size_t i = 0; i < device->register_count; i++)
        *ARENA_ADD(arena, made.registers, made.register_count) = device->registers[i].phys;
    for (size_t i = 0; i < device->interrupt_count; i++)
        *ARENA_ADD(arena, made.interrupts, made.interrupt_count) = device->interrupts[i].number;
    return made;
}

static struct manifest_vm vm_of(const struct plan *plan, const struct plan_vm *vm) {
    const struct plan_device *console = vm->console_device;
    struct manifest_vm made = {.name = vm->name,
                               .console = console != NULL ? console->written : NULL};

    made.files = files_of(plan, vm, &made.file_count);
    for (size_t i = 0; i < vm->payload_count; i++)
        *ARENA_ADD(plan->arena, made.payloads, made.payload_count) = vm->payloads[i].what;
    for (size_t i = 0; i < vm->device_count; i++)
        *ARENA_ADD(plan->arena, made.devices, made.device_count) =
            device_of(&vm->devices[i], plan->arena);
    return made;
}

/* The owner of RAM that the table does not list. */
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
static const char *node_name(const struct tree_node *node) {
    return node == NULL ? NULL : node->name;
}

static uint64_t timer_frequency(const struct machine *machine) {
    if (machine->config->arch != SYSTEM_ARCH_ARM64)
        return 0;
    return tree_cell(machine->timer_node, "clock-frequency", 0);
}

static void manifest_make(struct manifest *manifest, struct plan *plan) {
    const struct machine *machine = &plan->board->machine;

    *manifest = (struct manifest){
        .tool_version = BULKHEAD_VERSION,
        .board = plan->board->name,
        .console = node_name(machine->console_node),
        .controller = node_name(machine->controller_node),
        .timer_frequency = timer_frequency(machine),
    };
    manifest->files = files_of(plan, NULL, &manifest->file_count);
    make_reserved(manifest, plan);
    for (size_t i = 0; i < plan->channel_count; i++)
        *ARENA_ADD(plan->arena, manifest->channels, manifest->channel_count) =
            plan->channels[i].name;
    for (size_t i = 0; i < plan->vm_count; i++)
        *ARENA_ADD(plan->arena, manifest->vms, manifest->vm_count) = vm_of(plan, &plan->vms[i]);
}

void manifest_write(struct plan *plan) {
    plan->manifest = arena_alloc(plan->arena, sizeof(*plan->manifest));
    manifest_make(plan->manifest, plan);
    plan->manifest_text = manifest_text(plan->manifest, plan->arena);
    plan->manifest_size = strlen(plan->manifest_text);
}

/* --- to text --- */

json_t *manifest_files_json(const struct manifest_file *files, size_t count) {
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        const struct manifest_file *file = &files[i];

        json_array_append_new(list, json_pack("{s:o, s:o, s:s?, s:s*, s:o*}", "what",
                                              json_text(file->what), "path", json_text(file->path),
                                              "sha256", file->sha256, "kind", file->kind, "slot",
                                              file->slot == 0 ? NULL : json_unsigned(file->slot)));
    }
    return list;
}

static json_t *board_json(const struct manifest *manifest) {
    json_t *list = json_array();

    for (size_t i = 0; i < manifest->reserved_count; i++) {
        const struct manifest_reserved *reserved = &manifest->reserved[i];

        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o}", "phys", json_hex(reserved->range.phys), "size",
                            json_hex(reserved->range.size), "for", json_text(reserved->purpose)));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", json_text(manifest->board), "console",
                     json_text(manifest->console), "controller", json_text(manifest->controller),
                     "timer-frequency", json_unsigned(manifest->timer_frequency), "reserved", list);
}

static json_t *device_json(const struct manifest_device *device) {
    json_t *registers = json_array();
    json_t *interrupts = json_array();

    for (size_t i = 0; i < device->register_count; i++)
        json_array_append_new(registers, json_hex(device->registers[i]));
    for (size_t i = 0; i < device->interrupt_count; i++)
        json_array_append_new(interrupts, json_unsigned(device->interrupts[i]));
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", json_text(device->name), "node",
                     json_text(device->node), "compatible", json_text(device->compatible),
                     "registers", registers, "interrupts", interrupts);
}

static json_t *vm_json(const struct manifest_vm *vm) {
    json_t *payloads = json_array();
    json_t *devices = json_array();

    for (size_t i = 0; i < vm->payload_count; i++)
        json_array_append_new(payloads, json_text(vm->payloads[i]));
    for (size_t i = 0; i < vm->device_count; i++)
        json_array_append_new(devices, device_json(&vm->devices[i]));
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", json_text(vm->name), "console",
                     json_text(vm->console), "files",
                     manifest_files_json(vm->files, vm->file_count), "payloads", payloads,
                     "devices", devices);
}

const char *manifest_text(const struct manifest *manifest, struct arena *arena) {
    json_t *channels = json_array();
    json_t *vms = json_array();
    json_t *image = NULL;

    for (size_t i = 0; i < manifest->vm_count; i++)
        json_array_append_new(vms, vm_json(&manifest->vms[i]));
    for (size_t i = 0; i < manifest->channel_count; i++)
        json_array_append_new(channels,
                              json_pack("{s:o}", "name", json_text(manifest->channels[i])));
    if (manifest->image_sha256 != NULL)
        image = json_pack("{s:o, s:s}", "size", json_unsigned(manifest->image_size), "sha256",
                          manifest->image_sha256);
    json_t *whole =
        json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o*}", "manifest", MANIFEST_VERSION, "bulkhead",
                  json_text(manifest->tool_version), "files",
                  manifest_files_json(manifest->files, manifest->file_count), "board",
                  board_json(manifest), "channels", channels, "vms", vms, "image", image);
    char *text = json_dumps(whole, JSON_INDENT(2));
    const char *kept = arena_printf(arena, "%s\n", text);

    json_decref(whole);
    free(text);
    return kept;
}

/* --- from text: what is not there, or not of its type, is not known --- */

static const char *text_of(const json_t *map, const char *key, struct arena *arena) {
    const char *text = json_string_value(json_object_get(map, key));

    return text == NULL ? NULL : arena_strdup(arena, text);
}

/* A number, or a text with one. */
static uint64_t number_of(const json_t *value) {
    json_int_t integer = json_integer_value(value);
    uint64_t number = 0;
    const char *why;

    if (json_is_string(value) &&
        number_parse(json_string_value(value), NUMBER_PLAIN, &number, &why) == NUMBER_OK)
        return number;
    return integer > 0 ? (uint64_t)integer : 0;
}

static struct manifest_file *read_files(const json_t *map, struct arena *arena, size_t *count) {
    const json_t *list = json_object_get(map, "files");
    struct manifest_file *files = NULL;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *file = json_array_get(list, i);

        *ARENA_ADD(arena, files, *count) = (struct manifest_file){
            .what = text_of(file, "what", arena),
            .path = text_of(file, "path", arena),
            .sha256 = text_of(file, "sha256", arena),
            .kind = text_of(file, "kind", arena),
            .slot = number_of(json_object_get(file, "slot")),
        };
    }
    return files;
}

static struct manifest_device read_device(const json_t *map, struct arena *arena) {
    const json_t *registers = json_object_get(map, "registers");
    const json_t *interrupts = json_object_get(map, "interrupts");
    struct manifest_device device = {.name = text_of(map, "name", arena),
                                     .node = text_of(map, "node", arena),
                                     .compatible = text_of(map, "compatible", arena)};

    for (size_t i = 0; i < json_array_size(registers); i++)
        *ARENA_ADD(arena, device.registers, device.register_count) =
            number_of(json_array_get(registers, i));
    for (size_t i = 0; i < json_array_size(interrupts); i++)
        *ARENA_ADD(arena, device.interrupts, device.interrupt_count) =
            (uint32_t)number_of(json_array_get(interrupts, i));
    return device;
}

static struct manifest_vm read_vm(const json_t *map, struct arena *arena) {
    const json_t *payloads = json_object_get(map, "payloads");
    const json_t *devices = json_object_get(map, "devices");
    struct manifest_vm vm = {.name = text_of(map, "name", arena),
                             .console = text_of(map, "console", arena)};

    vm.files = read_files(map, arena, &vm.file_count);
    for (size_t i = 0; i < json_array_size(payloads); i++) {
        const char *text = json_string_value(json_array_get(payloads, i));

        *ARENA_ADD(arena, vm.payloads, vm.payload_count) =
            text == NULL ? "" : arena_strdup(arena, text);
    }
    for (size_t i = 0; i < json_array_size(devices); i++)
        *ARENA_ADD(arena, vm.devices, vm.device_count) =
            read_device(json_array_get(devices, i), arena);
    return vm;
}

static void read_board(struct manifest *manifest, const json_t *map, struct arena *arena) {
    const json_t *list = json_object_get(map, "reserved");

    manifest->board = text_of(map, "name", arena);
    manifest->console = text_of(map, "console", arena);
    manifest->controller = text_of(map, "controller", arena);
    manifest->timer_frequency = number_of(json_object_get(map, "timer-frequency"));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        *ARENA_ADD(arena, manifest->reserved, manifest->reserved_count) =
            (struct manifest_reserved){{number_of(json_object_get(item, "phys")),
                                        number_of(json_object_get(item, "size"))},
                                       text_of(item, "for", arena)};
    }
}

static void read_all(struct manifest *manifest, const json_t *map, struct arena *arena) {
    const json_t *channels = json_object_get(map, "channels");
    const json_t *vms = json_object_get(map, "vms");
    const json_t *image = json_object_get(map, "image");

    manifest->tool_version = text_of(map, "bulkhead", arena);
    manifest->files = read_files(map, arena, &manifest->file_count);
    read_board(manifest, json_object_get(map, "board"), arena);
    for (size_t i = 0; i < json_array_size(channels); i++)
        *ARENA_ADD(arena, manifest->channels, manifest->channel_count) =
            text_of(json_array_get(channels, i), "name", arena);
    for (size_t i = 0; i < json_array_size(vms); i++)
        *ARENA_ADD(arena, manifest->vms, manifest->vm_count) =
            read_vm(json_array_get(vms, i), arena);
    manifest->image_size = number_of(json_object_get(image, "size"));
    manifest->image_sha256 = text_of(image, "sha256", arena);
}

bool manifest_read(struct manifest *manifest, const char *text, size_t size, struct arena *arena,
                   const char **why) {
    json_t *map = size > SIZE_LIMIT ? NULL : json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    bool is_ours = number_of(json_object_get(map, "manifest")) == MANIFEST_VERSION;

    *manifest = (struct manifest){0};
    *why = json_is_object(map) ? "its manifest is of another version" : "its manifest is damaged";
    if (is_ours)
        read_all(manifest, map, arena);
    json_decref(map);
    return is_ours;
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

const char *manifest_channel(const struct manifest *manifest, uint32_t n) {
    return n < manifest->channel_count ? manifest->channels[n] : NULL;
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
