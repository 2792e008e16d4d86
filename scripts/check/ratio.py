#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""There are 0.8 to 1.2 lines of tests for each line of product."""

import common

FLOOR, CEILING = 0.8, 1.2
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
    fits = FLOOR <= round(ratio, 2) <= CEILING
    common.finish("ratio", [] if fits else [f"{note}, not {FLOOR} to {CEILING}"], note)


if __name__ == "__main__":
    main()
