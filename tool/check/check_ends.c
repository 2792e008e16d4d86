/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check_ends.h"

#include <string.h>

#include "config/config_check.h"
#include "tool/base/nearest.h"
#include "tool/check/check_vms.h"

#define NS_PER_MS UINT64_C(1000000)

/* A time in whole ms, which are not less. */
static uint64_t ms(const struct value *time) {
    return time->number / NS_PER_MS + (time->number % NS_PER_MS != 0);
}

static bool is_word(const struct value *value, const char *word) {
    const char *text = value_text(value);

    return text != NULL && strcmp(text, word) == 0;
}

/* --- other VMs --- */

void read_group(struct checker *checker, struct plan_vm *vm) {
    const struct plan *plan = checker->plan;
    const struct value *group = &vm->description->group;
    const char *name = value_text(group);

    for (size_t i = 0; name != NULL && i < plan->vm_count; i++)
        if (is_word(&plan->vms[i].description->group, name))
            vm->life.group |= 1u << i;
    if (name != NULL && (vm->life.group & (vm->life.group - 1)) == 0) {
        checker_broken(checker, RULE_VM_GROUP, group->mark,
                       "'%s' is alone in its group '%s'; write group: %s in another VM too, or "
                       "remove it",
                       vm->name, name, name);
    }
}

void read_manages(struct checker *checker, struct plan_vm *vm) {
    const struct plan *plan = checker->plan;
    const struct value *manages = &vm->description->manages;

    for (size_t j = 0; j < manages->count; j++) {
        const struct value *item = &manages->items[j];
        const char *name = value_text(item);
        struct nearest nearest;
        size_t i = 0;

        if (name == NULL)
            continue;
        nearest_begin(&nearest, name);
        for (; i < plan->vm_count && strcmp(plan->vms[i].name, name) != 0; i++)
            nearest_offer(&nearest, plan->vms[i].name);
        if (i == plan->vm_count) {
            checker_broken(checker, RULE_VM_MANAGES, item->mark, "there is no VM '%s'; %s", name,
                           nearest_advice(&nearest, plan->arena, "name one that is under vms:"));
        } else if (&plan->vms[i] == vm) {
            checker_broken(checker, RULE_VM_MANAGES, item->mark,
                           "'%s' would manage itself, and its own reset and power-off need no "
                           "manager; remove it",
                           name);
        } else if ((vm->life.manages >> i & 1) != 0) {
            checker_broken(checker, RULE_VM_MANAGES, item->mark,
                           "'%s' stands here twice; name it once", name);
        } else {
            vm->life.manages |= 1u << i;
        }
    }
}

/* --- what follows an end --- */

static enum system_action action(const struct value *value) {
    static const char *const words[] = {
        [SYSTEM_STOP] = "stop",
        [SYSTEM_RESTART] = "restart",
        [SYSTEM_HALT] = "halt-system",
        [SYSTEM_RESTART_GROUP] = "restart-group",
    };

    for (uint32_t n = 0; n < COUNT(words); n++)
        if (is_word(value, words[n]))
            return (enum system_action)n;
    return SYSTEM_STOP;
}

static void check_limit(struct checker *checker, const struct policy_description *described,
                        enum system_action does) {
    const struct value *back_off = &described->back_off, *within = &described->within;
    bool any = described->max.given || within->given || back_off->given || described->then.given;
    const struct value *beyond = described->max.number > UINT32_MAX ? &described->max
                                 : ms(within) > UINT32_MAX          ? within
                                 : ms(back_off) > UINT32_MAX        ? back_off
                                                                    : NULL;

    if (does != SYSTEM_RESTART && does != SYSTEM_RESTART_GROUP && any) {
        checker_broken(checker, RULE_RESTART_LIMIT, described->action.mark,
                       "'max', 'within', 'back-off' and 'then' are about restarts, and here are "
                       "none; write do: restart, or remove them");
    } else if (does == SYSTEM_RESTART_GROUP && back_off->given) {
        checker_broken(checker, RULE_RESTART_LIMIT, back_off->mark,
                       "a group is restarted at once, without a 'back-off'; write do: restart, or "
                       "remove it");
    } else if (does == SYSTEM_RESTART_GROUP && is_word(&described->then, "restart-group")) {
        checker_broken(checker, RULE_RESTART_LIMIT, described->then.mark,
                       "what follows the last restart of a group can't be another one; write stop "
                       "or halt-system, or give no limit");
    } else if (described->max.given != within->given) {
        checker_broken(checker, RULE_RESTART_LIMIT, described->self.mark,
                       "'max' restarts are counted in a time, 'within'; give both, as in { do: "
                       "restart, max: 3, within: 10 s }, or none for no limit");
    } else if (beyond != NULL) {
        checker_broken(checker, RULE_RESTART_LIMIT, beyond->mark,
                       "'max' is at most 4 thousand million, 'within' and 'back-off' 49 days; "
                       "write less, or no limit");
    } else if (described->max.given && described->max.number * ms(back_off) >= ms(within)) {
        checker_broken(checker, RULE_RESTART_LIMIT, within->mark,
                       "so many restarts, each after its 'back-off', take longer than this, so it "
                       "would be restarted for ever; write more than 'max' times 'back-off'");
    }
}

