/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical controller's part of a core: the order in which registers are touched. The
 * distributor and a redistributor are plain memory here, system registers a log.
 */
#include "hypervisor/support.h"

#include <string.h>

#include "arch/host/host.h"
#include "hypervisor/small_system.h"

/* In place of sysreg_hw.h. */
#define ARM64_SYSREG_HW_H
#define READ_SYSREG(name)         log_read(#name)
#define WRITE_SYSREG(name, value) log_write(#name, (uint64_t)(value))
#define ISB()                     log_write("isb", 0)
#define DSB(domain)               log_write("dsb " #domain, 0)

#define STEPS 64u

static struct {
    const char *name;
    uint64_t value;
} steps[STEPS];
static unsigned step_count;
static bool firmware_keeps_registers;
static uint64_t list_registers;

static void log_write(const char *name, uint64_t value) {
    assert_true(step_count < STEPS);
    steps[step_count].name = name;
    steps[step_count++].value = value;
}

static uint64_t log_read(const char *name) {
    log_write(name, 0);
    if (strcmp(name, "ICC_SRE_EL2") == 0)
        return firmware_keeps_registers ? 0 : 7;
    return strcmp(name, "ICH_VTR_EL2") == 0 ? list_registers - 1 : 0;
}

/* machine.c and arch/host have these too. */
#define gic_enable        tested_enable
#define gic_wait          tested_wait
#define gic_clear_active  tested_clear_active
#define gic_clear_pending tested_clear_pending
#define gic_is_pending    tested_is_pending
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
    step_count = 0;
    firmware_keeps_registers = false;
    list_registers = 4;
    small.table.board.arm64.gicr[0] = (struct system_range){0x080a0000, 0x80000};
    *redistributor(GICR_TYPER) = TYPER_LAST;
    *redistributor(GICR_TYPER + 4) = (uint32_t)small.cpus[1].hwid;
}

TEST(system_registers_are_switched_on_before_any_is_used) {
    assert_null(gic_cpu_init(&small.system, 1));
    assert_string_equal(steps[0].name, "ICC_SRE_EL2");
    assert_int_equal(steps[0].value & 9, 9); /* SRE, and Enable for EL1 */
    assert_string_equal(steps[1].name, "isb");
    for (unsigned i = 2; i < step_count; i++)
        assert_false(strcmp(steps[i].name, "ICC_SRE_EL2") == 0 && steps[i].value != 0);
    assert_string_equal(steps[step_count - 1].name, "isb");
}

static uint32_t enabled(void) {
    /* The set register is plain memory here: what was written last. */
    return *redistributor(GICR_SGI + GICD_ISENABLER);
}

TEST(a_cores_counters_interrupt_is_on_if_there_is_one) {
    small.table.board.pmu_irq = 23;
    assert_null(gic_cpu_init(&small.system, 1));
    assert_int_equal(enabled(), 1u << 23);
    small.table.board.pmu_irq = 0;
    assert_null(gic_cpu_init(&small.system, 1));
    assert_int_equal(enabled(), 1u << 30);
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
