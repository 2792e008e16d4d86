#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/demo.svg is what the tool draws of the demo; --fix draws it (`make docs`)."""

import subprocess
import sys

import common

PICTURE = common.ROOT / "docs/demo.svg"
SYSTEM = "examples/demo/system.yaml"


def main():
    # Without the images, whose sizes differ from machine to machine.
    result = subprocess.run([common.BUILD / "bulkhead", "show", "--svg", "--no-images", SYSTEM],
                            cwd=common.ROOT, capture_output=True, text=True)
    if result.returncode != 0:
        common.finish("picture", [result.stderr.strip()])
    if "--fix" in sys.argv[1:]:
        PICTURE.write_text(result.stdout)
    same = PICTURE.exists() and PICTURE.read_text() == result.stdout
    common.finish("picture", [] if same else ["docs/demo.svg is another picture; run `make docs`"])


if __name__ == "__main__":
    main()
