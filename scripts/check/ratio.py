#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""There are at least 0.8 lines of tests for each line of product."""

import common

FLOOR = 0.8
KINDS = ("*.c", "*.h", "*.S", "*.py", "*.sh", "*.toml", "*.yaml")


def is_test(path):
    return path.parts[0] == "tests" or path.parts[:2] == ("guests", "tests")


def is_product(path):
    return path.parts[0] in ("abi", "hypervisor", "tool") and path.suffix in (".c", ".h", ".S")


def main():
    paths = common.files(*KINDS)
    product = sum(common.source_lines(path) for path in paths if is_product(path))
    tests = sum(common.source_lines(path) for path in paths if is_test(path))
    ratio = tests / max(product, 1)
    note = f"{tests} lines of tests for {product} of product: {ratio:.2f}"
    common.finish("ratio", [f"{note}, below {FLOOR}"] if ratio < FLOOR else [], note)


if __name__ == "__main__":
    main()
