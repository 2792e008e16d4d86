/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/small_system.h"

#include <string.h>

#include "arch/host/host.h"

struct vm vm;
uint32_t small_resets;
void (*small_on_reset)(void);

/* dev/'s in the hypervisor, and in a program that has them. */
__attribute__((weak)) void vm_reset_watchdog(struct vm *reset) {
    (void)reset;
}

__attribute__((weak)) void vm_reset_console(struct vm *reset) {
    (void)reset;
    record("reset devices");
    small_resets++;
    if (small_on_reset != NULL)
        small_on_reset();
}

void small_create(struct vm *created, uint32_t index) {
    memset(created, 0, sizeof(*created));
    vm_create(created, created, &small.system, index);
}

void small_begin_vm(uint32_t index) {
    small_begin();
    host_space_open(); /* all VMs run: VM_RUN is 0 */
    small_create(&vm, index);
}
