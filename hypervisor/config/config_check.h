/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_check.h - the one validator of a system table, compiled into the tool and into the
 * hypervisor, which does not trust the tool.
 *
 * It trusts what the board section says of the machine: a device tree cannot be checked against
 * silicon. It does not see the payloads' bytes; their digests are compared where they are read.
 */
#pragma once

#include "config/system.h"

/* X(id, name, what is wrong), in the order in which they are checked. */
#define CONFIG_RULES(X)                                                                            \
    X(TABLE_TRUNCATED, "table-truncated", "the table is cut short or not 8-byte aligned")          \
    X(TABLE_MAGIC, "table-magic", "there is no system table")                                      \
    X(TABLE_VERSION, "table-version", "the table is of another version")                           \
    X(TABLE_ARCH, "table-arch", "the table is for another architecture")                           \
    X(TABLE_SIZE, "table-size", "the table says a size it cannot have")                            \
    X(TABLE_CRC, "table-crc", "the table is damaged")                                              \
    X(RESERVED, "reserved", "a reserved field is not 0")                                           \
    X(SECTION_COUNT, "section-count", "a section has too few or too many entries")                 \
    X(SECTION_BOUNDS, "section-bounds", "a section is unaligned or outside the table")             \
    X(BOARD_CONSOLE, "board-console", "the console is of an unknown kind or not a page")           \
    X(BOARD_CONTROLLER, "board-controller", "the interrupt controller's registers are impossible") \
    X(BOARD_INTERRUPT, "board-interrupt", "a timer or an interrupt of the board is impossible")    \
    X(BOARD_ISA, "board-isa", "an extension of the instruction set is unknown")                    \
    X(RAM_RANGE, "ram-range", "RAM is empty, unaligned or at too high an address")                 \
    X(RAM_OVERLAP, "ram-overlap", "two ranges of RAM overlap")                                     \
    X(CPU_ID, "cpu-id", "a CPU's hardware id or place at the controller is impossible")            \
    X(CPU_DUPLICATE, "cpu-duplicate", "two CPUs have one hardware id or place at the controller")  \
    X(IMAGE_RANGE, "image-range", "the image's home or size is unaligned, too large or ours")      \
    X(IMAGE_OUTSIDE, "image-outside", "the image's home is not inside RAM")                        \
    X(MANIFEST_RANGE, "manifest-range", "the manifest is unaligned or outside the image")          \
    X(POOL_RANGE, "pool-range", "the hypervisor's pool is empty or unaligned")                     \
    X(POOL_OUTSIDE, "pool-outside", "the hypervisor's pool is not inside RAM")                     \
    X(VM_NAME, "vm-name", "a VM's name is malformed or reserved")                                  \
    X(VM_DUPLICATE, "vm-duplicate", "two VMs have one name")                                       \
    X(VM_NO_CPU, "vm-no-cpu", "a VM has no CPU")                                                   \
    X(CPU_MISSING, "cpu-missing", "a VM owns a CPU that does not exist")                           \
    X(CPU_SHARED, "cpu-shared", "a CPU has two owners")                                            \
    X(VM_POLICY, "vm-policy", "what follows a VM's end is unknown, or needs a group")              \
    X(VM_MANAGES, "vm-manages", "a VM manages, or is grouped with, one that it cannot be")         \
    X(VM_WATCHDOG, "vm-watchdog", "a VM's watchdog is impossible")                                 \
    X(VM_FLAGS, "vm-flags", "a VM has an unknown flag")                                            \
    X(VM_CONSOLE, "vm-console", "a VM's console is impossible")                                    \
    X(VM_SLICE, "vm-slice", "an entry of a section belongs to no VM or to two")                    \
    X(MEMORY_RANGE, "memory-range", "memory is empty, unaligned or at too high an address")        \
    X(MEMORY_FLAGS, "memory-flags", "memory has an unknown flag")                                  \
    X(MEMORY_CONGRUENCE, "memory-congruence", "memory cannot be mapped by blocks")                 \
    X(MEMORY_OUTSIDE, "memory-outside", "memory is not inside RAM")                                \
    X(DEVICE_RANGE, "device-range", "a device is empty, unaligned or at too high an address")      \
    X(DEVICE_FLAGS, "device-flags", "a device has an unknown flag")                                \
    X(DEVICE_IS_RAM, "device-is-ram", "a device lies over RAM")                                    \
    X(POOL_SMALL, "pool-small", "the hypervisor's pool is too small for this system")              \
    X(POOL_OVER_IMAGE, "pool-over-image", "the hypervisor's pool lies over the image")             \
    X(MEMORY_OVER_IMAGE, "memory-over-image", "memory lies over the image")                        \
    X(MEMORY_OVER_POOL, "memory-over-pool", "memory lies over the hypervisor's pool")              \
    X(MEMORY_SHARED, "memory-shared", "memory is given out twice")                                 \
    X(DEVICE_IS_CONTROLLER, "device-is-controller", "a device is the interrupt controller")        \
    X(DEVICE_IS_CONSOLE, "device-is-console", "a device is the hypervisor's console")              \
    X(DEVICE_SHARED, "device-shared", "a device's page is given out twice")                        \
    X(INTERRUPT_RANGE, "interrupt-range", "an interrupt has no number of a device's")              \
    X(INTERRUPT_FLAGS, "interrupt-flags", "an interrupt has an unknown flag")                      \
    X(INTERRUPT_IS_CONSOLE, "interrupt-is-console", "an interrupt is the hypervisor's console's")  \
    X(INTERRUPT_SHARED, "interrupt-shared", "an interrupt has two owners")                         \
    X(INTERRUPT_DUPLICATE, "interrupt-duplicate", "a guest has one interrupt number twice")        \
    X(PAYLOAD_SIZE, "payload-size", "a payload is empty or larger than its slot")                  \
    X(PAYLOAD_SLOT, "payload-slot", "a payload's slot is unaligned or outside the image")          \
    X(PAYLOAD_CONGRUENCE, "payload-congruence", "a slot is not congruent to its guest address")    \
    X(PAYLOAD_SHARED, "payload-shared", "two payloads' slots overlap and are not the same")        \
    X(MANIFEST_SHARED, "manifest-shared", "a payload's slot lies over the manifest")               \
    X(PAYLOAD_OUTSIDE, "payload-outside", "a payload is not inside its VM's memory")               \
    X(PAYLOAD_OVERLAP, "payload-overlap", "two payloads of a VM overlap")                          \
    X(VM_CONTROLLER, "vm-controller", "a VM's interrupt controller is at an impossible address")   \
    X(VM_STAGE2, "vm-stage2", "a VM's stage 2 does not reach one of its addresses")                \
    X(GUEST_OVERLAP, "guest-overlap", "two things lie at one address of a guest")                  \
    X(VM_ENTRY, "vm-entry", "a VM's entry is not inside its memory")                               \
    X(VM_ARGUMENT, "vm-argument", "a VM's boot argument is not inside its memory")                 \
    X(VM_SEEDS, "vm-seeds", "a VM's seeds are unaligned or not inside its memory")

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

/* One run of the validator, for config_check.c and config_ARCH.c. */
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
    uint32_t guest_align; /* of a guest's interrupt controller; a power of 2 */
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
    /* The n-th range of the interrupt controller, or of a guest's; of size 0: it has none. */
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

/* --- for config_check.c and config_ARCH.c --- */

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
