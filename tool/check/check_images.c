/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_images.c - the rules about what a guest boots, and where that lies in its memory.
 */
#include <string.h>

#include "config/config_arch.h"
#include "tool/base/digest.h"
#include "tool/base/number.h"
#include "tool/base/range.h"
#include "tool/check/check.h"
#include "tool/guest_tree/guest_tree.h"
#include "tool/system/file_kind.h"

#define TREE_ALIGN                                                                                 \
    ((uint64_t)GUEST_TREE_SIZE_MAX) /* so that a tree of up to 64 KiB crosses no 2 MiB boundary */

#define SLOT_MAX (UINT64_C(1) << 30)

static struct plan_vm *vm_at(struct checker *checker, size_t vm) {
    return &checker->plan->vms[vm];
}

static const struct image_description *image_of(const struct plan_vm *vm) {
    return vm->description->image.maps;
}

/* NULL: it has none, or what is said of it is wrong. */
static const struct image_description *initrd_of(const struct plan_vm *vm) {
    const struct value *initrd = &vm->description->initrd;

    return initrd->given && !initrd->bad ? initrd->maps : NULL;
}

static void read_file(struct checker *checker, size_t index, const char *what, const char *hint,
                      const struct image_description *described, struct file *file) {
    const struct value *path = &described->file;

    const struct plan *plan = checker->plan;

    if (plan->is_check ? file_map(path->text, file, plan->arena)
                       : file_read(path->text, file, plan->arena)) {
        plan_add_vm_input(checker->plan, vm_at(checker, index), what, path->written, file->bytes,
                          file->size, described->slot.number);
    } else {
        check_broken(checker, RULE_FILE_MISSING, index, path->mark, "%s; %s, or make it first",
                     file->why, hint);
    }
}

void check_file_missing(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);

    if (checker->plan->no_images) { /* and so no rule is applied that needs them */
        check_skip(checker, RULE_FILE_MISSING, index);
        vm->entry = vm->memory_count == 0 ? 0 : vm->memory[0].at;
        return;
    }
    if (vm->description->image.bad || vm->description->initrd.bad)
        check_skip(checker, RULE_FILE_MISSING, index);
    if (!vm->description->image.bad) {
        read_file(checker, index, "image", "name the guest's image", image_of(vm), &vm->image_file);
    }
    if (initrd_of(vm) != NULL) {
        read_file(checker, index, "initrd", "name the initial RAM disk", initrd_of(vm),
                  &vm->initrd_file);
    }
}

static void compare_digest(struct checker *checker, size_t index,
                           const struct image_description *described, const struct file *file) {
    if (described == NULL || !described->sha256.given)
        return;
    const char *digest = digest_sha256(checker->plan->arena, file->bytes, file->size);
    if (strcmp(digest, described->sha256.text) == 0)
        return;
    check_broken(checker, RULE_FILE_DIGEST, index, described->sha256.mark,
                 "%s has the digest %s, and not %s; get the right file back, or write the new one "
                 "after looking at what changed",
                 described->file.text, digest, described->sha256.text);
}

void check_file_digest(struct checker *checker, size_t index) {
    const struct plan_vm *vm = vm_at(checker, index);

    compare_digest(checker, index, image_of(vm), &vm->image_file);
    compare_digest(checker, index, initrd_of(vm), &vm->initrd_file);
}

static enum guest_image_result read_image(const struct plan *plan, struct plan_vm *vm,
                                          enum system_arch arch, const char **why) {
    const struct file *file = &vm->image_file;

    if (plan->is_check && !image_of(vm)->slot.given)
        return guest_image_check(&vm->image, arch, file->bytes, file->size, plan->arena, why);
    return guest_image_read(&vm->image, arch, file->bytes, file->size, plan->arena, why);
}

void check_image_format(struct checker *checker, size_t index) {
    static const enum rule rules[] = {
        [GUEST_IMAGE_FORMAT] = RULE_IMAGE_FORMAT,
        [GUEST_IMAGE_TRUNCATED] = RULE_IMAGE_TRUNCATED,
        [GUEST_IMAGE_ARCH] = RULE_IMAGE_ARCH,
    };
    struct plan_vm *vm = vm_at(checker, index);
    const char *why = "";
    enum system_arch arch = (enum system_arch)checker->plan->board->machine.config->arch;
    enum guest_image_result result = read_image(checker->plan, vm, arch, &why);
    if (result != GUEST_IMAGE_OK) {
        check_broken(checker, rules[result], index, image_of(vm)->file.mark, "%s %s",
                     image_of(vm)->file.text, why);
    }
}

