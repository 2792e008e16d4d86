/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check_channels.h"

#include <string.h>

#include "config/config_check.h"
#include "tool/base/nearest.h"
#include "tool/base/number.h"
#include "tool/base/range.h"

static const struct channel_description *channel_at(const struct plan *plan, size_t n) {
    return (const struct channel_description *)plan->description->channels.maps + n;
}

static const struct member_description *member_at(const struct channel_description *channel,
                                                  size_t n) {
    return (const struct member_description *)channel->members.maps + n;
}

void check_channel_name(struct checker *checker) {
    for (size_t i = 0; i < checker->plan->description->channels.count; i++)
        checker_take_name(checker, RULE_CHANNEL_NAME, "a channel",
                          &channel_at(checker->plan, i)->self);
}

void check_channel_size(struct checker *checker) {
    for (size_t i = 0; i < checker->plan->description->channels.count; i++) {
        const struct channel_description *channel = channel_at(checker->plan, i);

        if (!channel->size.bad && channel->size.number % SYSTEM_PAGE_SIZE != 0) {
            checker_broken(checker, RULE_CHANNEL_UNALIGNED, channel->size.mark,
                           "a channel is whole pages; make its size a multiple of 4 KiB");
        }
        for (size_t j = 0; j < channel->members.count; j++) {
            const struct value *at = &member_at(channel, j)->at;

            if (!at->bad && at->number % SYSTEM_PAGE_SIZE != 0) {
                checker_broken(checker, RULE_CHANNEL_UNALIGNED, at->mark,
                               "a channel is whole pages; make 'at' a multiple of 0x1000");
            }
        }
    }
}

/* Whether a member is a VM; if not, that is said. */
static bool take_member(struct checker *checker, const struct value *member) {
    const struct plan *plan = checker->plan;
    struct nearest nearest;

    nearest_begin(&nearest, member->key);
    for (size_t i = 0; i < plan->vm_count; i++) {
        if (strcmp(plan->vms[i].name, member->key) == 0)
            return true;
        nearest_offer(&nearest, plan->vms[i].name);
    }
    checker_broken(checker, RULE_CHANNEL_MEMBER, member->mark, "there is no VM '%s'; %s",
                   member->key,
                   nearest_advice(&nearest, plan->arena, "name one that is under vms:"));
    return false;
}

void check_channel_members(struct checker *checker) {
    for (size_t i = 0; i < checker->plan->description->channels.count; i++) {
        const struct channel_description *channel = channel_at(checker->plan, i);
        const struct value *members = &channel->members;
        bool is_written = false;

        for (size_t j = 0; j < members->count; j++) {
            const struct member_description *member = member_at(channel, j);

            take_member(checker, &member->self);
            is_written = is_written || member->access.bad || strcmp(member->access.text, "rw") == 0;
        }
        if (members->bad)
            continue;
        if (members->count < 2) {
            checker_broken(checker, RULE_CHANNEL_MEMBER, members->mark,
                           "a channel joins VMs, and '%s' has %zu; write two or more members",
                           channel->self.key, members->count);
        } else if (!is_written) {
            checker_broken(checker, RULE_CHANNEL_MEMBER, members->mark,
                           "nobody can write to '%s'; give one of its members rw",
                           channel->self.key);
        }
    }
}

/* --- the plan --- */

/* A description's size with the page of the state, or more than any board has. */
static uint64_t whole_size(const struct value *size) {
    return size->number >= UINT64_MAX - SYSTEM_PAGE_SIZE ? UINT64_MAX
                                                         : size->number + SYSTEM_PAGE_SIZE;
}

/* Notes the members of the plan's n-th channel. */
static void read_members(struct plan *plan, size_t n, struct plan_vm *vm) {
    const struct channel_description *channel = channel_at(plan, n);

    for (size_t i = 0; i < channel->members.count; i++) {
        const struct member_description *member = member_at(channel, i);
        bool settled = value_is_known(&member->at);

        if (strcmp(member->self.key, vm->name) == 0) {
            *ARENA_ADD(plan->arena, vm->members, vm->member_count) = (struct plan_member){
                .mark = settled ? member->at.mark : channel->size.mark,
                .channel = n,
                .writes = !member->access.bad && strcmp(member->access.text, "rw") == 0,
                .settled = settled,
                .at = settled ? member->at.number : 0,
            };
        }
    }
}

void read_channels(struct checker *checker, struct plan *plan) {
    (void)checker;
    for (size_t n = 0; n < plan->description->channels.count; n++) {
        const struct channel_description *channel = channel_at(plan, n);

        *ARENA_ADD(plan->arena, plan->channels, plan->channel_count) =
            (struct plan_channel){.description = channel,
                                  .name = channel->self.key,
                                  .size = whole_size(&channel->size),
                                  .keep = channel->keep.number != 0};
        for (size_t i = 0; i < plan->vm_count; i++)
            read_members(plan, n, &plan->vms[i]);
    }
}

