/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/arch/riscv64/controllers.h"

#include "abi/system_image.h"
#include "arch/riscv64/aia/imsic.h"
#include "hypervisor/arch/riscv64/fake_mmio.h"
#include "hypervisor/support.h"

/* ---- PLIC 1.0 -------------------------------------------------------------------------------- */

/* The gateway of a level: a request goes out, and then none until it is completed. */
static void plic_gateway(struct model_plic *plic, uint32_t source) {
    if (plic->sources[source].line && !plic->sources[source].waits) {
        plic->sources[source].pending = true;
        plic->sources[source].waits = true;
    }
}

void model_plic_line(struct model_plic *plic, uint32_t source, bool line) {
    plic->sources[source].line = line;
    plic_gateway(plic, source);
}

static uint32_t plic_best(const struct model_plic *plic, uint32_t context, uint32_t above) {
    uint32_t best = 0;

    for (uint32_t n = 1; n < SOURCES; n++) {
        if (plic->sources[n].pending && plic->contexts[context].enabled[n] &&
            plic->sources[n].priority > above) {
            best = n;
            above = plic->sources[n].priority;
        }
    }
    return best;
}

uint32_t model_plic_claim(struct model_plic *plic, uint32_t context) {
    uint32_t source = plic_best(plic, context, 0);

    plic->sources[source].pending = false;
    return source;
}

void model_plic_complete(struct model_plic *plic, uint32_t context, uint32_t source) {
    if (source == 0 || source >= SOURCES || !plic->contexts[context].enabled[source] ||
        plic->sources[source].pending)
        return;
    plic->sources[source].waits = false;
    plic_gateway(plic, source);
}

bool model_plic_output(const struct model_plic *plic, uint32_t context) {
    return plic_best(plic, context, plic->contexts[context].threshold) != 0;
}

uint32_t model_plic_read(struct model_plic *plic, uint64_t offset) {
    uint64_t context = offset >= 0x200000 ? (offset - 0x200000) / 0x1000 : (offset - 0x2000) / 0x80;
    uint32_t value = 0;

    if (offset < 0x1000)
        return plic->sources[offset / 4].priority;
    if (offset >= 0x1080 && (offset < 0x2000 || context >= plic->context_count))
        return 0;
    if (offset >= 0x200000) {
        if (offset % 0x1000 == 0)
            return plic->contexts[context].threshold;
        return offset % 0x1000 == 4 ? model_plic_claim(plic, (uint32_t)context) : 0;
    }
    for (uint32_t i = 0; i < 32; i++) {
        uint32_t source = (uint32_t)(offset % 0x80) * 8 + i;
        bool bit = offset < 0x2000 ? plic->sources[source].pending
                                   : plic->contexts[context].enabled[source];

        value |= bit ? 1u << i : 0;
    }
    return value;
}

void model_plic_write(struct model_plic *plic, uint64_t offset, uint32_t value) {
    uint64_t context = offset >= 0x200000 ? (offset - 0x200000) / 0x1000 : (offset - 0x2000) / 0x80;

    if (offset < 0x1000 && plic->sources[offset / 4].exists)
        plic->sources[offset / 4].priority = value & 7;
    if (offset < 0x2000 || context >= plic->context_count)
        return;
    if (offset >= 0x200000) {
        if (offset % 0x1000 == 0)
            plic->contexts[context].threshold = value & 7;
        else if (offset % 0x1000 == 4)
            model_plic_complete(plic, (uint32_t)context, value);
        return;
    }
    for (uint32_t i = 0; i < 32; i++) {
        uint32_t source = (uint32_t)(offset % 0x80) * 8 + i;

        if (plic->sources[source].exists)
            plic->contexts[context].enabled[source] = (value >> i & 1) != 0;
    }
}

/* ---- AIA 1.0, chapter 4 ------------------------------------------------------------------------
 */

static bool is_level(const struct model_aplic *aplic, uint32_t source) {
    return aplic->sources[source].mode >= 6;
}

static bool rectified(const struct model_aplic *aplic, uint32_t source) {
    uint32_t mode = aplic->sources[source].mode;

    return mode >= 4 && aplic->sources[source].line != ((mode & 1) != 0);
}

