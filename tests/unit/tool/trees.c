/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tool/trees.h"

#include "tool/tree/dtc.h"

const struct tree *compile_tree(const char *path, struct arena *arena) {
    struct dtc_errors errors = {0};
    struct file blob = {0};

    if (!dtc_compile(path, &blob, arena, &errors))
        fail_msg("%s: %s", path, errors.items[0].text);
    return read_tree(blob.bytes, arena);
}
