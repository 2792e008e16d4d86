/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_images.c - the rules about what a guest boots, and where that lies in its memory.
 */
#include "config/config_arch.h"
#include "tool/check.h"
#include "tool/guest_tree.h"
#include "tool/number.h"

#define TREE_ALIGN                                                                                 \
    ((uint64_t)GUEST_TREE_SIZE_MAX) /* so that a tree of up to 64 KiB crosses no 2 MiB boundary */

static struct plan_vm *vm_at(struct checker *checker, size_t vm) {
    return &checker->plan->vms[vm];
}

static const struct image_description *image_of(const struct plan_vm *vm) {
    return vm->description->image.maps;
}

void check_file_missing(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    struct plan *plan = checker->plan;
    const struct value *initrd = &vm->description->initrd;

    if (plan->no_images) { /* and so no rule is applied that needs them */
        checker->broken[index] |= UINT64_C(1) << RULE_FILE_MISSING;
        vm->entry = vm->memory_count == 0 ? 0 : vm->memory[0].at;
        return;
    }
    if (vm->description->image.bad || initrd->bad)
        checker->broken[index] |= UINT64_C(1) << RULE_FILE_MISSING; /* it has been said */
    if (!vm->description->image.bad) {
        const struct value *image = &image_of(vm)->file;

        if (!file_read(image->text, &vm->image_file, plan->arena)) {
            check_broken(checker, RULE_FILE_MISSING, index, image->mark, "%s; %s",
                         vm->image_file.why, "name the guest's image, or make it first");
        } else {
            plan_add_vm_input(plan, vm, "image", image->written, vm->image_file.bytes,
                              vm->image_file.size);
        }
    }
    if (initrd->given && !initrd->bad) {
        if (!file_read(initrd->text, &vm->initrd_file, plan->arena)) {
            check_broken(checker, RULE_FILE_MISSING, index, initrd->mark, "%s; %s",
                         vm->initrd_file.why, "name the initial RAM disk, or make it first");
        } else {
            plan_add_vm_input(plan, vm, "initrd", initrd->written, vm->initrd_file.bytes,
                              vm->initrd_file.size);
        }
    }
}

void check_image_format(struct checker *checker, size_t index) {
    static const enum rule rules[] = {
        [GUEST_IMAGE_FORMAT] = RULE_IMAGE_FORMAT,
        [GUEST_IMAGE_TRUNCATED] = RULE_IMAGE_TRUNCATED,
        [GUEST_IMAGE_ARCH] = RULE_IMAGE_ARCH,
    };
    static const char *const remedies[] = {
        [GUEST_IMAGE_FORMAT] = "give a Linux Image, an ELF executable, or raw bytes with load:",
        [GUEST_IMAGE_TRUNCATED] = "make or copy it again",
        [GUEST_IMAGE_ARCH] = "give one for 64-bit Arm, little endian",
    };
    struct plan_vm *vm = vm_at(checker, index);
    const char *why = "";
    enum system_arch arch = (enum system_arch)checker->plan->board->machine.config->arch;
    enum guest_image_result result = guest_image_read(
        &vm->image, arch, vm->image_file.bytes, vm->image_file.size, checker->plan->arena, &why);
    const char *remedy = result == GUEST_IMAGE_ARCH && arch == SYSTEM_ARCH_RISCV64
                             ? "give one for 64-bit RISC-V"
                             : remedies[result];

    if (result != GUEST_IMAGE_OK) {
        check_broken(checker, rules[result], index, image_of(vm)->file.mark, "%s %s; %s",
                     image_of(vm)->file.text, why, remedy);
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

void check_image_outside(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);

    for (size_t i = 0; i < vm->image.segment_count; i++) {
        const struct guest_segment *segment = &vm->image.segments[i];

        if (!plan_in_memory(vm, segment->at, segment->memory_size)) {
            check_broken(checker, RULE_IMAGE_OUTSIDE, index, image_of(vm)->file.mark,
                         "%s needs %s at 0x%llx, which is not inside the memory of '%s' (%s at "
                         "0x%llx); give the VM more memory, or link the image for its address",
                         image_of(vm)->file.text,
                         number_size_text(checker->plan->arena, segment->memory_size),
                         (unsigned long long)segment->at, vm->name,
                         number_size_text(checker->plan->arena, vm->memory[0].size),
                         (unsigned long long)vm->memory[0].at);
            return;
        }
    }
    for (size_t i = 0; i < vm->image.segment_count; i++) {
        const struct guest_segment *segment = &vm->image.segments[i];

        if (segment->size != 0) {
            plan_add_payload(checker->plan, vm, "image", segment->at, segment->bytes,
                             segment->size);
        }
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

static uint64_t align_up(uint64_t value, uint64_t align) {
    return (value + align - 1) & ~(align - 1);
}

/* Places the device tree and the initrd behind the image, in the memory that the image is in. */
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
    vm->tree_at = vm->has_tree ? align_up(end, TREE_ALIGN) : 0;
    end = vm->has_tree ? vm->tree_at + TREE_ALIGN : end;
    if (vm->has_tree && !plan_in_memory(vm, vm->tree_at, TREE_ALIGN)) {
        check_broken(checker, RULE_INITRD_TOO_LARGE, index, image_of(vm)->file.mark,
                     "behind the image there are no 64 KiB left in the memory of '%s' for its "
                     "device tree; give it more memory, or write dtb: none",
                     vm->name);
        return;
    }
    if (vm->initrd_file.size != 0) {
        vm->initrd_at = align_up(end, SYSTEM_PAGE_SIZE);
        if (!plan_in_memory(vm, vm->initrd_at, vm->initrd_file.size)) {
            check_broken(checker, RULE_INITRD_TOO_LARGE, index, vm->description->initrd.mark,
                         "behind the image the memory of '%s' has no room for %s (%zu bytes); give "
                         "it more memory",
                         vm->name, vm->description->initrd.text, vm->initrd_file.size);
            return;
        }
        plan_add_payload(plan, vm, "initrd", vm->initrd_at, vm->initrd_file.bytes,
                         vm->initrd_file.size);
    }
    if (vm->has_tree) {
        const unsigned char *tree = NULL;
        size_t size = guest_tree_build(plan, vm, &tree);

        if (size == 0) {
            check_broken(checker, RULE_INITRD_TOO_LARGE, index, vm->description->self.mark,
                         "the device tree of '%s' would pass 64 KiB; shorten its args, or give it "
                         "fewer devices",
                         vm->name);
            return;
        }
        plan_add_payload(plan, vm, "tree", vm->tree_at, tree, size);
    }
}
