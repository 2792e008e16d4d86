/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "hypervisor/arch/riscv64/fake_csr.h"

#include "arch/riscv64/probe_hw.h"

volatile bool probe_running, probe_failed;

struct fake_hart hart;

static bool is_missing(uint32_t number) {
    if (!hart.missing[number])
        return false;
    assert_true(probe_running);
    probe_failed = true;
    return true;
}

uint64_t fake_csr_read(uint32_t number) {
    return is_missing(number) ? 0 : hart.csr[number];
}

void fake_csr_write(uint32_t number, uint64_t value) {
    uint32_t levels = (uint32_t)(value >> 60) - 5;

    if (is_missing(number))
        return;
    hart.writes[number]++;
    if (number == HENVCFG)
        value &= hart.henvcfg;
    else if (number == SSTATUS)
        value &= hart.sstatus;
    else if (number == HGATP && value != 0 && (levels < 3 || levels > hart.levels))
        return;
    hart.csr[number] = value;
}

void fake_cbo(char operation, uintptr_t at) {
    bool may = operation == '4'   ? hart.zeroes != 0
               : operation == '2' ? hart.may_flush
                                  : hart.may_invalidate;

    hart.blocks[operation - '0']++;
    hart.step = at - hart.at;
    hart.at = at;
    if (!may) {
        assert_true(probe_running);
        probe_failed = true;
    } else if (operation == '4') {
        memset((void *)(at & ~(hart.zeroes - 1)), 0, hart.zeroes);
    }
}

/* Beyond what Sv39x4 has it fails by the address alone; stage 1 is off. */
void fake_guest_load(uint64_t at) {
    assert_true(probe_running);
    assert_int_equal(hart.csr[VSATP], 0);
    assert_int_equal(hart.csr[HGATP] >> 60, 8);
    assert_true(at >> 41 != 0);
    probe_failed = true;
    hart.csr[HTVAL] = hart.tells ? at >> 2 : 0;
}

/* A fault of the hypervisor's own leaves nothing in the registers that a trap writes. */
uint16_t fake_guest_fetch(uint64_t at) {
    uint64_t index = (at - hart.code_at) / 2;

    assert_true(probe_running);
    if (index < sizeof(hart.code) / sizeof(hart.code[0]))
        return hart.code[index];
    probe_failed = true;
    hart.csr[SEPC] = hart.csr[SSTATUS] = hart.csr[HSTATUS] = 0xbad;
    return 0xffff;
}

static const char *operand(const char *text, uint64_t value, char number[20]) {
    if (strcmp(text, "0") == 0)
        return "x0";
    snprintf(number, 20, "%lx", value);
    return number;
}

void fake_hfence(const char *at_text, uint64_t at, const char *asid_text, uint64_t asid) {
    char first[20], second[20];

    record("hfence.vvma %s,%s", operand(at_text, at, first), operand(asid_text, asid, second));
}

void fake_hart_reset(void) {
    memset(&hart, 0, sizeof(hart));
    memset(hart.csr, 0xff, sizeof(hart.csr));
    hart.henvcfg = UINT64_MAX;
    hart.sstatus = UINT64_C(2) << 32 | 0x6600; /* UXL, FS, VS */
    hart.levels = 5;
    hart.tells = hart.may_flush = hart.may_invalidate = true;
    hart.zeroes = 64;
}
