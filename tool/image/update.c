/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update.c - a VM of the image becomes a VM of a plan, with as much of a description as the rules
 * about images look at: so they are the same as in a build.
 */
#include "tool/image/update.h"

#include <string.h>

#include <libfdt.h>

#include "config/config_check.h"
#include "config/system.h"
#include "tool/base/crc32c.h"
#include "tool/base/digest.h"
#include "tool/base/nearest.h"
#include "tool/check/check.h"
#include "tool/image/emit.h"
#include "tool/system/manifest.h"
#include "tool/tree/tree.h"

/* The parts of a VM's description that the image tells. */
struct updated {
    struct image_description image;
    struct image_description initrd;
    struct vm_description vm;
};

struct updater {
    struct arena *arena;
    struct diagnostics *diagnostics;
    struct mark mark; /* the image */
    unsigned char *image;
    size_t size;
    struct system_table *table;
    struct system system;
    struct manifest manifest;
    struct board board;
    struct plan plan;
    struct updated *updated; /* for each VM */
};

bool update_parse(struct update *update, const char *argument, struct arena *arena) {
    static const char suffix[] = ":initrd";
    const char *equals = strchr(argument, '=');

    if (equals == NULL || equals == argument || equals[1] == '\0')
        return false;
    char *name = arena_strdup(arena, argument);
    name[equals - argument] = '\0';
    char *colon = strchr(name, ':');
    if (colon != NULL && strcmp(colon, suffix) != 0)
        return false;
    *update = (struct update){name, colon != NULL, equals + 1};
    if (colon != NULL)
        *colon = '\0';
    return name[0] != '\0';
}

/* --- the image --- */

/* An error of what is asked for. */
#define SAY(updater, ...)                                                                          \
    diagnostics_add((updater)->diagnostics, SEVERITY_ERROR, (updater)->mark, "update", __VA_ARGS__)

static bool refuse(struct updater *updater, const char *why) {
    diagnostics_add(updater->diagnostics, SEVERITY_ERROR, updater->mark, "image",
                    "%s; build it again", why);
    return false;
}

static bool open_image(struct updater *updater) {
    struct config_error error;
    uint64_t table_size = 0;
    const char *why = NULL;
    const void *found = emit_find_table(updater->image, updater->size, &table_size);

    if (found == NULL)
        return refuse(updater, "the first page says of no system table");
    updater->table = (void *)(updater->image + ((const unsigned char *)found - updater->image));
    const struct config_arch *arch =
        table_size >= sizeof(*updater->table) && updater->table->arch == SYSTEM_ARCH_RISCV64
            ? &config_riscv64
            : &config_arm64;
    if (!config_check(updater->table, table_size, arch, &error))
        return refuse(updater, config_rule_words(error.rule, true));
    if (updater->table->image_size > updater->size)
        return refuse(updater, "it is cut short");
    system_open(&updater->system, updater->table);
    if (!manifest_find(&updater->manifest, updater->table, updater->image, updater->size,
                       updater->arena, &why))
        return refuse(updater, why != NULL ? why : "it has no manifest, which says what is where");
    const char *text = manifest_text(&updater->manifest, updater->arena);
    if (strlen(text) != updater->table->manifest_size ||
        updater->manifest.vm_count != updater->system.vm_count)
        return refuse(updater, "its manifest is of another version of bulkhead");
    updater->board.machine.config = arch;
    return true;
}

/* Whether the image of a VM is a Linux kernel, as the manifest says. */
static bool is_linux(const struct manifest_vm *names) {
    const struct manifest_file *file = manifest_file(names->files, names->file_count, "image");

    return file != NULL && file->kind != NULL && strcmp(file->kind, "linux") == 0;
}

/* The VMs as a plan has them before their images are looked at. */
static void open_vms(struct updater *updater) {
    struct plan *plan = &updater->plan;
    const struct system *system = &updater->system;

    *plan = (struct plan){.arena = updater->arena,
                          .diagnostics = updater->diagnostics,
                          .board = &updater->board,
                          .vm_count = system->vm_count};
    plan->vms = arena_alloc(updater->arena, system->vm_count * sizeof(*plan->vms));
    updater->updated = arena_alloc(updater->arena, system->vm_count * sizeof(*updater->updated));
    for (uint32_t i = 0; i < system->vm_count; i++) {
        const struct system_vm *entry = &system->vms[i];
        struct plan_vm *vm = &plan->vms[i];
        struct vm_description *described = &updater->updated[i].vm;

        described->image = (struct value){.maps = &updater->updated[i].image};
        described->initrd = (struct value){.maps = &updater->updated[i].initrd};
        *vm = (struct plan_vm){.description = described, .name = entry->name};
        if (is_linux(&updater->manifest.vms[i]))
            vm->image.kind = GUEST_IMAGE_LINUX; /* whose initrd it is */
        vm->memory_count = entry->memory.count;
        vm->memory = arena_alloc(updater->arena, vm->memory_count * sizeof(*vm->memory));
        for (uint32_t j = 0; j < entry->memory.count; j++) {
            const struct system_region *memory = &system->memory[entry->memory.first + j];

            vm->memory[j] = (struct plan_memory){.at = memory->at, .size = memory->size};
        }
    }
}

