/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaplic.c - a VM's APLIC domain (RISC-V Advanced Interrupt Architecture 1.0, chapter 4),
 * in direct or in MSI delivery mode.
 *
 * In MSI mode the machine's domain does all the work for sources that the VM owns: what
 * the guest writes is passed on, confined to the VM's sources and files. In direct mode the
 * hypervisor takes their interrupts: an edge is latched here, a level is held: pending here
 * and masked in the machine's domain, until its input is seen low at one of the guest's
 * own claims.
 */
#include "arch/riscv64/aia/aplic.h"
#include "arch/riscv64/aia/imsic.h"
#include "vm/vm.h"

#define NUMBER_BITS 16u /* topi, claimi: where the source number begins */

static bool is_level(const struct vm *vm, uint32_t source) {
    return vm->arch.mode[source] >= APLIC_LEVEL1;
}

/* To a register of the machine's, for a source that the VM owns. */
static void machine_write(const struct vm *vm, uint32_t source, uint32_t offset, uint32_t value) {
    if (source_test(vm->arch.owned, source))
        aplic_write(offset, value);
}

/*
 * What follows from its registers: the one vCPU that it may interrupt, and the machine's enable
 * bit, unless it is held. In MSI mode the domain's own enable counts, too; in direct mode that is
 * for the outputs only, and topi shows what is pending.
 */
static void update_enable(struct vm *vm, uint32_t source) {
    uint32_t hart = vm->arch.target[source] >> APLIC_TARGET_HART;
    bool enabled = source_test(vm->arch.source_enabled, source);
    bool held = source_test(vm->arch.pending, source) && is_level(vm, source);
    bool on = enabled && !held && (vm->arch.domain_enabled || !vm->arch.msi);

    for (uint32_t i = 0; i < vm->vcpu_count; i++)
        source_assign(vm->arch.enabled[i], source, enabled && i == hart);
    machine_write(vm, source, on ? APLIC_SETIENUM : APLIC_CLRIENUM, source);
}

/* Direct mode: the source in topi, 4.8.1.4. MSI mode: one that is to be sent. */
static uint32_t top(const struct vm *vm, uint32_t vcpu) {
    uint32_t threshold = vm->arch.idcs[vcpu][IDC_ITHRESHOLD / 4];

    return sources_top(vm, vcpu, threshold == 0 ? 0 : 0x100 - threshold);
}

static bool output(struct vm *vm, uint32_t vcpu) {
    const uint32_t *idc = vm->arch.idcs[vcpu];
    uint32_t source = top(vm, vcpu);

    while (vm->arch.msi && vm->arch.domain_enabled && source != 0) { /* 4.9 */
        source_assign(vm->arch.pending, source, false);
        imsic_send(vm->vcpus[vcpu].cpu, vm->arch.target[source] & APLIC_TARGET_EIID);
        source = top(vm, vcpu);
    }
    return vm->arch.domain_enabled && idc[IDC_IDELIVERY / 4] != 0 &&
           (idc[IDC_IFORCE / 4] != 0 || source != 0);
}

/* What is inactive, by a sibling meanwhile, is never pending; and an edge that falls stays. */
static void pend(struct vm *vm, uint32_t source, bool on) {
    if (vm->arch.mode[source] < (on ? APLIC_DETACHED : APLIC_LEVEL1))
        return;
    source_pend(vm, source, on);
    update_enable(vm, source);
}

/* The line of an emulated device, or a source's mode, has changed: 4.5.2, 4.7. */
static void look_at_line(struct vm *vm, uint32_t source) {
    uint32_t mode = vm->arch.mode[source];
    bool inverted = mode == APLIC_EDGE0 || mode == APLIC_LEVEL0;
    bool input = !source_test(vm->arch.owned, source) && mode >= APLIC_EDGE1 &&
                 source_test(vm->arch.line, source) != inverted;

    source_assign(vm->arch.input, source, input);
    if (input || is_level(vm, source))
        source_pend(vm, source, input);
}

typedef void source_act(struct vm *vm, uint32_t source, bool on);

static void each(struct vm *vm, uint32_t word, uint32_t bits, source_act *act, bool on) {
    for (; bits != 0; bits &= bits - 1)
        act(vm, word * 32 + source_lowest(bits), on);
}

