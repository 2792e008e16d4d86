/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vpl011.h - an emulated PL011 (DDI 0183) on the hypervisor's console.
 *
 * The transmit FIFO is the VM's ring: when others use the line the guest sees a
 * full FIFO, as with a slow wire. Pure: no call touches hardware; the caller
 * holds the VM's uart_lock and afterwards sets the interrupt's line to what
 * vpl011_interrupt() says.
 */
#ifndef DEV_VPL011_H
#define DEV_VPL011_H

#include "dev/console.h"

#define VPL011_FIFO_SIZE 32u
#define VPL011_KEPT      6u

struct vpl011 {
    struct speaker speaker;
    uint32_t kept[VPL011_KEPT]; /* registers that only keep what is written */
    uint32_t raw;               /* UARTRIS */
    uint8_t received[VPL011_FIFO_SIZE];
    uint32_t received_at;
    uint32_t received_count;
};

/* To the state of reset; what is still in the ring stays and will be shown. */
void vpl011_reset(struct vpl011 *uart);

/* `now`: the clock, for what goes into the ring. */
uint32_t vpl011_read(struct vpl011 *uart, uint64_t offset);
void vpl011_write(struct vpl011 *uart, uint64_t offset, uint32_t value, uint64_t now);

/* Whether a byte could be received now; and receives it. */
bool vpl011_can_receive(const struct vpl011 *uart);
void vpl011_receive(struct vpl011 *uart, uint8_t byte);

/* To be called after the ring was drained. */
void vpl011_drained(struct vpl011 *uart);

/* The level of its interrupt line. */
bool vpl011_interrupt(const struct vpl011 *uart);
#endif
