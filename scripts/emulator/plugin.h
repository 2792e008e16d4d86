/* SPDX-License-Identifier: Apache-2.0 */
/* plugin.h - what QEMU calls and offers, by its documentation of TCG plugins: no header is
 * packaged. Version 4 is QEMU 10.0's. Its inline counters are no use: under a deterministic clock
 * they belong to the CPU that translated the code, and may not be there. So does the `vcpu` that a
 * callback is told. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
struct qemu_plugin_register;
enum { QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_CB_R_REGS };
enum { QEMU_PLUGIN_MEM_RW = 3 };
typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                                  void (*cb)(qemu_plugin_id_t,
                                                             struct qemu_plugin_tb *));
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                                   void (*cb)(unsigned vcpu, void *data), int flags,
                                                   void *data);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
                                                 void (*cb)(unsigned vcpu, void *data), int flags,
                                                 void *data);
extern void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id,
                                              void (*cb)(qemu_plugin_id_t, unsigned vcpu));
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
                                             void (*cb)(unsigned vcpu, qemu_plugin_meminfo_t info,
                                                        uint64_t address, void *data),
                                             int flags, int accesses, void *data);
extern unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info);
extern struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(qemu_plugin_meminfo_t info,
                                                         uint64_t address);
extern bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *address);

extern const int qemu_plugin_version;
extern int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

/* Of GLib's, which QEMU brings: GArray and GByteArray. */
struct array {
    void *data;
    unsigned length;
};

/* An element of the array of all registers. */
struct register_name {
    struct qemu_plugin_register *handle;
    const char *name, *feature;
};

extern struct array *qemu_plugin_get_registers(void);
extern int qemu_plugin_read_register(struct qemu_plugin_register *handle, struct array *bytes);
extern struct array *g_byte_array_new(void);
extern struct array *g_byte_array_set_size(struct array *bytes, unsigned length);

/* When a CPU begins. NULL: it has no register of this name. */
static inline struct qemu_plugin_register *plugin_register(const char *name) {
    const struct array *all = qemu_plugin_get_registers();
    const struct register_name *names = all->data;

    for (unsigned i = 0; i < all->length; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].handle;
    return NULL;
}

/* In a callback with QEMU_PLUGIN_CB_R_REGS: one of 64 bits. */
static inline uint64_t plugin_read(struct qemu_plugin_register *handle) {
    static struct array *bytes;
    uint64_t value = 0;

    if (bytes == NULL)
        bytes = g_byte_array_new();
    g_byte_array_set_size(bytes, 0);
    if (qemu_plugin_read_register(handle, bytes) == sizeof(value))
        memcpy(&value, bytes->data, sizeof(value));
    return value;
}

/* An argument NAME=VALUE. */
struct argument {
    const char *name, *value;
    uint64_t address, size; /* of a value ADDRESS or ADDRESS+SIZE */
};

/* Has `take` keep each of them, and says which one it doesn't know. Returns false then. */
static inline bool take_arguments(int argc, char **argv, bool (*take)(const struct argument *)) {
    for (int i = 0; i < argc; i++) {
        struct argument argument = {.name = strdup(argv[i])};
        char *value = argument.name == NULL ? NULL : strchr(argument.name, '='), *rest = NULL;

        if (value != NULL) {
            *value++ = '\0';
            argument.value = value;
            argument.address = strtoull(value, &rest, 0);
            argument.size = *rest == '+' ? strtoull(rest, NULL, 0) : 0;
        }
        if (value == NULL || !take(&argument)) {
            fprintf(stderr, "plugin: '%s' makes no sense, or is one too many\n", argv[i]);
            return false;
        }
    }
    return true;
}
