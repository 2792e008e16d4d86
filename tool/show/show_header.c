/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/show.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "tool/show/shown_channel.h"

#define NAME_COLUMNS 32

struct header {
    FILE *stream;
    struct shown *shown;
    uint32_t index; /* the VM's */
    const struct system_vm *vm;
    const struct manifest_vm *known; /* the manifest's entry for it */
    const char *prefix;
    const char **names; /* all that are defined */
    size_t name_count;
};

static struct arena *arena_of(struct header *header) {
    return &header->shown->arena;
}

/* "BASE_WHAT", or "BASE_WHAT_n" from the second of a kind on; BASE may be empty. */
static const char *name_of(struct header *header, const char *base, const char *what, uint64_t n) {
    const char *name = arena_printf(arena_of(header), "%s_%s%s%s", header->prefix, base,
                                    base[0] == '\0' ? "" : "_", what);

    return n == 0 ? name : arena_printf(arena_of(header), "%s_%" PRIu64, name, n);
}

static bool is_taken(const struct header *header, const char *name) {
    for (size_t i = 0; i < header->name_count; i++)
        if (strcmp(header->names[i], name) == 0)
            return true;
    return false;
}

static void define_text(struct header *header, const char *name, const char *text) {
    *ARENA_ADD(arena_of(header), header->names, header->name_count) = name;
    fprintf(header->stream, "#define %-*s %s\n", NAME_COLUMNS, name, text);
}

/* Defines a number, which is given as C has its digits. */
static void define_digits(struct header *header, const char *base, const char *what, uint64_t n,
                          const char *digits) {
    define_text(header, name_of(header, base, what, n),
                arena_printf(arena_of(header), "%s_UL(%s)", header->prefix, digits));
}

static void define_number(struct header *header, const char *base, const char *what, uint64_t n,
                          uint64_t number) {
    define_digits(header, base, what, n, arena_printf(arena_of(header), "%" PRIu64, number));
}

static void define(struct header *header, const char *what, uint64_t n, uint64_t number) {
    define_number(header, "", what, n, number);
}

static void define_hex(struct header *header, const char *base, const char *what, uint64_t n,
                       uint64_t number) {
    define_digits(header, base, what, n, arena_printf(arena_of(header), "0x%" PRIx64, number));
}

static void define_range(struct header *header, const char *base, uint64_t n, uint64_t at,
                         uint64_t size) {
    define_hex(header, base, "AT", n, at);
    define_hex(header, base, "SIZE", n, size);
}

/* Defines a flag, which is 1; a header leaves out the flags that do not hold. */
static void define_flag(struct header *header, const char *what) {
    define_text(header, name_of(header, "", what, 0), "1");
}

/* Text from outside, for a comment: it must not end that, nor the line. */
static const char *harmless(struct header *header, const char *text, const char *if_unknown) {
    char *copy = arena_strdup(arena_of(header), text == NULL ? if_unknown : text);

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '*' || *at == '\\' || *at < ' ' || *at > '~')
            *at = '.';
    return copy;
}

static void print_top(struct header *header) {
    const char *prefix = header->prefix;

    fprintf(
        header->stream,
        "/*\n * VM '%s' of a system for %s. Made by `bulkhead show --header`, do not edit.\n"
        " * Macros only: for C, assembly, and linker scripts that go through the preprocessor.\n"
        " * _AT is an address as the guest sees it, _IRQ the number that its handler reads; the\n"
        " * second of a kind has _1 behind its name.\n"
        " */\n"
        "#ifndef %s_H\n"
        "#define %s_H\n\n"
        "#ifdef __ASSEMBLER__\n"
        "#define %s_UL(number) number\n"
        "#else\n"
        "#define %s_UL(number) number##UL\n"
        "#endif\n\n",
        header->vm->name,
        harmless(header, header->shown->manifest.board, shown_arch(header->shown)), prefix, prefix,
        prefix, prefix);
}

static void print_title(struct header *header, const char *text) {
    fprintf(header->stream, "\n/* %s */\n", text);
}

/* The machine's CPU that one of its own runs on. */
static const struct system_cpu *cpu_of(const struct header *header, uint32_t vcpu) {
    return &header->shown->system.cpus[system_vm_cpu(header->vm, vcpu)];
}

