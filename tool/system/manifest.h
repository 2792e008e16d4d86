/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.h - the files that a system was made of, and the names that its table has no room for: a
 * JSON document inside the system image, and beside it as FILE.manifest.
 *
 *   {
 *     "manifest": 1,
 *     "bulkhead": "0.1",
 *     "files": [{"what": "hypervisor", "path": "hypervisor.bin", "sha256": "..."}, ...],
 *     "board": {"name": "...", "console": "...", "controller": "...", "timer-frequency": 0,
 *               "reserved": [{"phys": "0x80000000", "size": "0x200000", "for": "..."}]},
 *     "channels": [{"name": "..."}],
 *     "vms": [{"name": "...", "console": "...", "files": [...], "payloads": ["image", "tree"],
 *              "devices": [{"name": "...", "node": "/...", "compatible": "...",
 *                           "registers": ["0x9010000"], "interrupts": [34]}]}],
 *     "image": {"size": 8388608, "sha256": "..."}
 *   }
 *
 * `files` of the system: tool, hypervisor, description, board, tree; of a VM: image, initrd and
 * whatever else it is given. A path is what the file that names it says, without the folders of the
 * machine that builds; an image has a "kind" (elf, pie, linux or raw), and what has a slot: of its
 * own the "slot"'s bytes. `console` is a device: Bulkhead's, or one that the VM owns; else null.
 * `timer-frequency` is 0 where the tree leaves that to a register. `payloads` and `channels` are in
 * the table's order. Interrupts have the controller's numbers. `image`, of the whole system image,
 * is only in the document beside it. Readers skip what they do not know.
 */
#pragma once

#include "config/system.h"
#include "tool/base/arena.h"
#include "tool/base/json.h"
#include "tool/system/plan.h"

#define MANIFEST_VERSION 1u

struct manifest_file {
    const char *what;
    const char *path;
    const char *sha256; /* 64 hex digits */
    const char *kind;   /* of a VM's image: "elf", "pie", "linux", "raw"; else NULL */
    uint64_t slot;      /* bytes that the description reserves; 0: none */
};

struct manifest_device {
    const char *name;       /* as the description names it */
    const char *node;       /* its path in the board's tree */
    const char *compatible; /* the first that its node says */
    uint64_t *registers;    /* the machine's address of each window */
    size_t register_count;
    uint32_t *interrupts; /* the controller's numbers */
    size_t interrupt_count;
};

struct manifest_vm {
    const char *name;
    const char *console; /* the device of its own that it uses; NULL: none */
    struct manifest_file *files;
    size_t file_count;
    const char **payloads; /* "image", "tree", "initrd", ... */
    size_t payload_count;
    struct manifest_device *devices;
    size_t device_count;
};

struct manifest_reserved {
    struct system_range range;
    const char *purpose;
};

/* All texts may be NULL where they were missing. */
struct manifest {
    const char *tool_version;
    struct manifest_file *files;
    size_t file_count;
    const char *board;
    const char *console;      /* Bulkhead's, of the board's devices */
    const char *controller;   /* the interrupt controller */
    uint64_t timer_frequency; /* arm64: in Hz, if the tree says it; else 0 */
    struct manifest_reserved *reserved;
    size_t reserved_count;
    const char **channels; /* their names */
    size_t channel_count;
    struct manifest_vm *vms;
    size_t vm_count;
    uint64_t image_size;
    const char *image_sha256; /* NULL: not said */
};

/*
 * Writes the manifest of a plan of which only placing is left, into the plan. Where nothing will be
 * made of it (plan->is_check), the files' digests, which take time, are left blank: zeros.
 */
void manifest_write(struct plan *plan);

/* The document. */
const char *manifest_text(const struct manifest *manifest, struct arena *arena);

/* Files as a list, as they are in the document. */
json_t *manifest_files_json(const struct manifest_file *files, size_t count);

/* Reads one; false, with the rest of a message in *why, if it is none of this version. */
bool manifest_read(struct manifest *manifest, const char *text, size_t size, struct arena *arena,
                   const char **why);

/*
 * The same out of the image that `table` is the checked table of. *why is NULL where there is none
 * at all.
 */
bool manifest_find(struct manifest *manifest, const struct system_table *table,
                   const unsigned char *image, size_t image_size, struct arena *arena,
                   const char **why);

/* A VM's entry; an empty one for a VM that it does not have. */
const struct manifest_vm *manifest_vm(const struct manifest *manifest, uint32_t vm);

/* The name of the n-th channel; NULL: not known. */
const char *manifest_channel(const struct manifest *manifest, uint32_t n);

/* The device of a VM that has a window at `phys`, or the interrupt `number`; NULL: not known. */
const struct manifest_device *manifest_register(const struct manifest *manifest, uint32_t vm,
                                                uint64_t phys);
const struct manifest_device *manifest_interrupt(const struct manifest *manifest, uint32_t vm,
                                                 uint32_t number);

/* The file of that kind, of the system or of a VM; NULL: not known. */
struct manifest_file *manifest_file(struct manifest_file *files, size_t count, const char *what);
