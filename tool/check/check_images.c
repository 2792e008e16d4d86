/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check_images.h"

#include <string.h>

#include "config/config_check.h"
#include "tool/base/digest.h"
#include "tool/base/number.h"
#include "tool/base/range.h"
#include "tool/guest_tree/guest_tree.h"
#include "tool/system/file_kind.h"

#define TREE_ALIGN                                                                                 \
    ((uint64_t)GUEST_TREE_SIZE_MAX) /* so that a tree of up to 64 KiB crosses no 2 MiB boundary */

#define SLOT_MAX (UINT64_C(1) << 30)
/* So many bytes of one kind are no code; fewer only at the end of an image. */
#define BLANK_SIZE  64u
#define BLANK_LEAST 16u

/* --- the files --- */

/* NULL: it has none, or what is said of it is wrong. */
static const struct image_description *file_of(const struct value *value) {
    return value_is_known(value) ? value->maps : NULL;
}

static const struct image_description *image_of(const struct plan_vm *vm) {
    return file_of(&vm->description->image);
}

static const struct image_description *initrd_of(const struct plan_vm *vm) {
    return file_of(&vm->description->initrd);
}

static void read_one(struct checker *checker, struct plan_vm *vm, const char *what,
                     const char *hint, const struct image_description *described,
                     struct file *file) {
    const struct plan *plan = checker->plan;

    if (described == NULL)
        return;
    const struct value *path = &described->file;
    if (plan->is_check ? file_map(path->text, file, plan->arena)
                       : file_read(path->text, file, plan->arena)) {
        plan_add_input(plan->arena, &vm->inputs, what, path->written, file, described->slot.number);
    } else {
        checker_broken(checker, RULE_FILE_MISSING, path->mark, "%s; %s, or make it first",
                       file->why, hint);
    }
}

void read_files(struct checker *checker, struct plan_vm *vm) {
    if (vm->description->image.bad || vm->description->initrd.bad)
        checker_skip(checker, RULE_FILE_MISSING);
    read_one(checker, vm, "image", "name the guest's image", image_of(vm), &vm->image_file);
    read_one(checker, vm, "initrd", "name the initial RAM disk", initrd_of(vm), &vm->initrd_file);
}

static void compare_digest(struct checker *checker, const struct image_description *described,
                           const struct file *file) {
    if (described == NULL || !described->sha256.given)
        return;
    const char *digest = digest_sha256(checker->plan->arena, file->bytes, file->size);
    if (strcmp(digest, described->sha256.text) == 0)
        return;
    checker_broken(checker, RULE_FILE_DIGEST, described->sha256.mark,
                   "%s has the digest %s, and not %s; get the right file back, or write the new "
                   "one after looking at what changed",
                   described->file.text, digest, described->sha256.text);
}

void check_file_digest(struct checker *checker, const struct plan_vm *vm) {
    compare_digest(checker, image_of(vm), &vm->image_file);
    compare_digest(checker, initrd_of(vm), &vm->initrd_file);
}

/* --- what is in them --- */

void read_image(struct checker *checker, struct plan_vm *vm) {
    static const enum rule rules[] = {
        [GUEST_IMAGE_FORMAT] = RULE_IMAGE_FORMAT,
        [GUEST_IMAGE_TRUNCATED] = RULE_IMAGE_TRUNCATED,
        [GUEST_IMAGE_ARCH] = RULE_IMAGE_ARCH,
    };
    const struct plan *plan = checker->plan;
    const struct image_description *described = image_of(vm);
    const struct file *file = &vm->image_file;
    const char *why = "";

    if (described == NULL)
        return;
    enum system_arch arch = (enum system_arch)plan->board->machine.config->arch;
    enum guest_image_result result =
        plan->is_check && !described->slot.given
            ? guest_image_check(&vm->image, arch, file->bytes, file->size, plan->arena, &why)
            : guest_image_read(&vm->image, arch, file->bytes, file->size, plan->arena, &why);
    if (result != GUEST_IMAGE_OK) {
        checker_broken(checker, rules[result], described->file.mark, "%s %s", described->file.text,
                       why);
    }
}

