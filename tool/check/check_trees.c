/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check_trees.h"

#include <string.h>

#include "config/config_check.h"
#include "tool/board/machine_read.h"
#include "tool/guest_tree/guest_tree.h"
#include "tool/guest_tree/guest_tree_audit.h"
#include "tool/tree/tree.h"

#define FINDINGS_MAX   16 /* that are printed of one tree */
#define PATCH_SIZE_MAX (2u * GUEST_TREE_SIZE_MAX)

/* --- files --- */

void read_tree_file(struct checker *checker, struct plan_vm *vm) {
    const struct value *dtb = &vm->description->dtb;
    struct file *file = &vm->tree_file;

    if (dtb->bad)
        checker_skip(checker, RULE_TREE_FILE);
    if (dtb->bad || !dtb->is_path)
        return;
    if (!file_read(dtb->text, file, checker->plan->arena)) {
        checker_broken(checker, RULE_FILE_MISSING, dtb->mark,
                       "%s; name a device tree blob, or write generated", file->why);
        checker_skip(checker, RULE_TREE_FILE);
        return;
    }
    const struct tree *tree = NULL;
    const struct board *board = checker->plan->board;
    int error = tree_read(file->bytes, file->size, checker->plan->arena, &tree);
    const char *arch = error != 0 ? NULL : machine_arch_of(tree);
    if (error != 0) {
        checker_broken(checker, RULE_TREE_FILE, dtb->mark,
                       "%s is damaged or no device tree blob: %s; make it again with dtc",
                       dtb->text, fdt_strerror(error));
    } else if (arch != NULL && strcmp(arch, board->arch) != 0) {
        checker_broken(checker, RULE_TREE_FILE, dtb->mark,
                       "%s is the tree of a machine of %s, and the board's CPUs are of %s; give a "
                       "tree for these, or write generated",
                       dtb->text, arch, board->arch);
    } else if (board->tree_source.size == file->size &&
               memcmp(board->tree_source.bytes, file->bytes, file->size) == 0) {
        checker_broken(checker, RULE_TREE_FILE, dtb->mark,
                       "%s is the tree of the board, whose memory and devices are not all this "
                       "VM's; write dtb: generated, and devices: for what it shall have",
                       dtb->text);
    } else if (fdt_totalsize(file->bytes) > GUEST_TREE_SIZE_MAX) {
        checker_broken(checker, RULE_TREE_FILE, dtb->mark,
                       "%s has %u bytes, and a guest's tree at most 64 KiB; take out what the "
                       "guest does not need",
                       dtb->text, fdt_totalsize(file->bytes));
    } else {
        plan_add_input(checker->plan->arena, &vm->inputs, "dtb", dtb->written, file, 0);
    }
}

/* Says what is wrong with the patch, at its own lines or where it is named. */
static void refuse_patch(struct checker *checker, enum rule rule, struct mark mark,
                         const struct dtc_errors *errors) {
    for (size_t i = 0; i < errors->count; i++) {
        const struct dtc_error *error = &errors->items[i];

        checker_broken(checker, rule, error->mark.file == NULL ? mark : error->mark, "%s",
                       error->text);
    }
}

void read_patch(struct checker *checker, struct plan_vm *vm) {
    const struct value *patch = &vm->description->patch;
    struct overlay overlay;
    struct dtc_errors errors = {0};

    if (patch->bad)
        checker_skip(checker, RULE_PATCH_SOURCE);
    if (patch->bad || !patch->given)
        return;
    if (!vm->has_tree) {
        checker_broken(checker, RULE_ARGS_UNREAD, patch->mark,
                       "'%s' gets no device tree (dtb: none), so there is none to patch; remove "
                       "one of the two",
                       vm->name);
        checker_skip(checker, RULE_PATCH_SOURCE);
        return;
    }
    bool is_read = overlay_read(&overlay, patch->text, checker->plan->arena, &errors);
    if (overlay.source.why != NULL) {
        checker_broken(checker, RULE_FILE_MISSING, patch->mark,
                       "%s; name an overlay, source (.dtso) or blob (.dtbo)", overlay.source.why);
        checker_skip(checker, RULE_PATCH_SOURCE);
        return;
    }
    plan_add_input(checker->plan->arena, &vm->inputs, "patch", patch->written, &overlay.source, 0);
    if (!is_read) {
        refuse_patch(checker, RULE_PATCH_SOURCE, patch->mark, &errors);
    } else if (overlay.tree->size > PATCH_SIZE_MAX) {
        checker_broken(checker, RULE_PATCH_SOURCE, patch->mark,
                       "%s has %zu bytes, and a patch at most 128 KiB, for a tree of 64 KiB; take "
                       "out what the guest does not need",
                       patch->text, overlay.tree->size);
    } else {
        vm->patch = overlay;
    }
}

/* --- the tree --- */

