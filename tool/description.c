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
#define LATER(name, text)                                                                          \
    { name, TYPE_ANY, KEY_NOT_YET, 0, NULL, NULL, NULL, text }

#define AT(field) offsetof(struct memory_description, field)
static const struct key memory_keys[] = {
    {"size", TYPE_SIZE, KEY_REQUIRED, AT(size), NULL, NULL, NULL, "how much"},
    {"at", TYPE_ADDRESS, KEY_OPTIONAL, AT(at), NULL, NULL, NULL,
     "the guest's address; default: the board's RAM base"},
    {"clear", TYPE_BOOL, KEY_OPTIONAL, AT(clear), NULL, NULL, NULL,
     "cleared before the first start; default: yes"},
    LATER("phys", "the machine's address"),
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
    LATER("sha256", "the file's digest"),
    LATER("slot", "room for an update"),
};
#undef AT
static const struct schema image_schema = {
    "an image", "file", image_keys, COUNT(image_keys), false, sizeof(struct image_description)};

#define AT(field) offsetof(struct device_description, field)
static const struct key device_keys[] = {
    {"node", TYPE_WORD, KEY_REQUIRED, AT(node), NULL, NULL, NULL, "the device's name or path"},
    {"enable", TYPE_BOOL, KEY_OPTIONAL, AT(enable), NULL, NULL, NULL,
     "use it although the board's tree disables it; default: no"},
    LATER("dma", "how its DMA is contained"),
    LATER("without", "properties to leave out"),
};
#undef AT
static const struct schema device_schema = {
    "a device", "node", device_keys, COUNT(device_keys), false, sizeof(struct device_description)};

#define AT(field) offsetof(struct fault_description, field)
static const struct key fault_keys[] = {
    {"do", TYPE_WORD, KEY_REQUIRED, AT(action), "stop|restart", "halt-system", NULL,
     "what is done"},
    LATER("max", "how many restarts"),
    LATER("within", "in what time"),
    LATER("then", "what is done after the last"),
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
    {"dtb", TYPE_WORD, KEY_OPTIONAL, AT(dtb), "generated|none", NULL, NULL,
     "its device tree; default: generated"},
    LATER("patch", "a device tree overlay"),
    LATER("firmware", "ids of firmware services"),
    LATER("watchdog", "the time after which a silent VM counts as broken"),
    LATER("on-watchdog", "what happens then"),
    LATER("colours", "cache colours"),
};
#undef AT
static const struct schema vm_schema = {"a VM",         NULL,  vm_keys,
                                        COUNT(vm_keys), false, sizeof(struct vm_description)};
static const struct schema defaults_schema = {"defaults",     NULL, vm_keys,
                                              COUNT(vm_keys), true, sizeof(struct vm_description)};

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
    LATER("channels", "memory that VMs share"),
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
    if (!yaml_file_read(path, file, arena)) {
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
