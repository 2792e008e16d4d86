/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_arch.h - what the validator asks about one architecture. A hypervisor has its own only,
 * the tool has all.
 */
#pragma once

#include "config/config_check.h"
#include "config/system.h"

/* One run of the validator, for config_check.c and config_ARCH.c. */
struct config_run {
    const struct config_arch *arch;
    struct system system;
    uint32_t vm;    /* whose entry is being checked, or SYSTEM_VMS_MAX: nobody's */
    uint32_t index; /* and which */
    struct config_error *error;
};

/* Ranges of the machine's interrupt controller, and of a guest's, at most. */
#define CONFIG_CONTROLLER_MAX       (2 + SYSTEM_CPUS_MAX)
#define CONFIG_GUEST_CONTROLLER_MAX 2u

struct config_arch {
    uint32_t arch;        /* enum system_arch */
    uint32_t console;     /* of its driver: CONSOLE_KIND_*, and enum system_vm_console */
    uint32_t console_end; /* a VM's console is below this */
    uint32_t guest_align; /* of a guest's interrupt controller; a power of 2 */
    uint64_t address_end; /* no address, the guests' or the machine's, reaches this */
    /* All rules about the board, and about one CPU of it, that it alone has. */
    bool (*check_board)(struct config_run *check);
    bool (*check_cpu)(struct config_run *check, const struct system_cpu *cpu);
    /* The end of a guest's addresses with so many levels of stage 2; 0: the board has no such. */
    uint64_t (*guest_end)(const struct system_board *board, uint32_t levels);
    /* True for the numbers that a device's interrupt may have, the guest's and the controller's. */
    bool (*interrupt_ok)(const struct system_board *board, uint32_t number, uint32_t phys);
    /* The n-th range of the interrupt controller, or of a guest's; of size 0: it has none. */
    struct system_range (*controller)(const struct system *system, uint32_t n);
    struct system_range (*guest_controller)(const struct system *system, const struct system_vm *vm,
                                            uint32_t n);
};

extern const struct config_arch config_arm64, config_riscv64;

/* One rule: leaves the function that says false if it is broken. */
#define REFUSE_IF(broken, rule, value)                                                             \
    do {                                                                                           \
        if (broken)                                                                                \
            return config_refuse(check, CONFIG_##rule, value);                                     \
    } while (0)

/* Notes the broken rule and the offending number; false. */
static inline bool config_refuse(const struct config_run *check, enum config_rule rule,
                                 uint64_t value) {
    *check->error = (struct config_error){rule, check->vm, check->index, value};
    return false;
}

/* True if a range is not empty, aligned, and below the highest address. */
static inline bool range_ok(const struct config_run *check, struct system_range range,
                            uint64_t align) {
    uint64_t end = check->arch->address_end;

    return range.size != 0 && ((range.phys | range.size) & (align - 1)) == 0 && range.size <= end &&
           range.phys <= end - range.size;
}

static inline bool pages_ok(const struct config_run *check, struct system_range range) {
    return range_ok(check, range, SYSTEM_PAGE_SIZE);
}

static inline bool overlap(struct system_range a, struct system_range b) {
    return a.size != 0 && b.size != 0 &&
           (a.phys < b.phys ? b.phys - a.phys < a.size : a.phys - b.phys < b.size);
}