/* Levels that are held: those that are low by now are let go. */
static void sample(struct vm *vm) {
    for (uint32_t word = 0; word < vm->arch.words; word++) {
        uint32_t held = vm->arch.pending[word] & vm->arch.owned[word];

        if (held != 0)
            each(vm, word, held & ~aplic_read(APLIC_IN_CLRIP + 4 * word), pend, false);
    }
}

/* 4.7: by the source's mode and the delivery mode. In direct mode a level is as its input is. */
static void set_pending(struct vm *vm, uint32_t source, bool on) {
    if (vm->arch.msi && source_test(vm->arch.owned, source)) {
        aplic_write(on ? APLIC_SETIPNUM : APLIC_CLRIPNUM, source);
    } else if (is_level(vm, source) ? vm->arch.msi && (!on || source_test(vm->arch.input, source))
                                    : vm->arch.mode[source] != APLIC_INACTIVE) {
        /* An edge that is not claimed yet becomes one with it. */
        machine_write(vm, source, APLIC_CLRIPNUM, source);
        source_pend(vm, source, on);
    }
}

static void set_enable(struct vm *vm, uint32_t source, bool on) {
    source_assign(vm->arch.source_enabled, source, on && vm->arch.mode[source] != APLIC_INACTIVE);
    update_enable(vm, source);
}

/*
 * Hart Index is WLRL: a vCPU that isn't there changes nothing. There are no guests' guests. The
 * guest's harts and priorities are not the machine's. What is inactive has 0.
 */
static void set_target(struct vm *vm, uint32_t source, uint32_t value) {
    uint32_t hart = value >> APLIC_TARGET_HART;
    uint32_t field = value & (vm->arch.msi ? APLIC_TARGET_EIID : APLIC_TARGET_PRIORITY);
    uint32_t machine = vm->arch.msi ? IMSIC_GUEST_FILE << APLIC_TARGET_GUEST | field : 1;

    if (hart >= vm->vcpu_count)
        return;
    if (!vm->arch.msi && field == 0)
        field = 1;
    vm->arch.target[source] =
        vm->arch.mode[source] == APLIC_INACTIVE ? 0 : hart << APLIC_TARGET_HART | field;
    vm->arch.urgency[source] = (uint8_t)(vm->arch.msi ? 1 : 0x100 - field);
    machine |= vm->system->cpus[vm->vcpus[hart].cpu].controller_index << APLIC_TARGET_HART;
    machine_write(vm, source, APLIC_TARGET + 4 * source, machine);
    update_enable(vm, source);
}

static void set_mode(struct vm *vm, uint32_t source, uint32_t value) {
    uint32_t mode = (value & APLIC_DELEGATED) != 0 ? APLIC_INACTIVE : value & 7;

    if (!source_test(vm->arch.present, source))
        return;
    if (mode > APLIC_DETACHED && mode < APLIC_EDGE1) /* reserved */
        mode = APLIC_INACTIVE;
    vm->arch.mode[source] = (uint8_t)mode;
    if (mode == APLIC_INACTIVE) {
        source_pend(vm, source, false);
        source_assign(vm->arch.source_enabled, source, false);
    }
    machine_write(vm, source, APLIC_SOURCECFG + 4 * source, mode);
    look_at_line(vm, source);
    set_target(vm, source, vm->arch.target[source]);
}

static void set_domain(struct vm *vm, uint32_t value) {
    vm->arch.domain_enabled = (value & APLIC_DOMAINCFG_IE) != 0;
    for (uint32_t word = 0; word < vm->arch.words; word++)
        each(vm, word, vm->arch.source_enabled[word], set_enable, true);
}

/* An extempore MSI. */
static void generate_msi(const struct vm *vm, uint32_t value) {
    uint32_t hart = value >> APLIC_TARGET_HART;

    if (vm->arch.msi && hart < vm->vcpu_count)
        imsic_send(vm->vcpus[hart].cpu, value & APLIC_TARGET_EIID);
}

