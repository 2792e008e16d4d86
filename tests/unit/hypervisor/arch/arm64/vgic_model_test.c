/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices, siblings and the guest's own register writes at random, against a plain
 * book of what each interrupt owes: none is lost, none comes twice, none while it is
 * disabled, none at another vCPU than its own, and the urgent ones first.
 */
#include "hypervisor/support.h"

#include <string.h>

#include "hypervisor/arch/arm64/native_hw.h"

#include "arch/host/host.h"
#include "arch/trap.h"
#include "hypervisor/small_system.h"

#define VCPUS   LINUX_VCPUS
#define SGIS    3u
#define TIMER   MACHINE_TIMER
#define NOWHERE 0xffu

const struct irq_handlers irq_handlers;

/* What kind of interrupt it is, in the guest's numbers. */
enum kind { NONE, SGI, TIMER_PPI, EDGE, LEVEL, EMULATED };

struct book {
    enum kind kind;
    uint32_t phys;
    bool enabled, group1, line, due, active;
    bool by_hand; /* pending without the machine's having been so */
    uint8_t priority, route;
    uint32_t credit; /* how often it may still come */
};

static struct book private_book[VCPUS][32], shared_book[1020];
static uint32_t numbers[64], number_count; /* the shared ones there are */
static bool group_on[2];
static struct random random_state;
static uint32_t delivered;

static struct book *book_of(uint32_t vcpu, uint32_t number) {
    return number < 32 ? &private_book[vcpu][number] : &shared_book[number];
}

static uint32_t pick(uint32_t end) {
    return random_below(&random_state, end);
}

/* A failure says where in the run it was. */
static uint64_t step, seed;

static void require(bool condition, const char *what, uint32_t vcpu, uint32_t number) {
    if (!condition)
        fail_msg("seed %u step %u: vcpu %u interrupt %u: %s", (unsigned)seed, (unsigned)step, vcpu,
                 number, what);
}

/* What follows each exit on the slow path. */
static void settle(uint32_t vcpu) {
    on_core(vcpu);
    arch_interrupts_sync(&vm.vcpus[vcpu]);
    require(!vm.arch.vgic.cpus[vcpu].sync, "still to be synchronized after a settle", vcpu, 0);
}

/* One exit for a physical interrupt, if there is one. */
static bool take_physical(uint32_t vcpu) {
    on_core(vcpu);
    if (machine_pending(machine.cpu) == MACHINE_NONE)
        return false;
    if (fast_irq())
        settle(vcpu);
    return true;
}

/* The redistributors' frames lie behind the distributor's. */
static uint64_t place(bool shared, uint64_t offset) {
    return shared ? offset : 0x10000 + offset;
}

static void access_register(uint32_t vcpu, bool shared, uint64_t offset, uint64_t value) {
    unsigned size = offset >= 0x6000 && shared ? 8 : 4;

    on_core(vcpu);
    arch_interrupts.write(&vm.vcpus[vcpu], place(shared, offset), size, value);
    settle(vcpu);
}

static uint64_t read_register(uint32_t vcpu, bool shared, uint64_t offset, unsigned size) {
    uint64_t value;

    on_core(vcpu);
    value = arch_interrupts.read(&vm.vcpus[vcpu], place(shared, offset), size);
    settle(vcpu);
    return value;
}

/* Registers with `bits` for each interrupt: those of a private one are in its redistributor. */
static uint64_t offset_of(uint32_t vcpu, uint32_t number, uint64_t bank, uint32_t bits) {
    uint64_t within = bank + number * bits / 32 * 4;

    return number < 32 ? vcpu * 0x20000ul + 0x10000 + within : within;
}

static void write_bit(uint32_t writer, uint32_t vcpu, uint32_t number, uint64_t bank) {
    access_register(writer, number >= 32, offset_of(vcpu, number, bank, 1),
                    UINT64_C(1) << (number % 32));
}

static bool read_bit(uint32_t reader, uint32_t vcpu, uint32_t number, uint64_t bank) {
    return (read_register(reader, number >= 32, offset_of(vcpu, number, bank, 1), 4) >>
                (number % 32) &
            1) != 0;
}

