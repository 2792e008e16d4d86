/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical controller's part of a core: the order in which registers are touched. The
 * distributor and a redistributor are plain memory here.
 */
#include "hypervisor/support.h"

#include "hypervisor/small_system.h"

/* In place of sysreg_hw.h. */
#define ARM64_SYSREG_HW_H
#define READ_SYSREG(name)         read_register(#name)
#define WRITE_SYSREG(name, value) record("%s=%lx", #name, (uint64_t)(value))
#define ISB()                     record("isb")
#define DSB(domain)               record("dsb " #domain)

static bool firmware_keeps_registers;
static uint64_t list_registers;

static uint64_t read_register(const char *name) {
    record("%s", name);
    if (strcmp(name, "ICC_SRE_EL2") == 0)
        return firmware_keeps_registers ? 0 : 7;
    return strcmp(name, "ICH_VTR_EL2") == 0 ? list_registers - 1 : 0;
}

/* machine.c and arch/host have these too. */
#define gic_write         tested_write
#define gic_wait          tested_wait
#define gic_line          tested_line
#define gic_configure     tested_configure
#define gic_route         tested_route
#define arch_machine_init tested_machine_init
#define arch_cpu_kick     tested_kick
/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "arch/arm64/gic/gic_hw.c"

static volatile uint32_t *redistributor(uint64_t offset) {
    return (volatile uint32_t *)(uintptr_t)(SPACE_GICR + offset);
}

BEFORE_EACH(begin) {
    small_begin();
    host_space_open();
    firmware_keeps_registers = false;
    list_registers = 4;
    small.table.board.arm64.gicr[0] = (struct system_range){0x080a0000, 0x80000};
    *redistributor(GICR_TYPER) = TYPER_LAST;
    *redistributor(GICR_TYPER + 4) = (uint32_t)small.cpus[1].hwid;
}

/* System registers are switched on before any is used; mapping the controller comes first. */
TEST(a_core_takes_interrupts_last) {
    const char *order;

    assert_null(gic_cpu_init(&small.system, 1));
    order = recorded();
    assert_non_null(strstr(order, "tables; ICC_SRE_EL2=0xf; isb; ICC_SRE_EL2; ICH_VTR_EL2; "));
    assert_non_null(strstr(order, "tables; ICC_CTLR_EL1=0x2; ICC_BPR1_EL1=0x0; "
                                  "ICC_PMR_EL1=0xff; ICC_IGRPEN1_EL1=0x1; isb"));
}

/* What the other core shall find is in memory first. */
TEST(a_kick_comes_behind_what_it_is_about) {
    assert_null(gic_cpu_init(&small.system, 1));
    small.cpus[1].hwid = UINT64_C(0x0400030025);
    recorded();
    tested_kick(1);
    ASSERT_RECORDED("dsb ishst; ICC_SGI1R_EL1=0x4200300000020; isb");
}

TEST(nothing_comes_any_more_once_it_has_waited) {
    assert_null(gic_cpu_init(&small.system, 1));
    recorded();
    gic_wait();
    ASSERT_RECORDED("dsb sy");
}

/* Its counters' too, if there are any. */
TEST(a_cores_own_interrupts_are_on) {
    static const uint32_t counters[] = {23, 0};

    for (unsigned i = 0; i < COUNT_OF(counters); i++) {
        small.table.board.pmu_irq = counters[i];
        assert_null(gic_cpu_init(&small.system, 1));
        /* The set register is plain memory here: what was written last. */
        assert_int_equal(*redistributor(GICR_SGI + GICD_ISENABLER),
                         1u | 1u << 25 | 1u << 26 | 1u << 27 | 1u << 30 | 1u << counters[i]);
    }
}

TEST(a_core_without_them_is_refused) {
    firmware_keeps_registers = true;
    assert_non_null(strstr(gic_cpu_init(&small.system, 1), "system registers"));
    begin();
    list_registers = 1;
    assert_non_null(strstr(gic_cpu_init(&small.system, 1), "list register"));
}

TEST(each_core_finds_its_own_redistributor) {
    assert_true(map_redistributor(&small.system, 1));
    assert_false(map_redistributor(&small.system, 2));
    *redistributor(GICR_TYPER) = 0; /* nor among the others, to the region's end */
    assert_false(map_redistributor(&small.system, 2));
    *redistributor(GICR_CTLR) = CTLR_LPIS;
    assert_non_null(strstr(gic_cpu_init(&small.system, 1), "LPIs"));
}

/* ICFGR has two bits for each interrupt, of which the higher one says "edge". */
TEST(a_trigger_is_changed_among_others) {
    volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)(SPACE_GICD + 0xc08);

    *word = 0xa5a5a5a5;
    assert_true(gic_configure(40, true));
    assert_int_equal(*word, 0xa5a7a5a5);
    assert_true(gic_configure(40, false));
    assert_int_equal(*word, 0xa5a5a5a5);
    /* Another core has the word: it is not waited for without end. */
    assert_true(spin_try_lock(&control()->triggers));
    assert_false(gic_configure(40, true));
    assert_int_equal(*word, 0xa5a5a5a5);
    spin_unlock(&control()->triggers);
    assert_true(gic_configure(40, true));
}