static uint32_t read_idc(struct vm *vm, uint32_t vcpu, uint32_t offset) {
    uint32_t source;

    if (vcpu >= vm->vcpu_count || (offset > IDC_ITHRESHOLD && offset < IDC_TOPI))
        return 0;
    if (offset <= IDC_ITHRESHOLD)
        return vm->arch.idcs[vcpu][offset / 4];
    sample(vm);
    source = top(vm, vcpu);
    vm->arch.stale |= 1u << vcpu; /* by what follows, if not by what was let go */
    if (offset == IDC_CLAIMI && source == 0)
        vm->arch.idcs[vcpu][IDC_IFORCE / 4] = 0;
    else if (offset == IDC_CLAIMI && !is_level(vm, source))
        source_pend(vm, source, false);
    return source << NUMBER_BITS | (vm->arch.target[source] & APLIC_TARGET_PRIORITY);
}

static void write_idc(struct vm *vm, uint32_t vcpu, uint32_t offset, uint32_t value) {
    if (vcpu < vm->vcpu_count && offset <= IDC_ITHRESHOLD)
        vm->arch.idcs[vcpu][offset / 4] =
            value & (offset == IDC_ITHRESHOLD ? APLIC_TARGET_PRIORITY : 1);
}

/* The machine's has those that the VM owns in the same place, and no more than it has sources. */
static uint32_t machine_bits(const struct vm *vm, uint32_t offset, uint32_t word) {
    uint32_t owned = vm->arch.owned[word];

    return owned != 0 ? owned & aplic_read(offset) : 0;
}

static uint32_t read_register(struct vm *vm, uint32_t offset) {
    uint32_t word = offset % 0x100 / 4;

    if (offset >= APLIC_IDCS)
        return read_idc(vm, (offset - APLIC_IDCS) / IDC_SIZE, offset % IDC_SIZE);
    if (offset >= APLIC_TARGET)
        return vm->arch.target[(offset - APLIC_TARGET) / 4]; /* genmsi is never busy */
    if (offset == APLIC_DOMAINCFG)
        return APLIC_DOMAINCFG_ONES | (vm->arch.domain_enabled ? APLIC_DOMAINCFG_IE : 0) |
               (vm->arch.msi ? APLIC_DOMAINCFG_MSI : 0);
    if (offset < 4 * SOURCE_END)
        return vm->arch.mode[offset / 4];
    if (word >= SOURCE_WORDS)
        return 0;
    switch (offset - 4 * word) {
    case APLIC_SETIP:
        sample(vm);
        return vm->arch.pending[word] | machine_bits(vm, offset, word);
    case APLIC_IN_CLRIP:
        return vm->arch.input[word] | machine_bits(vm, offset, word);
    case APLIC_SETIE:
        return vm->arch.source_enabled[word];
    default:
        return 0;
    }
}

/* To an array of bits, or for one of them to a ...NUM register. */
static void write_bits(struct vm *vm, uint32_t offset, uint32_t value) {
    source_act *act = offset < APLIC_SETIE ? set_pending : set_enable;
    bool on = offset % 0x200 < 0x100; /* each second array clears */
    uint32_t rest = offset % 0x100;

    if (offset < APLIC_SETIP || offset > APLIC_CLRIENUM)
        return;
    if (rest < 4 * SOURCE_WORDS)
        each(vm, rest / 4, value, act, on);
    else if (rest == APLIC_SETIPNUM % 0x100 && value < SOURCE_END)
        act(vm, value, on);
}

static void write_register(struct vm *vm, uint32_t offset, uint32_t value) {
    vm->arch.stale = UINT32_MAX;
    if (offset >= APLIC_IDCS)
        write_idc(vm, (offset - APLIC_IDCS) / IDC_SIZE, offset % IDC_SIZE, value);
    else if (offset == APLIC_GENMSI)
        generate_msi(vm, value);
    else if (offset >= APLIC_TARGET)
        set_target(vm, (offset - APLIC_TARGET) / 4, value);
    else if (offset == APLIC_DOMAINCFG)
        set_domain(vm, value);
    else if (offset < 4 * SOURCE_END)
        set_mode(vm, offset / 4, value);
    else
        write_bits(vm, offset == APLIC_SETIPNUM_LE ? APLIC_SETIPNUM : offset, value);
}

const struct vm_intc_ops vaplic_ops = {pend, look_at_line, read_register, write_register, output};
