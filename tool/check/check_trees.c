/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_trees.c - the rules about the device tree that a guest gets: generated or the user's own,
 * patched or not, and where it lies.
 */
#include <string.h>

#include "config/config_arch.h"
#include "tool/base/number.h"
#include "tool/check/check.h"
#include "tool/guest_tree/guest_tree.h"
#include "tool/guest_tree/guest_tree_audit.h"
#include "tool/guest_tree/guest_tree_patch.h"
#include "tool/tree/dtc.h"
#include "tool/tree/tree.h"

#define FINDINGS_MAX   16 /* that are printed of one tree */
#define PATCH_SIZE_MAX (2u * GUEST_TREE_SIZE_MAX)

static struct plan_vm *vm_at(struct checker *checker, size_t vm) {
    return &checker->plan->vms[vm];
}

/* --- files --- */

void check_tree_file(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    const struct value *dtb = &vm->description->dtb;
    struct file *file = &vm->tree_file;
    bool is_skipped = dtb->bad || checker->plan->no_images;

    if (is_skipped)
        check_skip(checker, RULE_TREE_FILE, index);
    if (is_skipped || !dtb->is_path)
        return;
    if (!file_read(dtb->text, file, checker->plan->arena)) {
        check_broken(checker, RULE_FILE_MISSING, index, dtb->mark, "%s; %s", file->why,
                     "name a device tree blob, or write generated");
        check_skip(checker, RULE_TREE_FILE, index);
        return;
    }
    int error = tree_check(file->bytes, file->size);
    if (error != 0) {
        check_broken(checker, RULE_TREE_FILE, index, dtb->mark,
                     "%s is damaged or no device tree blob: %s; make it again with dtc", dtb->text,
                     fdt_strerror(error));
    } else if (fdt_totalsize(file->bytes) > GUEST_TREE_SIZE_MAX) {
        check_broken(checker, RULE_TREE_FILE, index, dtb->mark,
                     "%s has %u bytes, and a guest's tree at most 64 KiB; take out what the guest "
                     "does not need",
                     dtb->text, fdt_totalsize(file->bytes));
    } else {
        plan_add_vm_input(checker->plan, vm, "dtb", dtb->written, file->bytes, file->size, 0);
    }
}

static void refuse_source(struct checker *checker, size_t index, const struct dtc_errors *errors) {
    const struct value *patch = &vm_at(checker, index)->description->patch;

    if (errors->why != NULL) {
        check_broken(checker, RULE_PATCH_SOURCE, index, patch->mark, "%s: %s", patch->text,
                     errors->why);
    }
    for (size_t i = 0; i < errors->count; i++) {
        check_broken(checker, RULE_PATCH_SOURCE, index, errors->items[i].mark, "dtc says: %s",
                     errors->items[i].text);
    }
}

static bool is_source(const char *path) {
    const char *dot = strrchr(path, '.');

    return dot != NULL && (strcmp(dot, ".dtso") == 0 || strcmp(dot, ".dts") == 0);
}

/* Reads the patch, source or blob. */
void check_patch_source(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    const struct value *patch = &vm->description->patch;
    struct plan *plan = checker->plan;
    struct dtc_errors errors = {0};
    struct file source = {0};
    struct file blob = {0};
    bool is_skipped = patch->bad || plan->no_images;

    if (is_skipped)
        check_skip(checker, RULE_PATCH_SOURCE, index);
    if (is_skipped || !patch->given)
        return;
    if (!vm->has_tree) {
        check_broken(checker, RULE_ARGS_UNREAD, index, patch->mark,
                     "'%s' gets no device tree (dtb: none), so there is none to patch; remove one "
                     "of the two",
                     vm->name);
        check_skip(checker, RULE_PATCH_SOURCE, index);
        return;
    }
    if (!file_read(patch->text, &source, plan->arena)) {
        check_broken(checker, RULE_FILE_MISSING, index, patch->mark, "%s; %s", source.why,
                     "name an overlay, source (.dtso) or blob (.dtbo)");
        check_skip(checker, RULE_PATCH_SOURCE, index);
        return;
    }
    plan_add_vm_input(plan, vm, "patch", patch->written, source.bytes, source.size, 0);
    if (!is_source(patch->text)) {
        blob = source;
    } else if (!dtc_compile(patch->text, &blob, plan->arena, &errors)) {
        refuse_source(checker, index, &errors);
        return;
    }
    int error = tree_check(blob.bytes, blob.size);
    if (error != 0) {
        check_broken(checker, RULE_PATCH_SOURCE, index, patch->mark,
                     "%s is damaged or no overlay blob: %s; source is known by its name, as in "
                     "patch.dtso",
                     patch->text, fdt_strerror(error));
        return;
    }
    if (blob.size > PATCH_SIZE_MAX) {
        check_broken(checker, RULE_PATCH_SOURCE, index, patch->mark,
                     "%s has %zu bytes, and a patch at most 128 KiB, for a tree of 64 KiB; take "
                     "out what the guest does not need",
                     patch->text, blob.size);
        return;
    }
    vm->patch_file = blob;
}

