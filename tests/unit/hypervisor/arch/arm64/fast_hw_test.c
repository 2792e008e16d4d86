/* SPDX-License-Identifier: Apache-2.0 */
/* The fast paths: what they do with each physical interrupt and each SGI, and when they give up. */
#include "hypervisor/support.h"

#include <string.h>

#include "hypervisor/arch/arm64/native_hw.h"

#include "arch/host/host.h"
#include "arch/trap.h"
#include "hypervisor/small_system.h"
#include "vm/control.h"

static unsigned console_calls, timer_calls;

static void on_console(struct vcpu *vcpu) {
    console_calls += vcpu == this_cpu.vcpu ? 1 : 0;
}

static void on_timer(struct vcpu *vcpu) {
    timer_calls += vcpu == this_cpu.vcpu ? 1 : 0;
}

const struct irq_handlers irq_handlers = {.console = on_console, .timer = on_timer};

static struct vcpu *const vcpu = &vm.vcpus[0];

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    native_begin(4, 0);
    for (uint32_t v = 0; v < LINUX_VCPUS; v++) {
        vm.vcpus[v].power = VCPU_ON;
        vm.vcpus[v].arch.frame = &link_frame;
        vm.arch.vgic.cpus[v].lists = 4;
        vm.arch.vgic.cpus[v].sync = false;
        for (uint32_t n = 0; n < 32; n++)
            vm.arch.vgic.cpus[v].privates[n].flags |= VGIC_ENABLED | VGIC_GROUP1;
    }
    vm.arch.vgic.control = 3;
    memset(&link_frame, 0xee, sizeof(link_frame));
    console_calls = timer_calls = 0;
}

static void fire(uint32_t number) {
    machine_irq(0, number)->enabled = true;
    machine_irq(0, number)->pending = true;
}

/* It fires, and needs no more than the fast path. */
static void take(uint32_t number) {
    fire(number);
    assert_false(fast_irq());
}

/* Exactly this cause is counted. */
static void counted(enum exit_cause cause) {
    for (uint32_t i = 0; i < EXIT_CAUSES; i++)
        assert_int_equal(vcpu->exits[i], i == cause);
}

TEST(the_guests_timer_stays_active_until_the_guest_ends_it) {
    take(MACHINE_TIMER);
    counted(EXIT_TIMER);
    assert_true(machine_irq(0, MACHINE_TIMER)->active);
    assert_int_equal(machine_guest_take(0, NULL), MACHINE_TIMER);
    machine_guest_end(0);
    assert_false(machine_irq(0, MACHINE_TIMER)->active);
    take(30); /* the physical one is the guest's as well */
    assert_int_equal(vcpu->exits[EXIT_TIMER], 2);
    assert_int_equal(machine_guest_take(0, NULL), 30);
}

TEST(a_device_goes_by_the_guests_number) {
    vgic_irq(&vm.arch.vgic, 0, 40)->flags |= VGIC_ENABLED | VGIC_GROUP1;
    take(48);
    counted(EXIT_DEVICE);
    assert_int_equal(machine.cores[0].lists[0] & UINT32_MAX, 40);
    assert_int_equal(machine.cores[0].lists[0] >> 32 & 0x3ff, 48);
    assert_true(machine_irq(0, 48)->active);
}

TEST(a_counters_overflow_is_the_guests_of_its_core) {
    take(23);
    counted(EXIT_DEVICE);
    assert_true(machine_irq(0, 23)->active);
    assert_int_equal(machine_guest_take(0, NULL), 23);
    machine_guest_end(0);
    assert_false(machine_irq(0, 23)->active);
}

TEST(what_cannot_be_delivered_at_once_takes_the_slow_path) {
    fire(48); /* the guest has not switched it on */
    assert_true(fast_irq());
    assert_int_equal(machine.cores[0].lists[0], 0);
}

/* Else a sender's SGI, or what a device did before it fired, might be looked for too early. */
TEST(nothing_happens_before_the_acknowledge_is_observed) {
    static const uint32_t numbers[] = {
        MACHINE_KICK, MACHINE_MAINTENANCE, 26, MACHINE_TIMER, 33, 48, 77, 30};

    for (unsigned i = 0; i < COUNT_OF(numbers); i++) {
        fire(numbers[i]);
        fast_irq();
        assert_int_equal(machine.hasty, 0);
    }
}

TEST(a_kick_brings_sgis) {
    vm.arch.vgic.cpus[0].sgis = 1u << 3 | 1u << 9;
    take(MACHINE_KICK);
    counted(EXIT_KICK);
    assert_false(machine_irq(0, MACHINE_KICK)->active);
    assert_int_equal(vm.arch.vgic.cpus[0].sgis, 0);
    assert_int_equal(machine.cores[0].lists[0] & UINT32_MAX, 3);
    assert_int_equal(machine.cores[0].lists[1] & UINT32_MAX, 9);
}

