/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_hw.h - between arch_memory_probe() and the exception handler, which
 * skips an access that fails while a probe is running.
 */
#ifndef ARM64_PROBE_HW_H
#define ARM64_PROBE_HW_H

#include <stdbool.h>

extern volatile bool probe_running, probe_failed;
#endif
