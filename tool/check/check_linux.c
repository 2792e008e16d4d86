/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check_linux.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_arch.h"
#include "tool/base/array.h"
#include "tool/base/number.h"
#include "tool/system/initrd.h"
#include "tool/system/linux_needs.h"
#include "tool/tree/tree_address.h"

/*
 * COMMAND_LINE_SIZE of each architecture, with the NUL: Linux cuts off what is longer. RISC-V's was
 * 512 before 6.3, which nothing in an Image tells.
 */
#define ARGS_SIZE_ARM64   2048u
#define ARGS_SIZE_RISCV64 1024u

static bool is_linux(const struct plan_vm *vm) {
    return vm->image.kind == GUEST_IMAGE_LINUX;
}

static enum system_arch arch_of(const struct checker *checker) {
    return (enum system_arch)checker->plan->board->machine.config->arch;
}

/* --- memory, and what fills it --- */

void unpack_initrd(struct checker *checker, struct plan_vm *vm) {
    const struct file *file = &vm->initrd_file;
    const struct plan *plan = checker->plan;
    const char *why = NULL;

    if (!is_linux(vm) || file->size == 0)
        return;
    const struct image_description *described = vm->description->initrd.maps;
    vm->initrd_unpacked =
        initrd_unpacked(file->bytes, file->size, plan->is_check, plan->arena, &why);
    if (why != NULL) {
        checker_broken(checker, RULE_IMAGE_TRUNCATED, described->file.mark, "%s %s",
                       described->file.text, why);
    }
}

void check_linux_tree(struct checker *checker, const struct plan_vm *vm) {
    if (is_linux(vm) && !vm->has_tree) {
        checker_broken(
            checker, RULE_LINUX_TREE, vm->description->dtb.mark,
            "'%s' gets no device tree (dtb: none), and a Linux finds its memory, console "
            "and devices nowhere else; remove dtb: none",
            vm->name);
    }
}

void check_linux_memory(struct checker *checker, const struct plan_vm *vm) {
    const struct vm_description *described = vm->description;
    uint64_t kernel = vm->image.kernel_size;
    uint64_t initrd = vm->initrd_file.size;
    struct linux_needs needs = linux_needs(arch_of(checker), kernel, initrd, vm->initrd_unpacked);
    struct arena *arena = checker->plan->arena;
    uint64_t memory = 0;

    for (size_t i = 0; i < vm->memory_count; i++)
        memory += vm->memory[i].size;
    if (!is_linux(vm) || memory >= needs.all << 20)
        return;
    bool fits = memory >= kernel + initrd + vm->initrd_unpacked;
    checker_broken(
        checker, fits ? RULE_LINUX_MEMORY : RULE_INITRD_TOO_LARGE, described->memory.mark,
        "'%s' has %s of memory, and its Linux %s about %llu MiB until it runs its init: %llu for "
        "the kernel%s, and %llu that Linux takes for itself; give it that much, or more",
        vm->name, number_size_text(arena, memory), fits ? "may need" : "needs",
        (unsigned long long)needs.all, (unsigned long long)needs.kernel,
        initrd == 0
            ? ""
            : arena_printf(arena, ", %llu for the initrd, %llu for what that unpacks to",
                           (unsigned long long)needs.initrd, (unsigned long long)needs.unpacked),
        (unsigned long long)needs.own);
}

/* --- args --- */

void check_args_too_long(struct checker *checker, const struct plan_vm *vm) {
    const struct value *args = &vm->description->args;
    bool is_riscv64 = arch_of(checker) == SYSTEM_ARCH_RISCV64;
    size_t most = (is_riscv64 ? ARGS_SIZE_RISCV64 : ARGS_SIZE_ARM64) - 1;

    if (!is_linux(vm) || args->text == NULL || strlen(args->text) <= most)
        return;
    checker_broken(checker, RULE_ARGS_TOO_LONG, args->mark,
                   "args has %zu characters, and Linux reads %zu%s and cuts off the rest; shorten "
                   "it, or move what programs read into the initrd",
                   strlen(args->text), most, is_riscv64 ? " (511 before 6.3)" : "");
}

/* How many things of a guest's can be the console of each kind, besides the one that Bulkhead has
 * for it; NONE: a screen. */
struct consoles {
    size_t count[SYSTEM_VM_CONSOLE_SBI + 1];
};

static bool is_named(const struct tree_node *node, const char *name) {
    size_t size = strlen(name);

    return strncmp(node->name, name, size) == 0 &&
           (node->name[size] == '@' || node->name[size] == '\0');
}

static bool is_pl011(const struct tree_node *node) {
    return tree_is_compatible(node, "arm,pl011") || tree_is_compatible(node, "arm,sbsa-uart");
}

static struct consoles find_consoles(const struct plan_vm *vm, const struct tree *tree) {
    struct consoles consoles = {.count[SYSTEM_VM_CONSOLE_NONE] = vm->device_count};
    const struct tree_node *node = tree->root;

