/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.c - a plugin of QEMU's that records which cache lines of 64 bytes each path through the
 * hypervisor touches: from its vector's first instruction to the first one outside of its text,
 * which is the guest's.
 *
 *   -plugin lines.so,out=FILE,begin=ADDRESS,text=ADDRESS+SIZE[,through=ADDRESS]
 *
 * Paths that touch the same lines are counted together. FILE gets a line `TIMES LINE@FIRST ...` for
 * each kind: the line's address, odd if something in it was executed, and that of the instruction
 * that touched it first. With `through`, paths that don't come by that instruction are left out.
 * Device registers are no lines, and what walks translation tables makes no callback.
 */
#include "scripts/emulator/plugin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 64u
#define LINES_MAX 512
#define KINDS_MAX 1024

const int qemu_plugin_version = 4;

#define EXECUTED 1u /* in an address of a line */

struct line {
    uint64_t address;
    uint64_t first; /* the instruction that touched it first */
};

static struct path {
    struct line lines[LINES_MAX]; /* sorted */
    unsigned count;
    bool inside, through;
} path;

static struct kind {
    struct line *lines;
    unsigned count;
    uint64_t times;
} kinds[KINDS_MAX];

static unsigned kind_count;
static uint64_t begin, text, text_size, through;
static const char *out;

static void touch(uint64_t address, uint64_t instruction, uint64_t executed) {
    uint64_t line = address / LINE_SIZE * LINE_SIZE;
    struct line *at = path.lines + path.count;

    if (!path.inside)
        return;
    while (at > path.lines && at[-1].address / LINE_SIZE * LINE_SIZE > line)
        at--;
    if (at > path.lines && at[-1].address / LINE_SIZE * LINE_SIZE == line) {
        at[-1].address |= executed;
    } else if (path.count < LINES_MAX) {
        memmove(at + 1, at, (size_t)(path.lines + path.count++ - at) * sizeof(*at));
        *at = (struct line){line | executed, instruction};
    }
}

static void on_begin(unsigned vcpu, void *data) {
    (void)vcpu;
    (void)data;
    path.count = 0;
    path.inside = true;
    path.through = through == 0;
}

static void on_through(unsigned vcpu, void *data) {
    (void)vcpu;
    (void)data;
    path.through = true;
}

static void on_fetch(unsigned vcpu, void *instruction) {
    (void)vcpu;
    touch((uintptr_t)instruction, (uintptr_t)instruction, EXECUTED);
}

static void on_data(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address,
                    void *instruction) {
    const struct qemu_plugin_hwaddr *physical = qemu_plugin_get_hwaddr(info, address);

    (void)vcpu;
    if (physical != NULL && qemu_plugin_hwaddr_is_io(physical))
        return;
    touch(address, (uintptr_t)instruction, 0);
    touch(address + (UINT64_C(1) << qemu_plugin_mem_size_shift(info)) - 1, (uintptr_t)instruction,
          0);
}

static void on_guest(unsigned vcpu, void *data) {
    size_t size = path.count * sizeof(path.lines[0]);
    unsigned at = 0;

    (void)vcpu;
    (void)data;
    if (!path.inside)
        return;
    path.inside = false;
    if (!path.through)
        return;
    while (at < kind_count &&
           (kinds[at].count != path.count || memcmp(kinds[at].lines, path.lines, size) != 0))
        at++;
    if (at == KINDS_MAX)
        return;
    if (at == kind_count) {
        kinds[kind_count++] = (struct kind){malloc(size), path.count, 0};
        memcpy(kinds[at].lines, path.lines, size);
    }
    kinds[at].times++;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    for (size_t n = 0; n < qemu_plugin_tb_n_insns(tb); n++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, n);
        uint64_t address = qemu_plugin_insn_vaddr(insn);

        if (address - text >= text_size) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_guest, QEMU_PLUGIN_CB_NO_REGS, NULL);
            return;
        }
        if (address == begin)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin, QEMU_PLUGIN_CB_NO_REGS, NULL);
        if (address == through)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_through, QEMU_PLUGIN_CB_NO_REGS, NULL);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_fetch, QEMU_PLUGIN_CB_NO_REGS,
                                               (void *)(uintptr_t)address);
        qemu_plugin_register_vcpu_mem_cb(insn, on_data, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                         (void *)(uintptr_t)address);
    }
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *data) {
    FILE *file = fopen(out, "w");

    (void)id;
    (void)data;
    for (unsigned at = 0; file != NULL && at < kind_count; at++) {
        fprintf(file, "%" PRIu64, kinds[at].times);
        for (unsigned i = 0; i < kinds[at].count; i++)
            fprintf(file, " %" PRIx64 "@%" PRIx64, kinds[at].lines[i].address,
                    kinds[at].lines[i].first);
        fprintf(file, "\n");
    }
    if (file == NULL || fclose(file) != 0)
        perror(out);
}

/* One argument: NAME=VALUE, which it keeps. */
static bool take(char *name) {
    char *value = strchr(name, '='), *rest = NULL;
    uint64_t number;

    if (value == NULL)
        return false;
    *value++ = '\0';
    number = strtoull(value, &rest, 0);
    if (strcmp(name, "out") == 0)
        out = value;
    else if (strcmp(name, "begin") == 0)
        begin = number;
    else if (strcmp(name, "through") == 0)
        through = number;
    else if (strcmp(name, "text") == 0 && *rest == '+')
        text = number, text_size = strtoull(rest, NULL, 0);
    else
        return false;
    return true;
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++)
        if (!take(strdup(argv[i]))) {
            fprintf(stderr, "lines: '%s' makes no sense\n", argv[i]);
            return 1;
        }
    if (out == NULL || begin == 0 || text_size == 0)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