/* The one payload of that name that the VM has; NULL: it has none, or several. */
static struct system_payload *find_payload(const struct updater *updater, uint32_t vm,
                                           const char *what) {
    const struct manifest_vm *names = &updater->manifest.vms[vm];
    struct system_slice slice = updater->system.vms[vm].payloads;
    struct system_payload *payloads =
        (void *)((unsigned char *)updater->table + updater->table->payloads.offset);
    struct system_payload *found = NULL;

    for (uint32_t i = 0; i < slice.count && i < names->payload_count; i++) {
        if (strcmp(names->payloads[i], what) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = &payloads[slice.first + i];
    }
    return found;
}

/* --- what is asked for --- */

static const char *what_of(const struct update *update) {
    return update->initrd ? "initrd" : "image";
}

static bool find_vm(struct updater *updater, const char *name, uint32_t *vm) {
    struct nearest nearest;

    nearest_begin(&nearest, name);
    for (*vm = 0; *vm < updater->system.vm_count; ++*vm) {
        if (strcmp(updater->system.vms[*vm].name, name) == 0)
            return true;
        nearest_offer(&nearest, updater->system.vms[*vm].name);
    }
    SAY(updater, "there is no VM '%s' in it; %s", name,
        nearest_advice(&nearest, updater->arena, "name one that bulkhead show lists"));
    return false;
}

/* Describes the file as a description would that the image was built of. */
static void describe(struct updater *updater, const struct update *update) {
    uint32_t vm = 0;

    if (!find_vm(updater, update->vm, &vm))
        return;
    const struct manifest_vm *names = &updater->manifest.vms[vm];
    const struct manifest_file *file =
        manifest_file(names->files, names->file_count, what_of(update));
    const struct system_payload *payload = find_payload(updater, vm, what_of(update));
    struct updated *updated = &updater->updated[vm];
    struct image_description *described = update->initrd ? &updated->initrd : &updated->image;
    struct mark mark = updater->mark;
    if (described->file.given) {
        SAY(updater, "the %s of '%s' is given twice; give one", what_of(update), update->vm);
        return;
    }
    if (file == NULL || payload == NULL || file->slot == 0) {
        SAY(updater,
            "the %s of '%s' has no slot in it; write %s: { file: ..., slot: SIZE } in "
            "the description, and build it again",
            what_of(update), update->vm, what_of(update));
        return;
    }
    described->file =
        (struct value){.mark = mark, .given = true, .text = update->path, .written = update->path};
    described->slot = (struct value){.mark = mark, .given = true, .number = payload->slot_size};
    *(update->initrd ? &updated->vm.initrd.given : &updated->vm.image.given) = true;
    if (update->initrd || file->kind == NULL)
        return;
    if (strcmp(file->kind, "raw") == 0 || strcmp(file->kind, "pie") == 0)
        described->load = (struct value){.mark = mark, .given = true, .number = payload->at};
    if (strcmp(file->kind, "raw") == 0) {
        described->entry =
            (struct value){.mark = mark, .given = true, .number = updater->system.vms[vm].entry};
    }
}

/* Whether the image is for the place that the slot has; if not, that is said. */
static void check_place(struct updater *updater, uint32_t vm) {
    const struct guest_segment *segment = &updater->plan.vms[vm].image.segments[0];
    const struct system_payload *payload = find_payload(updater, vm, "image");

    if (segment->at == payload->at && segment->size != 0)
        return;
    rule_broken(updater->diagnostics, RULE_IMAGE_LOAD, updater->mark,
                "%s goes to 0x%llx, and the slot of '%s' is for 0x%llx; link the image for that, "
                "or build the system again",
                updater->updated[vm].image.file.text, (unsigned long long)segment->at,
                updater->plan.vms[vm].name, (unsigned long long)payload->at);
}

/* --- the change --- */

/* Puts bytes of a file into the slot of its kind. */
static struct system_payload *replace(struct updater *updater, uint32_t vm, const char *what,
                                      const unsigned char *bytes, uint64_t size,
                                      const struct file *file) {
    struct manifest_vm *names = &updater->manifest.vms[vm];
    struct system_payload *payload = find_payload(updater, vm, what);
    unsigned char *slot = updater->image + payload->offset;

    memcpy(slot, bytes, size);
    memset(slot + size, 0, payload->slot_size - size);
    payload->size = size;
    emit_digest(payload, updater->image);
    manifest_file(names->files, names->file_count, what)->sha256 =
        digest_sha256(updater->arena, file->bytes, file->size);
    return payload;
}

static void write_image(struct updater *updater, uint32_t vm) {
    const struct plan_vm *planned = &updater->plan.vms[vm];
    const struct guest_segment *segment = &planned->image.segments[0];
    struct system_vm *vms = (void *)((unsigned char *)updater->table + updater->table->vms.offset);

    replace(updater, vm, "image", segment->bytes, segment->size, &planned->image_file);
    vms[vm].entry = planned->entry;
}

/* The VM's tree has its end as well. */
static void write_initrd(struct updater *updater, uint32_t vm) {
    const struct file *file = &updater->plan.vms[vm].initrd_file;
    const struct system_payload *payload =
        replace(updater, vm, "initrd", file->bytes, file->size, file);
    struct system_payload *tree = find_payload(updater, vm, "tree");

    if (tree == NULL)
        return;
    unsigned char *bytes = updater->image + tree->offset;
    int node = tree_check(bytes, tree->size) == 0 ? fdt_path_offset(bytes, "/chosen") : -1;
    if (node < 0)
        return;
    /* It has two cells, or one in a tree that is the user's own. */
    uint64_t end = payload->at + payload->size;
    if (fdt_setprop_inplace_u64(bytes, node, "linux,initrd-end", end) != 0)
        fdt_setprop_inplace_u32(bytes, node, "linux,initrd-end", (uint32_t)end);
    emit_digest(tree, updater->image);
}

/* Table and manifest, once all payloads are in their slots. */
static bool seal(struct updater *updater, const char **manifest) {
    struct system_table *table = updater->table;
    const char *text = manifest_text(&updater->manifest, updater->arena);
    struct config_error error;

    if (strlen(text) != table->manifest_size)
        return refuse(updater, "its manifest has a digest that is none");
    memcpy(updater->image + table->manifest_offset, text, table->manifest_size);
    table->manifest_crc = crc32c(0, text, table->manifest_size);
    emit_seal(table);
    if (!config_check(table, table->size, updater->board.machine.config, &error))
        return refuse(updater, config_rule_words(error.rule, true));
    updater->manifest.image_size = updater->size;
    updater->manifest.image_sha256 = digest_sha256(updater->arena, updater->image, updater->size);
    *manifest = manifest_text(&updater->manifest, updater->arena);
    return true;
}

bool update_image(unsigned char *image, size_t size, const char *path, const struct update *updates,
                  size_t count, struct arena *arena, struct diagnostics *diagnostics,
                  const char **manifest) {
    struct updater *updater = arena_alloc(arena, sizeof(*updater));
    size_t errors = diagnostics->error_count;

    *updater = (struct updater){.arena = arena,
                                .diagnostics = diagnostics,
                                .mark = {path, 0, 0, 0},
                                .image = image,
                                .size = size};
    if (!open_image(updater))
        return false;
    open_vms(updater);
    for (size_t i = 0; i < count; i++)
        describe(updater, &updates[i]);
    if (diagnostics->error_count != errors)
        return false;
    for (uint32_t vm = 0; vm < updater->system.vm_count; vm++)
        check_files(&updater->plan, &updater->plan.vms[vm]);
    for (uint32_t vm = 0; vm < updater->system.vm_count && diagnostics->error_count == errors; vm++)
        if (updater->updated[vm].vm.image.given)
            check_place(updater, vm);
    if (diagnostics->error_count != errors)
        return false;
    for (uint32_t vm = 0; vm < updater->system.vm_count; vm++) {
        if (updater->updated[vm].vm.image.given)
            write_image(updater, vm);
        if (updater->updated[vm].vm.initrd.given)
            write_initrd(updater, vm);
    }
    return seal(updater, manifest);
}
