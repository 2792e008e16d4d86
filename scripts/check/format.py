#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All C is formatted as .clang-format says; with --fix it is made so."""

import subprocess
import sys

import common


def main():
    paths = [str(path) for path in common.c_files()]
    if "--fix" in sys.argv[1:]:
        subprocess.run(["clang-format", "-i", *paths], cwd=common.ROOT, check=True)
    result = subprocess.run(["clang-format", "--dry-run", "-Werror", *paths], cwd=common.ROOT,
                            capture_output=True, text=True)
    places = [line.split(":") for line in result.stderr.splitlines() if ": error:" in line]
    wrong = [f"{path}: first in line {min(int(p[1]) for p in places if p[0] == path)}"
             for path in dict.fromkeys(place[0] for place in places)]
    if result.returncode != 0 and not wrong:
        wrong = [result.stderr.strip()]
    common.finish("format", wrong, f"{len(paths)} files")


if __name__ == "__main__":
    main()