/* The first place from `at` on where the VM has nothing, or one beyond all. */
static uint64_t find_room(const struct plan *plan, const struct plan_vm *vm, uint64_t at,
                          uint64_t size) {
    struct plan_occupant *list = NULL;
    struct system_range place = {at, size};
    size_t count = plan_occupants(plan, vm, &list);
    uint64_t end = machine_address_end(&plan->board->machine);

    for (size_t i = 0; i < count && place.phys < end;) {
        struct system_range taken = list[i++].range;

        if (overlap(taken, place)) {
            place.phys = align_up(taken.phys + taken.size, SYSTEM_PAGE_SIZE);
            i = 0; /* one before may be in its way now */
        }
    }
    return place.phys;
}

void place_members(struct checker *checker, struct plan_vm *vm) {
    const struct plan *plan = checker->plan;
    uint64_t end = machine_address_end(&plan->board->machine);
    uint64_t at = 0;

    for (size_t i = 0; i < vm->memory_count; i++)
        if (vm->memory[i].at + vm->memory[i].size > at)
            at = vm->memory[i].at + vm->memory[i].size;
    at = align_up(at, SYSTEM_BLOCK_SIZE);
    for (size_t i = 0; i < vm->member_count; i++) {
        struct plan_member *member = &vm->members[i];
        const struct plan_channel *channel = &plan->channels[member->channel];

        if (member->settled)
            continue;
        at = find_room(plan, vm, at, channel->size);
        if (at > end - channel->size) { /* which is no more than all of them: address-too-high */
            checker_broken(
                checker, RULE_ADDRESS_TOO_HIGH, member->mark,
                "behind the memory of '%s' there is no room for the channel '%s' (%s and a page "
                "of state) below 0x%llx, the end of a guest's addresses on this board; say with "
                "'at' where '%s' sees it",
                vm->name, channel->name,
                number_size_text(plan->arena, channel->description->size.number),
                (unsigned long long)end, vm->name);
            checker_skip(checker, RULE_ADDRESS_TAKEN);
            return;
        }
        member->at = at;
        member->settled = true;
        at += channel->size;
    }
}

/* --- interrupts --- */

/* The VM's part of the n-th channel that it is a member of; NULL: there are no more. */
static const struct member_description *nth_member(const struct plan *plan,
                                                   const struct plan_vm *vm, size_t n,
                                                   const struct channel_description **channel) {
    for (size_t i = 0; i < plan->description->channels.count; i++) {
        *channel = channel_at(plan, i);
        for (size_t j = 0; j < (*channel)->members.count; j++) {
            const struct member_description *member = member_at(*channel, j);

            if (strcmp(member->self.key, vm->name) == 0 && n-- == 0)
                return member;
        }
    }
    return NULL;
}

/* The VM's other user of interrupt `number`: its console, a device, or an earlier member. */
static const char *find_user(const struct checker *checker, const struct plan_vm *owner,
                             size_t before, uint64_t number) {
    const struct channel_description *channel = NULL;

    if (plan_has_uart(owner) && checker->plan->board->machine.board.console_irq == number)
        return "its console";
    for (size_t i = 0; i < owner->device_count; i++) {
        const struct device *device = &owner->devices[i].device;

        if (!checker_device(checker, owner, &owner->devices[i])->refused &&
            tree_interrupt_in(device->interrupts, device->interrupt_count, number))
            return device->name;
    }
    for (size_t i = 0; i < before; i++) {
        const struct member_description *member = nth_member(checker->plan, owner, i, &channel);

        if (value_is_known(&member->irq) && member->irq.number == number)
            return channel->self.key;
    }
    return NULL;
}

void check_channel_interrupt(struct checker *checker, const struct plan_vm *vm) {
    const struct plan *plan = checker->plan;
    const struct machine *machine = &plan->board->machine;
    const struct channel_description *channel;
    const struct member_description *member;

    for (size_t i = 0; (member = nth_member(plan, vm, i, &channel)) != NULL; i++) {
        const struct value *irq = &member->irq;
        uint32_t number = irq->number > UINT32_MAX ? 0 : (uint32_t)irq->number;

        if (!value_is_known(irq))
            continue;
        const char *user = find_user(checker, vm, i, irq->number);
        if (!machine->config->interrupt_ok(&machine->board, number, number)) {
            checker_broken(
                checker, RULE_CHANNEL_INTERRUPT, irq->mark,
                "%llu is no interrupt that a device of this board could have; write "
                "one of %s",
                (unsigned long long)irq->number,
                machine->config->arch == SYSTEM_ARCH_RISCV64
                    ? arena_printf(plan->arena, "1 to %u", machine->board.riscv64.sources)
                    : "32 to 1019, as the guest's handler reads it");
        } else if (user != NULL) {
            checker_broken(checker, RULE_CHANNEL_INTERRUPT, irq->mark,
                           "'%s' has the interrupt %u already, of %s; write another", vm->name,
                           number, user);
        }
    }
}
