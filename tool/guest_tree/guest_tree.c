/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/guest_tree/guest_tree.h"

#include <string.h>

#include "abi/channel.h"
#include "config/config_check.h"
#include "tool/guest_tree/guest_tree_copy.h"

#define KASLR_SEED_SIZE 8
#define RNG_SEED_SIZE   32

/* Of an emulated PL011, whose speed nobody sets. */
#define PL011_CLOCK 24000000

/* An emulated 16550: bytes of registers, and its clock where the board's does not say one. */
#define NS16550_SIZE  0x100
#define NS16550_CLOCK 1843200

/* --- nodes that are made --- */

static void put_chosen(struct tree_writer *writer) {
    static const unsigned char seed[RNG_SEED_SIZE] = {0};
    const struct plan_vm *vm = writer->vm;
    const char *args = value_text(&vm->description->args);
    uint64_t initrd_end = vm->initrd_at + vm->initrd_file.size;

    writer_begin(writer, "chosen");
    if (args != NULL)
        writer_text(writer, "bootargs", args);
    if (plan_has_uart(vm) || vm->console_device != NULL)
        writer_text(writer, "stdout-path", "serial0");
    if (vm->initrd_at != 0) {
        size_t cells = initrd_end > UINT32_MAX ? 2 : 1; /* one where that is enough */

        writer_numbers(writer, "linux,initrd-start", &vm->initrd_at, 1, cells);
        writer_numbers(writer, "linux,initrd-end", &initrd_end, 1, cells);
    }
    /* Filled in, or made FDT_NOP, at each start: guest_tree_find_seeds(). */
    writer_bytes(writer, "kaslr-seed", seed, KASLR_SEED_SIZE);
    writer_bytes(writer, "rng-seed", seed, RNG_SEED_SIZE);
    writer_end(writer);
}

static void put_memory(struct tree_writer *writer) {
    for (size_t i = 0; i < writer->vm->memory_count; i++) {
        const struct plan_memory *memory = &writer->vm->memory[i];

        writer_begin(writer, "memory@%llx", (unsigned long long)memory->at);
        writer_text(writer, "device_type", "memory");
        WRITER_RANGES(writer, "reg", memory->at, memory->size);
        writer_end(writer);
    }
}

/* A node for the n-th channel of the system, if the VM is a member. */
static void put_channel(struct tree_writer *writer, size_t n) {
    const struct plan *plan = writer->plan;
    const struct plan_channel *channel = &plan->channels[n];
    const struct plan_member *own = plan_member(writer->vm, n);
    const char *names[CHANNEL_MEMBERS_MAX] = {NULL};
    uint32_t number = 0;
    uint32_t count = 0;

    if (own == NULL)
        return;
    for (const struct plan_vm *vm = plan->vms; vm < plan->vms + plan->vm_count; vm++) {
        if (vm == writer->vm)
            number = count;
        if (plan_member(vm, n) != NULL)
            names[count++] = vm->name;
    }
    writer_begin(writer, "channel@%llx", (unsigned long long)own->at);
    writer_text(writer, "compatible", "bulkhead,channel");
    WRITER_RANGES(writer, "reg", own->at, channel->size);
    writer_text(writer, "bulkhead,name", channel->name);
    writer_cell(writer, "bulkhead,member", number);
    writer_texts(writer, "bulkhead,members", names, count);
    if (!own->writes)
        writer_flag(writer, "read-only");
    writer_end(writer);
}

/* Says that nobody takes channels for memory of his own, even if a patch adds some around them. */
static void put_reserved(struct tree_writer *writer) {
    const struct plan_vm *vm = writer->vm;

    writer_begin(writer, "reserved-memory");
    writer_cell(writer, "#address-cells", 2);
    writer_cell(writer, "#size-cells", 2);
    writer_flag(writer, "ranges");
    for (size_t i = 0; i < vm->member_count; i++) {
        const struct plan_member *member = &vm->members[i];

        writer_begin(writer, "channel@%llx", (unsigned long long)member->at);
        WRITER_RANGES(writer, "reg", member->at, writer->plan->channels[member->channel].size);
        writer_flag(writer, "no-map");
        writer_end(writer);
    }
    writer_end(writer);
}

static void put_channels(struct tree_writer *writer) {
    if (writer->vm->member_count == 0)
        return;
    put_reserved(writer);
    for (size_t n = 0; n < writer->plan->channel_count; n++)
        put_channel(writer, n);
}

