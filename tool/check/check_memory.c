/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_memory.c - the rules about VMs' memory: its size, and where it is in the machine.
 */
#include <string.h>

#include "config/config_arch.h"
#include "tool/base/number.h"
#include "tool/base/range.h"
#include "tool/check/check.h"
#include "tool/system/place.h"

#define BLOCK_MASK ((uint64_t)SYSTEM_BLOCK_SIZE - 1)
#define PAGE_MASK  ((uint64_t)SYSTEM_PAGE_SIZE - 1)

static struct plan_vm *vm_at(struct checker *checker, size_t vm) {
    return &checker->plan->vms[vm];
}

/* What the description says of a VM's n-th region. */
static const struct memory_description *described(const struct plan_vm *vm, size_t n) {
    return (const struct memory_description *)vm->description->memory.maps + n;
}

static struct system_range phys_range(const struct plan_memory *memory) {
    return (struct system_range){memory->phys, memory->size};
}

static uint64_t range_end(struct system_range range) {
    return range.phys + range.size;
}

/* Which key says where the memory is in the machine. */
static const char *place_key(const struct memory_description *region) {
    return region->phys.text != NULL ? "at" : "phys";
}

/* "16 MiB at the machine's 0x50000000", for messages. */
static const char *place_text(const struct checker *checker, const struct plan_memory *memory) {
    return arena_printf(checker->plan->arena, "%s at the machine's 0x%llx",
                        number_size_text(checker->plan->arena, memory->size),
                        (unsigned long long)memory->phys);
}

/* The regions as the plan has them, and their sizes and addresses; all in whole pages. */
void check_memory_unaligned(struct checker *checker, size_t index) {
    struct plan_vm *vm = vm_at(checker, index);
    const struct value *memory = &vm->description->memory;

    if (memory->bad) {
        check_skip(checker, RULE_MEMORY_UNALIGNED, index);
        return;
    }
    vm->memory_count = memory->count;
    vm->memory = arena_alloc(checker->plan->arena, (memory->count + 1) * sizeof(*vm->memory));
    for (size_t i = 0; i < memory->count; i++) {
        const struct memory_description *region = described(vm, i);
        uint64_t at = region->at.given ? region->at.number : board_ram_base(checker->plan->board);
        bool same = region->phys.given && region->phys.text != NULL;

        if (region->size.number == 0 || (region->size.number & PAGE_MASK) != 0) {
            check_broken(checker, RULE_MEMORY_UNALIGNED, index, region->size.mark,
                         "memory is given in whole pages; make the size a multiple of 4 KiB");
        }
        if ((at & PAGE_MASK) != 0) {
            check_broken(checker, RULE_MEMORY_UNALIGNED, index, region->at.mark,
                         "memory is given in whole pages; make 'at' a multiple of 0x1000");
        }
        if ((region->phys.number & PAGE_MASK) != 0) {
            check_broken(checker, RULE_MEMORY_UNALIGNED, index, region->phys.mark,
                         "memory is given in whole pages; make 'phys' a multiple of 0x1000");
        }
        vm->memory[i] = (struct plan_memory){
            .mark = region->self.mark,
            .at = at,
            .phys = same ? at : region->phys.number,
            .size = region->size.number,
            .clear = !region->clear.given || region->clear.number != 0,
            .fixed = region->phys.given,
        };
    }
    if (memory->count == 0) {
        check_broken(checker, RULE_MEMORY_UNALIGNED, index, memory->mark,
                     "the list of memory is empty; give the VM at least 4 KiB");
    }
}

void check_address_too_high(struct checker *checker, size_t index) {
    const struct plan_vm *vm = vm_at(checker, index);
    uint64_t end = machine_address_end(&checker->plan->board->machine);

    for (size_t i = 0; i < vm->memory_count; i++) {
        const struct plan_memory *memory = &vm->memory[i];

        if (memory->size > end || memory->at > end - memory->size) {
            check_broken(checker, RULE_ADDRESS_TOO_HIGH, index, memory->mark,
                         "this memory would end beyond 0x%llx, the end of a guest's addresses on "
                         "this board; lower 'at' or the size",
                         (unsigned long long)end);
        }
    }
    const struct channel_description *channel;
    const struct member_description *member;
    for (size_t i = 0; (member = check_channel_member(checker, index, i, &channel)) != NULL; i++) {
        if (channel->size.number > end || member->at.number > end - channel->size.number) {
            check_broken(checker, RULE_ADDRESS_TOO_HIGH, index,
                         member->at.given ? member->at.mark : channel->size.mark,
                         "the channel would end beyond 0x%llx, the end of a guest's addresses on "
                         "this board; lower 'at' or the size",
                         (unsigned long long)end);
        }
    }
}

