/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_channels.c - the rules about memory that VMs share.
 */
#include <string.h>

#include "config/config_arch.h"
#include "tool/base/nearest.h"
#include "tool/base/number.h"
#include "tool/check/check.h"

static const struct channel_description *channel_at(const struct checker *checker, size_t n) {
    const struct value *channels = &checker->plan->description->channels;

    return (const struct channel_description *)channels->maps + n;
}

static const struct member_description *member_at(const struct channel_description *channel,
                                                  size_t n) {
    return (const struct member_description *)channel->members.maps + n;
}

const struct member_description *check_channel_member(const struct checker *checker, size_t vm,
                                                      size_t n,
                                                      const struct channel_description **channel) {
    const char *name = checker->plan->vms[vm].name;
    const struct value *channels = &checker->plan->description->channels;

    for (size_t i = 0; i < channels->count; i++) {
        *channel = channel_at(checker, i);
        for (size_t j = 0; j < (*channel)->members.count; j++) {
            const struct member_description *member = member_at(*channel, j);

            if (strcmp(member->self.key, name) == 0 && n-- == 0)
                return member;
        }
    }
    return NULL;
}

void check_channel_name(struct checker *checker, size_t vm) {
    const struct value *channels = &checker->plan->description->channels;

    for (size_t i = 0; i < channels->count; i++) {
        const struct value *self = &channel_at(checker, i)->self;

        if (!check_is_name(self->key)) {
            check_broken(
                checker, RULE_CHANNEL_NAME, vm, self->mark,
                "'%s' is no name for a channel; use at most %u of a-z, 0-9 and -, a letter "
                "first%s",
                self->key, SYSTEM_NAME_SIZE - 1, check_mend_name(checker->plan->arena, self->key));
        }
    }
}

void check_channel_size(struct checker *checker, size_t vm) {
    const struct value *channels = &checker->plan->description->channels;

    for (size_t i = 0; i < channels->count; i++) {
        const struct channel_description *channel = channel_at(checker, i);

        if (!channel->size.bad && channel->size.number % SYSTEM_PAGE_SIZE != 0) {
            check_broken(checker, RULE_CHANNEL_UNALIGNED, vm, channel->size.mark,
                         "a channel is whole pages; make its size a multiple of 4 KiB");
        }
        for (size_t j = 0; j < channel->members.count; j++) {
            const struct value *at = &member_at(channel, j)->at;

            if (!at->bad && at->number % SYSTEM_PAGE_SIZE != 0) {
                check_broken(checker, RULE_CHANNEL_UNALIGNED, vm, at->mark,
                             "a channel is whole pages; make 'at' a multiple of 0x1000");
            }
        }
    }
}

/* Says that no VM has the name of a member. */
static void refuse_member(struct checker *checker, size_t vm, const struct value *member) {
    struct nearest nearest;

    nearest_begin(&nearest, member->key);
    for (size_t i = 0; i < checker->plan->vm_count; i++)
        nearest_offer(&nearest, checker->plan->vms[i].name);
    if (nearest.best != NULL) {
        check_broken(checker, RULE_CHANNEL_MEMBER, vm, member->mark,
                     "there is no VM '%s'; did you mean '%s'?", member->key, nearest.best);
    } else {
        check_broken(checker, RULE_CHANNEL_MEMBER, vm, member->mark,
                     "there is no VM '%s'; name one that is under vms:", member->key);
    }
}

static bool is_vm(const struct checker *checker, const char *name) {
    for (size_t i = 0; i < checker->plan->vm_count; i++)
        if (strcmp(checker->plan->vms[i].name, name) == 0)
            return true;
    return false;
}

void check_channel_members(struct checker *checker, size_t vm) {
    const struct value *channels = &checker->plan->description->channels;

    for (size_t i = 0; i < channels->count; i++) {
        const struct channel_description *channel = channel_at(checker, i);
        bool is_written = false;

        for (size_t j = 0; j < channel->members.count; j++) {
            const struct member_description *member = member_at(channel, j);

            if (!is_vm(checker, member->self.key))
                refuse_member(checker, vm, &member->self);
            is_written = is_written || member->access.bad || strcmp(member->access.text, "rw") == 0;
        }
        if (channel->members.bad)
            continue;
        if (channel->members.count < 2) {
            check_broken(checker, RULE_CHANNEL_MEMBER, vm, channel->members.mark,
                         "a channel joins VMs, and '%s' has %zu; write two or more members",
                         channel->self.key, channel->members.count);
        } else if (!is_written) {
            check_broken(checker, RULE_CHANNEL_MEMBER, vm, channel->members.mark,
                         "nobody can write to '%s'; give one of its members rw", channel->self.key);
        }
    }
}

/* What else of the VM has the interrupt `number`: its console, a device, or an earlier member. */
static const char *find_user(const struct checker *checker, size_t vm, size_t before,
                             uint64_t number) {
    const struct plan_vm *owner = &checker->plan->vms[vm];
    const struct system_vm entry = plan_table_entry(checker->plan, owner);
    const struct channel_description *channel = NULL;

    if (plan_has_uart(owner) && entry.console_irq == number)
        return "its console";
    for (size_t i = 0; i < owner->device_count; i++) {
        const struct device *device = &owner->devices[i].device;

        for (size_t j = 0; !owner->devices[i].bad && j < device->interrupt_count; j++)
            if (device->interrupts[j].number == number)
                return device->name;
    }
    for (size_t i = 0; i < before; i++) {
        const struct member_description *member = check_channel_member(checker, vm, i, &channel);

        if (member->irq.given && !member->irq.bad && member->irq.number == number)
            return channel->self.key;
    }
    return NULL;
}

void check_channel_interrupt(struct checker *checker, size_t vm) {
    const struct machine *machine = &checker->plan->board->machine;
    const struct channel_description *channel;
    const struct member_description *member;

    for (size_t i = 0; (member = check_channel_member(checker, vm, i, &channel)) != NULL; i++) {
        const struct value *irq = &member->irq;
        uint32_t number = irq->number > UINT32_MAX ? 0 : (uint32_t)irq->number;

        if (!irq->given || irq->bad)
            continue;
        const char *user = find_user(checker, vm, i, irq->number);
        if (!machine->config->interrupt_ok(&machine->board, number, number)) {
            check_broken(
                checker, RULE_CHANNEL_INTERRUPT, vm, irq->mark,
                "%llu is no interrupt that a device of this board could have; write one "
                "of %s",
                (unsigned long long)irq->number,
                machine->config->arch == SYSTEM_ARCH_RISCV64
                    ? arena_printf(checker->plan->arena, "1 to %u", machine->board.riscv64.sources)
                    : "32 to 1019, as the guest's handler reads it");
        } else if (user != NULL) {
            check_broken(checker, RULE_CHANNEL_INTERRUPT, vm, irq->mark,
                         "'%s' has the interrupt %u already, of %s; write another",
                         checker->plan->vms[vm].name, number, user);
        }
    }
}
