/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - a system between its description and its image: what each name means on this board, and
 * where everything goes.
 */
#ifndef TOOL_PLAN_H
#define TOOL_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/system_image.h"
#include "tool/board.h"
#include "tool/description.h"
#include "tool/device.h"
#include "tool/file.h"
#include "tool/guest_image.h"

struct plan_memory {
    struct mark mark;
    uint64_t at;
    uint64_t phys; /* by place_system() */
    uint64_t size;
    bool clear;
};

struct plan_device {
    struct mark mark;
    const char *written; /* as the description names it */
    bool enable;
    bool bad; /* an error was reported for it */
    struct device device;
};

/* Bytes that are copied into a VM before it starts. */
struct plan_payload {
    const char *what; /* "image", "tree", "initrd" */
    uint64_t at;
    const unsigned char *bytes;
    uint64_t size;
    uint64_t offset;    /* in the system image, by place_system() */
    uint64_t slot_size; /* there */
};

struct plan_vm {
    const struct vm_description *description;
    const char *name;
    struct plan_memory *memory;
    size_t memory_count;
    struct plan_device *devices;
    size_t device_count;
    struct plan_payload *payloads;
    size_t payload_count;
    struct file image_file;
    struct file initrd_file;
    struct guest_image image;
    uint64_t entry;
    uint64_t tree_at;   /* 0: it gets none */
    uint64_t initrd_at; /* 0: it has none */
    enum system_vm_console console;
    const char *own_console;                  /* the device's name; NULL: it owns none */
    const struct plan_device *console_device; /* that, of `devices` */
    bool has_tree;
    bool restarts; /* on-fault: restart */
};

/* A file that the system was made from. */
struct plan_input {
    const struct plan_vm *vm; /* whose; NULL: the system's */
    const char *what;
    const char *path; /* as the file that names it says */
    const void *bytes;
    size_t size;
};

struct plan {
    struct arena *arena;
    struct diagnostics *diagnostics;
    const struct description *description;
    const struct board *board;
    struct plan_vm *vms;
    size_t vm_count;
    bool no_images; /* the guests' files are not looked at: all else is planned without them */
    struct plan_input *inputs;
    size_t input_count;
    /* By place_system(): */
    uint64_t hypervisor_size; /* bytes of memory that its binary takes, whole pages */
    uint64_t table_offset;
    uint64_t table_size;
    uint64_t image_size;
    struct system_range pool;
    uint64_t manifest_offset;
    uint64_t manifest_size;
    const char *manifest; /* of that size; NULL: the image has none */
};

/* Whether `size` bytes at guest address `at` are inside one region of the VM's memory. */
bool plan_in_memory(const struct plan_vm *vm, uint64_t at, uint64_t size);

/* How many CPUs a VM has. */
uint32_t plan_vcpu_count(const struct plan_vm *vm);

/* Whether it has an emulated UART. */
bool plan_has_uart(const struct plan_vm *vm);

/* What the hypervisor's table says of it; no slices yet, and an address only when it is settled. */
struct system_vm plan_table_entry(const struct plan *plan, const struct plan_vm *vm);

/* The n-th range of the registers of its interrupt controller (config_arch.h), at its addresses. */
void plan_controller(const struct plan *plan, const struct plan_vm *vm, uint32_t n,
                     struct system_range *range);

/* How many interrupts a VM owns: those of its devices, each once. */
size_t plan_interrupts(const struct plan_vm *vm, struct arena *arena,
                       struct tree_interrupt **interrupts);

/* Adds bytes to what is copied into the VM. */
void plan_add_payload(struct plan *plan, struct plan_vm *vm, const char *what, uint64_t at,
                      const unsigned char *bytes, uint64_t size);

/*
 * Notes a file for the manifest: one of the system's, or one that a VM is given. `path` is as the
 * file that names it says, with ${...}: value.written.
 */
void plan_add_input(struct plan *plan, const char *what, const char *path, const void *bytes,
                    size_t size);
void plan_add_vm_input(struct plan *plan, const struct plan_vm *vm, const char *what,
                       const char *path, const void *bytes, size_t size);

#endif
