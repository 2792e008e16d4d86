#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make gdb`: QEMU halted, gdb attached with the hypervisor's symbols, stopped in its main().

Without a terminal it shows the place and the way there, and ends.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))

from emulator import machine  # noqa: E402

BATCH_TIMEOUT = 60  # seconds
GDB_ARCHITECTURE = {"arm64": "aarch64", "riscv64": "riscv:rv64"}


def build_image(options, board):
    image = options.build / "gdb.img"
    command = [str(options.build / "bulkhead"), "build", str(options.system), "-o", str(image),
               *board.definitions(options.build)]
    if subprocess.run(command, cwd=ROOT).returncode != 0:
        sys.exit("gdb: the system could not be built")
    return image


def wait_for(path, process):
    for _ in range(100):
        if path.exists():
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit("gdb: QEMU did not start")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--board", default=machine.DEFAULT_BOARD)
    parser.add_argument("system", type=Path)
    options = parser.parse_args()
    options.build = options.build.resolve()
    debugger = shutil.which("gdb-multiarch")
    if not debugger:
        sys.exit("gdb: no gdb-multiarch here; Debian: apt install gdb-multiarch")
    try:
        board = machine.read_board(options.board)
        image = build_image(options, board)
        with tempfile.TemporaryDirectory() as directory:
            socket = Path(directory) / "gdb"
            command = machine.command_line(board, options.build, deterministic=False, extra=[
                "-kernel", str(image), "-S", "-gdb", f"unix:{socket},server=on,wait=off"])
            return debug(command, socket, debugger, board, options)
    except machine.MachineError as error:
        sys.exit(f"gdb: {error}")


def debug(command, socket, debugger, board, options):
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    console = options.build / "gdb-console.log"
    with console.open("wb") as log:
        emulator = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    start_new_session=True)
    try:
        wait_for(socket, emulator)
        start = [debugger, "-q", "-nx", "-ex", "set confirm off", "-ex", "set pagination off",
                 "-ex", f"set architecture {GDB_ARCHITECTURE[board.arch]}", "-ex", f"target remote {socket}",
                 "-ex", "hbreak main", "-ex", "continue",
                 str(options.build / board.arch / "hypervisor.elf")]
        if terminal:
            print(f"The machine's console goes to {os.path.relpath(console)}.")
            return subprocess.run(start).returncode
        batch = [*start[:-1], "-batch", "-ex", "backtrace", "-ex", "info registers pc sp",
                 "-ex", "kill", start[-1]]
        result = subprocess.run(batch, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                timeout=BATCH_TIMEOUT)
        print(result.stdout, end="")
        if "#0" not in result.stdout or " main " not in result.stdout:
            print(result.stderr, end="", file=sys.stderr)
            print("gdb: did not stop in the hypervisor's main", file=sys.stderr)
            return 1
        return 0
    except subprocess.TimeoutExpired:
        print(f"gdb: nothing stopped in main within {BATCH_TIMEOUT} s", file=sys.stderr)
        return 1
    finally:
        emulator.kill()
        emulator.wait()


if __name__ == "__main__":
    sys.exit(main())
