/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "abi/boot_record.h"
#include "config/config_arch.h"
#include "tool/base/array.h"
#include "tool/board/machine_reader.h"
#include "tool/board/riscv_imsic.h"
#include "tool/board/riscv_isa.h"

/* Causes of a hart's interrupts: what its interrupt controller is told (Privileged, 10.1.3). */
#define SOFTWARE_S 1u
#define EXTERNAL_S 9u
#define NOWHERE    UINT32_MAX

/* A hart's own interrupt controller; -1: it has none. */
static int find_intc(const void *tree, int cpu) {
    int node;

    fdt_for_each_subnode(node, tree, cpu) {
        if (tree_is_compatible(tree, node, "riscv,cpu-intc"))
            return node;
    }
    return -1;
}

static bool is_usable(const struct machine_reader *reader, int node) {
    const char *mmu = tree_string(reader->tree, node, "mmu-type");
    struct riscv_isa isa;

    riscv_isa_read(&isa, reader->tree, node, reader->arena);
    return riscv_isa_has(&isa, "h") && mmu != NULL && strcmp(mmu, "riscv,none") != 0 &&
           find_intc(reader->tree, node) >= 0;
}

/* The position in a controller's interrupts-extended of a hart's interrupt `cause`, or NOWHERE. */
static uint32_t find_context(const void *tree, int controller, int intc, uint32_t cause) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(tree, controller, "interrupts-extended", &count);
    uint32_t phandle = intc < 0 ? 0 : fdt_get_phandle(tree, intc);

    for (size_t i = 0; i + 1 < count && phandle != 0; i += 2)
        if (fdt32_ld(&cells[i]) == phandle && fdt32_ld(&cells[i + 1]) == cause)
            return (uint32_t)(i / 2);
    return NOWHERE;
}

/* Whether a controller interrupts any hart's supervisor. */
static bool is_supervisors(const struct machine_reader *reader, int controller) {
    const struct machine *machine = reader->machine;

    for (size_t i = 0; i < machine->cpu_count; i++)
        if (find_context(reader->tree, controller, machine->cpus[i].intc, EXTERNAL_S) != NOWHERE)
            return true;
    return false;
}

static int next_compatible(const void *tree, int node, const char *compatible) {
    do
        node = fdt_node_offset_by_compatible(tree, node, compatible);
    while (node >= 0 && !tree_is_enabled(tree, node));
    return node;
}

/* --- what the board is told of --- */

/* Features that all harts have, and the block size of their cache operations. */
static void read_isa(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    struct system_board_riscv64 *board = &machine->board.riscv64;
    uint32_t sizes[2] = {0};
    static const struct {
        const char *property;
        uint32_t feature;
    } blocks[] = {{"riscv,cbom-block-size", SYSTEM_ISA_ZICBOM},
                  {"riscv,cboz-block-size", SYSTEM_ISA_ZICBOZ}};

    board->isa = SYSTEM_ISA_ALL;
    for (size_t i = 0; i < machine->cpu_count; i++) {
        int node = machine->cpus[i].node;
        struct riscv_isa isa;

        riscv_isa_read(&isa, reader->tree, node, reader->arena);
        board->isa &= riscv_isa_features(&isa) |
                      riscv_isa_mmu_features(tree_string(reader->tree, node, "mmu-type"));
        for (size_t b = 0; b < 2; b++) {
            uint32_t size = tree_cell(reader->tree, node, blocks[b].property, 0);

            if (size == 0 || (size & (size - 1)) != 0 || size > SYSTEM_PAGE_SIZE ||
                (i != 0 && size != sizes[b]))
                board->isa &= ~blocks[b].feature;
            sizes[b] = size;
        }
    }
    /* The hypervisor knows one size. */
    if ((board->isa & SYSTEM_ISA_ZICBOM) != 0 && sizes[0] != sizes[1])
        board->isa &= ~SYSTEM_ISA_ZICBOZ;
    board->block_size = (board->isa & SYSTEM_ISA_ZICBOM) != 0   ? sizes[0]
                        : (board->isa & SYSTEM_ISA_ZICBOZ) != 0 ? sizes[1]
                                                                : 0;
}

