#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source file says its licence in its first lines."""

import common

KINDS = ("*.c", "*.h", "*.S", "*.ld", "*.lds", "*.py", "*.sh", "*.mk", "*.toml", "*.yaml", "*.yml",
         "*.dts", "*.dtso", "Makefile", ".clang-tidy", ".ci/run")
LINE = "SPDX-License-Identifier: Apache-2.0"
# A kernel module says GPL, or Linux doesn't give it what it needs.
MODULE_LINE = "SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0"
# A file of this folder may be broken on purpose, down to its first line.
FREE = ("tests/unit/",)


def is_script(path):
    return not path.suffix and (common.ROOT / path).read_bytes()[:2] == b"#!"


def main():
    paths = [path for path in common.files()
             if any(path.match(kind) for kind in KINDS) or is_script(path)]
    paths = [path for path in paths
             if path.suffix in (".c", ".h") or not str(path).startswith(FREE)]
    wrong = []
    for path in paths:
        head = "\n".join(common.read(path).splitlines()[:3])
        if LINE not in head and not (path.parts[0] == "linux" and MODULE_LINE in head):
            wrong.append(f"{path}: no `{LINE}` in its first three lines")
    common.finish("licence", wrong, f"{len(paths)} files")


if __name__ == "__main__":
    main()
