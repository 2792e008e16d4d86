/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's APLIC domain on the machine's, in both delivery modes: AIA 1.0, chapter 4. At
 * random it is compared with a domain of the VM's own, register by register.
 */
#define TEST_WITHOUT_STRING
#include "hypervisor/support.h"

#include "hypervisor/arch/riscv64/native_intc.h"

#define DOMAINCFG    0x0000u
#define SOURCECFG(n) (4u * (n))
#define SETIP        0x1c00u
#define SETIPNUM     0x1cdcu
#define CLRIPNUM     0x1ddcu
#define SETIE        0x1e00u
#define SETIENUM     0x1edcu
#define CLRIENUM     0x1fdcu
#define SETIPNUM_LE  0x2000u
#define GENMSI       0x3000u
#define TARGET(n)    (0x3000u + 4u * (n))
#define IDC(v)       (0x4000u + 32u * (v))
#define TOPI         0x18u
#define CLAIMI       0x1cu

#define EDGE1  4u
#define LEVEL1 6u

BEFORE_EACH(start_direct) {
    begin(SYSTEM_CONTROLLER_APLIC);
}

static void start_msi(void) {
    begin(SYSTEM_CONTROLLER_AIA);
}

static void allow(uint32_t vcpu, uint32_t source, uint32_t mode, uint32_t low) {
    guest_write(0, DOMAINCFG, 0x100);
    guest_write(0, SOURCECFG(source), mode);
    guest_write(0, TARGET(source), vcpu << 18 | low);
    guest_write(0, SETIENUM, source);
    guest_write(0, IDC(vcpu), 1);
    take_all();
}

static bool machine_has_enabled(uint32_t source) {
    return machine.aplic.sources[source].enabled;
}

/* ---- direct delivery mode ----------------------------------------------------------------------
 */

TEST(a_level_is_masked_until_it_is_seen_low) {
    allow(1, 33, LEVEL1, 5);
    raise(33, true);
    assert_int_equal(vm.vcpus[1].exits[EXIT_DEVICE], 1);
    assert_true(machine.hvip[vm_cpus[1]]);
    assert_false(machine_has_enabled(33));
    assert_int_equal(guest_read(1, IDC(1) + CLAIMI), 33 << 16 | 5);
    assert_int_equal(guest_read(1, IDC(1) + CLAIMI), 33 << 16 | 5); /* a claim clears no level */
    assert_int_equal(guest_read(1, SETIP + 4), 2);
    model_aplic_line(&machine.aplic, 33, false);
    assert_int_equal(guest_read(1, IDC(1) + CLAIMI), 0);
    leave(1);
    assert_false(machine.hvip[vm_cpus[1]]);
    assert_true(machine_has_enabled(33));
    raise(33, true);
    assert_int_equal(vm.vcpus[1].exits[EXIT_DEVICE], 2);
    assert_true(machine.hvip[vm_cpus[1]]);
}

TEST(a_source_made_inactive_meanwhile_is_not_pending) {
    on_core(0);
    vaplic_ops.pend(&vm, 40, true);
    assert_int_equal(guest_read(0, SETIP + 4), 0);
}

TEST(nobodys_source_is_off) {
    model_aplic_write(&machine.aplic, SOURCECFG(FOREIGN_FIRST), EDGE1);
    model_aplic_write(&machine.aplic, TARGET(FOREIGN_FIRST), hart_of(vm_cpus[0]) << 18 | 1);
    model_aplic_write(&machine.aplic, SETIENUM, FOREIGN_FIRST);
    raise(FOREIGN_FIRST, true);
    assert_int_equal(vm.vcpus[0].exits[EXIT_OTHER], 1);
    assert_false(machine_has_enabled(FOREIGN_FIRST));
    on_core(0);
    intc_handle(&vm.vcpus[0]); /* nothing there: no matter */
    leave(0);
    assert_int_equal(vm.vcpus[0].exits[EXIT_OTHER], 1);
}

