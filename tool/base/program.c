/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/program.h"

#include <string.h>
#include <unistd.h>

const char *program_folder(struct arena *arena) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (length <= 0)
        return ".";
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
    return arena_strdup(arena, path);
}