static void print_cpus(struct header *header) {
    uint32_t count = system_vm_vcpu_count(header->vm);

    print_title(header,
                "Its CPUs, 0 to n - 1; what each is in the machine, which a guest never sees");
    define(header, "CPU_COUNT", 0, count);
    for (uint32_t vcpu = 0; vcpu < count; vcpu++) {
        define(header, "MACHINE_CPU", vcpu, system_vm_cpu(header->vm, vcpu));
        define_hex(header, "", "MACHINE_CPU_ID", vcpu, cpu_of(header, vcpu)->hwid);
    }
}

static void print_memory(struct header *header) {
    struct system_slice slice = header->vm->memory;

    print_title(header, "Its memory");
    define(header, "MEMORY_COUNT", 0, slice.count);
    for (uint32_t i = 0; i < slice.count; i++) {
        const struct system_region *memory = &header->shown->system.memory[slice.first + i];

        define_range(header, "MEMORY", i, memory->at, memory->size);
    }
}

/* --- the console --- */

static const struct manifest_device *own_console(const struct header *header) {
    const char *name = shown_console(header->shown, header->index);
    const struct manifest_vm *known = header->known;

    for (size_t i = 0; i < known->device_count; i++)
        if (known->devices[i].name != NULL && strcmp(known->devices[i].name, name) == 0)
            return &known->devices[i];
    return NULL;
}

static void print_device(struct header *header, const char *base,
                         const struct manifest_device *device);

/* A UART that it owns gets the console's names, besides those of the device. */
static void print_own_console(struct header *header) {
    const struct manifest_device *device = own_console(header);
    const char *compatible = device == NULL ? NULL : device->compatible;

    if (device == NULL) {
        print_title(header, "It has no console");
        return;
    }
    print_title(header, "Its console, a device of its own");
    if (compatible != NULL && strcmp(compatible, "arm,pl011") == 0)
        define_flag(header, "CONSOLE_IS_PL011");
    else if (compatible != NULL && strncmp(compatible, "ns16550", 7) == 0)
        define_flag(header, "CONSOLE_IS_16550");
    print_device(header, "CONSOLE", device);
}

static void print_console(struct header *header) {
    static const struct {
        const char *title;
        const char *flag;
    } kinds[] = {
        [SYSTEM_VM_CONSOLE_SBI] = {"Its console, the SBI's", "CONSOLE_IS_SBI"},
        [SYSTEM_VM_CONSOLE_PL011] = {"Its console, an emulated PL011", "CONSOLE_IS_PL011"},
        [SYSTEM_VM_CONSOLE_16550] = {"Its console, an emulated 16550: its registers are 2^SHIFT "
                                     "bytes apart, WIDTH bytes wide",
                                     "CONSOLE_IS_16550"},
    };
    const struct system_vm *vm = header->vm;
    uint32_t layout = header->shown->system.board->console_layout;

    if (vm->console == SYSTEM_VM_CONSOLE_NONE) {
        print_own_console(header);
        return;
    }
    print_title(header, kinds[vm->console].title);
    define_flag(header, kinds[vm->console].flag);
    if (vm->console == SYSTEM_VM_CONSOLE_SBI)
        return;
    if (vm->console == SYSTEM_VM_CONSOLE_16550) {
        define(header, "CONSOLE_SHIFT", 0, layout & 0xff);
        define(header, "CONSOLE_WIDTH", 0, layout >> 8);
    }
    define_range(header, "CONSOLE", 0, vm->console_at, SYSTEM_PAGE_SIZE);
    define(header, "CONSOLE_IRQ", 0, vm->console_irq);
}

static void print_watchdog(struct header *header) {
    const struct system_vm *vm = header->vm;

    if (vm->watchdog == 0)
        return;
    print_title(header, "Its watchdog: the longest that it may be left unfed, in ms");
    define(header, "WATCHDOG_MS", 0, vm->watchdog);
    if (vm->watchdog_at == 0)
        return;
    define_range(header, "WATCHDOG", 0, vm->watchdog_at, header->shown->arch->watchdog_size);
    define(header, "WATCHDOG_IRQ", 0, vm->watchdog_irq);
}

/* --- interrupt controller and timers --- */

static void define_controller(struct header *header, const char *base, uint32_t n) {
    struct system_range range = shown_controller(header->shown, header->index, n);

    define_range(header, base, 0, range.phys, range.size);
}

