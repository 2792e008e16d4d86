#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Functions and files stay short: p95 of functions 28 lines, none over 50, files 450."""

import math
import re

import common

FUNCTION_P95 = 28
FUNCTION_MAX = 50
FILE_MAX = 450
# Tests and scripts have more room: they are lists of cases.
TEST_FUNCTION_MAX = 80
TEST_FILE_MAX = 700


def is_test(path):
    return path.parts[0] == "tests" or path.parts[:2] == ("guests", "tests")


def functions(text):
    """(name, first line, line count) of each C function; relies on the formatter: a body ends with
    the first brace in column 1."""
    lines = text.splitlines()
    found, start, name = [], None, None
    for number, line in enumerate(lines, 1):
        if start is None and line.endswith("{"):
            start, name = head_of(lines, number)
        elif line == "}" and start is not None:
            if name:
                found.append((name, start, number - start + 1))
            start = None
        elif line.startswith("}"):
            start = None  # of a type or a table
    return found


def head_of(lines, brace):
    """The line where what opens its brace in line `brace` begins, and its name if a function."""
    first = brace
    while first > 1 and lines[first - 2].strip() and lines[first - 2][-1] not in ";}/#\\":
        first -= 1
    head = " ".join(lines[first - 1:brace]).removesuffix("{").rstrip()
    match = re.search(r"(\w+)\s*\(", head) if head.endswith(")") else None
    return first, match.group(1) if match else None


def percentile(values, share):
    """The smallest value that at least `share` of all values don't exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else 0


def main():
    findings, lengths = [], []
    for path in common.c_files("*.c", "*.h"):
        text = common.read(path)
        for name, line, count in functions(text):
            if path.parts[0] != "tests":
                lengths.append(count)
            limit = TEST_FUNCTION_MAX if is_test(path) else FUNCTION_MAX
            if count > limit:
                findings.append(f"{path}:{line}: {name} has {count} lines, over {limit}")
    for path in common.files("*.c", "*.h", "*.S", "*.py", "*.sh"):
        count = len(common.read(path).splitlines())
        most = TEST_FILE_MAX if is_test(path) or path.parts[0] == "scripts" else FILE_MAX
        if count > most:
            findings.append(f"{path}: {count} lines, over {most}")
    p95 = percentile(lengths, 0.95)
    if p95 > FUNCTION_P95:
        findings.append(f"95 % of functions have up to {p95} lines, over {FUNCTION_P95}")
    common.finish("budgets", findings, f"{len(lengths)} functions, p95 {p95} lines, "
                                       f"longest {max(lengths, default=0)}")


if __name__ == "__main__":
    main()
