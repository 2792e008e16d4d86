/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checker.h - what all rules about a plan share: what holds so far, and how to say what does not.
 */
#pragma once

#include "config/system.h"
#include "tool/report/rules.h"
#include "tool/system/plan.h"
#include "tool/tree/register_map.h"

/* The notes of a device. */
struct checker_device {
    bool refused; /* an error: no further rule looks at it */
    bool told;    /* that others depend on it */
};

/* A zeroed one with a plan is ready. */
struct checker {
    const struct plan *plan;
    struct register_map registers; /* of the board's tree */
    const struct plan_vm *vm;      /* whose rules are applied; NULL: the whole system's */
    bool broken[SYSTEM_VMS_MAX + 1][RULE_COUNT]; /* or not applied; the last: in the system */
    struct checker_device *devices[SYSTEM_VMS_MAX];
};

/* Says that `rule` is broken, for the VM or the system whose rules are applied: none that relies on
 * it is. */
void checker_broken(struct checker *checker, enum rule rule, struct mark mark, const char *format,
                    ...) __attribute__((format(printf, 4, 5)));

/* The same where an error has been said already. */
void checker_skip(struct checker *checker, enum rule rule);

/* Whether all that `rule` relies on holds in the whole system, and for the VM (or for each). */
bool checker_may_apply(const struct checker *checker, enum rule rule);

/* As checker_broken(), for a device of the VM, at which no further rule looks then. */
void checker_refuse(struct checker *checker, enum rule rule, const struct plan_device *device,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The notes of a VM's device. */
struct checker_device *checker_device(const struct checker *checker, const struct plan_vm *vm,
                                      const struct plan_device *device);

/* Whether it can be the name of a VM or of a channel (`what`); if not, that is said. */
bool checker_take_name(struct checker *checker, enum rule rule, const char *what,
                       const struct value *named);
