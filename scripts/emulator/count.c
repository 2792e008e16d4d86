/* SPDX-License-Identifier: Apache-2.0 */
/*
 * count.c - a plugin of QEMU's that counts the instructions executed from the first at `begin` to
 * the next at `end`, apart by ranges of addresses, and then ends QEMU:
 *
 *   -plugin count.so,out=FILE,begin=ADDRESS,end=ADDRESS,vm=NUMBER,NAME=ADDRESS+SIZE,...
 *
 * FILE gets a line `NAME COUNT` for each range, and one for the `rest`. With several `end`s, each
 * ends one such block of lines and begins the next. Each instruction is counted as it is executed:
 * nothing is sampled. With `vm`, only those of the cores that Bulkhead has given to that VM are, at
 * any level.
 */
#include "scripts/emulator/plugin.h"

#include <inttypes.h>
#include <unistd.h>

#define RANGES_MAX 64
#define ENDS_MAX   8

const int qemu_plugin_version = 4;

static struct range {
    const char *name;
    uint64_t address, size;
    uint64_t executed;
} ranges[RANGES_MAX]; /* the last one is all the rest */
static unsigned count, end_count, next_end;
static uint64_t begin, ends[ENDS_MAX];
static bool began;
static FILE *out;

/* Where an architecture's cores have their VM's number + 1, and from which bit on. They tell whose
 * instructions these are, as a callback's `vcpu` does not (plugin.h). */
static const struct {
    const char *name;
    unsigned shift;
} vm_registers[] = {{"VTTBR_EL2", 48}, {"hgatp", 44}};
static struct qemu_plugin_register *vm_register;
static unsigned shift;
static uint64_t vm; /* number + 1; 0: all cores are counted */
static bool is_counted = true;

static void on_vcpu(qemu_plugin_id_t id, unsigned vcpu) {
    (void)id;
    (void)vcpu;
    for (unsigned i = 0; i < 2 && vm_register == NULL; i++) {
        vm_register = plugin_register(vm_registers[i].name);
        shift = vm_registers[i].shift;
    }
}

static void on_block(unsigned vcpu, void *data) {
    (void)vcpu;
    (void)data;
    is_counted = began && (plugin_read(vm_register) >> shift & 0xff) == vm;
}

static void on_instruction(unsigned vcpu, void *data) {
    (void)vcpu;
    ((struct range *)data)->executed += is_counted;
}

static void on_begin(unsigned vcpu, void *data) {
    (void)vcpu;
    (void)data;
    for (unsigned i = 0; i < count && !began; i++)
        ranges[i].executed = 0;
    began = true;
}

static void on_end(unsigned vcpu, void *end) {
    (void)vcpu;
    if (!began || end != &ends[next_end])
        return;
    for (unsigned i = 0; i < count; i++) {
        fprintf(out, "%s %" PRIu64 "\n", ranges[i].name, ranges[i].executed);
        ranges[i].executed = 0;
    }
    if (++next_end == end_count)
        _exit(fclose(out) != 0);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    if (vm != 0)
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_R_REGS, NULL);
    for (size_t n = 0; n < qemu_plugin_tb_n_insns(tb); n++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, n);
        uint64_t address = qemu_plugin_insn_vaddr(insn);
        struct range *range = ranges;

        /* Where both are the same address, the first time is the beginning. */
        for (unsigned i = 0; i < end_count; i++)
            if (address == ends[i])
                qemu_plugin_register_vcpu_insn_exec_cb(insn, on_end, QEMU_PLUGIN_CB_NO_REGS,
                                                       &ends[i]);
        if (address == begin)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin, QEMU_PLUGIN_CB_NO_REGS, NULL);
        while (address - range->address >= range->size)
            range++;
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, QEMU_PLUGIN_CB_NO_REGS, range);
    }
}

static bool add(const char *name, uint64_t address, uint64_t size) {
    if (count == RANGES_MAX)
        return false;
    ranges[count++] = (struct range){name, address, size, 0};
    return true;
}

static bool take(const struct argument *argument) {
    if (strcmp(argument->name, "out") == 0)
        return (out = fopen(argument->value, "w")) != NULL;
    if (strcmp(argument->name, "begin") == 0)
        begin = argument->address;
    else if (strcmp(argument->name, "vm") == 0)
        vm = argument->address + 1;
    else if (strcmp(argument->name, "end") == 0 && end_count < ENDS_MAX)
        ends[end_count++] = argument->address;
    else
        return argument->size != 0 && add(argument->name, argument->address, argument->size);
    return true;
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv) {
    (void)info;
    if (!take_arguments(argc, argv, take) || out == NULL || begin == 0 || end_count == 0 ||
        !add("rest", 0, UINT64_MAX))
        return 1;
    qemu_plugin_register_vcpu_init_cb(id, on_vcpu);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
