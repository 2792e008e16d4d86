#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The hypervisor also compiles with Clang, under the same warnings, all of them errors."""

import subprocess
import tempfile

import common


def main():
    with tempfile.TemporaryDirectory() as build:
        result = subprocess.run(["make", "-s", "-k", "hypervisor", "COMPILER=clang",
                                 f"BUILD={build}"], cwd=common.ROOT, capture_output=True,
                                text=True, errors="replace")
    complaints = [line for line in result.stderr.splitlines() if "error:" in line]
    if result.returncode != 0 and not complaints:
        complaints = [result.stderr.strip()[-2000:]]
    common.finish("compilers", complaints, "gcc builds it, clang too")


if __name__ == "__main__":
    main()
