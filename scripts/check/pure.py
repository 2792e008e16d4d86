#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""System registers, MMIO and inline assembly only in *_hw files, .S, boot/ and drivers/."""

import re

import common

HARDWARE = re.compile(r"\b(?:__asm__|__asm|asm|volatile|mrs|msr|csr[rwsc]\w*|__builtin_(?:arm|riscv)_\w+)\b"
                      r"|#\s*include\s+[\"<][^\">]*_hw\.h[\">]")


def may_touch_hardware(path):
    return (path.stem.endswith("_hw") or "boot" in path.parts or "drivers" in path.parts
            # The contract only declares who touches it, and the host's side of it plays it.
            or "/".join(path.parts[1:3]) in ("arch/include", "arch/host"))


def examine(path, text):
    text = re.sub(r'"(?:\\.|[^"\\\n])*"(?!\s*$)', '""', common.strip_comments(text))
    return [f"{path}:{number}: {match.group(0)}: only in *_hw.c, .S, boot/ and drivers/"
            for number, line in enumerate(text.splitlines(), 1)
            if (match := HARDWARE.search(line))]


def main():
    paths = [path for path in common.c_files(trees=("hypervisor",))
             if not may_touch_hardware(path)]
    findings = [finding for path in paths for finding in examine(path, common.read(path))]
    common.finish("pure", findings, f"{len(paths)} files")


if __name__ == "__main__":
    main()
