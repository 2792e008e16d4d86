#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs several make targets one after the other and ends on one count of all that they counted.

Each target's last line `N passed, N failed` counts; a target that fails without one counts as one
failure, so that a broken build can't look like a green run.
"""

import argparse
import re
import resource
import shlex
import subprocess
import sys
import time

COUNT = re.compile(r"(\d+) passed, (\d+) failed")


def clocks():
    """Seconds of the clock, and of the processor for all that was run and has ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic(), usage.ru_utime + usage.ru_stime


def run(make, target):
    """(passed, failed) of one target; its output goes through as it comes."""
    print(f"== {target}", flush=True)
    start, cpu = clocks()
    counts = None
    process = subprocess.Popen([*shlex.split(make), "--no-print-directory", target],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    for line in process.stdout:
        match = COUNT.fullmatch(line.strip())
        if match:  # told once, at the very end, for all targets
            counts = int(match.group(1)), int(match.group(2))
            line = f"{target}: {line}"
        print(line, end="", flush=True)
    code = process.wait()
    passed, failed = counts or (0, 0)
    if code != 0 and failed == 0:
        failed = 1
    state = "failed" if failed else "ok"
    end, cpu_end = clocks()
    print(f"== {target} {state}, {end - start:.0f} s, {cpu_end - cpu:.0f} s of CPU\n", flush=True)
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--make", default="make")
    parser.add_argument("--left-out", metavar="WHAT", help="is told before the count")
    parser.add_argument("targets", nargs="+")
    options = parser.parse_args()
    total_passed = total_failed = 0
    bad = []
    for target in options.targets:
        passed, failed = run(options.make, target)
        total_passed += passed
        total_failed += failed
        if failed:
            bad.append(target)
    if options.left_out:
        print(f"left out: {options.left_out}")
    if bad:
        print(f"failed: {', '.join(bad)}")
    print(f"{total_passed} passed, {total_failed} failed")
    return 1 if total_failed or total_passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
