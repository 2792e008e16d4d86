/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check_channels.h"

#include <string.h>

#include "config/config_check.h"
#include "tool/base/nearest.h"

static const struct channel_description *channel_at(const struct plan *plan, size_t n) {
    return (const struct channel_description *)plan->description->channels.maps + n;
}

static const struct member_description *member_at(const struct channel_description *channel,
                                                  size_t n) {
    return (const struct member_description *)channel->members.maps + n;
}

const struct member_description *check_channels_member(const struct plan *plan,
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
        const struct member_description *member =
            check_channels_member(checker->plan, owner, i, &channel);

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

    for (size_t i = 0; (member = check_channels_member(plan, vm, i, &channel)) != NULL; i++) {
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
