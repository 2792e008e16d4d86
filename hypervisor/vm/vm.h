/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vm.h - one virtual machine, and its life: start, restart, off, stopped.
 *
 * A life ends by a request that any vCPU of the VM makes; all its cores then
 * meet in vcpu_settle(), and leave it together into the next life or stand
 * still. No other VM's core takes part.
 */
#pragma once

#include <stdnoreturn.h>

#include "abi/hypercall.h"
#include "lib/chacha20.h"
#include "vm/barrier.h"
#include "vm/control.h"
#include "vm/vcpu.h"

struct vuart;
struct mmio_device;

/* Guest addresses that trap/mmio.h emulates: filled in at boot, apart from each other. What is
 * asked most is found first. */
enum vm_range { VM_CONTROLLER, VM_CONSOLE, VM_CONTROLLER_CPUS, VM_WATCHDOG, VM_RANGES };

struct mmio_range {
    uint64_t at, size; /* multiples of 8; size 0: none */
    const struct mmio_device *device;
    uint64_t first; /* offset of the first byte in the device's registers */
};

/*
 * Where a VM is in its life (control()->vms[]): it rests there, or its cores go there next, all of
 * them together. Only they do that; any core may ask a VM that rests to leave, or one on its way to
 * rest to begin anew behind that (vm_ask()).
 */
enum vm_life {
    VM_RUN = 0,   /* it rests: its guest runs, ... */
    VM_WAITING,   /* ... or all its vCPUs are off: until its back-off is over, ... */
    VM_OFF,       /* ... as its guest wished, ... */
    VM_STOPPED,   /* ... as anybody else wished, ... */
    VM_LOST,      /* ... or for good: one of its cores has panicked */
    VM_BOOT,      /* it goes: into the first life, which checks the payloads, ... */
    VM_RESTART,   /* ... into the next one, ... */
    VM_HALT,      /* ... nowhere, with all other VMs, ... */
    VM_BACK_OFF,  /* ... to VM_WAITING (these three are in one order with where they lead), ... */
    VM_POWER_OFF, /* ... to VM_OFF, ... */
    VM_STOP,      /* ... or to VM_STOPPED */
};

#define VM_ENDED 256u /* times how the last life ended (enum managed_end) is added to it */

/* Restarts of one kind that count for its policy's `max`. */
struct vm_spent {
    uint64_t from; /* clock of the first of them */
    uint32_t count;
};

/* Emulated in dev/watchdog.c. */
struct watchdog {
    struct spinlock lock;
    uint32_t stage;        /* 0: it does not run */
    uint32_t offset;       /* WOR */
    uint64_t deadline;     /* clock when this stage ends */
    _Atomic uint32_t over; /* nobody has fed it: its VM ends in vcpu_settle() */
};

struct vm {
    const struct system *system;
    const struct system_vm *config;
    struct vm_control *shared; /* what others see of it */
    uint32_t index;
    uint32_t vcpu_count;
    phys_t stage2;         /* root table */
    uint64_t clock_offset; /* the guest's clock is the machine's less this */
    uint64_t wakes;        /* clock when its back-off is over */
    struct vm_spent spent[SYSTEM_ENDS];
    uint64_t reported;   /* clock of the last line about its restarts */
    uint32_t unreported; /* such lines left out since */
    uint32_t next;       /* where its cores go, whatever it is asked meanwhile */
    struct watchdog watchdog;
    struct barrier barrier; /* of its cores; broken: one of them has panicked */
    struct spinlock power_lock;
    struct spinlock uart_lock;
    struct vuart *uart; /* NULL: no emulated console */
    struct mmio_range ranges[VM_RANGES];
    struct arch_vm arch;
    /* The key that the seeds of all its lives are drawn from (vm/loader.h), if there is one. */
    uint8_t seed_key[CHACHA20_SIZE];
    bool has_seed_key;
    _Alignas(64) struct vcpu vcpus[SYSTEM_CPUS_MAX]; /* the first's work and exits: one line */
};

/* What else begins anew with each life of a VM, called by its vCPU 0; defined in dev/. */
void vm_reset_console(struct vm *vm);
void vm_reset_watchdog(struct vm *vm);

/* At boot: fills zeroed memory. `vm` is where it is mapped now, `own` where its cores will map it.
 */
void vm_create(struct vm *vm, struct vm *own, const struct system *system, uint32_t index);

/* Where it is in its life. */
static inline enum vm_life vm_life(uint32_t index) {
    return atomic_load(&control()->vms[index].life) % VM_ENDED;
}

/* Another core has called this one, to look at its VM's life. Fast paths do so. */
static inline void vm_kicked(struct vcpu *vcpu) {
    if (atomic_load(&vcpu->vm->shared->life) % VM_ENDED != VM_RUN)
        atomic_fetch_or(&vcpu->work, VCPU_SETTLE);
}

/*
 * Asks VM `index` to go to `next`, for the reason `end`, and calls its cores in. Any core that runs
 * a VM. False if it is lost, where it would get to, or on its way: to rest, it can be asked to
 * begin anew.
 */
bool vm_ask(const struct system *system, uint32_t index, enum vm_life next, enum managed_end end);

/*
 * The guest ends its life, or something happened that has no architectural answer: what follows is
 * said by the VM's policy for it, and takes effect in vcpu_settle(). `address` and `cause` are for
 * the line that tells of it; NULL: there is no more to tell. Not on a fast path, which does not
 * know where the guest is.
 */
void vm_end(struct vcpu *vcpu, enum system_end how, uint64_t address, const char *cause);

/*
 * This core of the VM panics: it counts as stopped. Its other cores stand still as soon as they see
 * it, which they need no lock for; one that waits for a lock of the VM that this core holds does so
 * already, at the hypervisor's level.
 */
void vm_lose(struct vcpu *vcpu);

/* Every core of a VM stands still where it is, this one too. */
noreturn void vm_halt_all(void);
