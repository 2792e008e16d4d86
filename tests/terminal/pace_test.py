#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Deadlines are exact while a user watches: the real hypervisor and control loop, in real QEMU.

usage: pace_test.py [--build DIR]

Runs the control loop alone with paced time (`bulkhead run`'s default) and with exact time, and
compares its records: they must be the same to the nanosecond, though one of the runs waits.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RECORDS = 4  # of a second each
SYSTEM = """bulkhead: 1
board: qemu-arm64
vms:
  control: { cpus: 0, memory: 16 MiB, image: "${guests}/control.elf" }
"""


def records(build, folder, how):
    """The loop's first records, and when each came."""
    command = [os.path.join(build, "bulkhead"), "run", os.path.join(folder, "system.yaml"),
               "-D", "guests=" + os.path.join(build, "guests", "arm64"), "--icount=" + how]
    found, times = [], []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True) as process:
        for line in process.stdout:
            if line.startswith("control| @control ") and "releases=" in line:
                found.append(line.strip())
                times.append(time.monotonic())
            if len(found) == RECORDS:
                break
        process.terminate()
    return found, times


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    build = os.path.abspath(parser.parse_args().build)
    folder = tempfile.mkdtemp(prefix="bulkhead-pace-")
    try:
        with open(os.path.join(folder, "system.yaml"), "w", encoding="utf-8") as file:
            file.write(SYSTEM)
        exact, _ = records(build, folder, "exact")
        paced, times = records(build, folder, "on")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    failed = []
    if len(exact) != RECORDS or len(paced) != RECORDS:
        failed.append("the loop didn't report: %s %s" % (exact, paced))
    elif exact != paced:
        failed.append("the records differ:\n  exact " + "\n  exact ".join(exact) +
                      "\n  paced " + "\n  paced ".join(paced))
    elif times[-1] - times[0] < (RECORDS - 1) * 0.95:
        # No faster than real time. How much slower is the host's affair, and judged by nobody.
        failed.append("%d seconds of the loop took %.2f s" % (RECORDS - 1, times[-1] - times[0]))
    for why in failed:
        print("FAIL paced_deadlines_are_exact: " + why)
    if not failed:
        print("ok   paced_deadlines_are_exact (%d s of the loop took %.2f s)"
              % (RECORDS - 1, times[-1] - times[0]))
    print("%d passed, %d failed" % (0 if failed else 1, len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