void check_memory_congruence(struct checker *checker, size_t index) {
    const struct plan_vm *vm = vm_at(checker, index);

    for (size_t i = 0; i < vm->memory_count; i++) {
        const struct plan_memory *memory = &vm->memory[i];
        uint64_t excess = (memory->phys - memory->at) & BLOCK_MASK;

        if (!memory->fixed || memory->size < SYSTEM_BLOCK_SIZE || excess == 0)
            continue;
        uint64_t below = memory->phys - excess;
        uint64_t above = below + SYSTEM_BLOCK_SIZE;
        const char *lower = memory->phys < excess ? ""
                                                  : arena_printf(checker->plan->arena, "0x%llx or ",
                                                                 (unsigned long long)below);
        check_broken(checker, RULE_MEMORY_CONGRUENCE, index, described(vm, i)->phys.mark,
                     "2 MiB and more are mapped by blocks of 2 MiB, so 'phys' and 'at' (0x%llx) "
                     "have to be equal modulo 2 MiB; write phys: %s0x%llx",
                     (unsigned long long)memory->at, lower, (unsigned long long)above);
    }
}

/* The board's RAM, as "0x40000000 to 0xc0000000 and ...". */
static const char *ram_text(const struct checker *checker) {
    const struct machine *machine = &checker->plan->board->machine;
    const char *text = "";

    for (size_t i = 0; i < machine->ram_count; i++) {
        text = arena_printf(checker->plan->arena, "%s%s0x%llx to 0x%llx", text,
                            i == 0 ? "" : " and ", (unsigned long long)machine->ram[i].phys,
                            (unsigned long long)range_end(machine->ram[i]));
    }
    return text;
}

/* The pages that a reserved range is in. */
static struct system_range pages_of(uint64_t phys, uint64_t size) {
    const uint64_t last = ~PAGE_MASK;
    uint64_t start = phys & last;
    uint64_t end = size > last - phys ? last : (phys + size + PAGE_MASK) & last;

    return (struct system_range){start, end - start};
}

/* Reserved pages that the memory lies over, and for whom they are; size 0: there are none. */
static struct system_range find_reserved(const struct board *board, struct system_range memory,
                                         const char **purpose) {
    for (size_t i = 0; i < board->reserve_count; i++) {
        struct system_range pages = pages_of(board->reserve[i].phys, board->reserve[i].size);

        *purpose = board->reserve[i].purpose;
        if (overlap(pages, memory))
            return pages;
    }
    for (size_t i = 0; i < board->machine.reserved_count; i++) {
        const struct system_range *reserved = &board->machine.reserved[i];
        struct system_range pages = pages_of(reserved->phys, reserved->size);

        *purpose = "firmware, as the board's tree says";
        if (overlap(pages, memory))
            return pages;
    }
    return (struct system_range){0};
}

/* And memory-reserved, for what is in RAM. */
void check_memory_outside(struct checker *checker, size_t index) {
    const struct plan_vm *vm = vm_at(checker, index);
    const struct board *board = checker->plan->board;

    for (size_t i = 0; i < vm->memory_count; i++) {
        const struct plan_memory *memory = &vm->memory[i];
        const struct memory_description *region = described(vm, i);
        const char *purpose = "";

        if (!memory->fixed)
            continue;
        if (!range_in(board->machine.ram, board->machine.ram_count, memory->phys, memory->size)) {
            check_broken(checker, RULE_MEMORY_OUTSIDE, index, region->phys.mark,
                         "%s is not inside the board's RAM, %s; choose another '%s', or remove "
                         "phys:, and Bulkhead finds a place",
                         place_text(checker, memory), ram_text(checker), place_key(region));
            continue;
        }
        struct system_range reserved = find_reserved(board, phys_range(memory), &purpose);
        if (reserved.size != 0) {
            check_broken(checker, RULE_MEMORY_RESERVED, index, region->phys.mark,
                         "%s lies over 0x%llx to 0x%llx, which is reserved for %s; choose another "
                         "'%s', or remove phys:, and Bulkhead finds a place",
                         place_text(checker, memory), (unsigned long long)reserved.phys,
                         (unsigned long long)range_end(reserved), purpose, place_key(region));
        }
    }
}

