/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/small_system.h"

#include <string.h>

uint32_t small_resets;
void (*small_on_reset)(void);

static void count_reset(struct vm *vm) {
    (void)vm;
    small_resets++;
    if (small_on_reset != NULL)
        small_on_reset();
}

/* boot/bind.c's in the hypervisor. */
void (*const vm_reset_devices)(struct vm *vm) = count_reset;

void small_system_vm(const struct small_system *small, struct vm *vm, uint32_t index) {
    memset(vm, 0, sizeof(*vm));
    vm_create(vm, vm, &small->system, index);
}
