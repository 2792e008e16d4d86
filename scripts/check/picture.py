#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/demo.svg is what the tool draws of the demo, docs/release-times.svg what scripts/ draw of the
figures in it; --fix draws both (`make docs`)."""

import subprocess
import sys

import common

sys.path.insert(0, str(common.ROOT / "scripts"))

import release_times  # noqa: E402

SYSTEM = "examples/demo/system.yaml"


def system():
    # Without the images, whose sizes differ from machine to machine.
    result = subprocess.run([common.BUILD / "bulkhead", "show", "--svg", "--no-images", SYSTEM],
                            cwd=common.ROOT, capture_output=True, text=True)
    if result.returncode != 0:
        common.finish("picture", [result.stderr.strip()])
    return result.stdout


def times():
    """The demo has put its figures there (`make demo PICTURE=docs/release-times.svg`)."""
    figures = release_times.of_svg((common.ROOT / "docs/release-times.svg").read_text())
    return release_times.as_svg(figures) if figures else ""


def main():
    findings = []
    for name, drawn in (("docs/demo.svg", system()), ("docs/release-times.svg", times())):
        path = common.ROOT / name
        if "--fix" in sys.argv[1:] and drawn:
            path.write_text(drawn)
        if not path.exists() or path.read_text() != drawn:
            findings.append(f"{name} is another picture; run `make docs`")
    common.finish("picture", findings)


if __name__ == "__main__":
    main()