void check_initrd_format(struct checker *checker, const struct plan_vm *vm) {
    const struct file *file = &vm->initrd_file;

    if (initrd_of(vm) == NULL)
        return;
    const struct value *path = &initrd_of(vm)->file;
    const char *why = vm->image.kind != GUEST_IMAGE_LINUX || file->size == 0
                          ? NULL
                          : file_kind_of_initrd(file->bytes, file->size);
    if (file->size == 0) {
        checker_broken(checker, RULE_IMAGE_TRUNCATED, path->mark,
                       "%s is empty; make or copy it again", path->text);
    } else if (why != NULL) {
        checker_broken(checker, RULE_INITRD_FORMAT, path->mark, "%s %s", path->text, why);
    }
}

void settle_entry(struct checker *checker, struct plan_vm *vm) {
    const struct image_description *described = image_of(vm);
    struct guest_image *image = &vm->image;

    if (described == NULL)
        return;
    const struct value *load = &described->load;
    const struct value *entry = &described->entry;
    bool is_fixed = image->kind == GUEST_IMAGE_LINUX || image->kind == GUEST_IMAGE_ELF;
    if (image->kind == GUEST_IMAGE_RAW && !load->given) {
        checker_broken(checker, RULE_IMAGE_LOAD, described->file.mark,
                       "%s is neither a Linux Image nor ELF, so nothing says where it goes; write "
                       "image: { file: ..., load: ADDRESS }",
                       described->file.text);
    } else if (is_fixed && (load->given || entry->given)) {
        checker_broken(checker, RULE_IMAGE_LOAD, load->given ? load->mark : entry->mark,
                       "%s says itself where it goes and starts; remove load: and entry:",
                       described->file.text);
    } else if (image->kind == GUEST_IMAGE_PIE && entry->given) {
        checker_broken(checker, RULE_IMAGE_LOAD, entry->mark,
                       "%s says itself where it starts; remove entry:", described->file.text);
    }
    if (image->kind == GUEST_IMAGE_LINUX && vm->memory_count != 0)
        guest_image_move(image,
                         align_up(vm->memory[0].at, SYSTEM_BLOCK_SIZE) + image->segments[0].at);
    else if (load->given)
        guest_image_move(image, load->number);
    vm->entry = entry->given ? entry->number : image->entry;
}

void check_entry_outside(struct checker *checker, const struct plan_vm *vm) {
    const struct image_description *described = image_of(vm);

    if (described == NULL)
        return;
    for (size_t i = 0; i < vm->image.segment_count; i++) {
        const struct guest_segment *segment = &vm->image.segments[i];

        if (vm->entry % 4 == 0 && vm->entry - segment->at < segment->memory_size)
            return;
    }
    checker_broken(
        checker, RULE_ENTRY_OUTSIDE,
        described->entry.given ? described->entry.mark : described->file.mark,
        "'%s' would start at 0x%llx, which is unaligned or outside its image; %s", vm->name,
        (unsigned long long)(vm->image.kind == GUEST_IMAGE_ELF ? vm->image.written : vm->entry),
        described->entry.given ? "mend entry:" : "mend the image's entry point");
}

/* --- the memory that they take --- */

/* Whether `size` bytes of a file fit its slot; false with an error, or if it has none. */
/* The byte that all the first code of a guest is made of; -1: it has others. */
static int blank_byte(const struct guest_segment *segment, uint64_t offset) {
    uint64_t end = offset + BLANK_SIZE;
    int blank = offset < segment->size ? segment->bytes[offset] : 0;

    for (uint64_t at = offset; at < end && at < segment->memory_size; at++)
        if ((at < segment->size ? segment->bytes[at] : 0) != blank)
            return -1;
    return segment->memory_size - offset < BLANK_LEAST ? -1 : blank;
}

