/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - a system between its description and its image: what each name means on this board, and
 * where everything goes.
 */
#pragma once

#include "abi/system_image.h"
#include "tool/base/file.h"
#include "tool/board/board.h"
#include "tool/board/device.h"
#include "tool/system/description.h"
#include "tool/system/guest_image.h"

struct manifest;

struct plan_memory {
    struct mark mark;
    uint64_t at;
    uint64_t phys; /* by place_memory(), unless it is fixed; before that as `at` */
    uint64_t size;
    bool clear;
    bool fixed; /* the description says where in the machine it is */
};

enum plan_dma {
    PLAN_DMA_DEFAULT, /* none if the board says so of each such device; else contained */
    PLAN_DMA_NONE,
    PLAN_DMA_UNPROTECTED,
};

struct plan_device {
    struct mark mark;
    const char *written;         /* as the description names it */
    const struct value *without; /* properties that are left out */
    enum plan_dma dma;
    bool enable;
    struct device device; /* its node: -1 if the board has none such */
};

/* Bytes that are copied into a VM before it starts. */
struct plan_payload {
    const char *what; /* "image", "tree", "initrd" */
    uint64_t at;
    const unsigned char *bytes;
    uint64_t size;
    uint64_t offset;    /* in the system image, by place_bulkhead() */
    uint64_t slot_size; /* there, whole pages */
};

/* A file that a VM, or the system, was made from. */
struct plan_input {
    const char *what;
    const char *path; /* as the file that names it says */
    const void *bytes;
    size_t size;
    uint64_t slot; /* 0: none is asked for */
};

struct plan_inputs {
    struct plan_input *items;
    size_t count;
};

/* Memory that VMs share. */
struct plan_channel {
    const struct channel_description *description;
    const char *name;
    uint64_t phys; /* by place_channels(); size and both places: whole pages */
    uint64_t size; /* with the page of its state in front of what the members share */
    bool keep;
};

/* A VM's part in a channel. */
struct plan_member {
    struct mark mark; /* of its `at`, or the channel's size */
    size_t channel;
    bool writes;
    bool settled; /* the description says `at`, or place_members() has */
    uint64_t at;  /* where all of it is for the guest */
};

struct plan_vm {
    const struct vm_description *description;
    const char *name;
    struct plan_memory *memory;
    size_t memory_count;
    struct plan_device *devices;
    size_t device_count;
    struct device_omission *omissions; /* what the devices' nodes go without */
    size_t omission_count;
    bool dma_unprotected; /* a device of it reaches all of the machine's memory */
    struct plan_payload *payloads;
    size_t payload_count;
    struct plan_member *members; /* in the order of their channels */
    size_t member_count;
    struct plan_inputs inputs;
    struct file image_file;
    struct file initrd_file;
    uint64_t initrd_unpacked; /* what Linux unpacks it to, at least (initrd.h); 0: it has none */
    struct guest_image image;
    uint64_t entry;
    uint64_t tree_at;   /* 0: it gets none */
    uint64_t initrd_at; /* 0: it has none */
    enum system_vm_console console;
    const char *own_console;                  /* the device's name; NULL: it owns none */
    const struct plan_device *console_device; /* that, of `devices` */
    bool has_tree;
    struct system_vm
        life; /* of its entry in the table: flags, watchdog, manages, group, policies */
    struct file tree_file; /* dtb: a file */
    struct overlay patch;  /* tree NULL: it has none */
    uint32_t seeds_at;     /* in its tree: kaslr-seed and behind it rng-seed, as they lie there, */
    uint32_t seeds_size;   /* tokens and all: to be filled or made FDT_NOP; 0: there are none */
};

struct plan {
    struct arena *arena;
    bool is_check; /* nothing will be made of it, so the guests' files need not be read whole */
    struct diagnostics *diagnostics;
    const struct description *description;
    const struct board *board;
    struct plan_vm *vms;
    size_t vm_count;
    struct plan_channel *channels;
    size_t channel_count;
    bool no_images; /* the guests' files are not looked at: all else is planned without them */
    struct plan_inputs inputs; /* the system's */
    struct manifest *manifest; /* by manifest_write(), with its text; NULL: there is none */
    const char *manifest_text;
    uint64_t manifest_size;
    /* By place_bulkhead(): */
    uint64_t hypervisor_size; /* bytes of memory that its binary takes, whole pages */
    uint64_t table_offset;
    uint64_t table_size;
    uint64_t image_size;
    struct system_range pool;
    uint64_t manifest_offset;
};

/* Whether `size` bytes at guest address `at` are inside one region of the VM's memory. */
bool plan_in_memory(const struct plan_vm *vm, uint64_t at, uint64_t size);

/* How many CPUs a VM has. */
uint32_t plan_vcpu_count(const struct plan_vm *vm);

/* Whether a node of the board's tree is in the VM's: one of its devices, or below one and enabled.
 */
bool plan_has_node(const struct plan_vm *vm, const struct tree_node *node);

/* Whether it has an emulated UART. */
bool plan_has_uart(const struct plan_vm *vm);

/*
 * What the hypervisor's table says of it; no slices yet, and an address only when it is settled, so
 * that stage 2 has the levels that all of them together need.
 */
struct system_vm plan_table_entry(const struct plan *plan, const struct plan_vm *vm);

/* The n-th range of the registers of its interrupt controller (config_arch.h), at its addresses. */
struct system_range plan_controller(const struct plan *plan, const struct plan_vm *vm, uint32_t n);

/* An occupant of a guest's address space. */
struct plan_occupant {
    struct system_range range;
    const char *what; /* for a message */
    struct mark mark;
    const struct plan_device *device; /* NULL: it is none */
};

/* All that a VM has there, as far as it is settled, in the plan's arena; returns how many. */
size_t plan_occupants(const struct plan *plan, const struct plan_vm *vm,
                      struct plan_occupant **list);

/* The part of a VM in the n-th channel; NULL: it has none. */
const struct plan_member *plan_member(const struct plan_vm *vm, size_t n);

/* How many interrupts a VM owns: those of its devices, each once. */
size_t plan_interrupts(const struct plan_vm *vm, struct arena *arena,
                       struct tree_interrupt **interrupts);

/* Adds bytes to what is copied into the VM. `slot`: the room they have; 0: what they take. */
void plan_add_payload(struct arena *arena, struct plan_vm *vm, const char *what, uint64_t at,
                      const unsigned char *bytes, uint64_t size, uint64_t slot);

/* Notes a file for the manifest, with its slot or 0. `path` is as the file that names it says, with
 * ${...}: value.written. */
void plan_add_input(struct arena *arena, struct plan_inputs *inputs, const char *what,
                    const char *path, const struct file *file, uint64_t slot);