static void print_arm64(struct header *header) {
    const struct system_board_arm64 *board = &header->shown->system.board->arm64;
    uint64_t frequency = header->shown->manifest.timer_frequency;

    print_title(header, "Its interrupt controller, a GICv3: distributor, and all redistributors");
    define_controller(header, "GICD", 0);
    define_controller(header, "GICR", 1);
    print_title(header,
                frequency == 0 ? "Its timers; CNTFRQ_EL0 has their frequency" : "Its timers");
    if (frequency != 0)
        define(header, "TIMER_FREQUENCY", 0, frequency);
    define(header, "TIMER_VIRTUAL_IRQ", 0, board->timer_virtual_irq);
    define(header, "TIMER_PHYSICAL_IRQ", 0, board->timer_physical_irq);
    if (header->shown->system.board->pmu_irq != 0) {
        print_title(header, "Overflow of its cores' counters (PMU)");
        define(header, "PMU_IRQ", 0, header->shown->system.board->pmu_irq);
    }
}

static void print_plic(struct header *header) {
    const struct system *system = &header->shown->system;

    print_title(header,
                "Its interrupt controller, a PLIC: its CPUs' contexts, and those in the machine");
    define_controller(header, "PLIC", 0);
    define(header, "PLIC_SOURCES", 0, system->board->riscv64.sources);
    for (uint32_t vcpu = 0; vcpu < system_vm_vcpu_count(header->vm); vcpu++) {
        define(header, "PLIC_CONTEXT", vcpu, system->cpus[vcpu].controller_index);
        define(header, "MACHINE_PLIC_CONTEXT", vcpu, cpu_of(header, vcpu)->controller_index);
    }
}

/* An APLIC; with IMSICs, where the VM's interrupt files are, one page for each CPU. */
static void print_aplic(struct header *header, bool has_imsic) {
    const struct system *system = &header->shown->system;

    print_title(header, has_imsic ? "Its interrupt controller, an APLIC that sends MSIs to IMSICs, "
                                    "a page for each CPU. Those in the machine"
                                  : "Its interrupt controller, an APLIC in direct delivery mode");
    define_controller(header, "APLIC", 0);
    define(header, "APLIC_SOURCES", 0, system->board->riscv64.sources);
    if (!has_imsic)
        return;
    define_controller(header, "IMSIC", 1);
    define(header, "IMSIC_IDENTITIES", 0, system->board->riscv64.identities);
    for (uint32_t vcpu = 0; vcpu < system_vm_vcpu_count(header->vm); vcpu++)
        define_hex(header, "", "MACHINE_IMSIC_FILE", vcpu, cpu_of(header, vcpu)->controller_phys);
}

static void print_riscv64(struct header *header) {
    const struct system_board_riscv64 *board = &header->shown->system.board->riscv64;

    if (board->controller_kind == SYSTEM_CONTROLLER_PLIC)
        print_plic(header);
    else
        print_aplic(header, board->controller_kind == SYSTEM_CONTROLLER_AIA);
    print_title(header, "Its timer: of the CPU's own, with this many ticks of `time` a second");
    define(header, "TIMER_FREQUENCY", 0, board->timebase);
    if ((board->isa & SYSTEM_ISA_SSTC) != 0)
        define_flag(header, "TIMER_HAS_STIMECMP");
}

/* A name as part of one in C. */
static char *capitals(struct header *header, const char *name) {
    char *copy = arena_strdup(arena_of(header), name);

    for (char *at = copy; *at != '\0'; at++)
        *at = isalnum((unsigned char)*at) ? (char)toupper((unsigned char)*at) : '_';
    return copy;
}

/* --- channels --- */

static void print_channels(struct header *header) {
    const struct shown *shown = header->shown;

    if (header->vm->members.count != 0)
        print_title(header, "Its channels: at _AT a page of state, which members only read, and "
                            "behind it _SIZE bytes;\n * _MEMBER is its own number among them");
    for (uint32_t i = 0; i < shown->system.channel_count; i++) {
        const struct system_member *member = shown_channel_member(shown, header->index, i);
        const char *name = manifest_channel(&shown->manifest, i);

        if (member == NULL)
            continue;
        const char *base = arena_printf(arena_of(header), "CHANNEL_%s",
                                        name == NULL ? arena_printf(arena_of(header), "%" PRIu32, i)
                                                     : capitals(header, name));
        define_range(header, base, 0, member->at,
                     shown->system.channels[i].size - SYSTEM_PAGE_SIZE);
        define_number(header, base, "MEMBER", 0, shown_channel_number(shown, header->index, i));
    }
}

