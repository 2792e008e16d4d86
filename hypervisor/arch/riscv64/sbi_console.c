/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/sbi_handlers.h"
#include "trap/console_calls.h"

#define LEGACY_SHUTDOWN 8u
#define LEGACY_LAST     0xfu

#define CONSOLE_WRITE 0u
#define CONSOLE_SIZE  256u /* bytes that one call moves at most */

/* Size, low and high half of the address of what is written, or read: as much as one call moves. */
struct sbi_result sbi_console_move(struct vcpu *vcpu, const uint64_t a[8]) {
    uint32_t size = (uint32_t)smaller(a[0], CONSOLE_SIZE);
    uint8_t bytes[CONSOLE_SIZE];

    if (vcpu->vm->uart == NULL)
        return failure(SBI_ERR_NOT_SUPPORTED);
    /* What is read is gone: the memory is tried first. */
    if (a[2] != 0 || a[1] + a[0] < a[1] || !guest_memory(a[1], bytes, size, false))
        return failure(SBI_ERR_INVALID_PARAM);
    if (a[6] == CONSOLE_WRITE)
        return success(console_calls_write(vcpu, bytes, size));
    size = console_calls_read(vcpu, bytes, size);
    return guest_memory(a[1], bytes, size, true) ? success(size) : failure(SBI_ERR_INVALID_PARAM);
}

/* The SBI's waits until there is room: the guest does, and makes the same call again. */
struct sbi_result sbi_console_write_byte(struct vcpu *vcpu, const uint64_t a[8]) {
    uint8_t byte = (uint8_t)a[0];

    if (vcpu->vm->uart == NULL)
        return failure(SBI_ERR_NOT_SUPPORTED);
    if (console_calls_write(vcpu, &byte, 1) == 1)
        return success(0);
    guest_call_again();
    return (struct sbi_result){(int64_t)a[0], a[1]};
}

/* The byte, or an error. */
static struct sbi_result read_byte(struct vcpu *vcpu, const uint64_t a[8]) {
    uint8_t byte;

    (void)a;
    return failure(console_calls_read(vcpu, &byte, 1) == 1 ? byte : SBI_ERR_FAILED);
}

struct sbi_result sbi_set_timer(struct vcpu *vcpu, const uint64_t a[8]) {
    vcpu_set_timer(vcpu, a[0]);
    return success(0);
}

static struct sbi_result shutdown(struct vcpu *vcpu, const uint64_t a[8]) {
    (void)a;
    vm_end(vcpu, SYSTEM_END_POWEROFF, 0, NULL);
    return success(0);
}

/* They have no functions. */
static sbi_handler *const extensions[] = {sbi_set_timer, sbi_console_write_byte,
                                          read_byte, [LEGACY_SHUTDOWN] = shutdown};

bool sbi_has_legacy(const struct vcpu *vcpu, uint64_t id) {
    bool has_console = vcpu->vm->uart != NULL;

    return id == 0 || id == LEGACY_SHUTDOWN || (id <= 2 && has_console);
}

struct sbi_result sbi_legacy_call(struct vcpu *vcpu, const uint64_t a[8]) {
    struct sbi_result result = failure(SBI_ERR_NOT_SUPPORTED);

    vcpu->exits[EXIT_HYPERCALL]++;
    if (sbi_has_legacy(vcpu, a[7]))
        result = extensions[a[7]](vcpu, a);
    if (a[7] <= LEGACY_LAST)
        result.value = a[1];
    return result;
}
