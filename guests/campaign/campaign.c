/* SPDX-License-Identifier: Apache-2.0 */
/*
 * campaign - does to the hypervisor whatever comes, at random: an operation follows from the seed,
 * its CPU and its number, whatever became of those before. The guest repairs of itself what the
 * next operation needs. Where it can't, its watchdog ends this life; the next has the next seed.
 *
 * Arguments, in decimal: seed=N, ops=N of a life, watchdog=ADDRESS and gpio=ADDRESS. It says how
 * far a life is: operations, exceptions seen (a bit each), all exits of this VM by cause.
 */
#include "campaign/campaign.h"

#include "abi/counters.h"
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/manage.h"
#include "runtime/tree.h"

#define REPORT_EVERY 1000u /* operations of both CPUs */
#define FEED_EVERY   16u   /* of one */
#define REPAIR_EVERY 64u
#define LOOK_EVERY   4096u /* whether the other CPU has done anything meanwhile */
#define MEMORY_END   (BOARD_RAM + 0x400000u)
#define CODE         (BOARD_RAM + 0x380000u) /* a page for each CPU, farther from us than it jumps */
#define NEAR         0x100u
#define CERTAIN      4u
#define PATIENCE     10000000u

uint64_t campaign_watchdog, campaign_gpio;

static struct {
    uint64_t number;    /* of its operation */
    uint64_t other_was; /* the other's, at the last look */
    bool forbidden;     /* what it runs may not complete, ... */
    uint32_t completed; /* ... and has so often */
} cpus[CAMPAIGN_CPUS];

static uint64_t seed, limit;
static uint64_t done, seen;
static volatile uint32_t printing;

uint64_t campaign_device(void) {
    uint64_t at = campaign_places[random_below(campaign_place_count)];

    if (random_below(8) == 0)
        at = campaign_watchdog;
    else if (random_below(8) == 0)
        at = campaign_gpio;
    at += random_below(4) == 0 ? random_below(0x20000) : random_below(0x1000);
    return at & (random_below(8) == 0 ? ~0ull : ~3ull << random_below(2));
}

uint64_t campaign_pointer(void) {
    switch (random_below(4)) {
    case 0:
        return campaign_device();
    case 1:
        return MEMORY_END - random_below(NEAR);
    default:
        return random_value();
    }
}

void campaign_registers(uint64_t registers[32]) {
    for (uint32_t i = 0; i < 32; i++)
        registers[i] = i % 4 == 0 ? campaign_pointer() : random64();
}

uint64_t campaign_code(uint32_t cpu) {
    return CODE + 0x1000u * cpu;
}

void campaign_take_interrupts(void) {
    cpu_irq_enable();
    for (uint32_t i = 0; i < 200; i++)
        cpu_barrier();
    cpu_irq_disable();
}

bool campaign_dares(uint32_t times) {
    return random_below(times) == 0;
}

/* A restart of the VM that is managed takes as long as a hundred operations. */
uint64_t campaign_own_call(uint64_t arguments[2]) {
    uint64_t number = random_below(8);

    if (number == HYPERCALL_MANAGE - HYPERCALL_BASE && !campaign_dares(4))
        number = HYPERCALL_MANAGED - HYPERCALL_BASE;
    arguments[0] = random_below(2);
    arguments[1] = random_below(4);
    return number;
}

noreturn void campaign_run(uint32_t cpu, const uint32_t *words, uint32_t count,
                           const uint64_t registers[32], bool forbidden) {
    uint32_t *code = (uint32_t *)campaign_code(cpu);

    for (uint32_t i = 0; i < count; i++)
        code[i] = words[i];
    campaign_close(&code[count]);
    cpus[cpu].forbidden = forbidden;
    campaign_jump(code, registers);
}

noreturn void campaign_escaped(const char *how, uint64_t what) {
    printing = 1;
    console_init(0);
    console_print("\n@escape seed=%lu how=%s what=0x%lx\n", seed, how, what);
    for (;;)
        cpu_spin();
}