/* A Linux is known by more. */
void check_image_blank(struct checker *checker, const struct plan_vm *vm) {
    const struct image_description *described = image_of(vm);

    for (size_t i = 0; i < vm->image.segment_count && vm->image.kind != GUEST_IMAGE_LINUX; i++) {
        const struct guest_segment *segment = &vm->image.segments[i];
        uint64_t offset = vm->entry - segment->at;
        int blank = offset < segment->memory_size ? blank_byte(segment, offset) : -1;

        if (blank < 0)
            continue;
        checker_broken(
            checker, RULE_IMAGE_BLANK,
            described->entry.given ? described->entry.mark : described->file.mark,
            "where '%s' would start (0x%llx), %s has no code, only bytes of 0x%02x; give "
            "the file that was meant, or mend %s",
            vm->name, (unsigned long long)vm->entry, described->file.text, (unsigned)blank,
            vm->image.kind == GUEST_IMAGE_RAW ? "load: or entry:" : "the image's entry point");
    }
}

static bool slot_fits(struct checker *checker, const struct image_description *described,
                      uint64_t size) {
    struct arena *arena = checker->plan->arena;
    uint64_t slot = described->slot.number;

    if (slot % SYSTEM_PAGE_SIZE != 0) {
        checker_broken(checker, RULE_SLOT_SIZE, described->slot.mark,
                       "a slot is whole pages; make it a multiple of 4 KiB");
    } else if (slot > SLOT_MAX) {
        checker_broken(checker, RULE_SLOT_SIZE, described->slot.mark,
                       "a slot is at most 1 GiB, as a file is; make it smaller");
    } else if (size > slot) {
        checker_broken(checker, RULE_SLOT_SIZE, described->slot.mark,
                       "%s takes %s in the memory of '%s', which is more than its slot of %s; make "
                       "the slot at least %s, and larger for what later versions will take",
                       described->file.text, number_size_text(arena, size), checker->vm->name,
                       number_size_text(arena, slot),
                       number_size_text(arena, align_up(size, SYSTEM_PAGE_SIZE)));
    } else {
        return true;
    }
    return false;
}

void reserve_slots(struct checker *checker, struct plan_vm *vm) {
    const struct image_description *image = image_of(vm);
    const struct image_description *initrd = initrd_of(vm);

    if (image != NULL && image->slot.given &&
        slot_fits(checker, image, guest_image_memory_span(&vm->image))) {
        guest_image_join(&vm->image, checker->plan->arena);
        vm->image.segments[0].memory_size = image->slot.number;
    }
    if (initrd != NULL && initrd->slot.given)
        slot_fits(checker, initrd, vm->initrd_file.size);
}

void add_segments(struct checker *checker, struct plan_vm *vm) {
    const struct image_description *described = image_of(vm);
    struct arena *arena = checker->plan->arena;
    bool has_slot = described->slot.given;

    for (size_t i = 0; i < vm->image.segment_count; i++) {
        const struct guest_segment *segment = &vm->image.segments[i];

        if (!plan_in_memory(vm, segment->at, segment->memory_size)) {
            checker_broken(checker, RULE_IMAGE_OUTSIDE, described->file.mark,
                           "%s needs %s%s at 0x%llx, which is not inside the memory of '%s' (%s at "
                           "0x%llx); give the VM more memory, or %s",
                           described->file.text, number_size_text(arena, segment->memory_size),
                           has_slot ? ", its slot," : "", (unsigned long long)segment->at, vm->name,
                           number_size_text(arena, vm->memory[0].size),
                           (unsigned long long)vm->memory[0].at,
                           vm->image.kind == GUEST_IMAGE_PIE ? "say with load: where the image goes"
                           : vm->image.kind == GUEST_IMAGE_RAW ? "write another load:"
                                                               : "link the image for its address");
            return;
        }
    }
    for (size_t i = 0; i < vm->image.segment_count; i++) {
        const struct guest_segment *segment = &vm->image.segments[i];

        if (segment->size != 0) {
            plan_add_payload(arena, vm, "image", segment->at, segment->bytes, segment->size,
                             has_slot ? segment->memory_size : 0);
        }
    }
}

void check_args_unread(struct checker *checker, const struct plan_vm *vm) {
    const struct {
        const struct value *value;
        const char *text;
    } unread[] = {
        {&vm->description->args, "it can read no args"},
        {&vm->description->initrd, "it cannot find its initrd"},
    };

    for (size_t i = 0; i < COUNT(unread) && !vm->has_tree; i++) {
        if (unread[i].value->given)
            checker_broken(checker, RULE_ARGS_UNREAD, unread[i].value->mark,
                           "'%s' gets no device tree (dtb: none), so %s; remove one of the two",
                           vm->name, unread[i].text);
    }
}

