/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/vaplic/vaplic.h"

#include "arch/riscv64/aia/aplic.h"
#include "arch/riscv64/aia/imsic.h"

#define NUMBER_BITS 16u /* topi, claimi: where the source number begins */

/* A word of one of the machine's arrays of bits, as far as it is this VM's. */
static uint32_t machine_word(const struct vaplic *vaplic, uint32_t array, uint32_t word) {
    return vaplic->sources.owned[word] == 0
               ? 0
               : vaplic->sources.owned[word] & aplic_read(array + 4 * word);
}

static void set_machine_word(const struct vaplic *vaplic, uint32_t array, uint32_t word,
                             uint32_t bits) {
    bits &= vaplic->sources.owned[word];
    if (bits != 0)
        aplic_write(array + 4 * word, bits);
}

/* Rectified input values, 4.5.2. */
static uint32_t inputs(const struct vaplic *vaplic, uint32_t word) {
    uint32_t emulated = (vaplic->sources.line[word] ^ vaplic->inverted[word]) & vaplic->wired[word];

    return machine_word(vaplic, APLIC_IN_CLRIP, word) | (emulated & vaplic->sources.emulated[word]);
}

/*
 * The machine's enable bits follow ours and what is held. In MSI mode the domain's own, too; in
 * direct mode that is for the outputs only, and topi shows what is pending.
 */
static void update_enables(const struct vaplic *vaplic, uint32_t word) {
    uint32_t on = vaplic->enable[word] & ~vaplic->held[word];

    if (vaplic->sources.msi && !vaplic->enabled)
        on = 0;

    set_machine_word(vaplic, APLIC_CLRIE, word, ~on);
    set_machine_word(vaplic, APLIC_SETIE, word, on);
}

static uint32_t hart_of(const struct vaplic *vaplic, uint32_t source) {
    return vaplic->target[source] >> APLIC_TARGET_HART;
}

/* MSI mode: what is pending and enabled goes out, 4.9. */
static void forward(struct vaplic *vaplic, uint32_t word) {
    uint32_t source = word * 32;
    uint32_t bits = vaplic->enabled ? vaplic->pending[word] & vaplic->enable[word] : 0;

    vaplic->pending[word] &= ~bits;
    for (; bits != 0; bits >>= 1, source++) {
        if ((bits & 1) != 0)
            imsic_send(vaplic->sources.machine_cpu[hart_of(vaplic, source)],
                       vaplic->target[source] & APLIC_TARGET_EIID);
    }
}

/* Direct mode: the value of topi, 4.8.1.4; of equals the lowest number goes first. */
static uint32_t top(const struct vaplic *vaplic, uint32_t number) {
    uint32_t limit = vaplic->idcs[number].threshold;
    uint32_t best = 0;

    if (limit == 0)
        limit = APLIC_TARGET_PRIORITY + 1;
    for (uint32_t word = 0; word < vaplic->sources.words; word++) {
        uint32_t source = word * 32;

        for (uint32_t bits = vaplic->pending[word] & vaplic->enable[word]; bits != 0;
             bits >>= 1, source++) {
            uint32_t priority = vaplic->target[source] & APLIC_TARGET_PRIORITY;

            if ((bits & 1) != 0 && hart_of(vaplic, source) == number && priority < limit) {
                limit = priority;
                best = source << NUMBER_BITS | priority;
            }
        }
    }
    return best;
}

/* Something has changed: the outputs follow, or MSIs go out. */
static void update(struct vaplic *vaplic, uint32_t self) {
    for (uint32_t word = 0; word < vaplic->sources.words && vaplic->sources.msi; word++)
        forward(vaplic, word);
    for (uint32_t i = 0; i < vaplic->sources.vcpu_count && !vaplic->sources.msi; i++) {
        const struct vaplic_idc *idc = &vaplic->idcs[i];

        sources_output(&vaplic->sources, self, i,
                       vaplic->enabled && idc->delivery && (idc->force || top(vaplic, i) != 0));
    }
}

bool vaplic_take(struct vaplic *vaplic, uint32_t self, uint32_t source) {
    uint32_t word = source / 32;
    uint32_t bit = source_bit(source) & vaplic->active[word]; /* a sibling may have changed that */

    if (!source_test(vaplic->sources.owned, source))
        return false;
    vaplic->pending[word] |= bit;
    vaplic->held[word] |= bit & vaplic->level[word];
    update_enables(vaplic, word);
    update(vaplic, self);
    return true;
}

/* Levels that are held: those that are low by now are let go. */
static void sample(struct vaplic *vaplic) {
    for (uint32_t word = 0; word < vaplic->sources.words; word++) {
        uint32_t fallen = vaplic->held[word];

        if (fallen == 0)
            continue;
        fallen &= ~inputs(vaplic, word);
        vaplic->held[word] &= ~fallen;
        vaplic->pending[word] &= ~fallen;
        update_enables(vaplic, word);
    }
}

