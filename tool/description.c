/* SPDX-License-Identifier: Apache-2.0 */
/*
 * description.c - the format of a system's description, as tables. Keys of the format that
 * Bulkhead cannot do yet stand here too, and are refused by name.
 */
#include "tool/description.h"

#include <string.h>

#include "tool/board.h"
#include "tool/file.h"
#include "tool/rules.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define AT(field) offsetof(struct memory_description, field)
static const struct key memory_keys[] = {
    {"size", TYPE_SIZE, KEY_REQUIRED, AT(size), NULL, NULL, NULL, "how much"},
    {"at", TYPE_ADDRESS, KEY_OPTIONAL, AT(at), NULL, NULL, NULL,
     "the guest's address; default: the board's RAM base"},
    {"clear", TYPE_BOOL, KEY_OPTIONAL, AT(clear), NULL, NULL, NULL,
     "cleared before the first start; default: yes"},
    {"phys", TYPE_ADDRESS, KEY_OPTIONAL, AT(phys), "same", NULL, NULL,
     "the machine's address, or same: that of 'at'; default: where there is room"},
};
#undef AT
static const struct schema memory_schema = {
    "memory", "size", memory_keys, COUNT(memory_keys), false, sizeof(struct memory_description)};

#define AT(field) offsetof(struct image_description, field)
static const struct key image_keys[] = {
    {"file", TYPE_PATH, KEY_REQUIRED, AT(file), NULL, NULL, NULL, "the file"},
    {"load", TYPE_ADDRESS, KEY_OPTIONAL, AT(load), NULL, NULL, NULL,
     "where a raw image goes in the guest"},
    {"entry", TYPE_ADDRESS, KEY_OPTIONAL, AT(entry), NULL, NULL, NULL,
     "where a raw image starts; default: load"},
    {"sha256", TYPE_WORD, KEY_NOT_YET, AT(sha256), NULL, NULL, NULL, "the file's digest"},
    {"slot", TYPE_SIZE, KEY_NOT_YET, AT(slot), NULL, NULL, NULL, "room for an update in place"},
};
#undef AT
static const struct schema image_schema = {
    "an image", "file", image_keys, COUNT(image_keys), false, sizeof(struct image_description)};

#define AT(field) offsetof(struct device_description, field)
static const struct key device_keys[] = {
    {"node", TYPE_WORD, KEY_REQUIRED, AT(node), NULL, NULL, NULL, "the device's name or path"},
    {"enable", TYPE_BOOL, KEY_OPTIONAL, AT(enable), NULL, NULL, NULL,
     "use it although the board's tree disables it; default: no"},
    {"dma", TYPE_WORD, KEY_NOT_YET, AT(dma), "none|unprotected", "iommu", NULL,
     "how its DMA is contained"},
    {"without", TYPE_WORDS, KEY_NOT_YET, AT(without), NULL, NULL, NULL,
     "properties of its node to leave out"},
};
#undef AT
static const struct schema device_schema = {
    "a device", "node", device_keys, COUNT(device_keys), false, sizeof(struct device_description)};

#define AT(field) offsetof(struct fault_description, field)
static const struct key fault_keys[] = {
    {"do", TYPE_WORD, KEY_REQUIRED, AT(action), "stop|restart", "halt-system", NULL,
     "what is done"},
    {"max", TYPE_INTEGER, KEY_NOT_YET, AT(max), NULL, NULL, NULL, "how many restarts"},
    {"within", TYPE_TIME, KEY_NOT_YET, AT(within), NULL, NULL, NULL, "in what time"},
    {"then", TYPE_WORD, KEY_NOT_YET, AT(then), "stop", "halt-system", NULL,
     "what is done after the last"},
};
#undef AT
static const struct schema fault_schema = {
    "on-fault", "do", fault_keys, COUNT(fault_keys), false, sizeof(struct fault_description)};

#define AT(field) offsetof(struct vm_description, field)
static const struct key vm_keys[] = {
    {"cpus", TYPE_CPUS, KEY_REQUIRED, AT(cpus), NULL, NULL, NULL,
     "the CPUs it owns, as 3, 0-2 or [0, 2]"},
    {"memory", TYPE_MAPS, KEY_REQUIRED, AT(memory), NULL, NULL, &memory_schema,
     "how much, as 512 MiB, or a list"},
    {"image", TYPE_MAP, KEY_REQUIRED, AT(image), NULL, NULL, &image_schema,
     "the file that it boots"},
    {"initrd", TYPE_PATH, KEY_OPTIONAL, AT(initrd), NULL, NULL, NULL, "an initial RAM disk"},
    {"args", TYPE_STRING, KEY_OPTIONAL, AT(args), NULL, NULL, NULL, "the command line"},
    {"devices", TYPE_MAPS, KEY_OPTIONAL, AT(devices), NULL, NULL, &device_schema,
     "the board's devices that it owns"},
    {"console", TYPE_WORD, KEY_OPTIONAL, AT(console), NULL, NULL, NULL,
     "its console: shared (the default), sbi, none, or a device that it owns"},
    {"interrupts", TYPE_WORD, KEY_OPTIONAL, AT(interrupts), "direct|mediated", NULL, NULL,
     "whether they reach it without the hypervisor; default: as the board can"},
    {"on-fault", TYPE_MAP, KEY_OPTIONAL, AT(on_fault), NULL, NULL, &fault_schema,
     "what happens when it breaks; default: stop"},
    {"dtb", TYPE_PLACE, KEY_OPTIONAL, AT(dtb), "generated|none", NULL, NULL,
     "its device tree: generated (the default), none, an address to put that at, or a file"},
    {"patch", TYPE_PATH, KEY_NOT_YET, AT(patch), NULL, NULL, NULL,
     "a device tree overlay, applied last"},
    {"firmware", TYPE_PAIRS, KEY_NOT_YET, AT(firmware), NULL, NULL, NULL,
     "firmware services that it may call"},
    {"watchdog", TYPE_TIME, KEY_NOT_YET, AT(watchdog), NULL, NULL, NULL,
     "the time after which a silent VM counts as broken"},
    {"on-watchdog", TYPE_MAP, KEY_NOT_YET, AT(on_watchdog), NULL, NULL, &fault_schema,
     "what happens then"},
};
#undef AT
static const struct schema vm_schema = {"a VM",         NULL,  vm_keys,
                                        COUNT(vm_keys), false, sizeof(struct vm_description)};