/* One exit fills the list registers and then takes an SGI: none is put over what was filled in. */
TEST(an_sgi_behind_a_full_look_at_the_lists) {
    struct vgic_irq *irq = vgic_irq(&vm.arch.vgic, 0, 40);

    irq->flags |= VGIC_ENABLED | VGIC_GROUP1 | VGIC_PENDING;
    vgic_changed(&vm.arch.vgic, 0, irq, 40);
    vgic_lists_sync(vcpu);
    vm.arch.vgic.cpus[0].sgis = 1u << 3;
    arch_interrupts_sync(vcpu);
    assert_int_equal(machine_copies(0, 40), 1);
    assert_int_equal(machine_copies(0, 3), 1);
}

TEST(a_request_takes_the_slow_path) {
    vm.vcpus[0].work = VCPU_SETTLE;
    fire(MACHINE_KICK);
    assert_true(fast_irq());
    vm.vcpus[0].work = 0;
    vm.arch.vgic.cpus[0].sync = true;
    fire(MACHINE_KICK);
    assert_true(fast_irq());
}

static void take_kick(void *unused) {
    fire(MACHINE_KICK);
    fast_irq();
}

TEST(a_refused_boot_halts) {
    control()->halt = true;
    assert_int_equal(host_run(take_kick, NULL), HOST_HALTED);
}

TEST(maintenance_fills_the_list_registers) {
    /* The guest has ended a level whose line is still high. */
    vgic_irq(&vm.arch.vgic, 0, CONSOLE_IRQ)->flags |= VGIC_ENABLED | VGIC_GROUP1;
    arch_interrupt_set_level(&vm, CONSOLE_IRQ, true);
    arch_interrupts_sync(vcpu);
    machine.cores[0].lists[0] &= ~(UINT64_C(3) << 62);
    assert_int_equal(machine_pending(0), MACHINE_MAINTENANCE);
    assert_false(fast_irq());
    counted(EXIT_MAINTENANCE);
    assert_int_equal(machine.cores[0].lists[0] >> 62, 1);
    assert_int_equal(machine_pending(0), MACHINE_NONE); /* deactivated, and its line is low */
    assert_false(machine_irq(0, MACHINE_MAINTENANCE)->active);
}

TEST(the_hypervisors_own_are_handled_and_deactivated) {
    set("cnthp_ctl_el2", 1);
    take(26);
    assert_int_equal(timer_calls, 1);
    assert_int_equal(get("cnthp_ctl_el2"), 0); /* one shot */
    assert_false(machine_irq(0, 26)->active);
    take(33);
    assert_int_equal(console_calls, 1);
    assert_false(machine_irq(0, 33)->active);
    assert_int_equal(vcpu->exits[EXIT_CONSOLE], 2);
}

TEST(what_wakes_a_suspended_vcpu) {
    assert_false(vgic_lists_pending(vcpu));
    fire(MACHINE_TIMER);
    fast_irq();
    assert_true(vgic_lists_pending(vcpu));
    machine_guest_take(0, NULL); /* active: being handled */
    assert_false(vgic_lists_pending(vcpu));
    machine.cores[0].control |= 2; /* UIE: there are more than fit */
    assert_true(vgic_lists_pending(vcpu));
}

/* Physical interrupts of a core are taken: by its guest's exits, or where it waits while it is off.
 */
static void run(uint32_t v) {
    on_core(v);
    while (machine_pending(v) != MACHINE_NONE) {
        if (vm.vcpus[v].power != VCPU_ON)
            arch_interrupts_poll(&vm.vcpus[v]);
        else if (fast_irq())
            arch_interrupts_sync(&vm.vcpus[v]);
    }
}

/* vCPU 0 writes to its distributor, and all look. */
static void write_register(uint64_t offset, unsigned size, uint64_t value) {
    on_core(0);
    arch_interrupts.write(&vm.vcpus[0], offset, size, value);
    arch_interrupts_sync(&vm.vcpus[0]);
    for (uint32_t v = LINUX_VCPUS; v-- > 0;)
        run(v);
}

#define ROUTER_40   (0x6000 + 8 * 40)
#define SENABLER_40 0x104
#define CACTIVER_40 0x384
#define BIT_40      (1u << 8)

/* The device's interrupt comes to vCPU 2. */
static void deliver_to_2(void) {
    vgic_irq(&vm.arch.vgic, 0, 40)->flags |= VGIC_GROUP1;
    write_register(SENABLER_40, 4, BIT_40);
    write_register(ROUTER_40, 8, 2);
    fire(48);
    run(2);
}

