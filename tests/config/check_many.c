/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_many.c - `bulkhead check` of one file after the other, in one process:
 *
 *     check_many OPTION... -- FILE...
 *
 * What is said of each goes to stdout, and ends with a line `FILE: exit code N`.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool/commands/commands.h"

int main(int argc, char **argv) {
    int last = 1; /* where the file's name goes, behind the options */

    while (last < argc && strcmp(argv[last], "--") != 0)
        last++;
    if (dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
        return 1;
    for (int i = last + 1; i < argc; i++) {
        argv[last] = argv[i];
        int code = command_check(last + 1, argv);
        printf("%s: exit code %d\n", argv[i], code);
        fflush(stdout);
    }
    return 0;
}
