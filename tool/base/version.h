/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version.h - this tool's own version.
 */
#pragma once

#define BULKHEAD_VERSION "0.1"