/* Registers and interrupt of an emulated UART: those of the board's. */
static void put_console_place(struct tree_writer *writer, uint64_t size) {
    const struct machine *machine = writer->machine;

    WRITER_RANGES(writer, "reg", machine->board.console_phys, size);
    guest_tree_put_parent(writer);
    writer_copy(writer, machine->console_node, "interrupts");
    writer_copy(writer, machine->console_node, "interrupts-extended");
}

static void put_pl011(struct tree_writer *writer, const char *name) {
    static const char *const compatible[] = {"arm,pl011", "arm,primecell"};
    static const char *const clocks[] = {"uartclk", "apb_pclk"};
    uint32_t clock = writer_phandle(writer);

    writer_begin(writer, "serial-clock");
    writer_text(writer, "compatible", "fixed-clock");
    writer_cell(writer, "#clock-cells", 0);
    writer_cell(writer, "clock-frequency", PL011_CLOCK);
    writer_cell(writer, "phandle", clock);
    writer_end(writer);
    writer_begin(writer, "%s", name);
    writer_texts(writer, "compatible", compatible, COUNT(compatible));
    put_console_place(writer, SYSTEM_PAGE_SIZE);
    WRITER_CELLS(writer, "clocks", clock, clock);
    writer_texts(writer, "clock-names", clocks, COUNT(clocks));
    writer_end(writer);
}

static void put_16550(struct tree_writer *writer, const char *name) {
    const struct machine *machine = writer->machine;

    writer_begin(writer, "%s", name);
    writer_text(writer, "compatible", "ns16550a");
    put_console_place(writer, NS16550_SIZE);
    writer_cell(writer, "clock-frequency",
                tree_cell(machine->console_node, "clock-frequency", NS16550_CLOCK));
    writer_end(writer);
}

/* The emulated UART, which the board's lends its place and its interrupt; its path. */
static const char *put_console(struct tree_writer *writer) {
    uint64_t place = writer->machine->board.console_phys;
    const char *name = arena_printf(writer->plan->arena, "serial@%llx", (unsigned long long)place);

    if (writer->vm->console == SYSTEM_VM_CONSOLE_PL011)
        put_pl011(writer, name);
    else
        put_16550(writer, name);
    return arena_printf(writer->plan->arena, "/%s", name);
}

/* --- nodes that are copied --- */

/* The board's aliases of what the VM has, so that numbers (mmc0, ethernet1) stay; or its labels.
 * The path of the console (NULL: it has none) and the name serial0 are left out where there is one.
 */
static void put_listed(struct tree_writer *writer, const char *list, const char *console) {
    const struct tree *tree = writer->machine->tree;
    const struct tree_node *names = tree_child(tree->root, list);

    for (size_t i = 0; names != NULL && i < names->property_count; i++) {
        const char *name = names->properties[i].name;
        const char *copy = guest_tree_copy_path(writer, tree_listed(tree, list, name));

        if (copy != NULL &&
            (console == NULL || (strcmp(copy, console) != 0 && strcmp(name, "serial0") != 0)))
            writer_text(writer, name, copy);
    }
}

static void put_aliases(struct tree_writer *writer, const char *console) {
    writer_begin(writer, "aliases");
    if (console != NULL)
        writer_text(writer, "serial0", console);
    put_listed(writer, "aliases", console);
    writer_end(writer);
}

/* Labels for a patch: the board's names, and its own. */
static void put_symbols(struct tree_writer *writer) {
    const struct board *board = writer->plan->board;

    writer_begin(writer, "__symbols__");
    for (size_t i = 0; i < board->name_count; i++) {
        const char *why = NULL;
        const struct tree_node *node = NULL;

        device_find(board, board->names[i].name, writer->plan->arena, &node, &why);
        const char *path = guest_tree_copy_path(writer, node);
        if (path != NULL)
            writer_text(writer, board->names[i].name, path);
    }
    put_listed(writer, "__symbols__", NULL);
    writer_end(writer);
}

static void put_devices(struct tree_writer *writer) {
    const struct plan_vm *vm = writer->vm;
    const char *console = NULL;

    for (size_t i = 0; i < vm->device_count; i++)
        if (vm->devices[i].device.node != NULL)
            guest_tree_copy(writer, &vm->devices[i]);
    if (plan_has_uart(vm))
        console = put_console(writer);
    else if (vm->console_device != NULL)
        console = guest_tree_copy_path(writer, vm->console_device->device.node);
    put_aliases(writer, console);
}

