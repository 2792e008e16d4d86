/* SPDX-License-Identifier: Apache-2.0 */
#include "dev/watchdog.h"

#include "arch/cpu.h"
#include "arch/vcpu.h"
#include "trap/hypercall.h"
#include "vm/alarm.h"

/* Registers, as of the control frame's page; the refresh frame's is behind it. All others read
 * as 0: W_IIDR too, of revision 0. */
#define WCS 0x000u /* bit 0: enabled, 1: WS0, 2: WS1 */
#define WOR 0x008u
#define WCV 0x010u
#define WRR 0x1000u

enum stage { OFF, FIRST, SECOND, ONLY };

/* Clock ticks that its guest may leave it alone for. */
static uint64_t longest(const struct vm *vm) {
    return vm->config->watchdog * arch_clock_frequency() / 1000;
}

/* This core's timer looks at it when the time is over: it may have been fed by another. */
static void begin(struct vm *vm, enum stage stage, uint64_t ticks) {
    struct watchdog *dog = &vm->watchdog;

    dog->stage = stage;
    dog->deadline = arch_clock() + ticks;
    if (stage != OFF)
        alarm_set(ALARM_WATCHDOG, dog->deadline);
    if (vm->config->watchdog_irq != 0)
        arch_interrupt_set_level(vm, vm->config->watchdog_irq, stage == SECOND);
}

/* A stop counts as a feed where it runs from boot on. */
static void stop(struct vm *vm) {
    begin(vm, (vm->config->flags & SYSTEM_VM_WATCHDOG_BOOT) != 0 ? ONLY : OFF, longest(vm));
}

/* Each of two stages: as long as the guest says, if it has; half of the longest at most. */
static void feed(struct vm *vm, enum stage stage) {
    uint64_t most = longest(vm) / 2, offset = vm->watchdog.offset;

    begin(vm, stage, offset != 0 ? smaller(offset, most) : most);
}

void vm_reset_watchdog(struct vm *vm) {
    vm->watchdog.offset = 0;
    atomic_store(&vm->watchdog.over, 0);
    if (vm->config->watchdog != 0)
        stop(vm);
}

bool watchdog_feed(struct vm *vm, uint64_t ms) {
    struct watchdog *dog = &vm->watchdog;

    if (vm->config->watchdog == 0)
        return false;
    spin_lock(&dog->lock);
    if (ms == 0)
        stop(vm);
    else
        begin(vm, ONLY, smaller(ms, vm->config->watchdog) * arch_clock_frequency() / 1000);
    spin_unlock(&dog->lock);
    return true;
}

void alarm_watchdog(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;
    struct watchdog *dog = &vm->watchdog;

    spin_lock(&dog->lock);
    if (dog->stage != OFF && arch_clock() < dog->deadline) {
        alarm_set(ALARM_WATCHDOG, dog->deadline);
    } else if (dog->stage == FIRST) {
        feed(vm, SECOND);
    } else if (dog->stage != OFF) {
        dog->stage = OFF;
        atomic_store(&dog->over, 1);
        atomic_fetch_or(&vcpu->work, VCPU_SETTLE);
    }
    spin_unlock(&dog->lock);
}

static uint64_t read(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    const struct watchdog *dog = &vcpu->vm->watchdog;
    uint64_t value = 0;

    if (offset == WCS)
        value = (dog->stage != OFF ? 1 : 0) | (dog->stage == SECOND ? 2 : 0);
    else if (offset == WOR)
        value = dog->offset;
    else if (offset == WCV || offset == WCV + 4)
        value = (dog->deadline - vcpu->vm->clock_offset) >> 8 * (offset - WCV);
    return value & ~UINT64_C(0) >> (64 - 8 * size);
}

/* WCV is the hypervisor's to write. */
static void write(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    struct vm *vm = vcpu->vm;
    struct watchdog *dog = &vm->watchdog;

    (void)size;
    spin_lock(&dog->lock);
    if (offset == WOR)
        dog->offset = (uint32_t)value;
    if (offset == WCS && (value & 1) == 0)
        stop(vm);
    else if (offset == WCS || ((offset == WOR || offset == WRR) && dog->stage != OFF))
        feed(vm, FIRST);
    spin_unlock(&dog->lock);
}

void watchdog_create(struct vm *vm) {
    static const struct mmio_device device = {read, write};

    if (vm->config->watchdog_at != 0)
        vm->ranges[VM_WATCHDOG] =
            (struct mmio_range){vm->config->watchdog_at, 2 * PAGE_SIZE, &device, 0};
}