static void set_enabled(uint32_t writer, uint32_t vcpu, uint32_t number, bool on) {
    write_bit(writer, vcpu, number, on ? 0x100 : 0x180);
    book_of(vcpu, number)->enabled = on;
}

static void set_priority(uint32_t writer, uint32_t vcpu, uint32_t number, uint8_t priority) {
    uint64_t at = offset_of(vcpu, number, 0x400, 8) + number % 4;

    on_core(writer);
    arch_interrupts.write(&vm.vcpus[writer], place(number >= 32, at), 1, priority);
    settle(writer);
    book_of(vcpu, number)->priority = priority;
}

static void set_group(uint32_t writer, uint32_t vcpu, uint32_t number, bool group1) {
    uint64_t at = offset_of(vcpu, number, 0x80, 1);
    uint64_t mask = UINT64_C(1) << (number % 32);
    uint64_t value = read_register(writer, number >= 32, at, 4);

    access_register(writer, number >= 32, at, group1 ? value | mask : value & ~mask);
    book_of(vcpu, number)->group1 = group1;
}

static void set_route(uint32_t writer, uint32_t number, uint8_t vcpu) {
    access_register(writer, true, 0x6000 + 8ul * number,
                    vcpu == NOWHERE ? UINT64_C(0x100000000) : vcpu);
    shared_book[number].route = vcpu;
}

static void set_groups(uint32_t writer, bool group0, bool group1) {
    access_register(writer, true, 0, (group0 ? 1u : 0) | (group1 ? 2u : 0));
    group_on[0] = group0;
    group_on[1] = group1;
}

static void add(uint32_t number, enum kind kind, uint32_t phys) {
    struct system_slice *slice = &small.vms[LINUX].interrupts;

    shared_book[number] = (struct book){.kind = kind, .phys = phys};
    numbers[number_count++] = number;
    if (phys != 0)
        small.interrupts[slice->count++] =
            (struct system_interrupt){number, phys, kind == EDGE ? SYSTEM_INTERRUPT_EDGE : 0, 0};
}

static void add_all(void) {
    small.vms[LINUX].interrupts.count = 0;
    number_count = 0;
    memset(private_book, 0, sizeof(private_book));
    memset(shared_book, 0, sizeof(shared_book));
    add(CONSOLE_IRQ, EMULATED, 0);
    add(41, EMULATED, 0);
    add(34, LEVEL, 34);
    add(40, EDGE, 48);
    for (uint32_t i = 0; i < 8; i++)
        add(100 + 31 * i, i % 2 == 0 ? EDGE : LEVEL, 70 + i);
}

static void open_books(void) {
    for (uint32_t v = 0; v < VCPUS; v++) {
        for (uint32_t n = 0; n < SGIS; n++)
            private_book[v][n] = (struct book){.kind = SGI, .route = (uint8_t)v};
        private_book[v][TIMER] =
            (struct book){.kind = TIMER_PPI, .phys = TIMER, .route = (uint8_t)v};
    }
    for (uint32_t i = 0; i < number_count; i++) {
        struct book *book = &shared_book[numbers[i]];

        *book = (struct book){.kind = book->kind, .phys = book->phys};
        book->line = book->phys != 0 && machine_irq(0, book->phys)->line;
    }
    group_on[0] = group_on[1] = false;
}

/* What vcpu_settle() does from one life of a VM to the next. */
static void restart(void) {
    on_core(0);
    arch_interrupts_off(&vm.vcpus[0]);
    for (uint32_t i = 0; i < number_count; i++)
        require(shared_book[numbers[i]].phys == 0 ||
                    !machine_irq(0, shared_book[numbers[i]].phys)->enabled,
                "is on while vCPUs are reset", 0, numbers[i]);
    for (uint32_t v = 0; v < VCPUS; v++) {
        struct machine_core *core = &machine.cores[vm.vcpus[v].cpu];

        on_core(v);
        machine_irq(vm.vcpus[v].cpu, TIMER)->line = false; /* reset_el1() */
        core->depth = 0;
        arch_vcpu_reset(&vm.vcpus[v]);
        machine_guest_open(v);
        for (uint32_t i = 0; i < machine.list_count; i++)
            require(core->lists[i] == 0, "a list register survives the reset", v, i);
    }
    on_core(0);
    arch_vm_reset(&vm);
    for (uint32_t i = 0; i < number_count; i++) {
        const struct machine_irq *irq = machine_irq(0, shared_book[numbers[i]].phys);

        if (shared_book[numbers[i]].phys != 0)
            require(!irq->enabled && !irq->active && !irq->pending, "survives the reset", 0,
                    numbers[i]);
    }
    for (uint32_t v = 0; v < VCPUS; v++)
        settle(v);
    open_books();
}

