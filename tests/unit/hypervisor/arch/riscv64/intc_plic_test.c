/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's PLIC on the machine's: PLIC 1.0. At random it is compared with a PLIC of the
 * VM's own, register by register.
 */
#define TEST_WITHOUT_STRING
#include "hypervisor/support.h"

#include "hypervisor/arch/riscv64/native_intc.h"

#define PENDING 0x1000u

/* Of vCPU v; of a context. */
#define ENABLE_OF(c)  (0x2000u + 0x80u * (c))
#define CONTEXT_OF(c) (0x200000u + 0x1000u * (c))
#define ENABLE(v)     ENABLE_OF(context_of(v))
#define CONTEXT(v)    CONTEXT_OF(context_of(v))
#define CLAIM(v)      (CONTEXT(v) + 4)

BEFORE_EACH(start) {
    begin(SYSTEM_CONTROLLER_PLIC);
}

/* Of priority 1, enabled for the vCPU. */
static void allow(uint32_t vcpu, uint32_t source) {
    uint64_t word = ENABLE(vcpu) + source / 32 * 4;

    guest_write(0, 4 * source, 1);
    guest_write(0, word, guest_read(0, word) | 1u << (source % 32));
}

TEST(a_device_is_claimed_once_and_again_after_completion) {
    allow(1, 33);
    raise(33, true);
    assert_true(machine.hvip[vm_cpus[1]]);
    assert_int_equal(vm.vcpus[1].exits[EXIT_DEVICE], 1);
    assert_int_equal(guest_read(1, PENDING + 4), 2);
    assert_int_equal(guest_read(1, CLAIM(1)), 33);
    assert_int_equal(guest_read(1, CLAIM(1)), 0);
    leave(1);
    assert_false(machine.hvip[vm_cpus[1]]);
    assert_int_equal(guest_read(1, PENDING + 4), 0);
    guest_write(1, CLAIM(1), 33); /* still high */
    take_all();
    assert_true(machine.hvip[vm_cpus[1]]);
    assert_int_equal(guest_read(1, CLAIM(1)), 33);
    model_plic_line(&machine.plic, 33, false);
    guest_write(1, CLAIM(1), 33);
    take_all();
    assert_int_equal(guest_read(1, CLAIM(1)), 0);
    assert_int_equal(vm.vcpus[1].exits[EXIT_DEVICE], 2);
}

TEST(a_sibling_is_kicked) {
    allow(0, 40);
    allow(2, 40);
    model_plic_line(&machine.plic, 40, true);
    on_core(0);
    intc_handle(&vm.vcpus[0]);
    leave(0);
    assert_int_equal(host.kicks[vm_cpus[0]], 0);
    assert_int_equal(host.kicks[vm_cpus[2]], 1);
    take_kicks();
    assert_true(machine.hvip[vm_cpus[2]]);
    on_core(2);
    intc_handle(&vm.vcpus[2]); /* it was slower */
    leave(2);
    assert_int_equal(vm.vcpus[2].exits[EXIT_OTHER], 0);
    assert_int_equal(guest_read(2, CLAIM(2)), 40);
}

TEST(others_sources_read_zero_and_ignore_writes) {
    struct model_plic before = machine.plic;

    for (uint32_t n = 0; n <= FOREIGN_FIRST; n += FOREIGN_FIRST) {
        guest_write(0, 4 * n, 7);
        assert_int_equal(guest_read(0, 4 * n), 0);
        guest_write(0, ENABLE(0) + n / 32 * 4, 1u << (n % 32));
        assert_int_equal(guest_read(0, ENABLE(0) + n / 32 * 4), 0);
        guest_write(0, CLAIM(0), n);
    }
    guest_write(0, ENABLE(0) + FOREIGN_FIRST / 32 * 4, 0xffffffff);
    machine.plic.sources[FOREIGN_FIRST].pending = true;
    assert_int_equal(guest_read(0, PENDING + FOREIGN_FIRST / 32 * 4), 0);
    assert_int_equal(machine.plic.contexts[context_of(2)].enabled[FOREIGN_FIRST], false);
    guest_write(0, CLAIM(0), 0xffffffff);
    for (uint32_t c = 0; c < context_of(VCPUS); c += 2) { /* M-mode's: no such contexts */
        guest_write(0, ENABLE_OF(c), 2);
        guest_write(0, CONTEXT_OF(c), 1);
        assert_int_equal(guest_read(0, ENABLE_OF(c)) | guest_read(0, CONTEXT_OF(c)) |
                             guest_read(0, CONTEXT_OF(c) + 4),
                         0);
    }
    guest_write(0, ENABLE(3), 2); /* nor this one */
    guest_write(0, CONTEXT(3), 0xff);
    guest_write(0, 0x1ffff8, 0xff);
    assert_int_equal(guest_read(0, CONTEXT(VCPUS)), 0);
    assert_memory_equal(before.contexts[context_of(1)].enabled,
                        machine.plic.contexts[context_of(1)].enabled, SOURCES * sizeof(bool));
}

