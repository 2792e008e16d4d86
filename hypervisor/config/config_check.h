/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_check.h - the one validator of a system table, compiled into the tool and into the
 * hypervisor, which does not trust the tool.
 *
 * It trusts what the board section says of the machine, unless that contradicts itself: a device
 * tree cannot be checked against silicon. It does not see the payloads' bytes; their digests are
 * compared where they are read.
 */
#pragma once

#include "config/system.h"

/* X(id, name, what is wrong), in the order in which they are checked. */
#define CONFIG_RULES(X)                                                                            \
    X(TABLE_SIZE, "table-size", "the table is unaligned, cut short or too large")                  \
    X(TABLE_MAGIC, "table-magic", "there is no system table")                                      \
    X(TABLE_VERSION, "table-version", "the table is of another version")                           \
    X(TABLE_ARCH, "table-arch", "the table is for another architecture")                           \
    X(TABLE_DIGEST, "table-digest", "the table is damaged")                                        \
    X(RESERVED, "reserved", "a flag is unknown or a reserved field is not 0")                      \
    X(SECTION, "section", "a section is unaligned, outside the table or of an impossible size")    \
    X(BOARD_CONSOLE, "board-console", "the console is of an unknown kind or layout")               \
    X(BOARD_CONTROLLER, "board-controller", "the interrupt controller is impossible")              \
    X(BOARD_ISA, "board-isa", "the timebase is 0, or an extension of the instruction set unknown") \
    X(CPU_ID, "cpu-id",                                                                            \
      "a CPU's hardware id or place at the controller is impossible or another's")                 \
    X(IMAGE_RANGE, "image-range", "the image's home is unaligned or ours, or its size too small")  \
    X(MANIFEST_RANGE, "manifest-range", "the manifest is unaligned or outside the image")          \
    X(RANGE, "range", "a range of addresses is empty, unaligned or ends too high")                 \
    X(OVERLAP, "overlap", "two things lie at one address, the machine's or a guest's")             \
    X(RAM, "ram", "memory is not inside RAM, or registers are")                                    \
    X(POOL_SMALL, "pool-small", "the hypervisor's pool is too small for this system")              \
    X(VM_NAME, "vm-name", "a VM's name is malformed, reserved or another's")                       \
    X(VM_CPUS, "vm-cpus", "a VM has no CPU, or one that does not exist or is another's")           \
    X(VM_POLICY, "vm-policy", "what follows a VM's end is unknown, or needs a group")              \
    X(VM_MANAGES, "vm-manages", "a VM manages, or is grouped with, one that it cannot be")         \
    X(VM_WATCHDOG, "vm-watchdog", "a VM's watchdog is impossible")                                 \
    X(VM_CONSOLE, "vm-console", "a VM's console is impossible")                                    \
    X(VM_CHANNEL, "vm-channel", "a VM is in a channel that there is not, or twice")                \
    X(VM_SLICE, "vm-slice", "an entry of a section belongs to no VM or to two")                    \
    X(VM_STAGE2, "vm-stage2", "a VM's stage 2 has a number of levels that the board has not")      \
    X(VM_OUTSIDE, "vm-outside", "a VM's entry, argument, seeds or payload is not in its memory")   \
    X(CONGRUENCE, "congruence", "memory or a payload cannot be mapped by blocks")                  \
    X(INTERRUPT_RANGE, "interrupt-range",                                                          \
      "an interrupt has no number that a timer's, or a device's, may have")                        \
    X(INTERRUPT_SHARED, "interrupt-shared", "an interrupt has two owners")                         \
    X(INTERRUPT_DUPLICATE, "interrupt-duplicate", "a guest has one interrupt number twice")        \
    X(PAYLOAD_SLOT, "payload-slot", "a payload's slot is unaligned, too small or misplaced")       \
    X(PAYLOAD_SHARED, "payload-shared", "a payload's slot overlaps the manifest or another")

#define CONFIG_RULE_ID(id, name, text) CONFIG_##id,
enum config_rule { CONFIG_RULES(CONFIG_RULE_ID) CONFIG_RULES_COUNT };
#undef CONFIG_RULE_ID

struct config_error {
    enum config_rule rule;
    uint32_t vm;    /* whose; SYSTEM_VMS_MAX: nobody's */
    uint32_t index; /* which entry of the section that the rule is about, or 0 */
    uint64_t value; /* the offending number */
};

/* --- what it asks about one architecture: a hypervisor has its own only, the tool has all --- */

/* One run of the validator, for config_*.c. */
struct config_run {
    const struct config_arch *arch;
    struct system system; /* its table only, until that is known to be bounded */
    uint32_t vm;          /* whose entry is being checked, or SYSTEM_VMS_MAX: nobody's */
    uint32_t index;       /* and which */
    struct config_error *error;
};