void vaplic_set_level(struct vaplic *vaplic, uint32_t self, uint32_t source, bool level) {
    uint32_t word = source / 32;
    uint32_t bit = source_bit(source) & vaplic->wired[word];

    if (level == source_test(vaplic->sources.line, source))
        return;
    source_assign(vaplic->sources.line, source, level);
    if ((inputs(vaplic, word) & bit) != 0)
        vaplic->pending[word] |= bit;
    else
        vaplic->pending[word] &= ~(bit & vaplic->level[word]);
    update(vaplic, self);
}

/* 4.7, as for the following: by the source's mode and the delivery mode. */
static void set_pending(struct vaplic *vaplic, uint32_t word, uint32_t bits) {
    bits &= vaplic->active[word];
    if (!vaplic->sources.msi) {
        vaplic->pending[word] |= bits & ~vaplic->level[word];
        return;
    }
    set_machine_word(vaplic, APLIC_SETIP, word, bits);
    vaplic->pending[word] |=
        bits & vaplic->sources.emulated[word] & (inputs(vaplic, word) | ~vaplic->level[word]);
}

static void clear_pending(struct vaplic *vaplic, uint32_t word, uint32_t bits) {
    if (!vaplic->sources.msi)
        bits &= ~vaplic->level[word];
    set_machine_word(vaplic, APLIC_IN_CLRIP, word, bits);
    vaplic->pending[word] &= ~bits;
}

static void set_enable(struct vaplic *vaplic, uint32_t word, uint32_t bits, bool on) {
    if (on)
        vaplic->enable[word] |= bits & vaplic->active[word];
    else
        vaplic->enable[word] &= ~bits;
    update_enables(vaplic, word);
}

/* The guest's harts and priorities are not the machine's. */
static void set_machine_target(const struct vaplic *vaplic, uint32_t source) {
    uint32_t target = vaplic->sources.hart_index[hart_of(vaplic, source)] << APLIC_TARGET_HART;

    if (vaplic->sources.msi)
        target |=
            IMSIC_GUEST_FILE << APLIC_TARGET_GUEST | (vaplic->target[source] & APLIC_TARGET_EIID);
    else
        target |= 1;
    if (source_test(vaplic->sources.owned, source))
        aplic_write(APLIC_TARGET + 4 * source, target);
}

static void set_mode(struct vaplic *vaplic, uint32_t source, uint32_t value) {
    uint32_t mode = (value & APLIC_DELEGATED) != 0 ? APLIC_INACTIVE : value & 7;
    uint32_t word = source / 32;
    uint32_t bit = source_bit(source);

    if ((sources_present(&vaplic->sources, word) & bit) == 0)
        return;
    if (mode > APLIC_DETACHED && mode < APLIC_EDGE1) /* reserved */
        mode = APLIC_INACTIVE;
    if (mode == APLIC_INACTIVE || vaplic->mode[source] == APLIC_INACTIVE)
        vaplic->target[source] = mode == APLIC_INACTIVE || vaplic->sources.msi ? 0 : 1;
    vaplic->mode[source] = (uint8_t)mode;
    source_assign(vaplic->active, source, mode != APLIC_INACTIVE);
    source_assign(vaplic->wired, source, mode >= APLIC_EDGE1);
    source_assign(vaplic->inverted, source, mode == APLIC_EDGE0 || mode == APLIC_LEVEL0);
    source_assign(vaplic->level, source, mode >= APLIC_LEVEL1);
    vaplic->held[word] &= ~bit;
    if ((vaplic->sources.owned[word] & bit) != 0)
        aplic_write(APLIC_SOURCECFG + 4 * source, mode);
    if (mode == APLIC_INACTIVE) {
        vaplic->pending[word] &= ~bit;
        vaplic->enable[word] &= ~bit;
        return;
    }
    set_machine_target(vaplic, source);
    if (mode >= APLIC_LEVEL1)
        vaplic->pending[word] &= ~bit;
    vaplic->pending[word] |= inputs(vaplic, word) & vaplic->sources.emulated[word] & bit;
    update_enables(vaplic, word);
}

/* Hart Index is WLRL: a vCPU that isn't there changes nothing. There are no guests' guests. */
static void set_target(struct vaplic *vaplic, uint32_t source, uint32_t value) {
    uint32_t field = value & (vaplic->sources.msi ? APLIC_TARGET_EIID : APLIC_TARGET_PRIORITY);
    uint32_t hart = value >> APLIC_TARGET_HART;

    if (!source_test(vaplic->active, source) || hart >= vaplic->sources.vcpu_count)
        return;
    if (!vaplic->sources.msi && field == 0)
        field = 1;
    vaplic->target[source] = hart << APLIC_TARGET_HART | field;
    set_machine_target(vaplic, source);
}

/* An extempore MSI. */
static void generate_msi(const struct vaplic *vaplic, uint32_t value) {
    uint32_t hart = value >> APLIC_TARGET_HART;

    if (vaplic->sources.msi && hart < vaplic->sources.vcpu_count)
        imsic_send(vaplic->sources.machine_cpu[hart], value & APLIC_TARGET_EIID);
}