TEST(its_registers_are_where_the_table_says) {
    assert_int_equal(mmio_find(&vm, AT + 4)->at, AT);
    assert_int_equal(mmio_find(&vm, AT + 4)->first, 0);
    assert_ptr_equal(mmio_find(&vm, AT + 4)->device, &arch_interrupts);
    assert_null(mmio_find(&vm, AT - 4));
    assert_non_null(mmio_find(&vm, AT + CLAIM(VCPUS - 1)));
    assert_null(mmio_find(&vm, AT + CONTEXT(VCPUS)));
}

TEST(the_console_is_a_level_with_a_gateway) {
    allow(0, CONSOLE);
    on_core(2);
    set_console(true);
    take_kicks();
    assert_true(machine.hvip[vm_cpus[0]]);
    assert_int_equal(guest_read(0, CLAIM(0)), CONSOLE);
    set_console(false);
    set_console(true);
    assert_int_equal(guest_read(0, CLAIM(0)), 0);
    guest_write(0, CLAIM(0), CONSOLE);
    assert_true(machine.hvip[vm_cpus[0]]);
    set_console(false);
    assert_int_equal(guest_read(0, CLAIM(0)), CONSOLE); /* the request stays */
    guest_write(0, CLAIM(0), CONSOLE);
    assert_false(machine.hvip[vm_cpus[0]]);
    guest_write(0, ENABLE(0), 0);
    assert_true(
        machine.plic.contexts[context_of(vm_cpus[0])].enabled[CONSOLE]); /* the hypervisor's own */
}

TEST(nobodys_source_is_completed_and_off) {
    on_core(0);
    machine.plic.contexts[context_of(machine.cpu)].enabled[FOREIGN_FIRST] = true;
    raise(FOREIGN_FIRST, true);
    assert_int_equal(vm.vcpus[0].exits[EXIT_OTHER], 1);
    assert_false(machine.plic.contexts[context_of(vm_cpus[0])].enabled[FOREIGN_FIRST]);
    assert_false(machine.plic.sources[FOREIGN_FIRST].waits &&
                 !machine.plic.sources[FOREIGN_FIRST].pending);
}

/* An edge that nobody has taken yet, and in front of it another source of the same core. */
TEST(a_restart_forgets_what_has_fallen) {
    allow(0, 33);
    allow(0, 2);
    for (uint32_t n = 2; n <= 33; n += 31) {
        model_plic_line(&machine.plic, n, true);
        model_plic_line(&machine.plic, n, false);
    }
    end_life();
    assert_false(machine.plic.sources[2].pending || machine.plic.sources[2].waits);
    assert_false(machine.plic.sources[33].pending || machine.plic.sources[33].waits);
}

TEST(a_controller_without_two_priorities_is_refused) {
    machine.plic.sources[owned[3]].priority = 0;
    machine.plic.sources[owned[3]].exists = false;
    assert_non_null(intc_machine_init(&small.system));
}

/* ---- at random ---------------------------------------------------------------------------------
 */

static uint64_t some_register(void) {
    switch (pick(6)) {
    case 0:
        return pick(0x2000) * 4;
    case 1:
        return 4 * some_source();
    case 2:
        return ENABLE(pick(VCPUS)) + some_source() / 32 * 4;
    case 3:
        return CONTEXT(pick(VCPUS)) + (pick(4) == 0 ? 0 : 4);
    case 4:
        return CONTEXT(pick(VCPUS + 2)) + pick(0x400) * 4;
    default:
        return PENDING + some_source() / 32 * 4;
    }
}

static uint32_t some_value(void) {
    return pick(2) == 0 ? (uint32_t)random_next(&random_state) : some_source();
}

static void access_some(void) {
    guest_accesses(some_register(), some_value());
}

static void compare(void) {
    for (uint32_t v = 0; v < VCPUS; v++) {
        assert_int_equal(machine.hvip[vm_cpus[v]], model_plic_output(&ideal.plic, context_of(v)));
        for (uint32_t i = 0; i < COUNT_OF(owned); i++)
            assert_int_equal(machine.plic.contexts[context_of(vm_cpus[v])].enabled[owned[i]],
                             ideal.plic.contexts[context_of(v)].enabled[owned[i]]);
    }
}

/* Nothing of what others have was touched. */
static void check_confinement(void) {
    for (uint32_t n = FOREIGN_FIRST; n < FOREIGN_END; n++) {
        assert_int_equal(machine.plic.sources[n].priority, n == FOREIGN_FIRST ? 2 : 0);
        for (uint32_t c = 0; c < machine.plic.context_count; c++)
            assert_false(machine.plic.contexts[c].enabled[n]);
    }
}

TEST(it_is_like_one_of_the_vms_own) {
    run_random(SYSTEM_CONTROLLER_PLIC, start, access_some, compare, check_confinement);
}