/* What VM `other` has before a VM's own n-th region; NULL: nothing that lies over it. */
static const struct plan_memory *find_shared(const struct checker *checker, size_t other,
                                             size_t index, size_t n) {
    const struct plan_vm *owner = &checker->plan->vms[other];
    const struct plan_memory *memory = &checker->plan->vms[index].memory[n];
    size_t count = other == index ? n : owner->memory_count;

    for (size_t i = 0; i < count; i++)
        if (owner->memory[i].fixed && overlap(phys_range(&owner->memory[i]), phys_range(memory)))
            return &owner->memory[i];
    return NULL;
}

void check_memory_shared(struct checker *checker, size_t index) {
    const struct plan_vm *vm = vm_at(checker, index);
    for (size_t i = 0; i < vm->memory_count; i++) {
        for (size_t other = 0; vm->memory[i].fixed && other <= index; other++) {
            const struct plan_memory *shared = checker->broken[other][RULE_MEMORY_OUTSIDE]
                                                   ? NULL
                                                   : find_shared(checker, other, index, i);

            if (shared == NULL)
                continue;
            check_broken(checker, RULE_MEMORY_SHARED, index, described(vm, i)->phys.mark,
                         "%s lies over memory of '%s', %s; choose another '%s', or remove phys:, "
                         "and Bulkhead finds a place",
                         place_text(checker, &vm->memory[i]), vm_at(checker, other)->name,
                         place_text(checker, shared), place_key(described(vm, i)));
        }
    }
}

static void refuse_over_bulkhead(struct checker *checker, size_t index, size_t n) {
    const struct plan *plan = checker->plan;
    const struct plan_vm *vm = vm_at(checker, index);
    const struct plan_memory *memory = &vm->memory[n];
    const struct memory_description *region = described(vm, n);
    const char *remedy = "make it smaller";
    uint64_t place = 0;

    if (place_suggest(plan, memory, &place)) {
        remedy = arena_printf(plan->arena, "write %s: 0x%llx, where there is room",
                              place_key(region), (unsigned long long)place);
    }
    check_broken(checker, RULE_MEMORY_OVER_BULKHEAD, CHECK_SYSTEM, region->phys.mark,
                 "%s lies over Bulkhead and its images, from home at 0x%llx to 0x%llx; %s",
                 place_text(checker, memory), (unsigned long long)plan->board->home,
                 (unsigned long long)range_end(plan->pool), remedy);
}

/* Places Bulkhead itself, and looks at what is fixed. */
void check_memory_over_bulkhead(struct checker *checker, size_t index) {
    struct plan *plan = checker->plan;

    if (!place_bulkhead(plan)) {
        check_broken(checker, RULE_MEMORY_TOO_LARGE, index, plan->description->board.mark,
                     "Bulkhead and its images (%s) do not fit at the board's home; choose a lower "
                     "home in its board.yaml, or smaller images",
                     number_size_text(plan->arena, plan->image_size));
        check_skip(checker, RULE_MEMORY_OVER_BULKHEAD, index);
        return;
    }
    struct system_range own = {plan->board->home, range_end(plan->pool) - plan->board->home};
    for (size_t i = 0; i < plan->vm_count; i++) {
        const struct plan_vm *vm = &plan->vms[i];

        for (size_t j = 0; j < vm->memory_count; j++)
            if (vm->memory[j].fixed && overlap(phys_range(&vm->memory[j]), own))
                refuse_over_bulkhead(checker, i, j);
    }
}

/* Places all that is not fixed. */
void check_memory_too_large(struct checker *checker, size_t index) {
    const struct plan_memory *misfit = NULL;
    struct plan *plan = checker->plan;
    size_t vm = 0;

    if (place_memory(plan, &vm, &misfit))
        return;
    check_broken(checker, RULE_MEMORY_TOO_LARGE, index, misfit->mark,
                 "%s for '%s' does not fit beside the other VMs, Bulkhead and its images in the "
                 "board's RAM of %s; make this or another VM's memory smaller",
                 number_size_text(plan->arena, misfit->size), plan->vms[vm].name,
                 number_size_text(plan->arena, place_ram_size(plan)));
}
