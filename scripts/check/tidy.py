#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy with the checks of .clang-tidy; what was clean and hasn't changed isn't run again."""

import concurrent.futures
import hashlib
import os
import subprocess

import common

CACHE = common.BUILD / "check" / "tidy"


def state_of_headers():
    """One digest of everything that a file may include, and of the configuration."""
    digest = hashlib.sha256()
    for path in common.files("*.h", ".clang-tidy"):
        digest.update(str(path).encode() + b"\0" + (common.ROOT / path).read_bytes())
    return digest


def run(path, headers):
    digest = headers.copy()
    digest.update(str(path).encode() + (common.ROOT / path).read_bytes())
    stamp = CACHE / digest.hexdigest()
    if stamp.exists():
        return ""
    arch = common.target(path)
    target = common.ARCHES[arch]["clang"] if arch else []
    result = subprocess.run(
        ["clang-tidy", "--quiet", "--warnings-as-errors=*", str(path), "--",
         *target, *common.compile_flags(path)],
        cwd=common.ROOT, capture_output=True, text=True, errors="replace")
    if result.returncode == 0:
        stamp.touch()
        return ""
    errors = [line for line in result.stdout.splitlines() if " error: " in line]
    return "\n".join(dict.fromkeys(errors)) or result.stderr.strip()


def main():
    CACHE.mkdir(parents=True, exist_ok=True)
    paths = common.c_files("*.c")
    headers = state_of_headers()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        findings = [text for text in pool.map(lambda path: run(path, headers), paths) if text]
    common.finish("tidy", findings, f"{len(paths)} files")


if __name__ == "__main__":
    main()