static void begin(uint32_t lists) {
    small_begin();
    add_all();
    small_create(&vm, LINUX);
    native_begin(lists, 0);
    vgic_own(&vm.arch.vgic, 41, 0, false);
    for (uint32_t v = 0; v < VCPUS; v++) {
        vm.vcpus[v].power = VCPU_ON;
        on_core(v);
        arch_vcpu_attach(&vm.vcpus[v]);
    }
    delivered = 0;
    restart();
}

static bool is_level(const struct book *book) {
    return book->kind == TIMER_PPI || book->kind == LEVEL || book->kind == EMULATED;
}

static bool is_owed(const struct book *book) {
    return is_level(book) ? book->line : book->due;
}

static bool may_come(const struct book *book) {
    return book->enabled && group_on[book->group1] && is_owed(book) && !book->active;
}

static void set_line(uint32_t vcpu, uint32_t number, bool high) {
    struct book *book = book_of(vcpu, number);

    book->line = high;
    if (book->kind == EMULATED) {
        on_core(vcpu);
        arch_interrupt_set_level(&vm, number, high);
        settle(vcpu);
    } else {
        machine_irq(vm.vcpus[vcpu].cpu, book->phys)->line = high;
    }
}

static void fire(uint32_t vcpu, uint32_t number) {
    struct book *book = book_of(vcpu, number);

    if (is_level(book)) {
        set_line(vcpu, number, true);
        return;
    }
    if (book->kind == EDGE)
        machine_irq(0, book->phys)->pending = true;
    book->due = true;
    book->credit++;
}

static void send_sgi(uint32_t sender) {
    uint32_t number = pick(SGIS), targets = pick(1u << VCPUS);
    uint64_t value = (uint64_t)number << 24;
    bool all = pick(4) == 0;

    value |= all ? UINT64_C(1) << 40 : targets;
    targets = all ? ((1u << VCPUS) - 1) & ~(1u << sender) : targets;
    on_core(sender);
    set("esr_el2", UINT64_C(0x18) << 26 | 3u << 20 | 5u << 17 | 12u << 10 | 4u << 5 | 11u << 1);
    link_frame.x[4] = value;
    require(!fast_sync(&link_frame), "an SGI took the slow path", sender, number);
    for (uint32_t v = 0; v < VCPUS; v++) {
        if ((targets >> v & 1) != 0)
            fire(v, number);
    }
}

/* Whether another core still has to bring about what was changed here. */
static bool is_in_transit(uint32_t vcpu) {
    for (uint32_t v = 0; v < VCPUS; v++) {
        if (v != vcpu && machine_pending(vm.vcpus[v].cpu) != MACHINE_NONE)
            return true;
    }
    return false;
}

/* Nothing else that this vCPU owes its guest is more urgent than what it got. */
static void check_urgency(uint32_t vcpu, uint32_t taken, uint8_t priority) {
    for (uint32_t i = 0; i < number_count + SGIS + 1; i++) {
        uint32_t number = i < number_count    ? numbers[i]
                          : i == number_count ? TIMER
                                              : i - number_count - 1;
        const struct book *book = book_of(vcpu, number);

        if (number != taken && book->route == vcpu && may_come(book) && !is_in_transit(vcpu))
            require(book->priority >= priority, "a more urgent one was passed over", vcpu, number);
    }
}

