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

#include "config/system.h"
#include "lib/chacha20.h"
#include "lib/spinlock.h"
#include "vm/barrier.h"
#include "vm/vcpu.h"

struct vuart;
struct mmio_device;

/* Guest addresses that trap/mmio.h emulates: filled in at boot, apart from each other. What is
 * asked most is found first. */
enum vm_range { VM_CONTROLLER, VM_CONSOLE, VM_CONTROLLER_CPUS, VM_RANGES };

struct mmio_range {
    uint64_t at, size; /* multiples of 8; size 0: none */
    const struct mmio_device *device;
    uint64_t first; /* offset of the first byte in the device's registers */
};

/* What the VM's cores do next time they leave their guests. */
enum vm_request {
    VM_START = 0, /* the first life: check the payloads, load, enter */
    VM_RUN,
    VM_RESTART,
    VM_OFF,
    VM_STOP,
    VM_HALT, /* and all other VMs */
};

struct vm {
    const struct system *system;
    const struct system_vm *config;
    uint32_t index;
    uint32_t vcpu_count;
    phys_t stage2;         /* root table */
    uint64_t clock_offset; /* the guest's clock is the machine's less this */
    uint64_t restarts;
    uint64_t counted_from;    /* clock of the first restart that counts for restart_max ... */
    uint32_t counted;         /* ... and how many do */
    uint64_t reported;        /* clock of the last line about its faults */
    uint32_t unreported;      /* such lines left out since */
    _Atomic uint32_t request; /* enum vm_request */
    _Atomic uint32_t ended;   /* it has been taken off control()->vms_alive */
    struct barrier barrier;   /* of its cores; broken: one of them has panicked */
    struct spinlock power_lock;
    struct spinlock uart_lock;
    struct vuart *uart; /* NULL: no emulated console */
    struct mmio_range ranges[VM_RANGES];
    struct arch_vm arch;
    struct vcpu vcpus[SYSTEM_CPUS_MAX];
    /* The key that the seeds of all its lives are drawn from (vm/loader.h), if there is one. */
    uint8_t seed_key[CHACHA20_SIZE];
    bool has_seed_key;
};

/* What else begins anew with each life of a VM, called by its vCPU 0; defined in dev/. */
void vm_reset_devices(struct vm *vm);

/* At boot: fills zeroed memory. `vm` is where it is mapped now, `own` where its cores will map it.
 */
void vm_create(struct vm *vm, struct vm *own, const struct system *system, uint32_t index);

/* The guest asks for SYSTEM_RESET, or SYSTEM_OFF. Takes effect in vcpu_settle(). */
void vm_reset(struct vcpu *vcpu);
void vm_power_off(struct vcpu *vcpu);

/*
 * Something happened that has no architectural answer: the VM's `on-fault` says what follows.
 * `address` and `cause` are for the line that tells of it.
 */
void vm_fail(struct vcpu *vcpu, uint64_t address, const char *cause);

/*
 * This core of the VM panics: it counts as stopped. Its other cores stand still as soon as they see
 * it, which they need no lock for; one that waits for a lock of the VM that this core holds does so
 * already, at the hypervisor's level.
 */
void vm_lose(struct vcpu *vcpu);

/* Every core of a VM stands still where it is, this one too. */
noreturn void vm_halt_all(void);
