/* SPDX-License-Identifier: Apache-2.0 */
/* What is known to be hard, case by case; that nothing is lost or left is seen at each one's end.
 */
#include "hypervisor/arch/arm64/gic_guest.h"

static const uint32_t edges[] = {40, 100, 162, 224, 286};

static void begin(uint32_t lists) {
    pair_begin(lists);
    write_groups(0, true, true);
    for (uint32_t v = 1; v < VCPUS; v++)
        vcpu_on(v);
    for (uint32_t i = 0; i < COUNT_OF(sources) * VCPUS; i++)
        guest_write(i % VCPUS, i % VCPUS, sources[i / VCPUS].number, ISENABLER, 1);
}

BEFORE_EACH(begin_with_four) {
    begin(4);
}

AFTER_EACH(end) {
    if (!pair.failed)
        come_to_rest();
}

/* What the hypervisor has to do on all cores, and then the interrupt that vCPU 0's guest gets. */
static uint32_t take(uint32_t vcpu) {
    drain_all();
    check_signal(vcpu);
    return guest_take(vcpu) ? core_of(vcpu)->taken[core_of(vcpu)->depth - 1] : MACHINE_NONE;
}

static void fire_at(uint32_t number, uint32_t priority) {
    guest_write(0, 0, number, IPRIORITYR, priority);
    fire(0, source_of(number));
}

/* Its priority, the CPU interface's matter, is the one it came with. */
TEST(one_whose_priority_changes_while_it_is_handled) {
    fire_at(40, 0x80);
    assert_int_equal(take(0), 40);
    guest_write(0, 0, 40, IPRIORITYR, 0x20);
    fire_at(100, 0x40);
    assert_int_equal(take(0), 100);
    guest_write(1, 0, 40, IPRIORITYR, 0xa0);
    drain_all();
    guest_end(0);
    guest_end(0);
    assert_int_equal(take(0), MACHINE_NONE);
    assert_false(machine_irq(0, 48)->active);
}

/* A kick comes first, and what it brings goes where the last one of them was. */
TEST(ends_that_no_list_register_has_seen) {
    begin(2);
    for (uint32_t n = 0; n < 3; n++) {
        fire_at(edges[n], 0x80 - 0x20 * n);
        assert_int_equal(take(0), edges[n]);
    }
    for (uint32_t n = 0; n < 3; n++)
        guest_end(0);
    guest_sgi(1, 7, 1, false);
    assert_int_equal(take(0), 7);
    guest_end(0);
    drain_all();
    assert_false(machine_irq(0, source_of(edges[0])->phys)->active);
}

/* Where ICC_DIR_EL1 can't be made to trap, EOIcount tells of it. */
TEST(deactivations_that_cannot_trap) {
    begin(2);
    machine.no_dir_trap = true;
    guest_interface(0, 0xf8, true, true, true);
    for (uint32_t n = 0; n < 3; n++) {
        fire_at(edges[n], 0x80 - 0x20 * n);
        assert_int_equal(take(0), edges[n]);
        guest_end(0);
    }
    for (uint32_t n = 0; n < 3; n++) { /* the one that no list register has first */
        guest_deactivate(0, n == 0 ? 0 : 3 - n - 1);
        drain_all();
    }
    for (uint32_t n = 0; n < 3; n++)
        assert_false(machine_irq(0, source_of(edges[n])->phys)->active);
}

/* It is cleared by a sibling, and comes again before its core has heard of that. */
TEST(one_that_comes_behind_its_clearing) {
    for (uint32_t i = 0; i < 2; i++) {
        const struct source *source = source_of(i == 0 ? 7 : 40);

        for (uint32_t n = 0; n < 2; n++) {
            fire(0, source);
            assert_int_equal(take(0), source->number);
            guest_end(0);
            guest_write(1, 0, source->number, ICPENDR, 1);
        }
    }
}

/* Its empty register goes to another one, with what was posted for it. */
TEST(one_that_moves_out_of_a_register_that_is_taken) {
    begin(2);
    fire(0, source_of(40));
    assert_int_equal(take(0), 40);
    guest_end(0);
    fire_at(100, 0x80);
    assert_int_equal(take(0), 100);
    guest_write(1, 0, 40, IROUTER, 1);
    fire(1, source_of(40));
    drain(1);
    guest_sgi(1, 7, 1, false);
    assert_int_equal(take(0), 7);
    assert_int_equal(take(1), 40);
    for (uint32_t n = 0; n < 3; n++)
        guest_end(n / 2);
}

/* Pending, handled, or handled and then taken from it, when it goes. */
TEST(one_that_its_vcpu_leaves_behind) {
    for (uint32_t i = 0; i < 6; i++) {
        const struct source *source = source_of(i % 2 == 0 ? 40 : 34);

        if (!model.cpus[1].on)
            vcpu_on(1);
        guest_write(0, 0, source->number, IROUTER, 1);
        fire(0, source);
        if (i < 4)
            assert_int_equal(take(1), source->number);
        else
            drain(1);
        vcpu_off(1);
        guest_write(0, 0, source->number, IROUTER, 0);
        assert_int_equal(take(0), i < 4 ? MACHINE_NONE : source->number);
        if (i < 4) {
            fire(0, source);
            guest_write(0, 0, source->number, ICACTIVER, 1);
            assert_int_equal(take(0), source->number);
        }
        if (i % 2 != 0)
            set_line(0, source, false);
        guest_end(0);
        assert_int_equal(take(0), MACHINE_NONE);
        assert_false(machine_irq(0, source->phys)->active);
    }
}

TEST(an_sgi_of_a_group_that_is_off) {
    write_groups(0, false, true);
    guest_sgi(1, 7, 1, false);
    guest_sgi(0, 7, 1, true); /* not of its group */
    assert_int_equal(take(0), MACHINE_NONE);
    guest_read(0, 0, 7, ISPENDR);
    write_groups(0, true, true);
    assert_int_equal(take(0), 7);
    guest_end(0);
    guest_write(0, 0, 7, ICENABLER, 1);
    guest_write(0, 0, 7, GROUPR, 1);
    guest_write(0, 0, 7, ISENABLER, 1);
    guest_sgi(1, 7, 1, false);
    assert_int_equal(take(0), MACHINE_NONE);
    guest_sgi(1, 7, 1, true);
    guest_sgi(1, 7, 1, true);
    assert_int_equal(take(0), 7);
    guest_end(0);
    assert_int_equal(take(0), MACHINE_NONE);
}
