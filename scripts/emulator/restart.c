/* SPDX-License-Identifier: Apache-2.0 */
/*
 * restart.c - a plugin of QEMU's that counts what the hypervisor executes from each request for a
 * VM's next life to that life's first instruction:
 *
 *   -plugin restart.so,out=FILE,text=ADDRESS+SIZE,ask=ADDRESS,enter=ADDRESS
 *
 * The count begins at `ask`, and FILE gets a line with it at the next `enter`. It is that of all
 * cores: under a deterministic clock a plugin is not told which one executes. Guests' code is not
 * looked at, and runs as fast as without.
 */
#include "scripts/emulator/plugin.h"

#include <inttypes.h>

const int qemu_plugin_version = 4;

static uint64_t text, text_size, ask, enter, executed;
static bool asked;
static FILE *out;

static void on_instruction(unsigned vcpu, void *data) {
    (void)vcpu;
    (void)data;
    executed++;
}

static void on_ask(unsigned vcpu, void *data) {
    (void)vcpu;
    (void)data;
    if (!asked)
        executed = 0;
    asked = true;
}

static void on_enter(unsigned vcpu, void *data) {
    (void)vcpu;
    (void)data;
    if (!asked)
        return; /* a life's first, or one more core of it */
    asked = false;
    fprintf(out, "%" PRIu64 "\n", executed);
    fflush(out);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    for (size_t n = 0; n < qemu_plugin_tb_n_insns(tb); n++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, n);
        uint64_t address = qemu_plugin_insn_vaddr(insn);

        if (address - text >= text_size)
            return;
        if (address == ask)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_ask, QEMU_PLUGIN_CB_NO_REGS, NULL);
        if (address == enter)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_enter, QEMU_PLUGIN_CB_NO_REGS, NULL);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
}

static bool take(const struct argument *argument) {
    if (strcmp(argument->name, "out") == 0)
        return (out = fopen(argument->value, "w")) != NULL;
    if (strcmp(argument->name, "text") == 0) {
        text = argument->address;
        text_size = argument->size;
    } else if (strcmp(argument->name, "ask") == 0) {
        ask = argument->address;
    } else if (strcmp(argument->name, "enter") == 0) {
        enter = argument->address;
    } else {
        return false;
    }
    return true;
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv) {
    (void)info;
    if (!take_arguments(argc, argv, take) || out == NULL || text_size == 0)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
