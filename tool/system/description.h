/* SPDX-License-Identifier: Apache-2.0 */
/*
 * description.h - a system's description, typed: what the keys say, before anything is looked up.
 */
#pragma once

#include "abi/system_image.h"
#include "tool/base/file.h"
#include "tool/format/value.h"

/* Names of VMs and channels: as long as the hypervisor's table takes. */
#define DESCRIPTION_NAME_PATTERN "^[a-z][a-z0-9-]{0,30}$"

/* Each begins with a struct value for the map itself: its place and, in vms:, its name. */

struct memory_description {
    struct value self;
    struct value size;
    struct value at;
    struct value phys; /* an address, or the word "same" */
    struct value clear;
};

struct image_description {
    struct value self;
    struct value file;
    struct value load;
    struct value entry;
    struct value sha256;
    struct value slot;
};

struct device_description {
    struct value self;
    struct value node;
    struct value enable;
    struct value dma;
    struct value without;
};

/* What follows an end of a VM's life. */
struct policy_description {
    struct value self;
    struct value action;
    struct value max;
    struct value within;
    struct value back_off;
    struct value then;
};

struct watchdog_description {
    struct value self;
    struct value timeout;
    struct value from;
};

struct vm_description {
    struct value self;
    struct value cpus;
    struct value memory; /* maps: struct memory_description */
    struct value image;  /* maps: one struct image_description */
    struct value initrd; /* the same, without load and entry */
    struct value args;
    struct value devices; /* maps: struct device_description */
    struct value console;
    struct value interrupts;
    struct value ends[SYSTEM_ENDS]; /* on-fault, ...; maps: one struct policy_description each */
    struct value dtb;               /* a word, an address or a path */
    struct value patch;
    struct value firmware; /* pairs */
    struct value watchdog; /* maps: one struct watchdog_description */
    struct value restart;
    struct value group;
    struct value manages;
};

struct member_description {
    struct value self;
    struct value access;
    struct value at;
    struct value irq;
};

struct channel_description {
    struct value self;
    struct value size;
    struct value keep;
    struct value members; /* maps: struct member_description */
};

struct description {
    struct value self;
    struct value version;
    struct value board;
    struct value console;
    struct value vms; /* maps: struct vm_description */
    struct value defaults;
    struct value channels; /* maps: struct channel_description */
    const char *path;
    struct file source;
};

/* How a description is read. */
struct description_reading {
    const char *board;              /* in place of the one that it names; NULL: that one */
    const char *boards;             /* the folder with boards; NULL: there is none */
    struct definitions definitions; /* for its paths */
};

/*
 * Reads the file at `path`. The result is complete, with bad values marked, unless the file is no
 * map at all: then NULL. Errors are in `diagnostics`.
 */
struct description *description_read(const char *path, const struct description_reading *reading,
                                     struct arena *arena, struct diagnostics *diagnostics);

/* The format of such a file. */
const struct schema *description_schema(void);

/* The n-th VM. */
const struct vm_description *description_vm(const struct description *description, size_t n);
