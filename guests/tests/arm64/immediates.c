/* SPDX-License-Identifier: Apache-2.0 */
/*
 * immediates - HVC and SMC whose immediate looks like the fault status of an abort, while this
 * guest's last abort was at an address whose translation leads into a hole of a device's page. What
 * reads them as an abort, or walks that table, meets an external abort of its own.
 *
 * hole=ADDRESS in the arguments, in decimal: of a page of a device that this VM owns.
 */
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/arm64/exception.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tree.h"

#define WINDOW     0xfc0000000u                  /* the table's last GiB */
#define AT         (WINDOW + 0x20ull * 0x200000) /* its entry lies at 0x100 of its table */
#define FSC_WALK_2 0x16u /* an external abort on a walk; the last two bits are a level */
#define RET        0xd65f03c0u

extern uint64_t translation_table[512];

static uint32_t code[2] = {0, RET};

static void translation_flush(void) {
    __asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
}

/* Runs one instruction with x0 to x3 zero: function 0, which no convention has. */
static void run(uint32_t instruction) {
    code[0] = instruction;
    __asm__ volatile("dc cvau, %0\n\tdsb sy\n\tic ivau, %0\n\tdsb sy\n\tisb\n\t"
                     "mov x0, xzr\n\tmov x1, xzr\n\tmov x2, xzr\n\tmov x3, xzr\n\tblr %0"
                     :
                     : "r"(code)
                     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x10", "x11", "x12",
                       "x13", "x14", "x15", "x16", "x17", "x30", "memory");
}

/* All immediates with a fault status in them, with and without S1PTW, WnR, CM and FnV; then any. */
static void check(const char *name, uint32_t instruction) {
    struct fault fault;

    test_begin(name);
    for (uint32_t i = 1; i < 0x10000; i += i < 0x800 ? 1 : 61) {
        fault_expect();
        run(instruction | i << 5);
        fault = fault_caught();
        if (!test_equal("undefined instructions", fault.count, 1) ||
            !test_equal("their class", fault_class(&fault), EXCEPTION_EC_UNKNOWN) ||
            !test_equal("their place", fault.pc, (uint64_t)code))
            break;
    }
}

void guest_main(uint64_t tree) {
    uint64_t hole = tree_argument_number(tree, "hole");
    struct fault fault;

    test_begin("hole");
    fault_expect();
    (void)mmio_read32(hole + 0x100);
    fault = fault_caught();
    test_equal("aborts", fault.count, 1);
    test_equal("their status", fault_status(&fault), EXCEPTION_FSC_EXTERNAL);
    test_end(); /* now: what it writes to the UART is an abort, too */

    /* From now on FAR_EL2 is AT, and HPFAR_EL2 says an address outside. */
    fault_expect();
    (void)mmio_read32(AT);
    (void)fault_caught();
    translation_table[WINDOW >> 30] = hole | 3;
    translation_flush();
    check("hvc", 0xd4000002);
    check("smc", 0xd4000003);

    /* HCR_EL2.PTW: tables in a device's page are not walked, for a load or anything else. */
    test_begin("walk-in-a-device");
    fault_expect();
    (void)mmio_read32(WINDOW);
    fault = fault_caught();
    test_equal("aborts", fault.count, 1);
    test_equal("an external abort on a walk", fault_status(&fault) | 3, FSC_WALK_2 | 1);
    test_done();
}