/* The memory beside the image that is free for tree and initrd. */
struct room {
    uint64_t start; /* behind the image */
    uint64_t end;   /* of the memory that its end is in */
    bool from_top;  /* one is taken from its end */
};

static struct room room_of(const struct checker *checker, const struct plan_vm *vm) {
    const struct guest_segment *last = &vm->image.segments[vm->image.segment_count - 1];
    struct room room = {.start = last->at + last->memory_size,
                        .from_top = vm->image.kind != GUEST_IMAGE_LINUX};

    for (size_t i = 0; i < vm->memory_count; i++) {
        const struct plan_memory *memory = &vm->memory[i];

        if (last->at - memory->at < memory->size)
            room.end = memory->at + memory->size;
    }
    /* RISC-V's Linux takes its memory up to there. */
    if (!room.from_top && checker->plan->board->machine.config->arch == SYSTEM_ARCH_RISCV64)
        room.start = align_up(room.start, SYSTEM_BLOCK_SIZE);
    return room;
}

/* Takes `size` bytes of the room: for Linux as low as possible, else at its top, where no .bss and
 * no stack is that the image does not speak of. False: they are not there. */
static bool take(struct room *room, const struct plan_vm *vm, uint64_t size, uint64_t align,
                 uint64_t *at) {
    if (room->from_top) {
        *at = (room->end - size) & ~((uint64_t)SYSTEM_PAGE_SIZE - 1);
        if (size > room->end - room->start || *at < room->start)
            return false;
        room->end = *at;
    } else {
        *at = align_up(room->start, align);
        room->start = *at + size;
    }
    return plan_in_memory(vm, *at, size);
}

/* Unless the description says where; false: there is no room. */
static bool place_tree(struct checker *checker, struct plan_vm *vm, struct room *room) {
    const struct value *dtb = &vm->description->dtb;

    if (!vm->has_tree)
        return true;
    if (dtb->given && dtb->text == NULL) {
        vm->tree_at = dtb->number;
        return true;
    }
    if (take(room, vm, TREE_ALIGN, TREE_ALIGN, &vm->tree_at))
        return true;
    checker_broken(checker, RULE_INITRD_TOO_LARGE, image_of(vm)->file.mark,
                   "behind the image there are no 64 KiB left in the memory of '%s' for its device "
                   "tree; give it more memory, or write dtb: none",
                   vm->name);
    return false;
}

/* The same; around the tree where the description says where that is. */
static bool place_initrd(struct plan_vm *vm, struct room *room, uint64_t size) {
    struct room before = *room;
    struct system_range tree = {vm->tree_at, TREE_ALIGN};
    bool taken = take(room, vm, size, SYSTEM_PAGE_SIZE, &vm->initrd_at);

    if (!vm->has_tree || !overlap(tree, (struct system_range){vm->initrd_at, size}))
        return taken;
    *room = before;
    *(room->from_top ? &room->end : &room->start) = tree.phys + (room->from_top ? 0 : tree.size);
    return take(room, vm, size, SYSTEM_PAGE_SIZE, &vm->initrd_at);
}

void place_tree_and_initrd(struct checker *checker, struct plan_vm *vm) {
    const struct image_description *initrd = initrd_of(vm);
    struct arena *arena = checker->plan->arena;
    struct room room = room_of(checker, vm);

    if (!place_tree(checker, vm, &room) || initrd == NULL)
        return;
    uint64_t slot = initrd->slot.number;
    uint64_t size = slot != 0 ? slot : vm->initrd_file.size;
    if (!place_initrd(vm, &room, size)) {
        checker_broken(checker, RULE_INITRD_TOO_LARGE, initrd->file.mark,
                       "behind the image the memory of '%s' has no room for %s (%s%s); give it "
                       "more memory",
                       vm->name, initrd->file.text, slot != 0 ? "with its slot, " : "",
                       number_size_text(arena, size));
        return;
    }
    plan_add_payload(arena, vm, "initrd", vm->initrd_at, vm->initrd_file.bytes,
                     vm->initrd_file.size, slot);
}