static void read_timebase(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    int cpus = fdt_path_offset(reader->tree, "/cpus");
    size_t count = 0;
    const fdt32_t *cells = tree_cells(reader->tree, cpus, "timebase-frequency", &count);

    if (count == 0 && machine->cpu_count != 0) {
        cells = tree_cells(reader->tree, machine->cpus[0].node, "timebase-frequency", &count);
    }
    machine->board.riscv64.timebase = count == 1 || count == 2 ? tree_number(cells, count) : 0;
    if (machine->board.riscv64.timebase == 0)
        machine_refuse(reader, "the board's tree does not say the timebase-frequency of its CPUs");
}

/* Whoever writes an SSWI's register must find it by the hart's id alone. */
static void read_swi(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    struct system_range range;
    int node = next_compatible(reader->tree, -1, "riscv,aclint-sswi");

    if (node < 0 || !tree_register(reader->tree, node, 0, &range))
        return;
    for (size_t i = 0; i < machine->cpu_count; i++) {
        const struct machine_cpu *cpu = &machine->cpus[i];

        if (find_context(reader->tree, node, cpu->intc, SOFTWARE_S) != cpu->hwid ||
            cpu->hwid >= range.size / sizeof(uint32_t))
            return;
    }
    machine->board.riscv64.swi = range;
}

/* --- interrupt controllers --- */

/* Where each CPU is in a PLIC, or in an APLIC without IMSIC. */
static void read_contexts(struct machine_reader *reader, int node) {
    struct machine *machine = reader->machine;
    size_t count = 0;
    const fdt32_t *indexes = tree_cells(reader->tree, node, "riscv,hart-indexes", &count);

    for (size_t i = 0; i < machine->cpu_count; i++) {
        struct machine_cpu *cpu = &machine->cpus[i];
        uint32_t context = find_context(reader->tree, node, cpu->intc, EXTERNAL_S);

        if (context == NOWHERE) {
            machine_refuse(reader,
                           "the board's interrupt controller does not interrupt the "
                           "supervisor of CPU %zu",
                           i);
            return;
        }
        cpu->controller_index = context < count ? fdt32_ld(&indexes[context]) : context;
    }
}

static void read_files(struct machine_reader *reader, int node) {
    struct machine *machine = reader->machine;
    struct riscv_imsic imsic;

    if (!riscv_imsic_read(&imsic, reader->tree, node)) {
        machine_refuse(reader, "the board's IMSIC node lacks something, or says what cannot be");
        return;
    }
    machine->board.riscv64.guest_files = imsic.guest_files;
    machine->board.riscv64.identities = imsic.identities;
    machine->guest_controller_cpus_at = imsic.regions[0].phys;
    for (size_t i = 0; i < machine->cpu_count; i++) {
        struct machine_cpu *cpu = &machine->cpus[i];
        uint32_t context = find_context(reader->tree, node, cpu->intc, EXTERNAL_S);
        struct riscv_imsic_file file;

        if (context == NOWHERE || !riscv_imsic_file(&imsic, context, &file)) {
            machine_refuse(reader, "the board's IMSIC has no interrupt file for CPU %zu", i);
            return;
        }
        cpu->controller_index = file.index;
        cpu->controller_phys = file.phys;
    }
}

