#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No file names a path of the machine that it was written on."""

import re

import common

MACHINE = re.compile(r"(?<![\w.$}])/(?:wor[k]|roo[t]|hom[e]/\w+|var/tmp|tmp/\w+)(?:/|\b)")


def main():
    findings, paths = [], common.files()
    for path in paths:
        data = (common.ROOT / path).read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.decode(errors="replace").splitlines(), 1):
            if match := MACHINE.search(line):
                findings.append(f"{path}:{number}: {match.group(0)}")
    common.finish("paths", findings, f"{len(paths)} files")


if __name__ == "__main__":
    main()