/* --- the tree --- */

/* Whether the place that the description gives is one for a tree of `size` bytes. */
static bool check_place(struct checker *checker, size_t index, size_t size) {
    const struct plan_vm *vm = vm_at(checker, index);
    const struct value *dtb = &vm->description->dtb;
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
    check_broken(
        checker, RULE_TREE_PLACE, index, dtb->mark,
        "the device tree would be at 0x%llx, %s; write another address, or generated for one "
        "that fits",
        (unsigned long long)vm->tree_at, what);
    return false;
}

/* The user's tree, or a generated one; NULL: it would be too large. */
static const void *make_tree(const struct plan *plan, const struct plan_vm *vm, size_t *size) {
    const unsigned char *tree = NULL;

    if (vm->tree_file.size != 0)
        return guest_tree_adopt(plan, vm, size);
    *size = guest_tree_build(plan, vm, &tree);
    return *size == 0 ? NULL : tree;
}

/* A tree of the user's, or one that was patched, says what the VM owns. */
static void check_owned(struct checker *checker, size_t index, const void *tree) {
    const struct plan_vm *vm = vm_at(checker, index);
    const struct value *patch = &vm->description->patch;
    const struct value *from = patch->given ? patch : &vm->description->dtb;
    struct audit_findings findings = {0};

    if (vm->tree_file.size == 0 && !patch->given)
        return;
    guest_tree_audit(checker->plan, vm, tree, &findings);
    for (size_t i = 0; i < findings.count && i < FINDINGS_MAX; i++) {
        check_broken(checker, RULE_TREE_UNOWNED, index, from->mark,
                     "with %s, %s; take it out, or give it to '%s' in the description", from->text,
                     findings.texts[i], vm->name);
    }
    if (findings.count > FINDINGS_MAX) {
        check_broken(checker, RULE_TREE_UNOWNED, index, from->mark,
                     "with %s, %zu more nodes have what '%s' does not own", from->text,
                     findings.count - FINDINGS_MAX, vm->name);
    }
}

static void refuse_size(struct checker *checker, size_t index) {
    const struct plan_vm *vm = vm_at(checker, index);

    check_broken(checker, RULE_INITRD_TOO_LARGE, index, vm->description->self.mark,
                 "the device tree of '%s' would pass 64 KiB; shorten its args, or give it fewer "
                 "devices",
                 vm->name);
}

/* Makes the tree and all that is to be said about it. */
void check_tree(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    struct plan *plan = checker->plan;
    const struct value *patch = &vm->description->patch;
    const char *why = NULL;
    size_t size = 0;

    if (!vm->has_tree)
        return;
    const void *tree = make_tree(plan, vm, &size);
    if (tree != NULL && patch->given) {
        tree = guest_tree_patch(tree, &vm->patch_file, plan->arena, &size, &why);
        if (tree == NULL) {
            check_broken(checker, RULE_PATCH_TARGET, index, patch->mark, "%s: %s", patch->text,
                         why);
            return;
        }
    }
    if (tree == NULL || size > GUEST_TREE_SIZE_MAX) {
        refuse_size(checker, index);
        return;
    }
    check_owned(checker, index, tree);
    if (!check_place(checker, index, size))
        return;
    guest_tree_find_seeds(tree, &vm->seeds_at, &vm->seeds_size);
    plan_add_payload(plan, vm, "tree", vm->tree_at, tree, size, 0);
}