/* --- devices --- */

/* Registers and interrupts in the order of its node, in which its binding counts them. */
static void print_device(struct header *header, const char *base,
                         const struct manifest_device *device) {
    const struct shown *shown = header->shown;

    for (size_t n = 0; n < device->register_count; n++)
        for (size_t i = 0; i < shown->devices.count; i++) {
            const struct shown_range *window = &shown->devices.items[i];

            if (window->owner == header->index && window->phys == device->registers[n])
                define_range(header, base, n, window->at, window->size);
        }
    for (size_t n = 0; n < device->interrupt_count; n++)
        for (size_t i = 0; i < shown->interrupt_count; i++) {
            const struct shown_interrupt *interrupt = &shown->interrupts[i];

            if (interrupt->owner == header->index && interrupt->phys == device->interrupts[n])
                define_number(header, base, "IRQ", n, interrupt->number);
        }
}

/* Whether a device could have this name: the header defines none of its macros yet. */
static bool is_free(struct header *header, const char *base, size_t count) {
    static const char *const kinds[] = {"AT", "SIZE", "IRQ"};

    for (size_t kind = 0; kind < COUNT(kinds); kind++)
        for (size_t n = 0; n < count; n++)
            if (is_taken(header, name_of(header, base, kinds[kind], n)))
                return false;
    return true;
}

/* A device's name as part of one in C; other devices' and our own are kept apart by a number. */
static const char *identifier(struct header *header, const struct manifest_device *device) {
    char *name = capitals(header, device->name == NULL ? "DEVICE" : device->name);
    size_t count = device->register_count + device->interrupt_count;
    const char *base = name;

    for (unsigned n = 2; !is_free(header, base, count); n++)
        base = arena_printf(arena_of(header), "%s_%u", name, n);
    return base;
}

static void print_devices(struct header *header) {
    for (size_t i = 0; i < header->known->device_count; i++) {
        const struct manifest_device *device = &header->known->devices[i];

        fprintf(header->stream, "\n/* Device %s: %s, %s */\n",
                harmless(header, device->name, "without a name"),
                harmless(header, device->node, "?"), harmless(header, device->compatible, "?"));
        print_device(header, identifier(header, device), device);
    }
}

/* Without a manifest: all windows and interrupts of the VM, in the table's order. */
static void print_unnamed(struct header *header) {
    const struct system *system = &header->shown->system;
    const struct system_vm *vm = header->vm;

    if (header->shown->no_manifest == NULL || vm->devices.count + vm->interrupts.count == 0)
        return;
    print_title(header, "Its devices, whose names are not known");
    for (uint32_t n = 0; n < vm->devices.count; n++) {
        const struct system_region *window = &system->devices[vm->devices.first + n];

        define_range(header, "DEVICE", n, window->at, window->size);
    }
    for (uint32_t n = 0; n < vm->interrupts.count; n++)
        define(header, "DEVICE_IRQ", n, system->interrupts[vm->interrupts.first + n].number);
}

void show_header(FILE *stream, struct shown *shown, uint32_t vm, const char *prefix) {
    struct header header = {.stream = stream,
                            .shown = shown,
                            .index = vm,
                            .vm = &shown->system.vms[vm],
                            .known = manifest_vm(&shown->manifest, vm),
                            .prefix = prefix};

    print_top(&header);
    define_text(&header, name_of(&header, "", "NAME", 0),
                arena_printf(&shown->arena, "\"%s\"", header.vm->name));
    define_flag(&header, shown->arch == &config_riscv64 ? "ARCH_RISCV64" : "ARCH_ARM64");
    print_cpus(&header);
    print_memory(&header);
    if (shown->arch == &config_riscv64)
        print_riscv64(&header);
    else
        print_arm64(&header);
    print_console(&header);
    print_watchdog(&header);
    print_channels(&header);
    print_devices(&header);
    print_unnamed(&header);
    fprintf(stream, "\n#endif\n");
}

bool show_header_is_prefix(const char *text) {
    if (!isalpha((unsigned char)text[0]))
        return false;
    while (isalnum((unsigned char)*text) || *text == '_')
        text++;
    return *text == '\0';
}
