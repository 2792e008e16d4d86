#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""arm64: each core drops its own translations and instructions. What goes to all cores makes other
VMs' cores answer, and this one wait for them; no emulator shows it."""

import re

import common

BROADCAST = re.compile(r"\btlbi\s+\w+?(?:is|os)(?:nxs)?\b|\bic\s+ialluis\b", re.I)


def examine(path, text):
    return [f"{path}:{number}: {match.group(0)}: other VMs' cores would have to answer"
            for number, line in enumerate(common.strip_comments(text).splitlines(), 1)
            if (match := BROADCAST.search(line))]


def main():
    paths = [path for path in common.files("*.c", "*.h", "*.S") if path.parts[0] == "hypervisor"]
    findings = [finding for path in paths for finding in examine(path, common.read(path))]
    common.finish("broadcast", findings, f"{len(paths)} files")


if __name__ == "__main__":
    main()