static void read_policy(struct checker *checker, const struct plan_vm *vm,
                        const struct value *value, struct system_policy *policy) {
    const struct policy_description *described = value->maps;

    *policy = (struct system_policy){
        .action = action(&described->action),
        .then = action(&described->then),
        .max = (uint32_t)described->max.number,
        .within = (uint32_t)ms(&described->within),
        .back_off = (uint32_t)ms(&described->back_off),
    };
    check_limit(checker, described, (enum system_action)policy->action);
    if (vm->description->group.given)
        return;
    if (policy->action == SYSTEM_RESTART_GROUP || policy->then == SYSTEM_RESTART_GROUP) {
        checker_broken(checker, RULE_VM_GROUP,
                       policy->action == SYSTEM_RESTART_GROUP ? described->action.mark
                                                              : described->then.mark,
                       "'%s' is in no group that could be restarted; write group: NAME in it and "
                       "in another VM, or do: restart",
                       vm->name);
    }
}

void read_policies(struct checker *checker, struct plan_vm *vm) {
    struct system_policy *policies = vm->life.policies;

    policies[SYSTEM_END_RESET].action = SYSTEM_RESTART;
    for (uint32_t end = 0; end < SYSTEM_ENDS; end++) {
        const struct value *value = &vm->description->ends[end];

        if (value->given && !value->bad)
            read_policy(checker, vm, value, &policies[end]);
        else if (end == SYSTEM_END_WATCHDOG)
            policies[end] = policies[SYSTEM_END_FAULT];
    }
}

/* --- watchdogs --- */

void read_watchdog(struct checker *checker, struct plan_vm *vm) {
    const struct vm_description *described = vm->description;
    const struct watchdog_description *watchdog = described->watchdog.maps;

    if (is_word(&described->restart, "warm"))
        vm->life.flags |= SYSTEM_VM_WARM;
    if (!described->watchdog.given || described->watchdog.bad)
        return;
    vm->life.watchdog = (uint32_t)ms(&watchdog->timeout);
    if (is_word(&watchdog->from, "boot"))
        vm->life.flags |= SYSTEM_VM_WATCHDOG_BOOT;
    if (ms(&watchdog->timeout) > UINT32_MAX) {
        checker_broken(checker, RULE_WATCHDOG_TIME, watchdog->timeout.mark,
                       "a watchdog's timeout is at most 49 days; write less");
    }
}

/* The first pages behind the guest's interrupt controller's that are free, and the first number of
 * an interrupt that is; without one it is fed by calls alone. */
void place_watchdog(struct checker *checker, struct plan_vm *vm) {
    const struct plan *plan = checker->plan;
    const struct machine *machine = &plan->board->machine;
    struct system_range place = {machine->guest_controller_at, machine->config->watchdog_size};
    struct plan_occupant *list = NULL;
    struct tree_interrupt *interrupts = NULL;

    if (vm->life.watchdog == 0 || place.size == 0)
        return;
    size_t count = plan_occupants(plan, vm, &list);
    for (size_t n = 0, clear = 0; clear < count && n < count * count; n++) {
        struct system_range taken = list[n % count].range;

        clear++;
        if (overlap(taken, place)) {
            place.phys = taken.phys + taken.size;
            clear = 0; /* one before may be in its way now, each but once */
        }
    }
    count = plan_interrupts(vm, plan->arena, &interrupts);
    for (uint32_t irq = 1; irq <= SYSTEM_INTERRUPTS_MAX; irq++) {
        if (!machine->config->interrupt_ok(&machine->board, irq, irq) ||
            tree_interrupt_in(interrupts, count, irq) ||
            (plan_has_uart(vm) && irq == machine->board.console_irq))
            continue;
        vm->life.watchdog_at = place.phys;
        vm->life.watchdog_irq = irq;
        return;
    }
}