TEST(a_controller_of_the_other_mode_is_refused) {
    for (uint32_t kind = SYSTEM_CONTROLLER_APLIC; kind <= SYSTEM_CONTROLLER_AIA; kind++) {
        begin(kind);
        machine.aplic.msi = !machine.aplic.msi;
        assert_non_null(intc_machine_init(&small.system));
    }
}

/* ---- MSI delivery mode -------------------------------------------------------------------------
 */

TEST(there_are_no_idcs) {
    start_msi();
    assert_null(mmio_find(&vm, AT + IDC(0)));
    assert_non_null(mmio_find(&vm, AT + 0x3ffc));
    assert_int_equal(guest_read(0, DOMAINCFG), 0x80000004);
    assert_false(machine.hvip[vm_cpus[0]]);
}

TEST(only_words_are_registers_here_too) {
    start_msi();
    only_words_are_registers();
}

TEST(the_hypervisors_own_file) {
    start_msi();
    on_core(1);
    machine.own_identity = 1;
    assert_true(intc_handle(&vm.vcpus[1])); /* a kick */
    assert_false(intc_handle(&vm.vcpus[1]));
    machine.own_identity = 9;
    assert_false(intc_handle(&vm.vcpus[1]));
    assert_int_equal(vm.vcpus[1].exits[EXIT_OTHER], 1);
    intc_route(CONSOLE, vm_cpus[1]);
    model_aplic_line(&machine.aplic, CONSOLE, true);
    assert_int_equal(machine.aplic.files[hart_of(vm_cpus[1])][0][2], 1);
    machine.own_identity = 2;
    assert_false(intc_handle(&vm.vcpus[1]));
    assert_int_equal(vm.vcpus[1].exits[EXIT_CONSOLE], 1);
    intc_vcpu_reset(&vm.vcpus[1]);
    assert_int_equal(machine.guest_resets, 0);
    control()->vms[LINUX].life = VM_RESTART;
    intc_vcpu_reset(&vm.vcpus[1]);
    assert_int_equal(machine.guest_resets, 1);
}

TEST(a_guest_file_is_emptied_when_all_msis_have_come) {
    start_msi();
    on_core(1);
    control()->vms[LINUX].life = VM_RESTART;
    machine.msis_on_the_way = 1;
    machine.genmsi_ignored = 2; /* another VM's core does the same */
    machine.aplic.files[hart_of(vm_cpus[1])][0][IMSIC_SYNC] = 1; /* of the last time */
    intc_vcpu_reset(&vm.vcpus[1]);
    assert_int_equal(machine.guest_msis_before, 1);
    assert_int_equal(machine.genmsi_ignored, 0);
    assert_int_equal(machine.aplic.files[hart_of(vm_cpus[1])][0][IMSIC_SYNC], 0);
}

/* The core's own kicks, by its interrupt file, and then the APLIC's. */
TEST(msis_that_go_elsewhere_are_refused) {
    start_msi();
    on_core(1);
    host.clock_step = 1;
    assert_null(intc_cpu_init(&small.system));
    machine.kicks_lost = true;
    assert_non_null(intc_cpu_init(&small.system));
    machine.kicks_lost = false;
    machine.genmsi_ignored = UINT32_MAX;
    assert_non_null(intc_cpu_init(&small.system));
    control()->vms[LINUX].life = VM_RESTART;
    intc_vcpu_reset(&vm.vcpus[1]); /* not for ever */
    assert_int_equal(machine.guest_resets, 1);
}

/* ---- both, at random --------------------------------------------------------------------------
 */

static uint64_t some_register(void) {
    static const uint32_t numbers[] = {SETIPNUM, CLRIPNUM, SETIENUM, CLRIENUM, SETIPNUM_LE, GENMSI};

    switch (pick(8)) {
    case 0:
        return pick(10) == 0 ? DOMAINCFG : pick(0x2000) * 4;
    case 1:
        return SOURCECFG(some_source());
    case 2:
        return TARGET(some_source());
    case 3:
        return SETIP + 0x100 * pick(4) + some_source() / 32 * 4;
    case 4:
    case 5:
        return numbers[pick(COUNT_OF(numbers))];
    default:
        return IDC(pick(VCPUS)) + (pick(3) == 0 ? pick(8) * 4 : CLAIMI);
    }
}