/* Whether the place that the description gives is one for a tree of `size` bytes. */
static bool check_place(struct checker *checker, const struct plan_vm *vm, size_t size) {
    const char *what = NULL;

    if (vm->tree_at == 0)
        what = "at address 0, which says that there is none";
    else if (vm->tree_at % 8 != 0)
        what = "at an address that is no multiple of 8";
    else if (!plan_in_memory(vm, vm->tree_at, size))
        what = "not inside the VM's memory";
    for (size_t i = 0; what == NULL && i < vm->image.segment_count; i++) {
        const struct guest_segment *segment = &vm->image.segments[i];

        if (overlap((struct system_range){vm->tree_at, size},
                    (struct system_range){segment->at, segment->memory_size}))
            what = "over the image";
    }
    if (what == NULL)
        return true;
    checker_broken(checker, RULE_TREE_PLACE, vm->description->dtb.mark,
                   "the device tree would be at 0x%llx, %s; write another address, or generated "
                   "for one that fits",
                   (unsigned long long)vm->tree_at, what);
    return false;
}

/* A patch leaves in /chosen what the description has put there. */
static void check_chosen(struct checker *checker, const struct plan_vm *vm, const void *before,
                         const void *after) {
    const struct vm_description *described = vm->description;
    const struct {
        const struct value *value;
        const char *key;
        const char *property;
    } rows[] = {
        {&described->args, "args:", "bootargs"},
        {&described->initrd, "initrd:", "linux,initrd-start"},
        {&described->initrd, "initrd:", "linux,initrd-end"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int sizes[2] = {0, 0};
        const char *name = rows[i].property;
        const void *was = fdt_getprop(before, fdt_path_offset(before, "/chosen"), name, &sizes[0]);
        const void *is = fdt_getprop(after, fdt_path_offset(after, "/chosen"), name, &sizes[1]);

        if (!rows[i].value->given || was == NULL ||
            (is != NULL && sizes[0] == sizes[1] && memcmp(was, is, (size_t)sizes[0]) == 0))
            continue;
        checker_broken(
            checker, RULE_PATCH_CONFLICT, described->patch.mark,
            "%s replaces the %s of /chosen, which is what %s says; remove one of the two",
            described->patch.text, name, rows[i].key);
    }
}

/* The user's tree, or a generated one, patched; NULL, with an error: there is none. */
static const void *build_tree(struct checker *checker, const struct plan_vm *vm, size_t *size) {
    const struct plan *plan = checker->plan;
    const struct value *patch = &vm->description->patch;
    const unsigned char *generated = NULL;
    const void *tree = NULL;
    struct dtc_errors errors = {0};

    if (vm->tree_file.size != 0)
        tree = guest_tree_adopt(plan, vm, size);
    else if ((*size = guest_tree_build(plan, vm, &generated)) != 0)
        tree = generated;
    if (tree != NULL && patch->given) {
        const void *before = tree;

        tree = guest_tree_patch(before, &vm->patch, plan->arena, size, &errors);
        if (tree == NULL) {
            refuse_patch(checker, RULE_PATCH_TARGET, patch->mark, &errors);
            return NULL;
        }
        check_chosen(checker, vm, before, tree);
    }
    if (tree != NULL && *size <= GUEST_TREE_SIZE_MAX)
        return tree;
    checker_broken(checker, RULE_INITRD_TOO_LARGE, vm->description->self.mark,
                   "the device tree of '%s' would pass 64 KiB; shorten its args, or give it fewer "
                   "devices",
                   vm->name);
    return NULL;
}

/* A tree of the user's, or one that was patched, says what the VM owns. */
static void check_owned(struct checker *checker, const struct plan_vm *vm, const void *blob,
                        size_t size) {
    const struct value *patch = &vm->description->patch;
    const struct value *from = patch->given ? patch : &vm->description->dtb;
    struct audit_findings findings = {0};
    const struct tree *tree = NULL;

    if ((vm->tree_file.size == 0 && !patch->given) ||
        tree_read(blob, size, checker->plan->arena, &tree) != 0)
        return;
    guest_tree_audit(checker->plan, vm, tree, &findings);
    for (size_t i = 0; i < findings.count && i < FINDINGS_MAX; i++) {
        checker_broken(checker, RULE_TREE_UNOWNED, from->mark,
                       "with %s, %s; take it out, or give it to '%s' in the description",
                       from->text, findings.texts[i], vm->name);
    }
    if (findings.count > FINDINGS_MAX) {
        checker_broken(checker, RULE_TREE_UNOWNED, from->mark,
                       "with %s, %zu more nodes have what '%s' does not own", from->text,
                       findings.count - FINDINGS_MAX, vm->name);
    }
}

void make_tree(struct checker *checker, struct plan_vm *vm) {
    size_t size = 0;

    if (!vm->has_tree)
        return;
    const void *tree = build_tree(checker, vm, &size);
    if (tree == NULL)
        return;
    check_owned(checker, vm, tree, size);
    if (!check_place(checker, vm, size))
        return;
    guest_tree_find_seeds(tree, &vm->seeds_at, &vm->seeds_size);
    plan_add_payload(checker->plan->arena, vm, "tree", vm->tree_at, tree, size, 0);
}
