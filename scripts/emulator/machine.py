# SPDX-License-Identifier: Apache-2.0
"""QEMU: its command line, as `bulkhead run` has it for a board, and one run of it, watched."""

import ctypes
import functools
import os
import re
import selectors
import shlex
import signal
import socket
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# All CPUs asleep and no timer armed is a state that a guest may well be in.
KNOWN_WARNING = "icount sleep disabled and no active timers"
# Bit-exact runs: one instruction is one nanosecond, and one tick of arm64's clock. RISC-V's ticks at
# 10 MHz, as its boards' trees say: once per 100 instructions.
DETERMINISTIC_CPU = {"arm64": {"cntfrq": "1000000000"}, "riscv64": {}}
QEMU = {"arm64": "qemu-system-aarch64", "riscv64": "qemu-system-riscv64"}
# A serial line behind the first, as `bulkhead run` prints it; a Run connects it.
FURTHER_LINE = ["-serial", "null"]
BOARDS = [ROOT / "boards", ROOT / "tests" / "system" / "boards"]
DEFAULT_BOARD = "qemu-arm64"


BOOT_PROGRAM = 0xa0000000  # RAM that nothing needs before Bulkhead runs


class MachineError(Exception):
    """The machine can't be started: something is missing on the host."""


def cache_dir():
    cache = os.environ.get("BULKHEAD_CACHE")
    if cache:
        return Path(cache)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bulkhead"


@dataclass(frozen=True)
class Board:
    """A folder of boards/, or of the tests' own: the machine is described there and nowhere else."""
    name: str
    directory: Path
    arch: str
    home: int
    arguments: tuple  # QEMU's

    def definitions(self, build):
        """What the tool is told: this board, and what `${...}` stands for in the descriptions."""
        return ["--board", str(self.directory), "-D", f"guests={Path(build) / 'guests' / self.arch}",
                "-D", f"linux={cache_dir() / f'linux-{self.arch}'}",
                "-D", f"firmware={cache_dir() / 'firmware'}"]

    def guest(self, build, name):
        path = Path(build) / "guests" / self.arch / name
        if not path.exists():
            raise MachineError(f"no {path}; run `make guests ARCH={self.arch}`")
        return path

    def bare(self):
        """QEMU's further arguments for the same machine with no place for a hypervisor."""
        virtualization = "virtualization=on" in option(self.arguments, "-machine", "")
        return ["-machine", "virtualization=off"] if virtualization else []


def read_board(name):
    directory = next((place / name for place in BOARDS if (place / name).is_dir()), None)
    if directory is None:
        raise MachineError(f"no board is called '{name}'")
    return read_folder(name, directory)


def read_folder(name, directory):
    text = (directory / "board.yaml").read_text()
    arch = re.search(r"^arch: *(\w+)", text, re.M)
    home = re.search(r"^home: *([\w]+)", text, re.M)
    arguments = yaml_list(text, "qemu")
    if not arch or arch.group(1) not in QEMU or not home or not arguments:
        raise MachineError(f"{directory / 'board.yaml'}: no `arch:`, `home:` or `qemu:` list")
    return Board(name, directory, arch.group(1), int(home.group(1), 0), tuple(arguments))


def with_core(board, core, directory):
    """The same machine with another core (QEMU's -cpu), described by its own device tree."""
    directory.mkdir(parents=True, exist_ok=True)
    tree = str(directory / "board.dtb").replace(",", ",,")
    result = subprocess.run([qemu_binary(board.arch), *board.arguments, "-cpu", core, "-machine",
                             f"dumpdtb={tree}", "-display", "none"], capture_output=True, text=True)
    if result.returncode != 0:
        raise MachineError(f"QEMU has no '{core}': {result.stderr.strip()}")
    text = (board.directory / "board.yaml").read_text()
    text = re.sub(r"^tree:.*?\n(?=\S)", f'tree: {{ file: board.dtb, from: "{core}" }}\n', text,
                  flags=re.S | re.M)
    text = re.sub(r"(-cpu(?:,|\n *-) )[\w.\"-]+", rf'\g<1>"{core}"', text)
    (directory / "board.yaml").write_text(text)
    return read_folder(f"{board.name}:{core}", directory)


def qemu_binary(arch):
    name = QEMU[arch]
    path = cache_dir() / "bin" / name
    if not path.exists():
        raise MachineError(f"no {name} in the cache ({cache_dir()}); run `make setup`")
    return str(path)


