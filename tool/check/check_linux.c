/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/check/check_linux.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_check.h"
#include "tool/base/number.h"
#include "tool/system/initrd.h"
#include "tool/system/linux_needs.h"

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

    if (!is_linux(vm) || file->size == 0)
        return;
    const struct image_description *described = vm->description->initrd.maps;
    struct initrd initrd =
        initrd_read(file->bytes, file->size, arch_of(checker), plan->is_check, plan->arena);
    vm->initrd_unpacked = initrd.unpacked;
    if (initrd.cut != NULL) {
        checker_broken(checker, RULE_IMAGE_TRUNCATED, described->file.mark, "%s %s",
                       described->file.text, initrd.cut);
    } else if (initrd.odd != NULL) {
        checker_broken(checker, RULE_INITRD_FORMAT, described->file.mark, "%s %s",
                       described->file.text, initrd.odd);
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
        "the kernel%s %llu for %s; give it that much, or more",
        vm->name, number_size_text(arena, memory), fits ? "may need" : "needs",
        (unsigned long long)needs.all, (unsigned long long)needs.kernel,
        initrd == 0 ? " and"
                    : arena_printf(arena, ", %llu for what the initrd unpacks to, and",
                                   (unsigned long long)needs.unpacked),
        (unsigned long long)needs.own,
        initrd == 0 ? "Linux itself" : "the initrd and, when that is freed, Linux itself");
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

/* What Linux calls the consoles that Bulkhead has for a VM. */
static const char *const console_names[] = {
    [SYSTEM_VM_CONSOLE_NONE] = NULL,
    [SYSTEM_VM_CONSOLE_PL011] = "ttyAMA0",
    [SYSTEM_VM_CONSOLE_16550] = "ttyS0",
    [SYSTEM_VM_CONSOLE_SBI] = "hvc0",
};

/* Whether a device of the VM's is another console, or may have some behind it. */
static bool has_other_console(const struct plan_vm *vm) {
    static const char *const names[] = {"serial", "uart", "pl011", "virtio", "pci"};

    for (size_t i = 0; i < vm->device_count; i++) {
        const struct tree_node *device = vm->devices[i].device.node;

        /* NULL: what the description says of it is wrong. */
        for (const struct tree_node *node = device; node != NULL && node < device->end; node++)
            for (size_t j = 0; j < COUNT(names); j++)
                if (strncmp(node->name, names[j], strlen(names[j])) == 0)
                    return true;
    }
    return vm->own_console != NULL;
}

/* Whether console=NAME,... is the VM's, if it has no other one, or a word that says other things.
 */
static bool is_own_console(const struct plan_vm *vm, const char *name) {
    size_t size = strcspn(name, ",");
    const char *own = console_names[vm->console];

    if ((strncmp(name, "tty", 3) != 0 && strncmp(name, "hvc", 3) != 0) ||
        !isdigit((unsigned char)name[size - 1]))
        return true; /* ttynull, uart8250,... */
    return own != NULL && strlen(own) == size && strncmp(name, own, size) == 0;
}

/* Whether earlycon=TYPE,..., with an address or none, is where the VM has a device. */
static bool is_early_console(const struct checker *checker, const struct plan_vm *vm,
                             const char *early) {
    const char *text = strstr(early, "0x");
    uint64_t address = text == NULL ? 0 : strtoull(text, NULL, 16);

    if (text == NULL)
        return strncmp(early, "sbi", 3) != 0 || arch_of(checker) == SYSTEM_ARCH_RISCV64;
    for (size_t i = 0; i < vm->device_count; i++)
        for (size_t j = 0; j < vm->devices[i].device.register_count; j++)
            if (vm->devices[i].device.registers[j].phys == address)
                return true;
    return plan_has_uart(vm) && checker->plan->board->machine.board.console_phys == address &&
           (strncmp(early, "pl011", 5) == 0) == (vm->console == SYSTEM_VM_CONSOLE_PL011);
}

/* `early`: it is an earlycon=. */
static void refuse_console(struct checker *checker, const struct plan_vm *vm, const char *word,
                           bool early) {
    const char *name = console_names[vm->console];
    const char *advice = "remove it, or give the VM a console with console: shared";

    if (early && vm->console == SYSTEM_VM_CONSOLE_SBI)
        advice = "write earlycon=sbi";
    else if (early && (name != NULL || vm->own_console != NULL))
        advice = "write earlycon alone: the device tree says the rest";
    else if (name != NULL)
        advice = arena_printf(checker->plan->arena, "write console=%s%s", name,
                              plan_has_uart(vm) ? ", or nothing: the device tree says it" : "");
    checker_broken(checker, RULE_ARGS_CONSOLE, vm->description->args.mark,
                   "args has %s, which is no console that '%s' has; %s", word, vm->name, advice);
}

/* Of the consoles that args name, one has to be there, and each early one; behind -- are init's. */
void check_args_console(struct checker *checker, const struct plan_vm *vm) {
    const char *args = vm->description->args.text;
    const char *missing = NULL;

    if (!is_linux(vm) || args == NULL)
        return;
    char *rest = arena_strdup(checker->plan->arena, args);
    bool found = has_other_console(vm);

    for (char *word = strtok_r(rest, " ", &rest); word != NULL && strcmp(word, "--") != 0;
         word = strtok_r(NULL, " ", &rest)) {
        if (strncmp(word, "console=", 8) == 0 && is_own_console(vm, word + 8))
            found = true;
        else if (strncmp(word, "console=", 8) == 0)
            missing = word;
        else if (strncmp(word, "earlycon=", 9) == 0 && !is_early_console(checker, vm, word + 9))
            refuse_console(checker, vm, word, true);
    }
    if (missing != NULL && !found)
        refuse_console(checker, vm, missing, false);
}