    while (node < tree->root->end) {
        bool is_bus = tree_is_compatible(node, "virtio,mmio") || tree_is_type(node, "pci");
        bool is_uart = is_named(node, "serial") || is_named(node, "uart");
        bool is_enabled = tree_is_enabled(node);

        if (is_enabled && is_pl011(node))
            consoles.count[SYSTEM_VM_CONSOLE_PL011]++;
        else if (is_enabled && (is_uart || is_bus)) /* a driver's that is not known here, perhaps */
            consoles.count[SYSTEM_VM_CONSOLE_16550]++;
        if (is_enabled && is_bus)
            consoles.count[SYSTEM_VM_CONSOLE_SBI]++;
        node = is_enabled ? node + 1 : node->end;
    }
    if (vm->console_device != NULL && !is_pl011(vm->console_device->device.node))
        consoles.count[SYSTEM_VM_CONSOLE_16550]++;
    if (plan_has_uart(vm) && consoles.count[vm->console] != 0)
        consoles.count[vm->console]--;
    return consoles;
}

/* Linux's names, and whose they are. */
static const struct {
    const char *prefix;
    enum system_vm_console kind;
} names[] = {
    {"ttyAMA", SYSTEM_VM_CONSOLE_PL011},
    {"ttyS", SYSTEM_VM_CONSOLE_16550},
    {"hvc", SYSTEM_VM_CONSOLE_SBI},
    {"tty", SYSTEM_VM_CONSOLE_NONE},
};

/* Whether a console of this name may be there; what is not known may. */
static bool may_have(const struct plan_vm *vm, const struct consoles *consoles, const char *name) {
    for (size_t i = 0; i < COUNT(names); i++) {
        size_t size = strlen(names[i].prefix);
        enum system_vm_console kind = names[i].kind;

        if (strncmp(name, names[i].prefix, size) != 0 || !isdigit((unsigned char)name[size]))
            continue;
        bool is_shared = kind != SYSTEM_VM_CONSOLE_NONE && vm->console == kind;
        return consoles->count[kind] != 0 ||
               (is_shared && name[size] == '0' && !isdigit((unsigned char)name[size + 1]));
    }
    return true;
}

/* What to write in place of a console that is not there. */
static const char *console_advice(const struct plan_vm *vm, const char *key, struct arena *arena) {
    bool early = strcmp(key, "earlycon") == 0;

    if (vm->console == SYSTEM_VM_CONSOLE_SBI)
        return early ? "write earlycon=sbi" : "write console=hvc0";
    if (vm->console == SYSTEM_VM_CONSOLE_NONE && vm->own_console == NULL)
        return "remove it, or give the VM a console with console: shared";
    if (early)
        return "write earlycon alone: the device tree says the rest";
    for (size_t i = 0; i < COUNT(names); i++)
        if (names[i].kind == vm->console && plan_has_uart(vm))
            return arena_printf(
                arena, "write console=%s0, or remove it: the device tree names the console",
                names[i].prefix);
    return "remove it: the device tree names the console";
}

/* Whether earlycon=TYPE,..., with an address or none, is one of the tree's UARTs, or the firmware.
 */
static bool is_early_console(const struct checker *checker, const struct tree *tree,
                             const char *early) {
    const char *address = strstr(early, "0x");
    struct system_range range;

    if (strncmp(early, "sbi", 3) == 0)
        return arch_of(checker) == SYSTEM_ARCH_RISCV64;
    for (const struct tree_node *node = tree->root; address != NULL && node < tree->root->end;
         node++)
        if (tree_is_enabled(node) && tree_register(node, 0, &range) &&
            range.phys == strtoull(address, NULL, 16) &&
            (strncmp(early, "pl011", 5) == 0) == is_pl011(node))
            return true;
    return address == NULL;
}

static void refuse_console(struct checker *checker, const struct plan_vm *vm, const char *key,
                           const char *value) {
    checker_broken(checker, RULE_ARGS_CONSOLE, vm->description->args.mark,
                   "args has %s=%s, which is no console that '%s' has; %s", key, value, vm->name,
                   console_advice(vm, key, checker->plan->arena));
}

/* Each word of args, up to -- (what is behind is for init): one console of those that are named has
 * to be there, and each early one. */
static void check_words(struct checker *checker, const struct plan_vm *vm,
                        const struct tree *tree) {
    struct consoles consoles = find_consoles(vm, tree);
    char *rest = arena_strdup(checker->plan->arena, vm->description->args.text);
    const char *missing = NULL;
    bool found = false;

    for (char *word = strtok_r(rest, " ", &rest); word != NULL && strcmp(word, "--") != 0;
         word = strtok_r(NULL, " ", &rest)) {
        const char *value = strchr(word, '=');

        if (value != NULL && strncmp(word, "console=", 8) == 0) {
            bool may = may_have(vm, &consoles, value + 1);
            found = found || may;
            missing = may ? missing : value + 1;
        } else if (value != NULL && strncmp(word, "earlycon=", 9) == 0 &&
                   !is_early_console(checker, tree, value + 1)) {
            refuse_console(checker, vm, "earlycon", value + 1);
        }
    }
    if (missing != NULL && !found)
        refuse_console(checker, vm, "console", missing);
}

void check_args_console(struct checker *checker, const struct plan_vm *vm) {
    const struct tree *tree = NULL;

    if (!is_linux(vm) || vm->description->args.text == NULL)
        return;
    for (size_t i = 0; i < vm->payload_count; i++) {
        const struct plan_payload *payload = &vm->payloads[i];

        if (strcmp(payload->what, "tree") == 0 &&
            tree_read(payload->bytes, payload->size, checker->plan->arena, &tree) == 0)
            check_words(checker, vm, tree);
    }
}
