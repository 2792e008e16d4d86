# SPDX-License-Identifier: Apache-2.0
"""Deadlines are exact while a user watches: the real hypervisor and control loop, in real QEMU.

Runs the control loop beside a busy neighbour with paced time (`bulkhead run`'s default) and with
exact time, and compares its records: they must be the same to the nanosecond, though one of the
runs waits.
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from emulator import machine  # noqa: E402

RECORDS = 3  # of a second each
SYSTEM = """bulkhead: 1
board: qemu-arm64
vms:
  control: { cpus: 0, memory: 16 MiB, image: "${guests}/control.elf", devices: [ rtc ] }
  spin: { cpus: 1, memory: 16 MiB, image: "${guests}/spin.elf" }
"""


def pytest_generate_tests(metafunc):
    metafunc.parametrize("board", metafunc.config.getoption("board"))


def records(build, system, board, how):
    """The loop's first records, and when each came."""
    command = [build / "bulkhead", "run", system, *board.definitions(build), "--icount=" + how]
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


def test_paced_deadlines_are_exact(pytestconfig, tmp_path, board):
    build = Path(pytestconfig.getoption("build")).resolve()
    system = tmp_path / "system.yaml"
    system.write_text(SYSTEM)
    exact, _ = records(build, system, machine.read_board(board), "exact")
    paced, times = records(build, system, machine.read_board(board), "on")
    assert len(exact) == RECORDS and exact == paced
    # No faster than real time. How much slower is the host's affair, and judged by nobody.
    assert times[-1] - times[0] >= (RECORDS - 1) * 0.95
