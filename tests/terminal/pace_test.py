#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Deadlines are exact while a user watches: the real hypervisor and control loop, in real QEMU.

usage: pace_test.py [--build DIR] BOARD...

Runs the control loop beside a busy neighbour with paced time (`bulkhead run`'s default) and with exact time, and
compares its records: they must be the same to the nanosecond, though one of the runs waits.
"""

import argparse
import concurrent.futures
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))

from emulator import machine  # noqa: E402

RECORDS = 3  # of a second each
SYSTEM = """bulkhead: 1
board: qemu-arm64
vms:
  control: { cpus: 0, memory: 16 MiB, image: "${guests}/control.elf", devices: [ rtc ] }
  spin: { cpus: 1, memory: 16 MiB, image: "${guests}/spin.elf" }
"""


def records(build, folder, board, how):
    """The loop's first records, and when each came."""
    command = [str(build / "bulkhead"), "run", str(folder / "system.yaml"),
               *board.definitions(build), "--icount=" + how]
    found, times = [], []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True, errors="replace") as process:
        for line in process.stdout:
            if line.startswith("control| @control ") and "releases=" in line:
                found.append(line.strip())
                times.append(time.monotonic())
            if len(found) == RECORDS:
                break
        process.terminate()
    return found, times


def problem(exact, paced, seconds):
    """What is wrong with the two runs' records, if anything."""
    if len(exact) != RECORDS or len(paced) != RECORDS:
        return f"the loop didn't report: {exact} {paced}"
    if exact != paced:
        return "the records differ:\n  exact " + "\n  exact ".join(exact) + \
            "\n  paced " + "\n  paced ".join(paced)
    if seconds < (RECORDS - 1) * 0.95:
        # No faster than real time. How much slower is the host's affair, and judged by nobody.
        return f"{RECORDS - 1} seconds of the loop took {seconds:.2f} s"
    return None


def test(build, board):
    with tempfile.TemporaryDirectory(prefix="bulkhead-pace-") as name:
        folder = Path(name)
        (folder / "system.yaml").write_text(SYSTEM)
        exact, _ = records(build, folder, board, "exact")
        paced, times = records(build, folder, board, "on")
    seconds = times[-1] - times[0] if times else 0
    if why := problem(exact, paced, seconds):
        print(f"FAIL paced_deadlines_are_exact on {board.name}: {why}")
        return False
    print(f"ok   paced_deadlines_are_exact on {board.name} ({RECORDS - 1} s of the loop took "
          f"{seconds:.2f} s)")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("boards", nargs="+")
    options = parser.parse_args()
    build = options.build.resolve()
    # One core each, and how long it takes is judged by nobody.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        boards = [machine.read_board(board) for board in options.boards]
        passed = sum(pool.map(lambda board: test(build, board), boards))
    print(f"{passed} passed, {len(options.boards) - passed} failed")
    return 0 if passed == len(options.boards) else 1


if __name__ == "__main__":
    sys.exit(main())
