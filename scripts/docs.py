#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes into the documentation what the tool's own tables say: all between `<!-- keys: ... -->`, or
another such mark of `bulkhead schema --markdown`, and `<!-- end -->`. With --check it only says
whether that is up to date."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ["docs/system-description.md"]
PART = re.compile(r"^<!-- (?:keys|later|rules).*?^<!-- end -->\n", re.S | re.M)


def mark(part):
    return part.split("\n", 1)[0]


def renew(text, parts):
    """The page with its parts renewed, and the marks that are in one of both only."""
    odd = sorted(set(map(mark, PART.findall(text))) ^ parts.keys())
    return PART.sub(lambda match: parts.get(mark(match[0]), match[0]), text), odd


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bulkhead", default=str(ROOT / "build/bulkhead"))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    tables = subprocess.run([options.bulkhead, "schema", "--markdown"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    parts = {mark(part): part for part in PART.findall(tables)}
    failed = 0
    for page in PAGES:
        old = (ROOT / page).read_text()
        new, odd = renew(old, parts)
        for name in odd:
            print(f"{page}: {name} stands only here, or only in bulkhead schema --markdown")
        if options.check and new != old:
            print(f"{page}: not what the tool's tables say; run make docs")
        elif new != old:
            (ROOT / page).write_text(new)
        failed += bool(odd) or (options.check and new != old)
    return failed


if __name__ == "__main__":
    sys.exit(main())
