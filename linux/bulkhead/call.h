/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * call.h - /dev/bulkhead: one of Bulkhead's own calls (abi/hypercall.h), made for a program.
 *
 * ioctl() returns 0, or says in errno why there is no value: EOPNOTSUPP, this VM has no such call;
 * EINVAL, a bad argument.
 */
#ifndef BULKHEAD_CALL_H
#define BULKHEAD_CALL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BULKHEAD_DEVICE "/dev/bulkhead"

struct bulkhead_call {
    __u32 number; /* HYPERCALL_... */
    __u32 zero;
    __u64 first; /* its arguments */
    __u64 second;
    __u64 value; /* its answer */
};

#define BULKHEAD_CALL _IOWR(0xbb, 0x01, struct bulkhead_call)

#endif