/* Ranges of the machine's interrupt controller, and of a guest's, at most. */
#define CONFIG_CONTROLLER_MAX       (2 + SYSTEM_CPUS_MAX)
#define CONFIG_GUEST_CONTROLLER_MAX 2u

struct config_arch {
    uint32_t arch;        /* enum system_arch */
    uint32_t console;     /* of its driver: CONSOLE_KIND_*, and enum system_vm_console */
    uint32_t console_end; /* a VM's console is below this */
    uint32_t guest_align; /* of a guest's interrupt controller */
    uint64_t address_end; /* no address, the guests' or the machine's, reaches this */
    /* Of the registers of a guest's watchdog; 0: it has none, and is fed by calls. */
    uint32_t watchdog_size;
    /* All rules about the board, and about one CPU of it, that it alone has. */
    void (*check_board)(struct config_run *check);
    void (*check_cpu)(struct config_run *check, const struct system_cpu *cpu);
    /* The end of a guest's addresses with so many levels of stage 2; 0: the board has no such. */
    uint64_t (*guest_end)(const struct system_board *board, uint32_t levels);
    /* True for the numbers that a device's interrupt may have, the guest's and the controller's. */
    bool (*interrupt_ok)(const struct system_board *board, uint32_t number, uint32_t phys);
    /* The n-th range of the interrupt controller, or of a guest's; of size 0: it has none. Also of
     * what has not been checked yet. */
    struct system_range (*controller)(const struct system *system, uint32_t n);
    struct system_range (*guest_controller)(const struct system *system, const struct system_vm *vm,
                                            uint32_t n);
};

extern const struct config_arch config_arm64, config_riscv64;

/*
 * Checks a system table for the machine's architecture: true if every rule holds,
 * else false with the first broken rule in *error. `table` may hold any `size` bytes.
 * Deterministic, no side effects; needs a few hundred bytes of stack.
 */
bool config_check(const void *table, uint64_t size, const struct config_arch *arch,
                  struct config_error *error);

/*
 * A rule's name, kebab-case; or what is wrong when it is broken, for a person. They lie one behind
 * the other and are searched: pointers to them would take 1 KiB of the image.
 */
const char *config_rule_words(enum config_rule rule, bool text);

/* --- for config_*.c --- */

static inline struct system_range config_range(uint64_t start, uint64_t size) {
    return (struct system_range){start, size};
}

/* The n-th of some ranges: whole pages, below `end`, and over none before it. */
typedef struct system_range config_ranges(const struct config_run *check, uint32_t n);
void config_check_range(struct config_run *check, config_ranges *get, uint32_t n, uint64_t end);

/* What is in the machine: our own, then VMs' memory, their devices, and their channels. */
enum { CLAIM_IMAGE, CLAIM_POOL, CLAIM_CONSOLE, CLAIM_CONTROLLER };
#define CLAIM_MEMORY (CLAIM_CONTROLLER + CONFIG_CONTROLLER_MAX)

/* It overlaps nothing that is before it; memory lies inside RAM, registers outside. */
void config_check_claim(struct config_run *check, uint32_t n, bool is_memory);

/* The stages about VMs: each by itself; each entry with those before it, and what relies on all. */
void config_check_vms(struct config_run *check);
void config_check_owned(struct config_run *check);

/* One rule: leaves the function if it is broken, and notes it if it is the first. */
#define REFUSE_IF(broken, rule, value)                                                             \
    do {                                                                                           \
        if (config_refuse(check, broken, CONFIG_##rule, value))                                    \
            return;                                                                                \
    } while (0)

/* True if no rule was broken so far. */
static inline bool sound(const struct config_run *check) {
    return check->error->rule == CONFIG_RULES_COUNT;
}

static inline bool config_refuse(const struct config_run *check, bool broken, enum config_rule rule,
                                 uint64_t value) {
    if (broken && sound(check))
        *check->error = (struct config_error){rule, check->vm, check->index, value};
    return broken;
}

/* True if a range is whole pages, one at least, below the end of addresses. */
static inline bool range_ok(struct system_range range, uint64_t end) {
    return range.size != 0 && (range.phys | range.size) % SYSTEM_PAGE_SIZE == 0 &&
           range.size <= end && range.phys <= end - range.size;
}

static inline bool overlap(struct system_range a, struct system_range b) {
    return a.size != 0 && b.size != 0 &&
           (a.phys < b.phys ? b.phys - a.phys < a.size : a.phys - b.phys < b.size);
}