static uint32_t some_value(uint64_t offset) {
    if (offset >= GENMSI && offset < IDC(0))
        return pick(VCPUS + 1) << 18 | pick(4) << 12 | pick(9);
    switch (pick(4)) {
    case 0:
        return (uint32_t)random_next(&random_state);
    case 1:
        return pick(8) | 0x100;
    default:
        return some_source();
    }
}

/* The model has as many identities as EIID can hold. */
static void access_some(void) {
    uint64_t offset = some_register();

    guest_accesses(offset, some_value(offset) & (offset == GENMSI ? 0xfffff7ff : UINT32_MAX));
}

/* A level that fell is seen at the next look, and until then may only be too much. */
static void compare_outputs(void) {
    for (uint32_t v = 0; v < VCPUS; v++)
        assert_true(machine.hvip[vm_cpus[v]] || !model_aplic_output(&ideal.aplic, v));
    if (pick(2) == 0)
        return;
    for (uint32_t v = 0; v < VCPUS; v++) {
        assert_int_equal(guest_read(v, IDC(v) + TOPI),
                         model_aplic_read(&ideal.aplic, IDC(v) + TOPI));
        leave(v);
    }
    take_all();
    for (uint32_t v = 0; v < VCPUS; v++)
        assert_int_equal(machine.hvip[vm_cpus[v]], model_aplic_output(&ideal.aplic, v));
}

/* Identity 0 is none. */
static void compare_files(void) {
    if (pick(10) != 0)
        return;
    for (uint32_t v = 0; v < VCPUS; v++) {
        uint32_t hart = hart_of(vm_cpus[v]);

        assert_memory_equal(&machine.aplic.files[hart][1][1], &ideal.aplic.files[v][0][1],
                            2047 * sizeof(uint32_t));
    }
}

/* What others have made of their sources: each second on, the others pending. */
static void set_foreign_sources(void) {
    for (uint32_t n = FOREIGN_FIRST; n < FOREIGN_END; n++) {
        model_aplic_write(&machine.aplic, SOURCECFG(n), EDGE1);
        model_aplic_write(&machine.aplic, TARGET(n), hart_of(1) << 18 | n % 8);
        model_aplic_write(&machine.aplic, n % 2 == 0 ? SETIENUM : SETIPNUM, n);
    }
}

/* Nothing of what others have was touched, and nothing sent but to the VM's guest files. */
static void check_confinement(void) {
    static const uint32_t none[2047];

    for (uint32_t n = FOREIGN_FIRST; n < FOREIGN_END; n++) {
        assert_int_equal(machine.aplic.sources[n].mode, EDGE1);
        assert_int_equal(machine.aplic.sources[n].target >> 18, hart_of(1));
        assert_int_equal(machine.aplic.sources[n].enabled, n % 2 == 0);
        assert_int_equal(machine.aplic.sources[n].pending, n % 2 != 0);
    }
    for (uint32_t hart = 0; hart < HARTS; hart++) {
        for (uint32_t file = 0; file < 4; file++) {
            bool own =
                file == 1 && (hart == hart_of(0) || hart == hart_of(2) || hart == hart_of(3));

            if (!own)
                assert_memory_equal(&machine.aplic.files[hart][file][1], none, sizeof(none));
        }
    }
    /* That source is the hypervisor's own in the machine. */
    assert_int_equal(machine.aplic.sources[CONSOLE].mode, 0);
    assert_false(machine_has_enabled(CONSOLE));
    assert_true(machine.aplic.enabled);
}

TEST(direct_is_like_one_of_the_vms_own) {
    run_random(SYSTEM_CONTROLLER_APLIC, set_foreign_sources, access_some, compare_outputs,
               check_confinement);
}

TEST(msi_is_like_one_of_the_vms_own) {
    run_random(SYSTEM_CONTROLLER_AIA, set_foreign_sources, access_some, compare_files,
               check_confinement);
}
