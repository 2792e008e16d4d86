#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each header compiles alone: it includes what it needs."""

import concurrent.futures
import os
import subprocess

import common

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused-function"]


def run(path):
    arch = common.target(path)
    compiler = common.ARCHES[arch]["gcc"] if arch else "gcc"
    result = subprocess.run(
        [compiler, "-fsyntax-only", *WARNINGS, *common.compile_flags(path), "-x", "c", "-"],
        input=f'#include "{common.ROOT / path}"\ntypedef int not_empty;\n', cwd=common.ROOT,
        capture_output=True, text=True, errors="replace")
    if result.returncode == 0:
        return ""
    errors = [line for line in result.stderr.splitlines() if "error:" in line]
    return f"{path}: {errors[0] if errors else result.stderr.strip()}"


def main():
    paths = common.c_files("*.h")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        findings = [text for text in pool.map(run, paths) if text]
    common.finish("headers", findings, f"{len(paths)} headers")


if __name__ == "__main__":
    main()
