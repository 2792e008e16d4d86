/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/checker.h"

#include <string.h>

/* The notes of broken rules, of a VM or of the system (NULL). */
static size_t index_of(const struct checker *checker, const struct plan_vm *vm) {
    return vm == NULL ? SYSTEM_VMS_MAX : (size_t)(vm - checker->plan->vms);
}

static void say(struct checker *checker, enum rule rule, struct mark mark, const char *format,
                va_list arguments) {
    rule_vbroken(checker->plan->diagnostics, rule, mark, format, arguments);
    checker_skip(checker, rule);
}

void checker_broken(struct checker *checker, enum rule rule, struct mark mark, const char *format,
                    ...) {
    va_list arguments;
    va_start(arguments, format);
    say(checker, rule, mark, format, arguments);
    va_end(arguments);
}

void checker_skip(struct checker *checker, enum rule rule) {
    checker->broken[index_of(checker, checker->vm)][rule] = true;
}

bool checker_may_apply(const struct checker *checker, enum rule rule) {
    const bool(*broken)[RULE_COUNT] = checker->broken;

    for (const enum rule *needs = rule_info(rule)->needs; *needs != RULE_NONE; needs++) {
        if (broken[SYSTEM_VMS_MAX][*needs] || broken[index_of(checker, checker->vm)][*needs])
            return false;
        for (size_t i = 0; checker->vm == NULL && i < SYSTEM_VMS_MAX; i++)
            if (broken[i][*needs])
                return false;
    }
    return !broken[SYSTEM_VMS_MAX][RULE_VM_COUNT];
}

struct checker_device *checker_device(const struct checker *checker, const struct plan_vm *vm,
                                      const struct plan_device *device) {
    return &checker->devices[index_of(checker, vm)][device - vm->devices];
}

void checker_refuse(struct checker *checker, enum rule rule, const struct plan_device *device,
                    const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(checker, rule, device->mark, format, arguments);
    va_end(arguments);
    checker_device(checker, checker->vm, device)->refused = true;
}

static bool is_name(const char *name) {
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return name[length] == '\0' && name[0] >= 'a' && name[0] <= 'z' && length < SYSTEM_NAME_SIZE;
}

bool checker_take_name(struct checker *checker, enum rule rule, const char *what,
                       const struct value *named) {
    char *mended = arena_strdup(checker->plan->arena, named->key);

    if (is_name(named->key))
        return true;
    for (char *c = mended; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
        else if (*c == '_' || *c == ' ' || *c == '.')
            *c = '-';
    }
    checker_broken(checker, rule, named->mark,
                   "'%s' is no name for %s; use at most %u of a-z, 0-9 and -, a letter first%s%s",
                   named->key, what, SYSTEM_NAME_SIZE - 1, is_name(mended) ? ", as in " : "",
                   is_name(mended) ? mended : "");
    return false;
}