static void put_tree(struct tree_writer *writer) {
    writer_begin(writer, "%s", "");
    writer_text(writer, "model", "Bulkhead virtual machine");
    writer_text(writer, "compatible", "linux,dummy-virt");
    writer_cell(writer, "#address-cells", 2);
    writer_cell(writer, "#size-cells", 2);
    if (!writer_is_riscv64(writer))
        writer_cell(writer, "interrupt-parent", writer_controller(writer));
    writer_copy(writer, writer->machine->tree->root, "dma-coherent");
    put_chosen(writer);
    put_memory(writer);
    put_channels(writer);
    if (writer_is_riscv64(writer))
        guest_tree_riscv64(writer);
    else
        guest_tree_arm64(writer);
    put_devices(writer);
    if (writer->vm->description->patch.given)
        put_symbols(writer);
    writer_end(writer);
}

size_t guest_tree_build(const struct plan *plan, const struct plan_vm *vm,
                        const unsigned char **tree) {
    struct tree_writer writer = {.plan = plan, .vm = vm, .machine = &plan->board->machine};

    writer.tree = arena_alloc(plan->arena, GUEST_TREE_SIZE_MAX);
    writer.error = fdt_create(writer.tree, GUEST_TREE_SIZE_MAX);
    if (writer.error == 0)
        writer.error = fdt_finish_reservemap(writer.tree);
    put_tree(&writer);
    if (writer.error == 0)
        writer.error = fdt_finish(writer.tree);
    *tree = writer.tree;
    return writer.error == 0 ? fdt_totalsize(writer.tree) : 0;
}

const void *guest_tree_patch(const void *tree, const struct overlay *overlay, struct arena *arena,
                             size_t *size, struct dtc_errors *errors) {
    struct overlay_target target = {NULL, "the guest's tree",
                                    "see bulkhead show --dts for what it has"};

    if (tree_read(tree, *size, arena, &target.tree) != 0)
        return NULL;
    unsigned char *patched = overlay_apply(overlay, &target, arena, errors);
    if (patched == NULL)
        return NULL;
    int symbols = fdt_path_offset(patched, "/__symbols__");
    if (symbols >= 0)
        fdt_del_node(patched, symbols);
    fdt_pack(patched);
    *size = fdt_totalsize(patched);
    return patched;
}

const void *guest_tree_adopt(const struct plan *plan, const struct plan_vm *vm, size_t *size) {
    const char *args = value_text(&vm->description->args);
    size_t room = vm->tree_file.size + (args != NULL ? strlen(args) : 0) + 0x1000;
    void *tree = arena_alloc(plan->arena, room);
    const struct {
        const char *name;
        uint64_t value;
    } initrd[] = {{"linux,initrd-start", vm->initrd_at},
                  {"linux,initrd-end", vm->initrd_at + vm->initrd_file.size}};
    int error = fdt_open_into(vm->tree_file.bytes, tree, (int)room);
    int chosen = error != 0 ? error : fdt_path_offset(tree, "/chosen");

    if (chosen == -FDT_ERR_NOTFOUND)
        chosen = fdt_add_subnode(tree, 0, "chosen");
    error = chosen < 0 ? chosen : 0;
    if (error == 0 && args != NULL)
        error = fdt_setprop(tree, chosen, "bootargs", args, (int)strlen(args) + 1);
    for (size_t i = 0; error == 0 && i < COUNT(initrd) && vm->initrd_at != 0; i++)
        error = fdt_setprop_u64(tree, chosen, initrd[i].name, initrd[i].value);
    if (error == 0)
        error = fdt_pack(tree);
    *size = fdt_totalsize(tree);
    return error == 0 ? tree : NULL;
}

bool guest_tree_find_seeds(const void *tree, uint32_t *at, uint32_t *size) {
    const uint32_t head = 3 * sizeof(fdt32_t); /* token, length and name of a property */
    int chosen = fdt_path_offset(tree, "/chosen");
    int kaslr_size = 0;
    int rng_size = 0;
    const char *kaslr = chosen < 0 ? NULL : fdt_getprop(tree, chosen, "kaslr-seed", &kaslr_size);
    const char *rng = chosen < 0 ? NULL : fdt_getprop(tree, chosen, "rng-seed", &rng_size);

    *at = *size = 0;
    if (kaslr == NULL || rng == NULL || kaslr_size != KASLR_SEED_SIZE ||
        rng_size != RNG_SEED_SIZE || rng - kaslr != KASLR_SEED_SIZE + head)
        return false;
    *at = (uint32_t)(kaslr - (const char *)tree) - head;
    *size = (uint32_t)(rng + rng_size - kaslr) + head;
    return true;
}