def yaml_list(text, key):
    """The strings of a top-level `key: [ ... ]` or `key:` with `- item` lines, the two ways in
    which board.yaml may write a list."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    match = re.search(rf"^{key}:[ ]*(\[.*?\]|(?:\n[ ]*-[ ][^\n]*)+)", "\n".join(lines), re.S | re.M)
    if not match:
        return []
    body = match.group(1)
    if body.startswith("["):
        lexer = shlex.shlex(body[1:-1], posix=True)
        lexer.whitespace, lexer.whitespace_split, lexer.commenters = ", \t\n", True, ""
        return list(lexer)
    return [item for line in re.findall(r"^ *- +(.*)$", body, re.M)
            for item in shlex.split(line, comments=True)]


def option(arguments, name, default=None):
    return arguments[arguments.index(name) + 1] if name in arguments else default


@functools.cache
def board_command(board, build, deterministic):
    """What `bulkhead run` starts for a board, without a program."""
    tool = Path(build) / "bulkhead"
    if not tool.exists():
        raise MachineError(f"no {tool}; run `make tool`")
    result = subprocess.run([tool, "run", "--print-command", "--board", board.directory, "--qemu",
                             qemu_binary(board.arch),
                             f"--icount={'exact' if deterministic else 'off'}"],
                            capture_output=True, text=True)
    if result.returncode != 0:
        raise MachineError(result.stderr.strip())
    return shlex.split(result.stdout)


def command_line(board, build, *, deterministic=True, cpu=None, smp=None, memory=None,
                 qemu_log=None, extra=()):
    """A machine without a program: add -kernel or loader_arguments()."""
    command = [*board_command(board, build, deterministic), "-no-reboot"]
    cpu = cpu or option(command, "-cpu")
    if deterministic:
        for key, value in DETERMINISTIC_CPU[board.arch].items():
            if f"{key}=" not in cpu:
                cpu += f",{key}={value}"
    # Of each, the last one counts.
    for name, value in (("-cpu", cpu), ("-smp", smp), ("-m", memory)):
        command += [name, str(value)] if value is not None else []
    if qemu_log:
        command += ["-d", "guest_errors,unimp", "-D", str(qemu_log)]
    return command + list(extra)


def loader_arguments(board, image, address):
    """Put the image anywhere in RAM and start CPU 0 there, as a boot loader may."""
    if board.arch == "riscv64":
        # The firmware starts what QEMU calls the kernel, and an ELF file is that at any address.
        wrapped = image.with_suffix(".elf")
        wrapped.write_bytes(elf_of(image.read_bytes(), address))
        return ["-kernel", str(wrapped)]
    return ["-device", f"loader,file={image},addr={address:#x},force-raw=on",
            "-device", f"loader,addr={address:#x},cpu-num=0"]


def boot_hart_arguments(board, hart):
    """OpenSBI starts Bulkhead on this hart, and not on hart 0, which QEMU tells it to prefer: all
    harts begin with these words instead of QEMU's own at 0x1000, whose addresses of the tree and
    of OpenSBI they use."""
    program = struct.pack("<8I",
                          0x000012b7,  # lui t0, 1
                          0xf1402573,  # csrr a0, mhartid
                          0x0202b583,  # ld a1, 32(t0)
                          0x0182b303,  # ld t1, 24(t0)
                          0x00000617,  # auipc a2, 0
                          0x01060613,  # addi a2, a2, 16: the structure behind the program
                          0x00030067,  # jr t1
                          0x00000013)  # nop
    # OpenSBI's struct fw_dynamic_info: magic, version, address and mode of the next stage, options,
    # boot hart.
    info = struct.pack("<6Q", 0x4942534f, 2, board.home, 1, 0, hart)
    arguments = []
    for at, (word,) in enumerate(struct.iter_unpack("<Q", program + info)):
        arguments += ["-device", f"loader,addr={BOOT_PROGRAM + 8 * at:#x},data={word:#x},data-len=8"]
    for cpu in range(int(option(board.arguments, "-smp", 1))):
        arguments += ["-device", f"loader,addr={BOOT_PROGRAM:#x},cpu-num={cpu}"]
    return arguments


def tree_arguments(board, changes, directory):
    """The firmware gets the board's tree with other bytes in it, and configures the machine by that:
    `changes` are hexadecimal, what is there (once) and what shall be there."""
    tree = (board.directory / "board.dtb").read_bytes()
    for old, new in changes.items():
        old, new = bytes.fromhex(old), bytes.fromhex(new)
        if tree.count(old) != 1 or len(old) != len(new):
            raise MachineError(f"{old.hex()} is not once in the tree of {board.name}")
        tree = tree.replace(old, new)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "firmware.dtb").write_bytes(tree)
    return ["-dtb", str(directory / "firmware.dtb")]


def u_boot_arguments(board, folder):
    """U-Boot as the machine's firmware, or behind it, with a disk that holds a folder's files."""
    program = cache_dir() / "firmware" / f"u-boot-{board.arch}.bin"
    if not program.exists():
        raise MachineError(f"no {program}; run `make setup`")
    disk = str(folder).replace(",", ",,")
    return ["-kernel" if board.arch == "riscv64" else "-bios", str(program),
            "-drive", f"file=fat:{disk},format=raw,if=none,id=boot,readonly=on",
            "-device", "virtio-blk-device,drive=boot", "-global", "virtio-mmio.force-legacy=false"]


def elf_of(data, address):
    """A RISC-V ELF file with one segment, `data` at `address`, entered at its start."""
    at = 64 + 56  # behind file header and program header
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 243, 1, address, 64, 0, 0,
                         64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 7, at, address, address, len(data), len(data), 1)
    return header + segment + data


def die_with_parent():
    """In the child: no QEMU outlives us, however we end (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def connect_lines(command):
    """The command with each further serial line on a socket; our ends, and those for QEMU."""
    command, ours, theirs = list(command), [], []
    for at in [at for at, word in enumerate(command) if word == FURTHER_LINE[0]
               and command[at + 1:at + 2] == FURTHER_LINE[1:]][::-1]:
        mine, other = socket.socketpair()
        ours.insert(0, mine)
        theirs.append(other)
        name = f"line{other.fileno()}"
        command[at:at + 2] = ["-chardev", f"socket,id={name},fd={other.fileno()}",
                              "-serial", f"chardev:{name}"]
    return command, ours, theirs


def read_some(line):
    """What can be read now without waiting; nothing at the end."""
    try:
        return os.read(line.fileno(), 65536)
    except (BlockingIOError, ConnectionResetError):
        return b""


class Run:
    """One QEMU process. watch() yields what its serial lines say, as it comes."""

    def __init__(self, command):
        self.command = command
        command, self.lines, theirs = connect_lines(command)
        try:
            # A session of its own: QEMU may ignore SIGTERM, and Ctrl-C here is for us alone.
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, start_new_session=True,
                                            preexec_fn=die_with_parent,
                                            pass_fds=[line.fileno() for line in theirs])
        except OSError as error:
            raise MachineError(f"{command[0]}: {error.strerror}") from error
        finally:
            for line in theirs:
                line.close()
        self.timed_out = False
        self.exited = False

    def send(self, text, line=0):
        try:
            if line:
                self.lines[line - 1].sendall(text.encode())
            else:
                self.process.stdin.write(text.encode())
                self.process.stdin.flush()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the machine is off: what it still owed shows as an unmet expectation

    def watch(self, timeout):
        """Yield (line's number, bytes) until exit or the time is up; in silence b"" of the first
        line, about five times a second."""
        deadline = time.monotonic() + timeout
        first = self.process.stdout
        with selectors.DefaultSelector() as selector:
            for number, line in enumerate([first, *self.lines]):
                os.set_blocking(line.fileno(), False)
                selector.register(line, selectors.EVENT_READ, number)
            while not self.exited:
                left = deadline - time.monotonic()
                if left <= 0:
                    self.timed_out = True
                    return
                ready = selector.select(min(left, 0.2))
                if not ready:
                    yield 0, b""
                # The first line last: with its end all ends, and nothing of the others is lost.
                for key, _ in sorted(ready, key=lambda item: -item[0].data):
                    data = read_some(key.fileobj)
                    if data:
                        yield key.data, data
                    elif key.data == 0:
                        self.exited = True
                    else:
                        selector.unregister(key.fileobj)
        for number, line in enumerate(self.lines, 1):
            while data := read_some(line):
                yield number, data

    def stop(self):
        """Kill it, if need be; returns the exit code (negative: by our signal) and stderr."""
        if self.exited:
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        else:
            self.process.kill()
        code = self.process.wait()
        errors = self.process.stderr.read().decode("utf-8", "replace")
        errors = "\n".join(line for line in errors.splitlines() if KNOWN_WARNING not in line)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr, *self.lines):
            try:
                stream.close()
            except BrokenPipeError:
                pass
        return code, errors


def printable(command):
    """The command line as one can paste it."""
    return " ".join(shlex.quote(word) for word in command)