static bool is_pending(const struct model_aplic *aplic, uint32_t source) {
    if (!aplic->msi && is_level(aplic, source))
        return rectified(aplic, source);
    return aplic->sources[source].pending;
}

static void send_msi(struct model_aplic *aplic, uint32_t hart, uint32_t guest, uint32_t eiid) {
    if (hart < HARTS && guest < 4)
        aplic->files[hart][guest][eiid]++;
}

static void forward(struct model_aplic *aplic) {
    if (!aplic->msi || !aplic->enabled)
        return;
    for (uint32_t n = 1; n < SOURCES; n++) {
        uint32_t target = aplic->sources[n].target;

        if (aplic->sources[n].pending && aplic->sources[n].enabled) {
            aplic->sources[n].pending = false;
            send_msi(aplic, target >> 18, target >> 12 & 0x3f, target & 0x7ff);
        }
    }
}

void model_aplic_line(struct model_aplic *aplic, uint32_t source, bool line) {
    bool before = rectified(aplic, source);

    aplic->sources[source].line = line;
    if (rectified(aplic, source) && !before)
        aplic->sources[source].pending = true;
    else if (!rectified(aplic, source) && is_level(aplic, source))
        aplic->sources[source].pending = false;
    forward(aplic);
}

static void set_mode(struct model_aplic *aplic, uint32_t n, uint32_t value) {
    uint32_t mode = (value & 0x400) != 0 ? 0 : value & 7;

    if (!aplic->sources[n].exists)
        return;
    mode = mode == 2 || mode == 3 ? 0 : mode;
    aplic->sources[n].pending = is_pending(aplic, n);
    if (aplic->sources[n].mode == 0)
        aplic->sources[n].target = aplic->msi ? 0 : 1;
    aplic->sources[n].mode = mode;
    if (rectified(aplic, n))
        aplic->sources[n].pending = true;
    else if (is_level(aplic, n))
        aplic->sources[n].pending = false;
    if (mode == 0) {
        aplic->sources[n].pending = aplic->sources[n].enabled = false;
        aplic->sources[n].target = 0;
    }
}

static void set_target(struct model_aplic *aplic, uint32_t n, uint32_t value) {
    uint32_t guest = value >> 12 & 0x3f;

    for (uint32_t i = 0; i < aplic->hart_count && aplic->sources[n].mode != 0; i++) {
        if (aplic->harts[i] != value >> 18)
            continue;
        if (aplic->msi)
            aplic->sources[n].target =
                (value & 0xfffc07ff) | (guest <= aplic->guests ? guest << 12 : 0);
        else
            aplic->sources[n].target = (value & 0xfffc0000) | ((value & 0xff) ? value & 0xff : 1);
    }
}

/* One bit of one of the arrays, by the array's offset. */
static void set_bit(struct model_aplic *aplic, uint32_t n, uint64_t array) {
    if (n >= SOURCES || aplic->sources[n].mode == 0)
        return;
    if (array == 0x1e00)
        aplic->sources[n].enabled = true;
    else if (array == 0x1f00)
        aplic->sources[n].enabled = false;
    else if (array == 0x1d00 && (aplic->msi || !is_level(aplic, n)))
        aplic->sources[n].pending = false;
    else if (array == 0x1c00 && (!is_level(aplic, n) || (aplic->msi && rectified(aplic, n))))
        aplic->sources[n].pending = true;
}

static uint32_t top(const struct model_aplic *aplic, uint32_t hart) {
    uint32_t below = aplic->idcs[hart].threshold == 0 ? 256 : aplic->idcs[hart].threshold;
    uint32_t best = 0;

    for (uint32_t n = 1; n < SOURCES; n++) {
        uint32_t target = aplic->sources[n].target;

        if (target >> 18 == hart && aplic->sources[n].enabled && is_pending(aplic, n) &&
            (target & 0xff) < below) {
            below = target & 0xff;
            best = n << 16 | below;
        }
    }
    return best;
}

