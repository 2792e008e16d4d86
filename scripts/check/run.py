#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make check`: every script of this folder is one check; this runs them, two at a time."""

import concurrent.futures
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NO_CHECK = {"run.py", "common.py", "test_check.py"}


def run(path):
    start = time.monotonic()
    result = subprocess.run([sys.executable, str(path)], capture_output=True, text=True,
                            errors="replace")
    output = (result.stdout + result.stderr).rstrip()
    seconds = time.monotonic() - start
    if result.returncode == 0 and seconds >= 1:
        output += f"  {seconds:.0f} s"
    return output, result.returncode == 0


def main(names):
    scripts = sorted(path for path in HERE.glob("*.py") if path.name not in NO_CHECK)
    if unknown := set(names) - {path.stem for path in scripts}:
        print(f"check: there is no {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [path for path in scripts if not names or path.stem in names]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for output, good in pool.map(run, chosen):
            print(output, flush=True)
            failed += not good
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
