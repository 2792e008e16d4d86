/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exit_code.h - what the bulkhead command tells the one that called it.
 */
#pragma once

enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_DESCRIPTION = 1, /* the description, or a file that it names, is wrong */
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_SYSTEM = 3, /* a file cannot be read or written, no memory, ... */
};