bool model_aplic_output(const struct model_aplic *aplic, uint32_t hart) {
    return !aplic->msi && aplic->enabled && aplic->idcs[hart].delivery &&
           (aplic->idcs[hart].force || top(aplic, hart) != 0);
}

static bool has_idc(const struct model_aplic *aplic, uint64_t hart) {
    for (uint32_t i = 0; i < aplic->hart_count && !aplic->msi; i++) {
        if (aplic->harts[i] == hart)
            return true;
    }
    return false;
}

static uint32_t read_idc(struct model_aplic *aplic, uint32_t hart, uint64_t offset) {
    uint32_t value = top(aplic, hart);

    switch (offset) {
    case 0x00:
        return aplic->idcs[hart].delivery;
    case 0x04:
        return aplic->idcs[hart].force;
    case 0x08:
        return aplic->idcs[hart].threshold;
    case 0x18:
        return value;
    case 0x1c:
        if (value == 0)
            aplic->idcs[hart].force = false;
        else if (!is_level(aplic, value >> 16))
            aplic->sources[value >> 16].pending = false;
        return value;
    default:
        return 0;
    }
}

static uint32_t read_bits(const struct model_aplic *aplic, uint64_t offset) {
    uint32_t value = 0;

    for (uint32_t i = 0; i < 32 && offset % 0x100 < 0x80; i++) {
        uint32_t n = (uint32_t)(offset % 0x100) * 8 + i;
        uint64_t array = offset & ~UINT64_C(0xff);
        bool bit = array == 0x1c00   ? is_pending(aplic, n)
                   : array == 0x1d00 ? rectified(aplic, n)
                                     : array == 0x1e00 && aplic->sources[n].enabled;

        value |= bit ? 1u << i : 0;
    }
    return value;
}

uint32_t model_aplic_read(struct model_aplic *aplic, uint64_t offset) {
    if (offset == 0)
        return 0x80000000 | (aplic->enabled ? 0x100 : 0) | (aplic->msi ? 4 : 0);
    if (offset < 0x1000)
        return aplic->sources[offset / 4].mode;
    if (offset >= 0x4000)
        return has_idc(aplic, (offset - 0x4000) / 32)
                   ? read_idc(aplic, (uint32_t)(offset - 0x4000) / 32, offset % 32)
                   : 0;
    if (offset > 0x3000)
        return aplic->sources[offset % 0x1000 / 4].target;
    return offset >= 0x1c00 && offset < 0x2000 ? read_bits(aplic, offset) : 0;
}

static void write_idc(struct model_aplic *aplic, uint32_t hart, uint64_t offset, uint32_t value) {
    if (offset == 0)
        aplic->idcs[hart].delivery = (value & 1) != 0;
    else if (offset == 4)
        aplic->idcs[hart].force = (value & 1) != 0;
    else if (offset == 8)
        aplic->idcs[hart].threshold = value & 0xff;
}

void model_aplic_write(struct model_aplic *aplic, uint64_t offset, uint32_t value) {
    uint64_t array = offset & ~UINT64_C(0xff);

    if (offset == 0) {
        aplic->enabled = (value & 0x100) != 0;
    } else if (offset < 0x1000) {
        set_mode(aplic, (uint32_t)offset / 4, value);
    } else if (offset >= 0x4000) {
        if (has_idc(aplic, (offset - 0x4000) / 32))
            write_idc(aplic, (uint32_t)(offset - 0x4000) / 32, offset % 32, value);
    } else if (offset == 0x3000) {
        for (uint32_t i = 0; i < aplic->hart_count && aplic->msi; i++) {
            if (aplic->harts[i] == value >> 18)
                send_msi(aplic, value >> 18, 0, value & 0x7ff);
        }
    } else if (offset > 0x3000) {
        set_target(aplic, (uint32_t)(offset - 0x3000) / 4, value);
    } else if (offset == 0x2000 || (array >= 0x1c00 && array < 0x2000 && offset % 0x100 == 0xdc)) {
        set_bit(aplic, value, offset == 0x2000 ? 0x1c00 : array);
    } else if (array >= 0x1c00 && array < 0x2000 && offset % 0x100 < 0x80) {
        for (uint32_t i = 0; i < 32; i++) {
            if ((value >> i & 1) != 0)
                set_bit(aplic, (uint32_t)(offset % 0x100) * 8 + i, array);
        }
    }
    forward(aplic);
}