/* What is no initrd at all is said where it is empty; else Linux judges, and this only warns. */
void check_initrd_format(struct checker *checker, size_t index) {
    const struct plan_vm *vm = vm_at(checker, index);
    const struct file *file = &vm->initrd_file;

    if (initrd_of(vm) == NULL)
        return;
    const struct value *path = &initrd_of(vm)->file;
    const char *why = file->size == 0 ? NULL : file_kind_of_initrd(file->bytes, file->size);
    if (file->size == 0) {
        check_broken(checker, RULE_IMAGE_TRUNCATED, index, path->mark,
                     "%s is empty; make or copy it again", path->text);
    } else if (why != NULL) {
        check_broken(checker, RULE_INITRD_FORMAT, index, path->mark, "%s %s", path->text, why);
    }
}

/* Settles where the image goes. */
void check_image_load(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    const struct image_description *described = image_of(vm);
    struct guest_image *image = &vm->image;

    if (image->kind == GUEST_IMAGE_RAW && !described->load.given) {
        check_broken(checker, RULE_IMAGE_LOAD, index, described->file.mark,
                     "%s is neither a Linux Image nor ELF, so nothing says where it goes; write "
                     "image: { file: ..., load: ADDRESS }",
                     described->file.text);
    } else if (image->kind != GUEST_IMAGE_RAW &&
               (described->load.given || described->entry.given)) {
        check_broken(checker, RULE_IMAGE_LOAD, index,
                     described->load.given ? described->load.mark : described->entry.mark,
                     "%s says itself where it goes and starts; remove load: and entry:",
                     described->file.text);
    }
    vm->entry = image->entry;
    if (image->kind == GUEST_IMAGE_RAW) {
        image->segments[0].at = described->load.number;
        vm->entry = described->entry.given ? described->entry.number : described->load.number;
    } else if (image->kind == GUEST_IMAGE_LINUX && vm->memory_count != 0) {
        uint64_t mask = SYSTEM_BLOCK_SIZE - 1;
        uint64_t base = (vm->memory[0].at + mask) & ~mask;

        image->segments[0].at += base;
        vm->entry += base;
    }
}

void check_entry_outside(struct checker *checker, size_t index) {
    const struct plan_vm *vm = vm_at(checker, index);
    const struct image_description *described = image_of(vm);

    for (size_t i = 0; i < vm->image.segment_count; i++) {
        const struct guest_segment *segment = &vm->image.segments[i];

        if (vm->entry % 4 == 0 && vm->entry - segment->at < segment->memory_size)
            return;
    }
    check_broken(
        checker, RULE_ENTRY_OUTSIDE, index,
        described->entry.given ? described->entry.mark : described->file.mark,
        "'%s' would start at 0x%llx, which is unaligned or outside its image; %s", vm->name,
        (unsigned long long)(vm->image.kind == GUEST_IMAGE_ELF ? vm->image.written : vm->entry),
        described->entry.given ? "mend entry:" : "mend the image's entry point");
}

static bool slot_fits(struct checker *checker, size_t index,
                      const struct image_description *described, uint64_t size) {
    struct arena *arena = checker->plan->arena;
    uint64_t slot = described->slot.number;
    size_t errors = checker->plan->diagnostics->error_count;

    if (slot % SYSTEM_PAGE_SIZE != 0) {
        check_broken(checker, RULE_SLOT_SIZE, index, described->slot.mark,
                     "a slot is whole pages; make it a multiple of 4 KiB");
    } else if (slot > SLOT_MAX) {
        check_broken(checker, RULE_SLOT_SIZE, index, described->slot.mark,
                     "a slot is at most 1 GiB, as a file is; make it smaller");
    } else if (size > slot) {
        uint64_t least = align_up(size, SYSTEM_PAGE_SIZE);

        check_broken(checker, RULE_SLOT_SIZE, index, described->slot.mark,
                     "%s takes %s in the memory of '%s', which is more than its slot of %s; make "
                     "the slot at least %s, and larger for what later versions will take",
                     described->file.text, number_size_text(arena, size),
                     vm_at(checker, index)->name, number_size_text(arena, slot),
                     number_size_text(arena, least));
    }
    return checker->plan->diagnostics->error_count == errors;
}

/* An image with a slot takes all of it, in the guest too: so nothing else moves with an update. */
void check_slot_size(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    const struct image_description *described = image_of(vm);

    if (described->slot.given &&
        slot_fits(checker, index, described, guest_image_memory_span(&vm->image))) {
        guest_image_join(&vm->image, checker->plan->arena);
        vm->image.segments[0].memory_size = described->slot.number;
    }
    if (initrd_of(vm) != NULL && initrd_of(vm)->slot.given)
        slot_fits(checker, index, initrd_of(vm), vm->initrd_file.size);
}

