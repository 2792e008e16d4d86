/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check_memory.h"

#include "config/config_check.h"
#include "tool/base/number.h"
#include "tool/base/range.h"
#include "tool/system/manifest.h"
#include "tool/system/place.h"

#define BLOCK_MASK ((uint64_t)SYSTEM_BLOCK_SIZE - 1)
#define PAGE_MASK  ((uint64_t)SYSTEM_PAGE_SIZE - 1)

/* The description of a VM's n-th region. */
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

/* A number of `key` that is no whole pages is refused. */
static void check_pages(struct checker *checker, uint64_t number, const char *key,
                        const char *multiple, struct mark mark) {
    if ((number & PAGE_MASK) != 0) {
        checker_broken(checker, RULE_MEMORY_UNALIGNED, mark,
                       "memory is given in whole pages; make %s a multiple of %s", key, multiple);
    }
}

void read_memory(struct checker *checker, struct plan_vm *vm) {
    const struct value *memory = &vm->description->memory;

    if (memory->bad) {
        checker_skip(checker, RULE_MEMORY_UNALIGNED);
        return;
    }
    vm->memory_count = memory->count;
    vm->memory = arena_alloc(checker->plan->arena, (memory->count + 1) * sizeof(*vm->memory));
    for (size_t i = 0; i < memory->count; i++) {
        const struct memory_description *region = described(vm, i);
        uint64_t at = region->at.given ? region->at.number : board_ram_base(checker->plan->board);

        check_pages(checker, region->size.number == 0 ? 1 : region->size.number, "the size",
                    "4 KiB", region->size.mark);
        check_pages(checker, at, "'at'", "0x1000", region->at.mark);
        check_pages(checker, region->phys.number, "'phys'", "0x1000", region->phys.mark);
        vm->memory[i] = (struct plan_memory){
            .mark = region->self.mark,
            .at = at,
            .phys = region->phys.given && region->phys.text == NULL ? region->phys.number : at,
            .size = region->size.number,
            .clear = !region->clear.given || region->clear.number != 0,
            .fixed = region->phys.given,
        };
    }
    if (memory->count != 0) {
        vm->entry = vm->memory[0].at; /* if no image says it */
    } else {
        checker_broken(checker, RULE_MEMORY_UNALIGNED, memory->mark,
                       "the list of memory is empty; give the VM at least 4 KiB");
    }
}

/* Refuses a guest's range (`what`) that is too high. */
static void check_end(struct checker *checker, const char *what, uint64_t at, uint64_t size,
                      struct mark mark) {
    uint64_t end = machine_address_end(&checker->plan->board->machine);

    if (size > end || at > end - size) {
        checker_broken(checker, RULE_ADDRESS_TOO_HIGH, mark,
                       "%s would end beyond 0x%llx, the end of a guest's addresses on this board; "
                       "lower 'at' or the size",
                       what, (unsigned long long)end);
    }
}

void check_address_too_high(struct checker *checker, const struct plan_vm *vm) {
    for (size_t i = 0; i < vm->memory_count; i++)
        check_end(checker, "this memory", vm->memory[i].at, vm->memory[i].size, vm->memory[i].mark);
    for (size_t i = 0; i < vm->member_count; i++)
        check_end(checker, "the channel, with the page of its state,", vm->members[i].at,
                  checker->plan->channels[vm->members[i].channel].size, vm->members[i].mark);
}

