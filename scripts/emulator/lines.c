/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.c - a plugin of QEMU's that records which cache lines of 64 bytes each path through the
 * hypervisor touches: from its vector's first instruction to the first one outside of its text,
 * which is the guest's.
 *
 *   -plugin lines.so,out=FILE,begin=ADDRESS,text=ADDRESS+SIZE[,through=ADDRESS]
 *
 * FILE gets a line `LINE@FIRST ...` for each path: the cache line's address, odd if something in it
 * was executed, and that of the instruction that touched it first. With `through`, paths that don't
 * come by that instruction are left out. Device registers are no lines, and what walks translation
 * tables makes no callback.
 */
#include "scripts/emulator/plugin.h"

#include <inttypes.h>

#define LINE_SIZE 64u
#define LINES_MAX 512
#define EXECUTED  1u /* in an address of a line */

const int qemu_plugin_version = 4;

struct line {
    uint64_t address;
    uint64_t first; /* the instruction that touched it first */
};

static struct line lines[LINES_MAX];
static unsigned count;
static bool inside, passed;
static uint64_t begin, text, text_size, through;
static FILE *out;

static void touch(uint64_t address, uint64_t instruction, uint64_t executed) {
    unsigned at = 0;

    if (!inside)
        return;
    while (at < count && lines[at].address / LINE_SIZE != address / LINE_SIZE)
        at++;
    if (at == count && count < LINES_MAX)
        lines[count++] = (struct line){address / LINE_SIZE * LINE_SIZE, instruction};
    if (at < count)
        lines[at].address |= executed;
}

static void on_begin(unsigned vcpu, void *data) {
    (void)vcpu;
    (void)data;
    count = 0;
    inside = true;
    passed = through == 0;
}

static void on_through(unsigned vcpu, void *data) {
    (void)vcpu;
    (void)data;
    passed = true;
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
    (void)vcpu;
    (void)data;
    for (unsigned i = 0; inside && passed && i < count; i++)
        fprintf(out, "%" PRIx64 "@%" PRIx64 "%c", lines[i].address, lines[i].first,
                i + 1 < count ? ' ' : '\n');
    inside = false;
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

static bool take(const struct argument *argument) {
    if (strcmp(argument->name, "out") == 0)
        return (out = fopen(argument->value, "w")) != NULL;
    if (strcmp(argument->name, "begin") == 0)
        begin = argument->address;
    else if (strcmp(argument->name, "through") == 0)
        through = argument->address;
    else if (strcmp(argument->name, "text") == 0)
        text = argument->address, text_size = argument->size;
    else
        return false;
    return true;
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv) {
    (void)info;
    if (!take_arguments(argc, argv, take) || out == NULL || begin == 0 || text_size == 0)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