void check_image_outside(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    bool has_slot = image_of(vm)->slot.given;

    for (size_t i = 0; i < vm->image.segment_count; i++) {
        const struct guest_segment *segment = &vm->image.segments[i];

        if (!plan_in_memory(vm, segment->at, segment->memory_size)) {
            check_broken(checker, RULE_IMAGE_OUTSIDE, index, image_of(vm)->file.mark,
                         "%s needs %s%s at 0x%llx, which is not inside the memory of '%s' (%s at "
                         "0x%llx); give the VM more memory, or link the image for its address",
                         image_of(vm)->file.text,
                         number_size_text(checker->plan->arena, segment->memory_size),
                         has_slot ? ", its slot," : "", (unsigned long long)segment->at, vm->name,
                         number_size_text(checker->plan->arena, vm->memory[0].size),
                         (unsigned long long)vm->memory[0].at);
            return;
        }
    }
    for (size_t i = 0; i < vm->image.segment_count; i++) {
        const struct guest_segment *segment = &vm->image.segments[i];

        if (segment->size != 0) {
            plan_add_payload(checker->plan, vm, "image", segment->at, segment->bytes, segment->size,
                             has_slot ? segment->memory_size : 0);
        }
    }
}

void check_args_unread(struct checker *checker, size_t index) {
    const struct plan_vm *vm = vm_at(checker, index);

    if (!vm->has_tree && vm->description->args.given) {
        check_broken(checker, RULE_ARGS_UNREAD, index, vm->description->args.mark,
                     "'%s' gets no device tree (dtb: none), so it can read no args; remove one of "
                     "the two",
                     vm->name);
    }
    if (!vm->has_tree && vm->description->initrd.given) {
        check_broken(checker, RULE_ARGS_UNREAD, index, vm->description->initrd.mark,
                     "'%s' gets no device tree (dtb: none), so it cannot find its initrd; remove "
                     "one of the two",
                     vm->name);
    }
}

/* Places the device tree, if the description does not, and the initrd: behind the image, in the
 * memory that the image is in. */
void check_initrd_too_large(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    struct plan *plan = checker->plan;
    uint64_t end = 0;

    for (size_t i = 0; i < vm->image.segment_count; i++) {
        const struct guest_segment *segment = &vm->image.segments[i];
        uint64_t segment_end = segment->at + segment->memory_size;

        end = segment_end > end ? segment_end : end;
    }
    /* RISC-V's Linux takes its memory up to there. */
    if (vm->image.kind == GUEST_IMAGE_LINUX &&
        plan->board->machine.config->arch == SYSTEM_ARCH_RISCV64)
        end = align_up(end, SYSTEM_BLOCK_SIZE);
    if (vm->has_tree && vm->description->dtb.given && vm->description->dtb.text == NULL) {
        vm->tree_at = vm->description->dtb.number;
    } else if (vm->has_tree) {
        vm->tree_at = align_up(end, TREE_ALIGN);
        end = vm->tree_at + TREE_ALIGN;
        if (!plan_in_memory(vm, vm->tree_at, TREE_ALIGN)) {
            check_broken(checker, RULE_INITRD_TOO_LARGE, index, image_of(vm)->file.mark,
                         "behind the image there are no 64 KiB left in the memory of '%s' for its "
                         "device tree; give it more memory, or write dtb: none",
                         vm->name);
            return;
        }
    }
    if (initrd_of(vm) != NULL) {
        bool has_slot = initrd_of(vm)->slot.given;
        uint64_t room = has_slot ? initrd_of(vm)->slot.number : vm->initrd_file.size;

        vm->initrd_at = align_up(end, SYSTEM_PAGE_SIZE);
        if (vm->has_tree && vm->initrd_at < vm->tree_at + TREE_ALIGN &&
            vm->tree_at < vm->initrd_at + room)
            vm->initrd_at = align_up(vm->tree_at + TREE_ALIGN, SYSTEM_PAGE_SIZE);
        if (!plan_in_memory(vm, vm->initrd_at, room)) {
            check_broken(checker, RULE_INITRD_TOO_LARGE, index, initrd_of(vm)->file.mark,
                         "behind the image the memory of '%s' has no room for %s (%s%s); give it "
                         "more memory",
                         vm->name, initrd_of(vm)->file.text, has_slot ? "with its slot, " : "",
                         number_size_text(plan->arena, room));
            return;
        }
        plan_add_payload(plan, vm, "initrd", vm->initrd_at, vm->initrd_file.bytes,
                         vm->initrd_file.size, has_slot ? room : 0);
    }
}