/* The APLIC domain that supervisors have, or -1; and the IMSIC that it sends to, or -1. */
static int find_aplic(struct machine_reader *reader, int *imsic) {
    const void *tree = reader->tree;
    int node = -1;

    while ((node = next_compatible(tree, node, "riscv,aplic")) >= 0) {
        uint32_t parent = tree_cell(tree, node, "msi-parent", 0);

        *imsic = parent == 0 ? -1 : tree_by_phandle(tree, parent);
        if (*imsic >= 0 && tree_is_compatible(tree, *imsic, "riscv,imsics")) {
            if (is_supervisors(reader, *imsic))
                return node;
        } else if (is_supervisors(reader, node)) {
            *imsic = -1;
            return node;
        }
    }
    *imsic = -1;
    return -1;
}

static int find_plic(const void *tree) {
    int node = next_compatible(tree, -1, "riscv,plic0");

    return node >= 0 ? node : next_compatible(tree, -1, "sifive,plic-1.0.0");
}

static void read_controller(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    struct system_board_riscv64 *board = &machine->board.riscv64;
    const void *tree = reader->tree;
    int imsic = -1;
    int node = find_aplic(reader, &imsic);
    const char *sources = "riscv,num-sources";

    board->controller_kind = imsic >= 0 ? SYSTEM_CONTROLLER_AIA : SYSTEM_CONTROLLER_APLIC;
    if (node < 0) {
        node = find_plic(tree);
        board->controller_kind = SYSTEM_CONTROLLER_PLIC;
        sources = "riscv,ndev";
    }
    machine->controller_node = node;
    machine->msi_node = imsic;
    if (node < 0) {
        machine_refuse(reader, "the board's tree has no interrupt controller that Bulkhead drives "
                               "(riscv,plic0, or riscv,aplic for supervisors)");
        return;
    }
    board->sources = tree_cell(tree, node, sources, 0);
    if (!tree_register(tree, node, 0, &board->controller) || board->sources == 0) {
        machine_refuse(reader, "the board's interrupt controller lacks registers, or %s", sources);
        return;
    }
    machine->guest_controller_at = board->controller.phys;
    if (imsic >= 0)
        read_files(reader, imsic);
    else
        read_contexts(reader, node);
}

/* Controllers and timers of any privilege. */
static void read_own(struct machine_reader *reader) {
    static const char *const own[] = {
        "riscv,plic0",       "sifive,plic-1.0.0", "riscv,aplic",
        "riscv,imsics",      "riscv,clint0",      "sifive,clint0",
        "riscv,aclint-mswi", "riscv,aclint-sswi", "riscv,aclint-mtimer",
    };

    for (size_t i = 0; i < COUNT(own); i++)
        for (int node = -1;
             (node = fdt_node_offset_by_compatible(reader->tree, node, own[i])) >= 0;)
            machine_own(reader, node);
}

static void read_riscv64(struct machine_reader *reader) {
    struct machine *machine = reader->machine;

    for (size_t i = 0; i < machine->cpu_count; i++)
        machine->cpus[i].intc = find_intc(reader->tree, machine->cpus[i].node);
    read_isa(reader);
    read_timebase(reader);
    read_controller(reader);
    read_swi(reader);
    read_own(reader);
}

static uint32_t console_layout(const void *tree, int node) {
    uint32_t shift = tree_cell(tree, node, "reg-shift", 0);
    uint32_t width = tree_cell(tree, node, "reg-io-width", 1);

    if (shift > 9 || (width != 1 && width != 2 && width != 4) || width > 1u << shift ||
        tree_cell(tree, node, "reg-offset", 0) != 0)
        return UINT32_MAX;
    return CONSOLE_LAYOUT(shift, width);
}

static const char *const consoles[] = {"ns16550a", "ns16550", "snps,dw-apb-uart", NULL};

const struct machine_arch machine_riscv64 = {
    .name = "riscv64",
    .config = &config_riscv64,
    .is_usable = is_usable,
    .cpu_missing = "the board's tree has no CPU with an MMU and the hypervisor extension (h in its "
                   "riscv,isa)",
    .read = read_riscv64,
    .consoles = consoles,
    .console_name = "a 16550",
    .console_layout = console_layout,
};