static uint32_t read_idc(struct vaplic *vaplic, uint32_t self, uint32_t number, uint32_t offset) {
    struct vaplic_idc *idc = &vaplic->idcs[number];
    uint32_t value, source;

    switch (offset) {
    case IDC_IDELIVERY:
        return idc->delivery;
    case IDC_IFORCE:
        return idc->force;
    case IDC_ITHRESHOLD:
        return idc->threshold;
    case IDC_TOPI:
    case IDC_CLAIMI:
        sample(vaplic);
        value = top(vaplic, number);
        source = value >> NUMBER_BITS;
        if (offset == IDC_CLAIMI && source == 0)
            idc->force = false;
        else if (offset == IDC_CLAIMI && !source_test(vaplic->level, source))
            source_assign(vaplic->pending, source, false);
        update(vaplic, self);
        return value;
    default:
        return 0;
    }
}

static void write_idc(struct vaplic_idc *idc, uint32_t offset, uint32_t value) {
    if (offset == IDC_IDELIVERY)
        idc->delivery = (value & 1) != 0;
    else if (offset == IDC_IFORCE)
        idc->force = (value & 1) != 0;
    else if (offset == IDC_ITHRESHOLD)
        idc->threshold = (uint8_t)value;
}

/* Whether it is a register of an IDC that there is, and which. */
static bool find_idc(const struct vaplic *vaplic, uint64_t offset, uint32_t *number,
                     uint32_t *rest) {
    *number = (uint32_t)(offset - APLIC_IDCS) / IDC_SIZE;
    *rest = (uint32_t)offset % IDC_SIZE;
    return !vaplic->sources.msi && *number < vaplic->sources.vcpu_count;
}

uint32_t vaplic_read(struct vaplic *vaplic, uint32_t self, uint64_t offset) {
    uint32_t source = (uint32_t)(offset % APLIC_TARGET) / 4;
    uint32_t word = (uint32_t)(offset % 0x100) / 4;
    uint32_t number, rest;

    if (offset == APLIC_DOMAINCFG)
        return APLIC_DOMAINCFG_ONES | (vaplic->enabled ? APLIC_DOMAINCFG_IE : 0) |
               (vaplic->sources.msi ? APLIC_DOMAINCFG_MSI : 0);
    if (offset < 4 * SOURCE_END)
        return vaplic->mode[source];
    if (offset >= APLIC_IDCS)
        return find_idc(vaplic, offset, &number, &rest) ? read_idc(vaplic, self, number, rest) : 0;
    if (offset >= APLIC_TARGET)
        return vaplic->target[source]; /* genmsi is never busy */
    if (word >= SOURCE_WORDS)
        return 0;
    switch (offset - 4 * word) {
    case APLIC_SETIP:
        sample(vaplic);
        update(vaplic, self);
        return vaplic->pending[word] | machine_word(vaplic, APLIC_SETIP, word);
    case APLIC_IN_CLRIP:
        return inputs(vaplic, word);
    case APLIC_SETIE:
        return vaplic->enable[word];
    default:
        return 0;
    }
}

/* To an array of bits, or for one of them to a ...NUM register. */
static void write_bits(struct vaplic *vaplic, uint64_t offset, uint32_t value) {
    bool by_number = offset % 0x100 == APLIC_SETIPNUM % 0x100;
    uint32_t word = by_number ? value / 32 : (uint32_t)(offset % 0x100) / 4;
    uint32_t bits = by_number ? source_bit(value) : value;

    if (word >= SOURCE_WORDS)
        return;
    switch (offset / 0x100 * 0x100) {
    case APLIC_SETIP:
        set_pending(vaplic, word, bits);
        break;
    case APLIC_IN_CLRIP:
        clear_pending(vaplic, word, bits);
        break;
    case APLIC_SETIE:
        set_enable(vaplic, word, bits, true);
        break;
    case APLIC_CLRIE:
        set_enable(vaplic, word, bits, false);
        break;
    default:
        break;
    }
}

void vaplic_write(struct vaplic *vaplic, uint32_t self, uint64_t offset, uint32_t value) {
    uint32_t source = (uint32_t)(offset % APLIC_TARGET) / 4;
    uint32_t number, rest;

    if (offset == APLIC_DOMAINCFG) {
        vaplic->enabled = (value & APLIC_DOMAINCFG_IE) != 0;
        for (uint32_t word = 0; word < vaplic->sources.words; word++)
            update_enables(vaplic, word);
    } else if (offset < 4 * SOURCE_END) {
        set_mode(vaplic, source, value);
    } else if (offset >= APLIC_IDCS) {
        if (find_idc(vaplic, offset, &number, &rest))
            write_idc(&vaplic->idcs[number], rest, value);
    } else if (offset == APLIC_GENMSI) {
        generate_msi(vaplic, value);
    } else if (offset >= APLIC_TARGET) {
        set_target(vaplic, source, value);
    } else {
        write_bits(vaplic, offset == APLIC_SETIPNUM_LE ? APLIC_SETIPNUM : offset, value);
    }
    update(vaplic, self);
}