static bool guest_take(uint32_t vcpu) {
    bool group1 = false;
    uint32_t number = machine_guest_take(vm.vcpus[vcpu].cpu, &group1);
    struct book *book;

    if (number == MACHINE_NONE)
        return false;
    delivered++;
    book = book_of(vcpu, number);
    require(book->kind != NONE, "comes, though the VM does not have it", vcpu, number);
    require(book->enabled && group_on[book->group1], "comes while it is disabled", vcpu, number);
    require(book->route == vcpu, "comes at a vCPU it is not routed to", vcpu, number);
    require(group1 == book->group1, "comes in the other group", vcpu, number);
    require(!book->active, "comes while it is active", vcpu, number);
    require(is_level(book) ? book->line : book->credit > 0, "comes once more than it fired", vcpu,
            number);
    require(machine_copies(vm.vcpus[vcpu].cpu, number) == 1, "is in two list registers", vcpu,
            number);
    check_urgency(vcpu, number, book->priority);
    book->active = true;
    book->due = false;
    if (!is_level(book))
        book->credit--;
    return true;
}

/* The handler serves the device before it ends the interrupt; mostly. */
static void guest_end(uint32_t vcpu, bool serve) {
    const struct machine_core *core = &machine.cores[vm.vcpus[vcpu].cpu];
    uint32_t number = core->taken[core->depth - 1];
    struct book *book = book_of(vcpu, number);

    if (is_level(book) && serve)
        set_line(vcpu, number, false);
    machine_guest_end(vm.vcpus[vcpu].cpu);
    machine.stray_ends = book->by_hand ? 0 : machine.stray_ends;
    book->active = false;
    /* A line that is still high asks again, and by itself. */
    if (book->kind == EMULATED && book->line)
        require(machine_pending(vm.vcpus[vcpu].cpu) == MACHINE_MAINTENANCE, "is not asked again",
                vcpu, number);
    require(machine.lost_ends == 0, "its end reached no list register", vcpu, number);
    require(machine.stray_ends == 0, "its end deactivated what was not active", vcpu, number);
}

/* The guest makes an edge pending by hand, or takes that back: then it may come or not. */
static void write_pending(uint32_t writer, uint32_t vcpu, uint32_t number, bool set) {
    struct book *book = book_of(vcpu, number);

    if (is_level(book))
        return;
    write_bit(writer, vcpu, number, set ? 0x200 : 0x280);
    book->due = set;
    book->credit += set ? 1 : 0;
    book->by_hand = true;
}

static void guest_configures(uint32_t vcpu) {
    bool private = pick(3) == 0;
    uint32_t number = private ? (pick(2) == 0 ? TIMER : pick(SGIS)) : numbers[pick(number_count)];
    uint32_t owner = private ? pick(VCPUS) : 0;

    switch (pick(9)) {
    case 0:
    case 1:
        set_enabled(vcpu, owner, number, pick(4) != 0);
        break;
    case 2:
        if (!book_of(owner, number)->active)
            set_priority(vcpu, owner, number, (uint8_t)(pick(16) << 4));
        break;
    case 3:
        if (number >= 32)
            set_route(vcpu, number, pick(8) == 0 ? NOWHERE : (uint8_t)pick(VCPUS));
        break;
    case 4:
        if (pick(4) == 0)
            set_groups(vcpu, pick(8) != 0, pick(8) != 0);
        break;
    case 5:
        /* Moved between groups only while disabled, as guests do. */
        if (!book_of(owner, number)->enabled)
            set_group(vcpu, owner, number, pick(2) == 0);
        break;
    case 6:
        require(read_bit(vcpu, owner, number, 0x100) == book_of(owner, number)->enabled,
                "reads as enabled or not, wrongly", vcpu, number);
        break;
    case 7:
        write_pending(vcpu, owner, number, pick(2) == 0);
        break;
    default:
        read_bit(vcpu, owner, number, pick(2) == 0 ? 0x200 : 0x300);
        break;
    }
}

static void something_happens(void) {
    uint32_t vcpu = pick(VCPUS);
    const struct machine_core *core = &machine.cores[vm.vcpus[vcpu].cpu];

    if (pick(4) == 0) {
        uint32_t v = pick(VCPUS);

        if (pick(4) == 0)
            fire(v, TIMER);
        else
            fire(v, numbers[pick(number_count)]);
    }
    /* A core whose interrupt is on its way runs no instruction of its guest. */
    if (take_physical(vcpu))
        return;
    switch (pick(8)) {
    case 0:
        send_sgi(vcpu);
        break;
    case 1:
        guest_configures(vcpu);
        break;
    case 2:
    case 3:
    case 4:
        if (core->depth + 1 < machine.list_count)
            guest_take(vcpu);
        break;
    default:
        if (core->depth > 0)
            guest_end(vcpu, pick(8) != 0);
        break;
    }
}