/* ---- the machine's -----------------------------------------------------------------------------
 */

struct machine machine;

void machine_reset(uint32_t kind, uint32_t cpus) {
    memset(&machine, 0, sizeof(machine));
    machine.kind = kind;
    machine.plic.context_count = 2 * cpus;
    machine.aplic.msi = kind == SYSTEM_CONTROLLER_AIA;
    machine.aplic.hart_count = cpus;
    machine.aplic.guests = 1;
    for (uint32_t i = 0; i < cpus; i++) {
        machine.aplic.harts[i] = hart_of(i);
        machine.aplic.idcs[hart_of(i)].threshold = 1;
    }
    for (uint32_t n = 1; n < SOURCES; n++)
        machine.plic.sources[n].exists = machine.aplic.sources[n].exists = true;
    machine.plic.contexts[context_of(0)].enabled[3] = true;
    machine.aplic.sources[3].mode = 1;
}

void mmio_map(uint64_t at, uint64_t registers, uint64_t size) {
    assert_int_equal(at % PAGE_SIZE | registers % PAGE_SIZE | size % PAGE_SIZE, 0);
    for (uint64_t page = (at - SPACE_ARCH) / PAGE_SIZE; size > 0; size -= PAGE_SIZE) {
        assert_true(page < sizeof(machine.pages) / sizeof(machine.pages[0]));
        machine.pages[page++] = registers + 1;
        registers += PAGE_SIZE;
    }
}

static uint64_t register_at(uint64_t at) {
    uint64_t page = (at - SPACE_ARCH) / PAGE_SIZE;

    assert_true(page < sizeof(machine.pages) / sizeof(machine.pages[0]));
    assert_int_equal(at % 4, 0);
    assert_int_not_equal(machine.pages[page], 0);
    return machine.pages[page] - 1 + at % PAGE_SIZE;
}

uint32_t mmio_read(uint64_t at) {
    return machine.kind == SYSTEM_CONTROLLER_PLIC
               ? model_plic_read(&machine.plic, register_at(at))
               : model_aplic_read(&machine.aplic, register_at(at));
}

void mmio_write(uint64_t at, uint32_t value) {
    if (at == imsic_bell(machine.cpu)) {
        if (!machine.kicks_lost)
            machine.aplic.files[hart_of(machine.cpu)][0][value] = 1;
        return;
    }
    if (machine.kind == SYSTEM_CONTROLLER_AIA && at == SPACE_ARCH + 0x3000) {
        if (machine.genmsi_ignored > 0) {
            machine.genmsi_ignored--;
            return;
        }
        machine.aplic.files[hart_of(machine.cpu)][1][100] += machine.msis_on_the_way;
        machine.msis_on_the_way = 0;
    }
    if (machine.kind == SYSTEM_CONTROLLER_PLIC)
        model_plic_write(&machine.plic, register_at(at), value);
    else
        model_aplic_write(&machine.aplic, register_at(at), value);
}

const char *imsic_cpu_init(const struct system *system, uint32_t cpu) {
    return 0;
}

uint32_t imsic_claim(void) {
    uint32_t identity = machine.own_identity;

    machine.own_identity = 0;
    return identity;
}

bool imsic_take(uint32_t identity) {
    uint32_t *pending = &machine.aplic.files[hart_of(machine.cpu)][0][identity];
    bool here = *pending != 0;

    *pending = 0;
    return here;
}

uint64_t imsic_bell(uint32_t cpu) {
    return SPACE_ARCH + 40 * PAGE_SIZE + 4 * cpu;
}

void imsic_send(uint32_t cpu, uint32_t identity) {
    machine.aplic.files[hart_of(cpu)][1][identity]++;
}

void imsic_guest_reset(bool pending) {
    machine.guest_resets += pending ? 1 : 0;
    machine.guest_msis_before = machine.aplic.files[hart_of(machine.cpu)][1][100];
}
