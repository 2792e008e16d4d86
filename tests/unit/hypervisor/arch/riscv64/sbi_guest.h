/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbi_guest.h - a VM of three vCPUs that calls, for one test program's main file. Extensions,
 * functions and errors by the RISC-V Supervisor Binary Interface, version 2.0.
 */
#pragma once

#include "hypervisor/support.h"

#include "abi/hypercall.h"
#include "arch/riscv64/sbi_handlers.h"
#include "dev/guest_console.h"
#include "hypervisor/arch/riscv64/fake_firmware.h"
#include "hypervisor/small_system.h"
#include "mem/hypervisor_space.h"

#define BASE   0x10
#define TIME   0x54494d45
#define IPI    0x735049
#define RFENCE 0x52464e43
#define HSM    0x48534d
#define SRST   0x53525354
#define SUSP   0x53555350
#define PMU    0x504d55
#define DBCN   0x4442434e

enum { FAILED = -1, NOT_SUPPORTED = -2, INVALID_PARAM = -3, DENIED = -4 };
enum { INVALID_ADDRESS = -5, ALREADY_AVAILABLE = -6, ALREADY_STOPPED = -8, NO_SHMEM = -9 };

#define ENTRY (GUEST_MEMORY + 0x8000)
#define ALL   UINT64_MAX

static struct vuart uart;
static uint64_t a[8];

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    host_uart_reset();
    host.clock = 1000000;
    memset(&fake_firmware, 0, sizeof(fake_firmware));
    fake_firmware.memory_at = GUEST_MEMORY;
    fake_firmware.counters = 19;
    memset(&uart, 0, sizeof(uart));
    memset(a, 0, sizeof(a));
    vm.uart = &uart;
    vm_reset_console(&vm);
    vm.vcpus[0].power = VCPU_ON;
    vm.vcpus[0].arch.counters_open = true;
}

/* What vectors.S does. */
static inline int64_t call(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1,
                           uint64_t a2) {
    struct sbi_result result;

    a[0] = a0;
    a[1] = a1;
    a[2] = a2;
    a[6] = function;
    a[7] = extension;
    result = sbi_call(&vm.vcpus[0], a);
    a[0] = (uint64_t)result.error;
    a[1] = result.value;
    return result.error;
}

/* The value of a call that succeeds. */
static inline uint64_t value(uint64_t extension, uint64_t function, uint64_t a0) {
    assert_int_equal(call(extension, function, a0, 0, 0), 0);
    return a[1];
}

/* The only call of the firmware that the last ones have made. */
static inline const struct fake_call *asked(uint64_t extension, uint64_t function) {
    assert_int_equal(fake_firmware.count, 1);
    assert_int_equal(fake_firmware.calls[0].extension, extension);
    assert_int_equal(fake_firmware.calls[0].function, function);
    fake_firmware.count = 0;
    return &fake_firmware.calls[0];
}