static void check_lists(void) {
    for (uint32_t i = 0; i < number_count; i++)
        require(machine_copies(0, numbers[i]) <= 1, "is in two list registers", 0, numbers[i]);
}

/* Until no core has anything to do. */
static void come_to_rest(void) {
    bool busy = true;

    for (uint32_t round = 0; busy; round++) {
        require(round < 10000, "does not come to rest", 0, 0);
        busy = false;
        for (uint32_t v = 0; v < VCPUS; v++) {
            for (; take_physical(v); round++, busy = true)
                require(round < 10000, "the hypervisor's interrupts don't end", v, 0);
            if (machine.cores[vm.vcpus[v].cpu].depth > 0) {
                guest_end(v, true);
                busy = true;
            } else {
                busy = guest_take(v) || busy;
            }
        }
    }
}

static void check_rest(void) {
    for (uint32_t v = 0; v < VCPUS; v++) {
        for (uint32_t n = 0; n < 32; n++) {
            require(!is_owed(&private_book[v][n]), "was lost", v, n);
            require(!private_book[v][n].active, "never ended", v, n);
            require(!machine_irq(vm.vcpus[v].cpu, n)->active, "is still active in the machine", v,
                    n);
        }
        for (uint32_t i = 0; i < machine.list_count; i++)
            require(machine.cores[vm.vcpus[v].cpu].lists[i] >> 62 == 0, "a list register is in use",
                    v, i);
    }
    for (uint32_t i = 0; i < number_count; i++) {
        const struct book *book = &shared_book[numbers[i]];

        require(!is_owed(book), "was lost", book->route, numbers[i]);
        require(!book->active, "never ended", book->route, numbers[i]);
        if (book->phys != 0)
            require(!machine_irq(0, book->phys)->active, "is still active in the machine", 0,
                    numbers[i]);
    }
}

/* Everything on: what is owed must come, and then nothing more. */
static void enable_all(void) {
    set_groups(0, true, true);
    for (uint32_t i = 0; i < number_count; i++) {
        if (shared_book[numbers[i]].route == NOWHERE)
            set_route(0, numbers[i], 1);
        set_enabled(0, 0, numbers[i], true);
    }
    for (uint32_t v = 0; v < VCPUS; v++) {
        set_enabled(0, v, TIMER, true);
        for (uint32_t n = 0; n < SGIS; n++)
            set_enabled(0, v, n, true);
    }
}

/* One interrupt after the other, moved while it is on its way, with nothing else to help it. */
static void move_each(void) {
    for (uint32_t i = 0; i < number_count; i++) {
        uint32_t number = numbers[i];

        for (uint32_t n = pick(3); n > 0; n--) {
            fire(pick(VCPUS), number);
            for (uint32_t v = 0; v < VCPUS; v++) {
                while (pick(8) != 0 && take_physical(v))
                    ;
                if (pick(2) == 0 && machine.cores[vm.vcpus[v].cpu].depth == 0)
                    guest_take(v);
            }
        }
        set_route(pick(VCPUS), number, (uint8_t)pick(VCPUS));
        if (pick(2) == 0)
            fire(pick(VCPUS), number);
        if (pick(3) == 0)
            write_pending(pick(VCPUS), 0, number, true);
        come_to_rest();
        check_rest();
    }
}

static void run(uint32_t lists, uint32_t seeds, uint32_t steps) {
    for (seed = 1; seed <= seeds; seed++) {
        random_state.state = seed;
        begin(lists);
        for (step = 0; step < steps; step++) {
            something_happens();
            check_lists();
            if (pick(steps / 4) == 0)
                restart();
        }
        enable_all();
        come_to_rest();
        check_rest();
        move_each();
        assert_true(delivered > steps / 100);
    }
}

TEST(with_four_list_registers) {
    run(4, 40, 1000);
}

TEST(with_two_list_registers) {
    run(2, 40, 1000);
}

TEST(with_sixteen_list_registers) {
    run(16, 20, 1000);
}
