#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hypervisor and guests also compile with Clang, under the same warnings, all of them errors."""

import subprocess
import tempfile

import common


def complaints(arch):
    with tempfile.TemporaryDirectory() as build:
        result = subprocess.run(["make", "-s", "-k", "-j2", "hypervisor", "guests",
                                 f"ARCH={arch}", "COMPILER=clang", f"BUILD={build}",
                                 f"GUEST_TOOL={common.BUILD}/bulkhead"],
                                cwd=common.ROOT, capture_output=True, text=True, errors="replace")
    found = [line for line in result.stderr.splitlines() if "error:" in line]
    if result.returncode != 0 and not found:
        found = [result.stderr.strip()[-2000:]]
    return [f"{arch}: {line}" for line in found]


def main():
    found = [line for arch in common.ARCHES for line in complaints(arch)]
    common.finish("compilers", found, f"gcc builds them, clang too: {', '.join(common.ARCHES)}")


if __name__ == "__main__":
    main()
