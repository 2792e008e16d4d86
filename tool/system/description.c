/* SPDX-License-Identifier: Apache-2.0 */
/*
 * description.c - the format of a system's description, as tables. Keys of the format that
 * Bulkhead cannot do yet stand here too, and are refused by name.
 */
#include "tool/system/description.h"

#include <string.h>

#include "tool/base/file.h"
#include "tool/base/number.h"
#include "tool/board/board.h"
#include "tool/report/rules.h"

/* A paragraph for each key. */
/* clang-format off */

#define AT(field) offsetof(struct memory_description, field)
static const struct key memory_keys[] = {
    {"size", TYPE_SIZE, KEY_REQUIRED, AT(size),
     .text = "how much: whole pages of 4 KiB",
     .example = "512 MiB",
     .also = "length|len",
     .positive = true},
    {"at", TYPE_ADDRESS, KEY_OPTIONAL, AT(at),
     .text = "where the guest sees it",
     .fallback_text = "the board's RAM base",
     .example = "0x8_0000_0000",
     .also = "address|addr|base|ipa|guest"},
    {"phys", TYPE_ADDRESS, KEY_OPTIONAL, AT(phys),
     .choices = "same",
     .text = "where it is in the machine; same: at the guest's own address",
     .fallback_text = "where there is room",
     .example = "same",
     .also = "pa|physical|machine"},
    {"clear", TYPE_BOOL, KEY_OPTIONAL, AT(clear),
     .text = "whether it is cleared before the first start",
     .fallback = "yes",
     .example = "no"},
};
#undef AT
static const struct schema memory_schema = {
    SCHEMA("memory", "size", memory_keys, struct memory_description)};