void check_memory_congruence(struct checker *checker, const struct plan_vm *vm) {
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
        checker_broken(checker, RULE_MEMORY_CONGRUENCE, described(vm, i)->phys.mark,
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

void check_memory_outside(struct checker *checker, const struct plan_vm *vm) {
    const struct board *board = checker->plan->board;

    for (size_t i = 0; i < vm->memory_count; i++) {
        const struct plan_memory *memory = &vm->memory[i];
        const struct memory_description *region = described(vm, i);
        const char *purpose = "";

        if (!memory->fixed)
            continue;
        if (!range_in(board->machine.ram, board->machine.ram_count, memory->phys, memory->size)) {
            checker_broken(checker, RULE_MEMORY_OUTSIDE, region->phys.mark,
                           "%s is not inside the board's RAM, %s; choose another '%s', or remove "
                           "phys:, and Bulkhead finds a place",
                           place_text(checker, memory), ram_text(checker), place_key(region));
            continue;
        }
        struct system_range reserved = find_reserved(board, phys_range(memory), &purpose);
        if (reserved.size != 0) {
            checker_broken(checker, RULE_MEMORY_RESERVED, region->phys.mark,
                           "%s lies over 0x%llx to 0x%llx, which is reserved for %s; choose "
                           "another '%s', or remove phys:, and Bulkhead finds a place",
                           place_text(checker, memory), (unsigned long long)reserved.phys,
                           (unsigned long long)range_end(reserved), purpose, place_key(region));
        }
    }
}

/* What `owner` has that lies over `memory`, before that itself; NULL: nothing. */
static const struct plan_memory *find_shared(const struct plan_vm *owner,
                                             const struct plan_memory *memory) {
    for (size_t i = 0; i < owner->memory_count && &owner->memory[i] != memory; i++)
        if (owner->memory[i].fixed && overlap(phys_range(&owner->memory[i]), phys_range(memory)))
            return &owner->memory[i];
    return NULL;
}

void check_memory_shared(struct checker *checker, const struct plan_vm *vm) {
    const struct plan *plan = checker->plan;

    for (size_t i = 0; i < vm->memory_count; i++) {
        const struct plan_memory *memory = &vm->memory[i];

        for (size_t n = 0; memory->fixed && &plan->vms[n] <= vm; n++) {
            const struct plan_memory *shared =
                checker->broken[n][RULE_MEMORY_OUTSIDE] ? NULL : find_shared(&plan->vms[n], memory);

            if (shared == NULL)
                continue;
            checker_broken(checker, RULE_MEMORY_SHARED, described(vm, i)->phys.mark,
                           "%s lies over memory of '%s', %s; choose another '%s', or remove "
                           "phys:, and Bulkhead finds a place",
                           place_text(checker, memory), plan->vms[n].name,
                           place_text(checker, shared), place_key(described(vm, i)));
        }
    }
}

/* --- the places --- */

void write_manifest(struct checker *checker, struct plan *plan) {
    (void)checker;
    manifest_write(plan);
}

static void refuse_over_bulkhead(struct checker *checker, const struct plan_vm *vm, size_t n) {
    const struct plan *plan = checker->plan;
    const struct memory_description *region = described(vm, n);
    const char *remedy = "make it smaller";
    uint64_t place = 0;

    if (place_suggest(plan, &vm->memory[n], &place)) {
        remedy = arena_printf(plan->arena, "write %s: 0x%llx, where there is room",
                              place_key(region), (unsigned long long)place);
    }
    checker_broken(checker, RULE_MEMORY_OVER_BULKHEAD, region->phys.mark,
                   "%s lies over Bulkhead and its images, from home at 0x%llx to 0x%llx; %s",
                   place_text(checker, &vm->memory[n]), (unsigned long long)plan->board->home,
                   (unsigned long long)range_end(plan->pool), remedy);
}

void place_bulkhead_or_say(struct checker *checker, struct plan *plan) {
    if (!place_bulkhead(plan)) {
        checker_broken(checker, RULE_MEMORY_TOO_LARGE, plan->description->board.mark,
                       "Bulkhead and its images (%s) do not fit at the board's home; choose a "
                       "lower home in its board.yaml, or smaller images",
                       number_size_text(plan->arena, plan->image_size));
        checker_skip(checker, RULE_MEMORY_OVER_BULKHEAD);
        return;
    }
    struct system_range own = {plan->board->home, range_end(plan->pool) - plan->board->home};
    for (const struct plan_vm *vm = plan->vms; vm < plan->vms + plan->vm_count; vm++)
        for (size_t i = 0; i < vm->memory_count; i++)
            if (vm->memory[i].fixed && overlap(phys_range(&vm->memory[i]), own))
                refuse_over_bulkhead(checker, vm, i);
}

void place_memory_or_say(struct checker *checker, struct plan *plan) {
    const struct plan_memory *misfit = NULL;
    const struct plan_channel *channel = NULL;
    size_t vm = 0;

    if (place_memory(plan, &vm, &misfit)) {
        if (!place_channels(plan, &channel)) {
            checker_broken(checker, RULE_MEMORY_TOO_LARGE, channel->description->size.mark,
                           "the channel '%s' (%s and a page of state) does not fit beside the VMs, "
                           "Bulkhead and its images in the board's RAM of %s; make it or a VM's "
                           "memory smaller",
                           channel->name,
                           number_size_text(plan->arena, channel->description->size.number),
                           number_size_text(plan->arena, place_ram_size(plan)));
        }
        return;
    }
    checker_broken(checker, RULE_MEMORY_TOO_LARGE, misfit->mark,
                   "%s for '%s' does not fit beside the other VMs, Bulkhead and its images in the "
                   "board's RAM of %s; make this or another VM's memory smaller",
                   number_size_text(plan->arena, misfit->size), plan->vms[vm].name,
                   number_size_text(plan->arena, place_ram_size(plan)));
}
