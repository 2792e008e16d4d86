/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - every way in which a description can be wrong, by name. Each has an input that breaks
 * exactly it: a case of tests/config/bad/NAME.yaml, or of tests/config/warn/NAME.yaml where the
 * rule is no error.
 */
#pragma once

#include "tool/report/diagnostics.h"

/*
 * X(id, name, severity, what must hold, what to do, the rules it relies on...). A rule is not
 * applied where one that it relies on is broken or was not applied itself: no message is only a
 * consequence of another. The order is that of `bulkhead check --list-rules`.
 */
#define TOOL_RULES(X)                                                                              \
    X(YAML_SYNTAX, "yaml-syntax", ERROR, "the file is YAML, in UTF-8",                             \
      "look at indentation, colons, brackets and quotes at the place and just above it",           \
      RULE_NONE)                                                                                   \
    X(YAML_SUBSET, "yaml-subset", ERROR,                                                           \
      "no anchors, aliases, tags, merge keys or second documents",                                 \
      "write the value out, or use defaults:", RULE_NONE)                                          \
    X(YAML_LIMIT, "yaml-limit", ERROR,                                                             \
      "64 KiB a file, 256 entries a list or map, 16 levels of nesting", "name the right file",     \
      RULE_NONE)                                                                                   \
    X(DUPLICATE_KEY, "duplicate-key", ERROR, "a map has each key once", "keep one of the two",     \
      RULE_NONE)                                                                                   \
    X(UNKNOWN_KEY, "unknown-key", ERROR, "every key is one of the format's",                       \
      "mend its spelling, or remove it", RULE_NONE)                                                \
    X(MISSING_KEY, "missing-key", ERROR, "what has no default is given", "add the key", RULE_NONE) \
    X(NOT_SUPPORTED, "not-supported", ERROR,                                                       \
      "only what this version of Bulkhead can do is asked for",                                    \
      "remove it, or write what the message offers", RULE_NONE)                                    \
    X(FORMAT_VERSION, "format-version", ERROR, "the file is of a version that this program reads", \
      "write bulkhead: 1, or board: 1 in a board.yaml", RULE_NONE)                                 \
    X(WRONG_TYPE, "wrong-type", ERROR, "a value is of its key's type",                             \
      "write the value as the message shows", RULE_NONE)                                           \
    X(WRONG_UNIT, "wrong-unit", ERROR, "sizes are in KiB, MiB or GiB, times in us, ms or s",       \
      "write a number and one of these units", RULE_NONE)                                          \
    X(WRONG_VALUE, "wrong-value", ERROR, "a value is one of those that its key takes",             \
      "write one that the message names", RULE_NONE)                                               \
    X(UNQUOTED_STRING, "unquoted-string", ERROR, "a string that may hold # or : is quoted",        \
      "put it in double quotes", RULE_NONE)                                                        \
    X(UNDEFINED_NAME, "undefined-name", ERROR, "what ${NAME} in a path stands for is defined",     \
      "give -D NAME=VALUE on the command line", RULE_NONE)                                         \
    X(BOARD_UNKNOWN, "board-unknown", ERROR, "the board is a folder with a board.yaml",            \
      "name a folder of boards/, or give a path that has a / in it", RULE_NONE)                    \
    X(BOARD_TREE, "board-tree", ERROR,                                                             \
      "the board's device tree can be read and says what is needed",                               \
      "dump the tree of the board again, or choose another board", RULE_NONE)                      \
    X(BOARD_TREE_DIGEST, "board-tree-digest", ERROR,                                               \
      "the board's tree is the one board.yaml was made for",                                       \
      "get the right file back, or write the new digest after looking at what changed", RULE_NONE) \
    X(BOARD_HOME, "board-home", ERROR,                                                             \
      "Bulkhead's home is aligned, in RAM, not reserved and not where it is linked",               \
      "write a home: in board.yaml that is a multiple of 2 MiB and in free RAM", RULE_NONE)        \
    X(DEFAULT_OWNED, "default-owned", ERROR, "what one VM alone can have is no default",           \
      "write it in each VM", RULE_NONE)                                                            \
    X(VM_COUNT, "vm-count", ERROR, "there are VMs, and no more than Bulkhead runs",                \
      "describe one under vms:, or remove some", RULE_NONE)                                        \
    X(VM_NAME, "vm-name", ERROR, "a VM's name is short, lower case and not Bulkhead's own",        \
      "take a name of a-z, 0-9 and -, a letter first", RULE_NONE)                                  \
    X(CPU_TWICE, "cpu-twice", ERROR, "a VM lists each of its CPUs once", "list it once",           \
      RULE_NONE)                                                                                   \
    X(CPU_MISSING, "cpu-missing", ERROR, "the board has the CPU",                                  \
      "take one of the CPUs that the board has", RULE_NONE)                                        \
    X(CPU_SHARED, "cpu-shared", ERROR, "a CPU belongs to one VM", "give each CPU to one VM",       \
      RULE_CPU_MISSING)                                                                            \
    X(MEMORY_UNALIGNED, "memory-unaligned", ERROR, "memory is whole pages",                        \
      "make size and at multiples of 4 KiB, 0x1000", RULE_NONE)                                    \
    X(MEMORY_TOO_LARGE, "memory-too-large", ERROR,                                                 \
      "the board's RAM holds all VMs, images and Bulkhead",                                        \
      "make this or another VM's memory smaller", RULE_MEMORY_OVER_BULKHEAD)                       \
    X(MEMORY_CONGRUENCE, "memory-congruence", ERROR, "memory with phys: can be mapped by blocks",  \
      "make phys: and at: equal modulo 2 MiB", RULE_MEMORY_UNALIGNED, RULE_ADDRESS_TOO_HIGH,       \
      RULE_TABLE_FULL)                                                                             \
    X(MEMORY_OUTSIDE, "memory-outside", ERROR, "memory with phys: is inside the board's RAM",      \
      "choose another address, or remove phys:, and Bulkhead finds a place",                       \
      RULE_MEMORY_UNALIGNED, RULE_ADDRESS_TOO_HIGH, RULE_TABLE_FULL)                               \
    X(MEMORY_RESERVED, "memory-reserved", ERROR, "memory with phys: is not reserved for firmware", \
      "choose another address, or remove phys:, and Bulkhead finds a place", RULE_MEMORY_OUTSIDE)  \
    X(MEMORY_SHARED, "memory-shared", ERROR, "memory with phys: belongs to one VM, once",          \
      "choose another address, or remove phys:, and Bulkhead finds a place", RULE_MEMORY_OUTSIDE)  \
    X(MEMORY_OVER_BULKHEAD, "memory-over-bulkhead", ERROR,                                         \
      "memory with phys: is not Bulkhead's own", "write the address that the message offers",      \
      RULE_MEMORY_CONGRUENCE, RULE_MEMORY_OUTSIDE, RULE_MEMORY_RESERVED, RULE_MEMORY_SHARED)       \
    X(ADDRESS_TOO_HIGH, "address-too-high", ERROR,                                                 \
      "a guest's addresses are within its address space", "lower at: or the size",                 \
      RULE_MEMORY_UNALIGNED)                                                                       \
    X(ADDRESS_TAKEN, "address-taken", ERROR, "at each guest address there is one thing",           \
      "move the memory with at:, or make it smaller", RULE_MEMORY_UNALIGNED,                       \
      RULE_ADDRESS_TOO_HIGH, RULE_TABLE_FULL, RULE_CHANNEL_UNALIGNED, RULE_CHANNEL_MEMBER)         \
    X(FILE_MISSING, "file-missing", ERROR, "a file that is named is there and can be read",        \
      "mend the path, which begins at the description's folder, or make the file first",           \
      RULE_NONE)                                                                                   \
    X(FILE_DIGEST, "file-digest", ERROR, "a file has the digest that the description says",        \
      "get the right file back, or write the new digest after looking at what changed",            \
      RULE_FILE_MISSING)                                                                           \
    X(IMAGE_FORMAT, "image-format", ERROR,                                                         \
      "a guest's image is of a known kind, or raw with load:",                                     \
      "give an ELF program or a Linux Image; for raw bytes, say where they go with load:",         \
      RULE_FILE_DIGEST)                                                                            \
    X(IMAGE_TRUNCATED, "image-truncated", ERROR, "a guest's image is complete",                    \
      "get or build the file again", RULE_FILE_DIGEST)                                             \
    X(IMAGE_ARCH, "image-arch", ERROR, "a guest's image is for the board's architecture",          \
      "build it for the board's architecture, or choose another board", RULE_FILE_DIGEST)          \
    X(IMAGE_LOAD, "image-load", ERROR, "load: and entry: are given where the image does not say",  \
      "add load: for raw bytes; remove both for a Linux Image or an ELF file, but for the "        \
      "load: of a static PIE",                                                                     \
      RULE_IMAGE_FORMAT, RULE_IMAGE_TRUNCATED, RULE_IMAGE_ARCH)                                    \
    X(SLOT_SIZE, "slot-size", ERROR,                                                               \
      "a slot is whole pages, at most 1 GiB, and holds what is in it",                             \
      "make it as large as the message says, or remove it", RULE_IMAGE_LOAD)                       \
    X(IMAGE_OUTSIDE, "image-outside", ERROR,                                                       \
      "a guest's image fits its memory, where it wants to be",                                     \
      "give the VM more memory, put the memory where the image wants to be, or link the image "    \
      "for another address",                                                                       \
      RULE_SLOT_SIZE, RULE_ADDRESS_TAKEN)                                                          \
    X(ENTRY_OUTSIDE, "entry-outside", ERROR, "a guest starts inside its image's memory",           \
      "mend entry:, or the image's entry point", RULE_IMAGE_LOAD)                                  \
    X(IMAGE_BLANK, "image-blank", ERROR, "there is code where a guest starts",                     \
      "give the file that was meant, or mend entry:", RULE_ENTRY_OUTSIDE)                          \
    X(INITRD_TOO_LARGE, "initrd-too-large", ERROR, "initrd and device tree fit beside the image",  \
      "give the VM more memory", RULE_IMAGE_LOAD, RULE_IMAGE_OUTSIDE)                              \
    X(ARGS_UNREAD, "args-unread", ERROR, "args: are for a guest that gets a device tree",          \
      "remove args: and initrd:, or dtb: none", RULE_NONE)                                         \
    X(ARGS_TOO_LONG, "args-too-long", ERROR, "args: are no longer than Linux reads",               \
      "shorten them, or move what programs read into the initrd", RULE_IMAGE_LOAD)                 \
    X(LINUX_TREE, "linux-tree", ERROR, "a Linux gets a device tree", "remove dtb: none",           \
      RULE_IMAGE_LOAD)                                                                             \
    X(TREE_FILE, "tree-file", ERROR,                                                               \
      "a device tree of one's own is a complete blob, and small enough",                           \
      "make it again with dtc, or write dtb: generated", RULE_NONE)                                \
    X(TREE_PLACE, "tree-place", ERROR, "a device tree fits where dtb: puts it",                    \
      "write another address, a multiple of 8 in the VM's memory, or dtb: generated",              \
      RULE_CPU_MISSING, RULE_INITRD_TOO_LARGE, RULE_TREE_FILE, RULE_PATCH_SOURCE,                  \
      RULE_DEVICE_UNKNOWN, RULE_DEVICE_AMBIGUOUS, RULE_DEVICE_TWICE, RULE_DEVICE_IS_CONTROLLER,    \
      RULE_DEVICE_IS_CONSOLE, RULE_DEVICE_IS_RAM, RULE_DEVICE_DISABLED, RULE_DEVICE_UNFIT,         \
      RULE_DEVICE_DMA, RULE_DEVICE_SHARED, RULE_UNOWNED_PROVIDER, RULE_NOT_SUPPORTED)              \
    X(TREE_UNOWNED, "tree-unowned", ERROR,                                                         \
      "a tree or a patch of one's own says only what the VM owns",                                 \
      "take out what the message names, or give it to the VM in the description", RULE_TREE_PLACE) \
    X(PATCH_SOURCE, "patch-source", ERROR, "a patch is an overlay that dtc can compile",           \
      "mend the source where dtc says, or give a blob (.dtbo)", RULE_NONE)                         \
    X(PATCH_TARGET, "patch-target", ERROR, "a patch's labels and paths are in the guest's tree",   \
      "see bulkhead show --dts for the nodes that there are", RULE_TREE_PLACE)                     \
    X(PATCH_CONFLICT, "patch-conflict", ERROR, "a patch leaves what args: and initrd: have said",  \
      "remove it from the patch, or from the description", RULE_TREE_PLACE)                        \
    X(DEVICE_UNKNOWN, "device-unknown", ERROR, "the board has the device",                         \
      "write a name of the board, an alias, a unit name (pl031@9010000) or a path", RULE_NONE)     \
    X(DEVICE_AMBIGUOUS, "device-ambiguous", ERROR, "a device's name means one device",             \
      "write its path", RULE_NONE)                                                                 \
    X(DEVICE_TWICE, "device-twice", ERROR, "a VM lists a device once", "list it once", RULE_NONE)  \
    X(DEVICE_IS_CONTROLLER, "device-is-controller", ERROR, "the interrupt controller is nobody's", \
      "remove it: each VM gets its own view without asking", RULE_NONE)                            \
    X(DEVICE_IS_CONSOLE, "device-is-console", ERROR, "Bulkhead's console is nobody's",             \
      "remove it, or write console: none for the system", RULE_NONE)                               \
    X(DEVICE_IS_RAM, "device-is-ram", ERROR, "RAM is given as memory:, not as a device",           \
      "remove it from devices:", RULE_NONE)                                                        \
    X(DEVICE_DISABLED, "device-disabled", ERROR,                                                   \
      "a device that the tree disables is enabled knowingly",                                      \
      "write { node: NAME, enable: yes } if it is there and nobody else drives it", RULE_NONE)     \
    X(DEVICE_UNFIT, "device-unfit", ERROR, "a device can be given to a VM", "remove it",           \
      RULE_NONE)                                                                                   \
    X(WITHOUT_UNKNOWN, "without-unknown", ERROR, "a device goes without properties that it has",   \
      "write a property of the device's node, or remove it from the list", RULE_NONE)              \
    X(DEVICE_DMA, "device-dma", ERROR, "a device's DMA is contained, or known to be none",         \
      "write dma: none if it is no bus master, or list its compatible string under no-dma in "     \
      "board.yaml",                                                                                \
      RULE_NONE)                                                                                   \
    X(DMA_MEMORY, "dma-memory", ERROR,                                                             \
      "memory for DMA without an IOMMU is at the machine's addresses",                             \
      "write phys: same for each region of the VM's memory", RULE_MEMORY_UNALIGNED)                \
    X(DEVICE_SHARED, "device-shared", ERROR,                                                       \
      "a device, and a page of registers, belongs to one VM",                                      \
      "give both devices to one VM, or only one of them", RULE_NONE)                               \
    X(UNOWNED_PROVIDER, "unowned-provider", ERROR, "what a device depends on comes with it",       \
      "give the VM what the device depends on too, or leave the property out with without:",       \
      RULE_NONE)                                                                                   \
    X(INTERRUPT_SHARED, "interrupt-shared", ERROR, "an interrupt belongs to one VM",               \
      "give both devices to one VM, or only one of them", RULE_NONE)                               \
    X(CHANNEL_NAME, "channel-name", ERROR, "a channel's name is short and lower case",             \
      "take a name of a-z, 0-9 and -, a letter first", RULE_NONE)                                  \
    X(CHANNEL_UNALIGNED, "channel-unaligned", ERROR, "a channel is whole pages",                   \
      "make size and at multiples of 4 KiB, 0x1000", RULE_NONE)                                    \
    X(CHANNEL_MEMBER, "channel-member", ERROR,                                                     \
      "a channel joins two or more VMs of the system, one of which writes",                        \
      "name VMs that are under vms:, one of them with rw", RULE_NONE)                              \
    X(CHANNEL_INTERRUPT, "channel-interrupt", ERROR,                                               \
      "a channel's interrupt is one that a device could have, and no other of the VM's is",        \
      "write another number", RULE_NONE)                                                           \
    X(FIRMWARE_UNKNOWN, "firmware-unknown", ERROR, "the board's tree has the firmware",            \
      "write the name of a firmware's node", RULE_NONE)                                            \
    X(CONSOLE_MISSING, "console-missing", ERROR, "only a console that is there is shared",         \
      "write console: none for this VM too, or name a device that it shall own", RULE_NONE)        \
    X(RESTART_LIMIT, "restart-limit", ERROR, "restarts are limited by a number and a time",        \
      "write { do: restart, max: 3, within: 10 s }, or no limit", RULE_NONE)                       \
    X(VM_GROUP, "vm-group", ERROR,                                                                 \
      "a group is of two VMs or more, and what is restarted with one",                             \
      "write the same group: in each of its VMs", RULE_NONE)                                       \
    X(VM_MANAGES, "vm-manages", ERROR, "a VM manages others of the system, each named once",       \
      "name VMs that are under vms:", RULE_NONE)                                                   \
    X(WATCHDOG_TIME, "watchdog-time", ERROR, "a watchdog's time is one that can be counted",       \
      "write a shorter one, as in 10 s", RULE_NONE)                                                \
    X(GUEST_FILES, "guest-files", ERROR,                                                           \
      "direct interrupts have a file in the IMSIC for each CPU",                                   \
      "write interrupts: mediated or remove the key, or choose another board", RULE_NONE)          \
    X(TABLE_FULL, "table-full", ERROR, "the system fits the hypervisor's fixed tables",            \
      "join regions of memory, or channels, or give fewer devices", RULE_NONE)                     \
    X(INITRD_FORMAT, "initrd-format", WARNING, "an initrd is what Linux takes for one",            \
      "give an archive (cpio) or a file system, compressed or not", RULE_FILE_DIGEST)              \
    X(LINUX_MEMORY, "linux-memory", WARNING, "a Linux has the memory that it needs for its init",  \
      "give the VM as much as the message says, or more", RULE_INITRD_TOO_LARGE)                   \
    X(ARGS_CONSOLE, "args-console", WARNING, "args: name a console that the VM has",               \
      "write the one that the message offers, or none: the device tree names it", RULE_TREE_PLACE) \
    X(DMA_UNPROTECTED, "dma-unprotected", WARNING,                                                 \
      "no device reaches all of the machine's memory",                                             \
      "remove the device, unless the VM is trusted with everything", RULE_NONE)                    \
    X(FOREIGN_PROVIDER, "foreign-provider", WARNING,                                               \
      "no VM owns what another VM, or Bulkhead, depends on",                                       \
      "give both to one VM, or trust the one with the other", RULE_UNOWNED_PROVIDER)               \
    X(WINDOW_LOST, "window-lost", NOTICE, "a guest can address all windows of its buses",          \
      "nothing: devices get addresses in the other windows", RULE_NONE)                            \
    X(MSI_LOST, "msi-lost", NOTICE, "a device's interrupts by messages reach its VM",              \
      "nothing, if the device has a line for interrupts", RULE_NONE)                               \
    X(NO_CONSOLE, "no-console", WARNING, "Bulkhead has a console to say what it does",             \
      "remove console: none of the system, unless silence is wanted", RULE_NONE)

#define TOOL_RULE_ID(id, ...) RULE_##id,
enum rule { TOOL_RULES(TOOL_RULE_ID) RULE_COUNT, RULE_NONE = RULE_COUNT };
#undef TOOL_RULE_ID

struct rule_info {
    const char *name; /* kebab-case */
    enum severity severity;
    const char *text;       /* what must hold, for a person */
    const char *remedy;     /* what to do where it does not */
    const enum rule *needs; /* the rules that it relies on, RULE_NONE behind the last */
};

/* The row of a rule in the table. */
const struct rule_info *rule_info(enum rule rule);

/* The rule that one in `diagnostics` is about; RULE_NONE: it is about none. */
enum rule rule_of(const struct diagnostic *diagnostic);

/* Says that `rule` is broken at `mark`: an error, a warning or a notice, as the table says. */
void rule_broken(struct diagnostics *diagnostics, enum rule rule, struct mark mark,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
void rule_vbroken(struct diagnostics *diagnostics, enum rule rule, struct mark mark,
                  const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));
