/* SPDX-License-Identifier: Apache-2.0 */
/*
 * array.h - arrays whose size the compiler knows.
 */
#pragma once

/* How many elements it has. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
