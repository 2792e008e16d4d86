#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The documentation's tables are those of the tool."""

import subprocess
import sys

import common


def main():
    built = subprocess.run(["make", "-s", f"BUILD={common.BUILD}", f"{common.BUILD}/bulkhead"],
                           cwd=common.ROOT, capture_output=True, text=True)
    if built.returncode:
        common.finish("docs", built.stderr.splitlines() or ["the tool cannot be built"])
    result = subprocess.run([sys.executable, common.ROOT / "scripts/docs.py", "--check",
                             "--bulkhead", common.BUILD / "bulkhead"],
                            capture_output=True, text=True)
    findings = (result.stdout + result.stderr).splitlines()
    common.finish("docs", findings if result.returncode else [])


if __name__ == "__main__":
    main()