static void report(void) {
    static uint64_t exits[EXIT_CAUSES];

    if (__atomic_exchange_n(&printing, 1, __ATOMIC_SEQ_CST))
        return;
    console_init(0);
    for (uint32_t cause = 0; cause < EXIT_CAUSES; cause++)
        exits[cause] = (uint64_t)(machine_exits(0, cause) + machine_exits(1, cause));
    console_print("\n@campaign seed=%lu ops=%lu seen=0x%lx exits=", seed, done, seen);
    for (uint32_t cause = 0; cause < EXIT_CAUSES; cause++)
        console_print(cause == 0 ? "%lu" : ",%lu", exits[cause]);
    console_print("\n");
    printing = 0;
}

/* All ways in which a life ends by its guest's wish. */
static void end_life(void) {
    switch (random_below(4)) {
    case 0:
        machine_reset();
    case 1:
        machine_off();
    case 2:
        cpu_set_vectors(BOARD_NOWHERE);
        (void)mmio_read64(BOARD_NOWHERE);
        break;
    default:
        cpu_spin(); /* nobody feeds the watchdog */
    }
}

static noreturn void next(uint32_t cpu);

static void second(uint64_t argument) {
    next(cpu_index() % CAMPAIGN_CPUS);
}

static void look_at_other(uint32_t cpu) {
    uint64_t number = cpus[1 - cpu].number;

    if (number == cpus[cpu].other_was && !cpu_is_off(1 - cpu))
        end_life();
    cpus[cpu].other_was = number;
}

/* What is done beside the operations; each life sees its end. */
static void keep_house(uint32_t cpu, uint64_t number) {
    uint64_t total = __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);

    for (uint32_t i = 0; i < PATIENCE && printing; i++) {
    }
    if (number % FEED_EVERY == 0)
        watchdog_feed(0);
    if (number % REPAIR_EVERY == 0)
        campaign_repair();
    if (number % LOOK_EVERY == 0)
        look_at_other(cpu);
    if (total % REPORT_EVERY == 0)
        report();
    if (total >= limit)
        end_life();
}

static void operate(uint32_t cpu) {
    uint64_t sum = 1;

    for (uint32_t i = 0; i < campaign_kind_count; i++)
        sum += campaign_kinds[i].weight;
    sum = random_below(sum);
    for (uint32_t i = 0; i < campaign_kind_count; i++) {
        if (sum < campaign_kinds[i].weight) {
            campaign_kinds[i].run(cpu);
            return;
        }
        sum -= campaign_kinds[i].weight;
    }
    cpu_start(1 - cpu, second, 0); /* if it is off */
}

static noreturn void next(uint32_t cpu) {
    for (;;) {
        uint64_t number = ++cpus[cpu].number;

        campaign_recover(cpu);
        random_seed((seed * CAMPAIGN_CPUS + cpu) << 32 | number);
        keep_house(cpu, number);
        operate(cpu);
    }
}

noreturn void campaign_completed(uint32_t cpu) {
    static const uint64_t registers[32];
    const uint32_t *code = (const uint32_t *)campaign_code(cpu);

    /* Once, it may be the other CPU that has gone astray to here. */
    if (cpus[cpu].forbidden && ++cpus[cpu].completed == CERTAIN)
        campaign_escaped("instruction", *code);
    if (cpus[cpu].forbidden)
        campaign_jump(code, registers);
    cpus[cpu].completed = 0;
    next(cpu);
}

noreturn void campaign_caught(uint32_t cpu, uint32_t exception) {
    cpus[cpu].forbidden = false;
    cpus[cpu].completed = 0;
    __atomic_or_fetch(&seen, 1ull << exception % 64, __ATOMIC_SEQ_CST);
    next(cpu);
}

static void ignore(uint32_t irq) {
}

void guest_main(uint64_t tree) {
    seed = tree_argument_number(tree, "seed") + (uint64_t)machine_restarts();
    limit = tree_argument_number(tree, "ops");
    campaign_watchdog = tree_argument_number(tree, "watchdog");
    campaign_gpio = tree_argument_number(tree, "gpio");
    irq_begin(ignore);
    console_print("@life seed=%lu\n", seed);
    cpu_start(1, second, 0);
    next(0);
}
