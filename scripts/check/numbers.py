#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No guest and no example holds an address that a board's tree holds: it comes from there.

Addresses of one digit and zeros, such as 0x40000000, are left out: many a size looks like them.
"""

import re
import subprocess

import common

NUMBER = re.compile(r"(?<![\w.])0x([0-9a-fA-F_]{4,})")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)


def addresses():
    """{address: where it is from} of all nodes of all boards."""
    found = {}
    for path in common.files("*.dtb"):
        if path.parts[0] != "boards":
            continue
        source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(path)], check=True,
                                cwd=common.ROOT, capture_output=True, text=True).stdout
        for name, unit in re.findall(r"([\w,.-]+)@([0-9a-f]+) \{", source):
            if len(unit.rstrip("0")) > 1:
                found[int(unit, 16)] = f"{name}@{unit} of {path.parent.name}"
    return found


def is_looked_at(path):
    return path.parts[0] == "guests" and path.suffix in (".c", ".h", ".S", ".ld") or (
        path.parts[0] in ("guests", "examples") and path.suffix == ".yaml")


def main():
    known, findings, count = addresses(), [], 0
    for path in filter(is_looked_at, common.files()):
        count += 1
        blank = lambda match: re.sub(r"[^\n]", " ", match[0])  # noqa: E731
        text = COMMENT.sub(blank, common.read(path)) if path.suffix != ".yaml" else common.read(path)
        for match in NUMBER.finditer(text):
            where = known.get(int(match[1].replace("_", "") or "0", 16))
            if where:
                line = text.count("\n", 0, match.start()) + 1
                findings.append(f"{path}:{line}: {match[0]} is {where}; take it from the tree")
    common.finish("numbers", findings, f"{len(known)} addresses, {count} files")


if __name__ == "__main__":
    main()
