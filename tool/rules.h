/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - every way in which a description can be wrong, by name. Each has an input that breaks
 * exactly it: tests/config/bad/NAME.yaml.
 */
#ifndef TOOL_RULES_H
#define TOOL_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "tool/diagnostics.h"

/* X(id, name, what must hold). The order is that of `bulkhead check --list-rules`. */
#define TOOL_RULES(X)                                                                              \
    X(YAML_SYNTAX, "yaml-syntax", "the file is YAML")                                              \
    X(YAML_SUBSET, "yaml-subset", "no anchors, tags, merge keys or second documents")              \
    X(YAML_LIMIT, "yaml-limit", "64 KiB a file, 256 entries a list or map, 16 levels of nesting")  \
    X(DUPLICATE_KEY, "duplicate-key", "a map has each key once")                                   \
    X(UNKNOWN_KEY, "unknown-key", "every key is one of the format's")                              \
    X(MISSING_KEY, "missing-key", "what has no default is given")                                  \
    X(NOT_SUPPORTED, "not-supported", "only what this version of Bulkhead can do is asked for")    \
    X(FORMAT_VERSION, "format-version", "the file is of a version that this program reads")        \
    X(WRONG_TYPE, "wrong-type", "a value is of its key's type")                                    \
    X(WRONG_UNIT, "wrong-unit", "sizes are in KiB, MiB or GiB, times in us, ms or s")              \
    X(WRONG_VALUE, "wrong-value", "a value is one of those that its key takes")                    \
    X(UNQUOTED_STRING, "unquoted-string", "a string that may hold # or : is quoted")               \
    X(UNDEFINED_NAME, "undefined-name", "what ${NAME} in a path stands for is defined")            \
    X(BOARD_UNKNOWN, "board-unknown", "the board is a folder with a board.yaml")                   \
    X(BOARD_TREE, "board-tree", "the board's device tree can be read and says what is needed")     \
    X(BOARD_TREE_DIGEST, "board-tree-digest",                                                      \
      "the board's tree is the one board.yaml was made for")                                       \
    X(BOARD_HOME, "board-home", "Bulkhead's home is aligned, in RAM and not reserved")             \
    X(VM_COUNT, "vm-count", "there are VMs, and no more than Bulkhead runs")                       \
    X(VM_NAME, "vm-name", "a VM's name is short, lower case and not Bulkhead's own")               \
    X(CPU_TWICE, "cpu-twice", "a VM lists each of its CPUs once")                                  \
    X(CPU_MISSING, "cpu-missing", "the board has the CPU")                                         \
    X(CPU_SHARED, "cpu-shared", "a CPU belongs to one VM")                                         \
    X(MEMORY_UNALIGNED, "memory-unaligned", "memory is whole pages")                               \
    X(MEMORY_TOO_LARGE, "memory-too-large", "the board's RAM holds all VMs, images and Bulkhead")  \
    X(ADDRESS_TOO_HIGH, "address-too-high", "a guest's addresses are within its address space")    \
    X(ADDRESS_TAKEN, "address-taken", "at each guest address there is one thing")                  \
    X(FILE_MISSING, "file-missing", "a file that is named is there and can be read")               \
    X(IMAGE_FORMAT, "image-format", "a guest's image is of a known kind, or raw with load:")       \
    X(IMAGE_TRUNCATED, "image-truncated", "a guest's image is complete")                           \
    X(IMAGE_ARCH, "image-arch", "a guest's image is for the board's architecture")                 \
    X(IMAGE_LOAD, "image-load", "load: and entry: are given where the image does not say")         \
    X(IMAGE_OUTSIDE, "image-outside", "a guest's image fits its memory, where it wants to be")     \
    X(ENTRY_OUTSIDE, "entry-outside", "a guest starts inside its image's memory")                  \
    X(INITRD_TOO_LARGE, "initrd-too-large", "initrd and device tree fit beside the image")         \
    X(ARGS_UNREAD, "args-unread", "args: are for a guest that gets a device tree")                 \
    X(DEVICE_UNKNOWN, "device-unknown", "the board has the device")                                \
    X(DEVICE_AMBIGUOUS, "device-ambiguous", "a device's name means one device")                    \
    X(DEVICE_TWICE, "device-twice", "a VM lists a device once")                                    \
    X(DEVICE_IS_CONTROLLER, "device-is-controller", "the interrupt controller is nobody's")        \
    X(DEVICE_IS_CONSOLE, "device-is-console", "Bulkhead's console is nobody's")                    \
    X(DEVICE_IS_RAM, "device-is-ram", "RAM is given as memory:, not as a device")                  \
    X(DEVICE_DISABLED, "device-disabled", "a device that the tree disables is enabled knowingly")  \
    X(DEVICE_UNFIT, "device-unfit", "a device can be given to a VM")                               \
    X(DEVICE_DMA, "device-dma", "a device is known to be no bus master")                           \
    X(DEVICE_SHARED, "device-shared", "a page of registers belongs to one VM")                     \
    X(UNOWNED_PROVIDER, "unowned-provider", "what a device depends on comes with it")              \
    X(INTERRUPT_SHARED, "interrupt-shared", "an interrupt belongs to one VM")                      \
    X(CONSOLE_MISSING, "console-missing", "only a console that is there is shared")                \
    X(GUEST_FILES, "guest-files", "direct interrupts have a file in the IMSIC for each CPU")       \
    X(TABLE_FULL, "table-full", "the system fits the hypervisor's fixed tables")

#define TOOL_RULE_ID(id, name, text) RULE_##id,
enum rule { TOOL_RULES(TOOL_RULE_ID) RULE_COUNT };
#undef TOOL_RULE_ID

/* The rule's name, kebab-case. */
const char *rule_name(enum rule rule);
/* What the rule demands, for a person. */
const char *rule_text(enum rule rule);

/* Adds an error of `rule` at `mark`. */
void rule_broken(struct diagnostics *diagnostics, enum rule rule, struct mark mark,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
