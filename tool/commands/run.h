/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - `bulkhead run`: a system in QEMU, with its consoles on this terminal.
 */
#pragma once

/*
 * argv[0] is "run". Returns the exit code: QEMU's own, 128 + n if it or we were ended by signal
 * n, or an enum exit_code of diagnostics.h if there was nothing to run.
 */
int command_run(int argc, char **argv);
