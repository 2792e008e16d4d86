/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shown.h - a system's table and manifest as lists of things with an owner, for all forms of
 * `bulkhead show`.
 */
#pragma once

#include "config/config_check.h"
#include "config/system.h"
#include "tool/base/arena.h"
#include "tool/system/manifest.h"

/* An owner is a VM's index, or: */
enum {
    SHOWN_BULKHEAD = SYSTEM_VMS_MAX,
    SHOWN_RESERVED, /* somebody below Bulkhead: firmware */
    SHOWN_NOBODY,
    SHOWN_EACH,   /* every VM has one of its own */
    SHOWN_SHARED, /* the members of a channel */
};

/* A range of the machine's addresses: of RAM, or of a device. */
struct shown_range {
    uint64_t phys;
    uint64_t size;
    uint32_t owner;
    const char *what; /* "memory", "registers", ... */
    bool keeps;       /* memory that is not cleared before its owner's first start */
    bool has_at;      /* its owner sees it at an address of its own: */
    uint64_t at;
    uint32_t channel;                     /* of SHOWN_SHARED: which */
    const struct manifest_device *device; /* NULL: none, or not known */
};

/* Ranges, sorted by `phys`. */
struct shown_ranges {
    struct shown_range *items;
    size_t count;
};

struct shown_interrupt {
    uint64_t phys;   /* the controller's number: INTID, or source */
    uint32_t number; /* the one that the owner's handler reads */
    uint32_t owner;
    bool edge;
    const char *what;                     /* "console", ...; NULL: a device's */
    const struct manifest_device *device; /* as above */
};

/* A piece that is loaded into a VM. */
struct shown_payload {
    const struct system_payload *entry;
    const char *kind; /* "" where nobody knows it */
    const char *file;
};

/* A zeroed struct shown is ready. */
struct shown {
    struct arena arena;
    const struct config_arch *arch;
    struct system system;
    struct manifest manifest;
    const char *no_manifest; /* why there are no names, for a person; NULL: there are */
    const unsigned char *image;
    struct shown_ranges ram; /* all of it */
    struct shown_ranges devices;
    struct shown_interrupt *interrupts; /* sorted */
    size_t interrupt_count;
};

/*
 * Opens a system image, which must stay. NULL, or why it is none that could be shown: the rest of
 * a message.
 */
const char *shown_open(struct shown *shown, const unsigned char *image, size_t size);

/* Frees all that belongs to it; it may be opened again. */
void shown_close(struct shown *shown);

/* Adds a range, which the caller may complete; drops it if it is empty. */
struct shown_range *shown_add(struct shown *shown, struct shown_ranges *ranges,
                              struct system_range range, uint32_t owner, const char *what);

/* Sorts ranges by `phys`. */
void shown_sort(struct shown_ranges *ranges);

/* The VM of that name; SYSTEM_VMS_MAX: none. */
uint32_t shown_vm(const struct shown *shown, const char *name);

/* Whether a file that begins with these bytes is a system image rather than a description. */
bool shown_is_image(const unsigned char *bytes, size_t size);

/* "arm64" */
const char *shown_arch(const struct shown *shown);

/* A VM's name, or a word that none can have: "bulkhead", "(reserved)", "(nobody)", "(each VM)",
 * "(shared)". */
const char *shown_owner(const struct shown *shown, uint32_t owner);

/* A range's or an interrupt's name: the device's, or else `what`. */
const char *shown_name(const char *what, const struct manifest_device *device);

/* As the controller's manual calls an interrupt: "SPI 2", "PPI 11", "source 10". */
const char *shown_interrupt_text(struct shown *shown, uint64_t phys);

/* About how much: "43.3 MiB". */
const char *shown_size_text(struct shown *shown, uint64_t size);

/* "0-2", "0, 2" */
const char *shown_cpus_text(struct shown *shown, uint64_t cpus);

/* A VM's n-th payload. */
struct shown_payload shown_payload(const struct shown *shown, uint32_t vm, uint32_t n);

/* All of a VM's memory, in bytes. */
uint64_t shown_memory_size(const struct shown *shown, uint32_t vm);

/* The n-th part of the interrupt controller that it sees, of CONFIG_GUEST_CONTROLLER_MAX; empty: it
 * has no such part. */
struct system_range shown_controller(const struct shown *shown, uint32_t vm, uint32_t n);

/* "channel telemetry", or "channel 0" where nobody knows its name. */
const char *shown_channel(struct shown *shown, uint32_t channel);

/* Its console, as a description names it: "shared", "sbi", "none", a device. */
const char *shown_console(const struct shown *shown, uint32_t vm);

/* "stop", "restart", "halt-system", "restart-group" */
const char *shown_action(uint32_t action);

/* What follows an end: "restart after 1 s, at most 3 times in 10 s, then stop". */
const char *shown_policy(struct shown *shown, const struct system_policy *policy);

/* All else of how a VM's lives end, as far as it is not the default: ", on-reset stop, manages b".
 */
const char *shown_ends(struct shown *shown, uint32_t vm);