static const struct schema defaults_schema = {"defaults",     NULL, vm_keys,
                                              COUNT(vm_keys), true, sizeof(struct vm_description)};

#define AT(field) offsetof(struct member_description, field)
static const struct key member_keys[] = {
    {"access", TYPE_WORD, KEY_REQUIRED, AT(access), "rw|ro", NULL, NULL, "what it may do"},
    {"at", TYPE_ADDRESS, KEY_OPTIONAL, AT(at), NULL, NULL, NULL, "the guest's address"},
    {"irq", TYPE_INTEGER, KEY_OPTIONAL, AT(irq), NULL, NULL, NULL,
     "the interrupt by which the others ring"},
};
#undef AT
static const struct schema member_schema = {"a member",  "access",
                                            member_keys, COUNT(member_keys),
                                            false,       sizeof(struct member_description)};

#define AT(field) offsetof(struct channel_description, field)
static const struct key channel_keys[] = {
    {"size", TYPE_SIZE, KEY_REQUIRED, AT(size), NULL, NULL, NULL, "how much memory"},
    {"members", TYPE_NAMED, KEY_REQUIRED, AT(members), NULL, NULL, &member_schema,
     "the VMs that share it"},
};
#undef AT
static const struct schema channel_schema = {"a channel",  NULL,
                                             channel_keys, COUNT(channel_keys),
                                             false,        sizeof(struct channel_description)};

#define AT(field) offsetof(struct description, field)
static const struct key system_keys[] = {
    {"bulkhead", TYPE_INTEGER, KEY_REQUIRED, AT(version), NULL, NULL, NULL,
     "the version of this format: 1"},
    {"board", TYPE_WORD, KEY_REQUIRED, AT(board), NULL, NULL, NULL,
     "the board's name, or the path of its folder"},
    {"vms", TYPE_NAMED, KEY_REQUIRED, AT(vms), NULL, NULL, &vm_schema, "the virtual machines"},
    {"defaults", TYPE_MAP, KEY_OPTIONAL, AT(defaults), NULL, NULL, &defaults_schema,
     "values for keys that a VM does not have"},
    {"console", TYPE_WORD, KEY_OPTIONAL, AT(console), NULL, NULL, NULL,
     "Bulkhead's own console: none, or the board's (the default)"},
    {"channels", TYPE_NAMED, KEY_NOT_YET, AT(channels), NULL, NULL, &channel_schema,
     "memory that VMs share"},
};
#undef AT
static const struct schema system_schema = {"a description",    NULL,  system_keys,
                                            COUNT(system_keys), false, sizeof(struct description)};

struct description *description_read(const char *path, struct options *options, struct arena *arena,
                                     struct diagnostics *diagnostics) {
    struct description *description = arena_alloc(arena, sizeof(*description));
    struct file *file = &description->source;
    struct mark whole = {path, 0, 0};

    description->path = path;
    if (!file_read(path, file, arena)) {
        diagnostics_add_system(diagnostics, whole, "file", "%s", file->why);
        return NULL;
    }
    struct yaml *yaml = yaml_parse(path, (const char *)file->bytes, file->size, arena, diagnostics);
    if (yaml == NULL)
        return NULL;
    struct value_reader reader = {.arena = arena, .diagnostics = diagnostics, .options = options};
    const struct yaml *board = yaml_get(yaml, "board");
    if (board != NULL && board->kind == YAML_SCALAR) {
        bool replaced = options->board != NULL;

        reader.board = replaced ? options->board : board->text;
        reader.arch =
            board_arch(reader.board, options_boards(options), replaced ? "" : path, arena);
    }
    value_read(&reader, &system_schema, yaml, NULL, description);
    if (options->board != NULL) {
        description->board =
            (struct value){.mark = {"--board", 0, 0}, .given = true, .text = options->board};
    }
    if (description->self.bad)
        return NULL;
    if (description->version.given && !description->version.bad &&
        description->version.number != 1) {
        rule_broken(diagnostics, RULE_FORMAT_VERSION, description->version.mark,
                    "this program reads version 1 of the format; write bulkhead: 1");
        return NULL;
    }
    return description;
}

const struct vm_description *description_vm(const struct description *description, size_t n) {
    return (const struct vm_description *)description->vms.maps + n;
}