#define AT(field) offsetof(struct image_description, field)
#define DIGEST_AND_SLOT                                                                            \
    {"sha256", TYPE_DIGEST, KEY_OPTIONAL, AT(sha256),                                              \
     .text = "the file's SHA-256, which is compared",                                              \
     .fallback_text = "any file is taken",                                                         \
     .example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",                \
     .also = "hash|digest|checksum"},                                                              \
    {"slot", TYPE_SIZE, KEY_OPTIONAL, AT(slot),                                                    \
     .text = "room for an update in place, in the system image and in the VM's memory",            \
     .fallback_text = "what the file takes",                                                       \
     .example = "48 MiB",                                                                          \
     .positive = true}
static const struct key image_keys[] = {
    {"file", TYPE_PATH, KEY_REQUIRED, AT(file),
     .text = "the file: an ELF program, a Linux Image, or raw bytes; gzip is fine",
     .example = "Image"},
    {"load", TYPE_ADDRESS, KEY_OPTIONAL, AT(load),
     .text = "where raw bytes or a static PIE go in the guest",
     .fallback_text = "where the file itself says",
     .example = "0x0010_0000",
     .also = "address|addr"},
    {"entry", TYPE_ADDRESS, KEY_OPTIONAL, AT(entry),
     .text = "where the guest starts in raw bytes",
     .fallback_text = "load",
     .example = "0x0010_0000",
     .also = "start|entry-point"},
    DIGEST_AND_SLOT,
};
static const struct key initrd_keys[] = {
    {"file", TYPE_PATH, KEY_REQUIRED, AT(file),
     .text = "the file: an archive or a file system that Linux takes for an initrd",
     .example = "rootfs.cpio.gz"},
    DIGEST_AND_SLOT,
};
#undef DIGEST_AND_SLOT
#undef AT
static const struct schema image_schema = {
    SCHEMA("an image", "file", image_keys, struct image_description)};
static const struct schema initrd_schema = {
    SCHEMA("an initrd", "file", initrd_keys, struct image_description)};

#define AT(field) offsetof(struct device_description, field)
static const struct key device_keys[] = {
    {"node", TYPE_WORD, KEY_REQUIRED, AT(node),
     .text = "the device: a name of the board, an alias, a unit name, a label or a path",
     .example = "gem3",
     .also = "name|path|device"},
    {"enable", TYPE_BOOL, KEY_OPTIONAL, AT(enable),
     .text = "use it although the board's tree disables it",
     .fallback = "no",
     .example = "yes"},
    {"dma", TYPE_WORD, KEY_OPTIONAL, AT(dma),
     .choices = "none|unprotected", .later = "iommu",
     .text = "how its access to memory is contained",
     .fallback_text = "iommu, where the tree gives it a stream",
     .example = "none"},
    {"without", TYPE_WORDS, KEY_OPTIONAL, AT(without),
     .text = "properties of its node to leave out",
     .fallback_text = "none",
     .example = "[ pinctrl-0, resets ]"},
};
#undef AT
static const struct schema device_schema = {
    SCHEMA("a device", "node", device_keys, struct device_description),
    .foreign = "at|address|addr|reg|regs|base|size|phys|irq|irqs|interrupt|interrupts",
    .foreign_text = "the board's tree says where it is and what interrupts it has; remove this"};

#define AT(field) offsetof(struct policy_description, field)
static const struct key policy_keys[] = {
    {"do", TYPE_WORD, KEY_REQUIRED, AT(action),
     .choices = "stop|restart|restart-group|halt-system",
     .text = "what is done",
     .example = "restart",
     .also = "action"},
    {"max", TYPE_INTEGER, KEY_OPTIONAL, AT(max),
     .text = "how many restarts, before then: is done",
     .fallback_text = "any number",
     .example = "3",
     .also = "count|limit|retries",
     .positive = true},
    {"within", TYPE_TIME, KEY_OPTIONAL, AT(within),
     .text = "the time in which those are counted",
     .fallback_text = "none, and so no max either",
     .example = "10 s",
     .also = "period|time|window|per",
     .with = "max", .positive = true},
    {"back-off", TYPE_TIME, KEY_OPTIONAL, AT(back_off),
     .text = "how long a restart waits",
     .fallback_text = "not at all",
     .example = "1 s",
     .also = "backoff|delay|wait|after",
     .positive = true},
    {"then", TYPE_WORD, KEY_OPTIONAL, AT(then),
     .choices = "stop|restart-group|halt-system",
     .text = "what is done after the last restart",
     .fallback = "stop",
     .example = "stop",
     .with = "max"},
};
#undef AT
static const struct schema policy_schema = {
    SCHEMA("a policy", "do", policy_keys, struct policy_description)};

#define AT(field) offsetof(struct watchdog_description, field)
static const struct key watchdog_keys[] = {
    {"timeout", TYPE_TIME, KEY_REQUIRED, AT(timeout),
     .text = "the longest that its guest may leave it unfed",
     .example = "10 s",
     .also = "time|within|period",
     .positive = true},
    {"from", TYPE_WORD, KEY_OPTIONAL, AT(from),
     .choices = "boot|first-feed",
     .text = "when it begins: with each life, or when the guest feeds it first",
     .fallback = "first-feed",
     .example = "boot",
     .also = "start"},
};
#undef AT
static const struct schema watchdog_schema = {
    SCHEMA("a watchdog", "timeout", watchdog_keys, struct watchdog_description)};

#define AT(field) offsetof(struct vm_description, field)
static const struct key vm_keys[] = {
    {"cpus", TYPE_CPUS, KEY_REQUIRED, AT(cpus),
     .text = "the CPUs it owns, as 3, 0-2 or [0, 2]",
     .example = "0-2",
     .also = "cpu|cores|core|vcpus|vcpu|ncpus|harts",
     .no_default = true},
    {"memory", TYPE_MAPS, KEY_REQUIRED, AT(memory), .schema = &memory_schema,
     .text = "how much, as 512 MiB, or a list",
     .example = "512 MiB",
     .also = "ram|mem|size"},
    {"image", TYPE_MAP, KEY_REQUIRED, AT(image), .schema = &image_schema,
     .text = "the file that it boots",
     .example = "control.elf",
     .also = "kernel|binary|bin|elf"},
    {"initrd", TYPE_MAP, KEY_OPTIONAL, AT(initrd), .schema = &initrd_schema,
     .text = "an initial RAM disk",
     .fallback_text = "none",
     .example = "rootfs.cpio.gz",
     .also = "ramdisk|initramfs|rootfs"},
    {"args", TYPE_STRING, KEY_OPTIONAL, AT(args),
     .text = "the command line",
     .fallback_text = "none",
     .example = "\"quiet\"",
     .also = "cmdline|bootargs|command-line|append|arguments"},
    {"devices", TYPE_MAPS, KEY_OPTIONAL, AT(devices), .schema = &device_schema,
     .text = "the board's devices that it owns",
     .fallback_text = "none",
     .example = "[ rtc ]",
     .also = "passthrough|device",
     .no_default = true},
    {"console", TYPE_WORD, KEY_OPTIONAL, AT(console),
     .text = "its console: shared, sbi, none, or a device, which it then owns",
     .fallback = "shared",
     .example = "serial1",
     .also = "uart|serial|stdout"},
    {"interrupts", TYPE_WORD, KEY_OPTIONAL, AT(interrupts),
     .choices = "direct|mediated",
     .text = "whether they reach it without the hypervisor",
     .fallback_text = "as the board can",
     .example = "direct",
     .also = "irqs"},
    {"on-fault", TYPE_MAP, KEY_OPTIONAL, AT(ends[SYSTEM_END_FAULT]), .schema = &policy_schema,
     .text = "what happens when it breaks",
     .fallback = "stop",
     .example = "restart",
     .also = "on-crash|on-panic|policy"},
    {"on-reset", TYPE_MAP, KEY_OPTIONAL, AT(ends[SYSTEM_END_RESET]), .schema = &policy_schema,
     .text = "what happens when its guest resets itself",
     .fallback = "restart",
     .example = "{ do: restart, max: 5, within: 60 s }",
     .also = "on-reboot"},
    {"on-poweroff", TYPE_MAP, KEY_OPTIONAL, AT(ends[SYSTEM_END_POWEROFF]),
     .schema = &policy_schema,
     .text = "what happens when its guest switches itself off",
     .fallback = "stop",
     .example = "restart",
     .also = "on-off|on-shutdown|on-halt"},
    {"watchdog", TYPE_MAP, KEY_OPTIONAL, AT(watchdog), .schema = &watchdog_schema,
     .text = "ends its life if its guest does not feed it for so long",
     .fallback_text = "none",
     .example = "10 s"},
    {"on-watchdog", TYPE_MAP, KEY_OPTIONAL, AT(ends[SYSTEM_END_WATCHDOG]),
     .schema = &policy_schema,
     .text = "what happens when its watchdog is not fed",
     .fallback_text = "as on-fault",
     .example = "restart",
     .with = "watchdog"},
    {"restart", TYPE_WORD, KEY_OPTIONAL, AT(restart),
     .choices = "cold|warm",
     .text = "what a restart keeps: cold, nothing; warm, memory, but where files are loaded",
     .fallback = "cold",
     .example = "warm"},
    {"group", TYPE_WORD, KEY_OPTIONAL, AT(group),
     .text = "a name: restart-group restarts all VMs that have the same",
     .fallback_text = "none",
     .example = "motion"},
    {"manages", TYPE_WORDS, KEY_OPTIONAL, AT(manages),
     .text = "the VMs that it may stop, start and restart",
     .fallback_text = "none",
     .example = "[ control ]",
     .also = "manage|controls|supervises"},
    {"dtb", TYPE_PLACE, KEY_OPTIONAL, AT(dtb),
     .choices = "generated|none",
     .text = "its device tree: generated, none, an address to put that at, or a file",
     .fallback = "generated",
     .example = "none",
     .also = "tree|fdt|device-tree|devicetree"},
    {"patch", TYPE_PATH, KEY_OPTIONAL, AT(patch),
     .text = "a device tree overlay, applied last",
     .fallback_text = "none",
     .example = "gateway.dtso",
     .also = "overlay|dtso|dtbo"},
    {"firmware", TYPE_PAIRS, KEY_NOT_YET, AT(firmware),
     .choices = "owned",
     .text = "firmware services that it may call",
     .fallback_text = "none",
     .example = "{ zynqmp: owned }"},
};
#undef AT
static const struct schema vm_schema = {
    SCHEMA("a VM", NULL, vm_keys, struct vm_description),
    .foreign = "irq|interrupt|reg|regs|mmio|iomem",
    .foreign_text = "a device under devices: brings its registers and interrupts; remove this"};
static const struct schema defaults_schema = {
    SCHEMA("defaults", NULL, vm_keys, struct vm_description), .partial = true};

#define AT(field) offsetof(struct member_description, field)
static const struct key member_keys[] = {
    {"access", TYPE_WORD, KEY_REQUIRED, AT(access),
     .choices = "rw|ro",
     .text = "what it may do: read and write, or read only",
     .example = "rw",
     .also = "mode|rights|permissions"},
    {"at", TYPE_ADDRESS, KEY_OPTIONAL, AT(at),
     .text = "where the guest sees it",
     .fallback_text = "where there is room",
     .example = "0x7000_0000"},
    {"irq", TYPE_INTEGER, KEY_NOT_YET, AT(irq),
     .text = "the interrupt by which the others ring, as the guest's handler reads it",
     .fallback_text = "one that is free",
     .example = "132",
     .also = "interrupt"},
};
#undef AT
static const struct schema member_schema = {
    SCHEMA("a member", "access", member_keys, struct member_description)};

#define AT(field) offsetof(struct channel_description, field)
static const struct key channel_keys[] = {
    {"size", TYPE_SIZE, KEY_REQUIRED, AT(size),
     .text = "how much memory they share: whole pages of 4 KiB",
     .example = "64 KiB",
     .positive = true},
    {"keep", TYPE_BOOL, KEY_OPTIONAL, AT(keep),
     .text = "whether its memory stays as it is when a member that writes begins anew",
     .fallback = "no",
     .example = "yes",
     .also = "persistent"},
    {"members", TYPE_NAMED, KEY_REQUIRED, AT(members), .schema = &member_schema,
     .text = "the VMs that share it",
     .example = "{ control: rw, monitor: ro }"},
};
#undef AT
static const struct schema channel_schema = {
    SCHEMA("a channel", NULL, channel_keys, struct channel_description)};

#define AT(field) offsetof(struct description, field)
static const struct key system_keys[] = {
    {"bulkhead", TYPE_INTEGER, KEY_REQUIRED, AT(version),
     .choices = "1",
     .text = "the version of this format: 1",
     .example = "1",
     .also = "version|format"},
    {"board", TYPE_WORD, KEY_REQUIRED, AT(board),
     .text = "the board's name, or the path of its folder",
     .example = "qemu-arm64",
     .also = "machine|platform"},
    {"vms", TYPE_NAMED, KEY_REQUIRED, AT(vms), .schema = &vm_schema,
     .names = DESCRIPTION_NAME_PATTERN,
     .text = "the virtual machines",
     .example = "{ control: { cpus: 3, memory: 16 MiB, image: control.elf } }",
     .also = "vm|guests|domains|cells|partitions"},
    {"defaults", TYPE_MAP, KEY_OPTIONAL, AT(defaults), .schema = &defaults_schema,
     .text = "values for keys that a VM does not have",
     .fallback_text = "none",
     .example = "{ memory: 8 MiB, on-fault: restart }"},
    {"console", TYPE_WORD, KEY_OPTIONAL, AT(console),
     .text = "Bulkhead's own console: none, or the board's by its name",
     .fallback_text = "the board's",
     .example = "serial0"},
    {"channels", TYPE_NAMED, KEY_OPTIONAL, AT(channels), .schema = &channel_schema,
     .names = DESCRIPTION_NAME_PATTERN,
     .text = "memory that VMs share",
     .fallback_text = "none",
     .example = "{ telemetry: { size: 64 KiB, members: { control: rw, monitor: ro } } }",
     .also = "shmem|ivshmem|shared-memory|ipc"},
};
#undef AT
static const struct schema system_schema = {
    SCHEMA("a description", NULL, system_keys, struct description)};

/* clang-format on */

const struct schema *description_schema(void) {
    return &system_schema;
}

/* A file of another version is not looked at further: its keys may mean other things. */
static bool is_of_version(const struct yaml *yaml, struct diagnostics *diagnostics) {
    const struct yaml *version = yaml_get(yaml, "bulkhead");
    const char *why = NULL;
    uint64_t number = 1;

    if (version == NULL || version->kind != YAML_SCALAR ||
        number_parse(version->text, NUMBER_PLAIN, &number, &why) != NUMBER_OK || number == 1)
        return true;
    rule_broken(diagnostics, RULE_FORMAT_VERSION, version->mark,
                "this program reads version 1 of the format; write bulkhead: 1");
    return false;
}

struct description *description_read(const char *path, const struct description_reading *reading,
                                     struct arena *arena, struct diagnostics *diagnostics) {
    struct description *description = arena_alloc(arena, sizeof(*description));
    struct file *file = &description->source;

    description->path = path;
    if (!yaml_file_read(path, file, arena)) {
        diagnostics_add_system(diagnostics, (struct mark){.file = path}, "file", "%s", file->why);
        return NULL;
    }
    struct yaml *yaml = yaml_parse(path, (const char *)file->bytes, file->size, arena, diagnostics);
    if (yaml == NULL)
        return NULL;
    struct value_reader reader = {.arena = arena,
                                  .diagnostics = diagnostics,
                                  .definitions = &reading->definitions,
                                  .root = &system_schema};
    if (!is_of_version(yaml, diagnostics))
        return NULL;
    const struct yaml *board = yaml_get(yaml, "board");
    if (board != NULL && board->kind == YAML_SCALAR) {
        bool replaced = reading->board != NULL;

        reader.board = replaced ? reading->board : board->text;
        reader.arch = board_arch(reader.board, reading->boards, replaced ? "" : path, arena);
    }
    value_read(&reader, &system_schema, yaml, NULL, description);
    if (reading->board != NULL) {
        description->board =
            (struct value){.mark = {.file = "--board"}, .given = true, .text = reading->board};
    }
    return description->self.bad ? NULL : description;
}

const struct vm_description *description_vm(const struct description *description, size_t n) {
    return (const struct vm_description *)description->vms.maps + n;
}
