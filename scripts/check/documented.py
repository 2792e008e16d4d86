#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every exported function is documented in its header: a comment right above its prototype.

Prototypes that follow each other without a blank line share the comment above the first.
"""

import re

import common

PROTOTYPE = re.compile(r"^(?!static|typedef|#|extern \"C\"|_Static_assert|static_assert)"
                       r"[a-z_][\w\s\*]*?\b(\w+)\s*\([^;{]*\)[^;{]*;", re.S)


def undocumented(text):
    """(name, line) of each prototype without a comment."""
    lines, out, number = text.splitlines(), [], 0
    documented = in_comment = False
    while number < len(lines):
        line = lines[number]
        if in_comment or line.lstrip().startswith("/*"):
            in_comment = "*/" not in line
            documented = not in_comment
        elif not line.strip():
            documented = False
        elif re.match(r"[a-z_]", line):
            end = number
            while end + 1 < len(lines) and not re.search(r"[;{]", lines[end]):
                end += 1
            match = PROTOTYPE.match("\n".join(lines[number:end + 1]))
            if match and not documented:
                out.append((match.group(1), number + 1))
            number = end
        number += 1
    return out


def main():
    findings, paths = [], common.c_files("*.h", trees=("hypervisor", "tool", "guests"))
    for path in paths:
        for name, line in undocumented(common.read(path)):
            findings.append(f"{path}:{line}: {name}: no comment says what it does, for whom")
    common.finish("documented", findings, f"{len(paths)} headers")


if __name__ == "__main__":
    main()