/* Pending, handled, or active when its vCPU went off: then it goes with its route. */
TEST(an_off_vcpu_holds_nothing_back) {
    for (unsigned stage = 0; stage < 3; stage++) {
        begin();
        deliver_to_2();
        if (stage > 0)
            assert_int_equal(machine_guest_take(2, NULL), 40);
        if (stage == 1)
            machine_guest_end(2);
        vm.vcpus[2].power = VCPU_OFF;
        write_register(CACTIVER_40, 4, BIT_40);
        write_register(ROUTER_40, 8, 0);
        assert_false(vm.arch.vgic.cpus[2].sync);
        assert_int_equal(arch_interrupts.read(&vm.vcpus[0], 0, 4) >> 31, 0); /* RWP */
        if (stage > 0)
            fire(48);
        run(0);
        assert_int_equal(machine_guest_take(0, NULL), 40);
        machine_guest_end(0);
        assert_false(machine_irq(0, 48)->active);
    }
}

/* The machine's core of an off vCPU takes it; it stays pending until that one is started. */
TEST(what_fires_for_an_off_vcpu_waits_for_it) {
    vm.vcpus[2].power = VCPU_OFF;
    deliver_to_2();
    write_register(SENABLER_40, 4, BIT_40); /* has the off core look again */
    assert_true((arch_interrupts.read(&vm.vcpus[0], 0x204, 4) & BIT_40) != 0);
    assert_int_equal(machine_copies(0, 40), 0);
    vm.vcpus[2].power = VCPU_ON;
    on_core(2);
    arch_vcpu_reset(&vm.vcpus[2]);
    arch_interrupts_sync(&vm.vcpus[2]);
    machine_guest_open(2);
    assert_int_equal(machine_guest_take(2, NULL), 40);
}

TEST(nobodys_is_switched_off) {
    take(77);
    counted(EXIT_OTHER);
    assert_false(machine_irq(0, 77)->enabled || machine_irq(0, 77)->active);
    assert_int_equal(machine.cores[0].lists[0], 0);
}

TEST(nothing_pending_is_nothing) {
    assert_false(fast_irq());
    counted(EXIT_CAUSES);
    vm.vcpus[0].work = VCPU_SETTLE;
    assert_true(fast_irq());
}

static uint64_t syndrome(unsigned op2, unsigned reg, unsigned read) {
    return UINT64_C(0x18) << 26 | 3u << 20 | op2 << 17 | 12u << 10 | reg << 5 | 11u << 1 | read;
}

static bool trap(uint64_t esr) {
    set("esr_el2", esr);
    set("elr_el2", 0x40001000);
    set("spsr_el2", 0x60200fc5); /* SS, BTYPE */
    return fast_sync(&link_frame);
}

TEST(an_sgi_is_sent_from_each_saved_register) {
    for (unsigned reg = 0; reg < 32; reg++) {
        bool saved = reg <= 18 || reg == 30;

        begin();
        link_frame.x[reg % 31] = UINT64_C(7) << 24 | 0x6;
        assert_int_equal(trap(syndrome(5, reg, 0)), !saved);
        assert_int_equal(vcpu->exits[EXIT_SGI], saved);
        assert_int_equal(get("elr_el2"), saved ? 0x40001004 : 0x40001000);
        /* The instruction has completed: its step is over, and it was no branch. */
        assert_int_equal(get("spsr_el2"), saved ? 0x600003c5 : 0x60200fc5);
        for (uint32_t v = 1; v < LINUX_VCPUS; v++) {
            assert_int_equal(vm.arch.vgic.cpus[v].sgis, saved ? 1u << 7 : 0);
            assert_int_equal(machine_irq(v, MACHINE_KICK)->pending, saved);
        }
        assert_false(machine_irq(0, MACHINE_KICK)->pending);
        assert_false(machine_irq(3, MACHINE_KICK)->pending);
    }
}

TEST(an_sgi_to_itself_is_there_at_once) {
    link_frame.x[2] = UINT64_C(4) << 24 | 0x1;
    assert_false(trap(syndrome(5, 2, 0)));
    assert_int_equal(machine.cores[0].lists[0] & UINT32_MAX, 4);
    /* Also when it must wait for a place: the list registers are filled before the guest goes on.
     */
    vm.arch.vgic.cpus[0].privates[4].priority = 0;
    link_frame.x[2] = UINT64_C(4) << 24 | 0x1;
    machine.cores[0].lists[0] ^= UINT64_C(3) << 62; /* active */
    assert_false(trap(syndrome(5, 2, 0)));
    assert_int_equal(machine.cores[0].lists[0] >> 62, 3);
    assert_false(vm.arch.vgic.cpus[0].sync);
}

TEST(all_else_takes_the_slow_path) {
    assert_true(trap(syndrome(5, 2, 1)));         /* a read */
    assert_true(trap(syndrome(6, 2, 0)));         /* ICC_ASGI1R_EL1 */
    assert_true(trap(syndrome(7, 2, 0)));         /* ICC_SGI0R_EL1 */
    assert_true(trap(UINT64_C(0x16) << 26));      /* HVC */
    assert_true(trap(UINT64_C(0x24) << 26 | 64)); /* a data abort */
    counted(EXIT_CAUSES);
    assert_int_equal(get("elr_el2"), 0x40001000);
}
