/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_constants.h - numbers by which core code knows the architecture it was built for.
 */
#ifndef ARCH_CONSTANTS_H
#define ARCH_CONSTANTS_H

#include "abi/system_image.h"

/* enum system_arch of the images that this hypervisor runs. */
#define ARCH_SYSTEM SYSTEM_ARCH_ARM64
#endif
