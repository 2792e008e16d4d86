# SPDX-License-Identifier: Apache-2.0
"""`bulkhead run` on a pseudo-terminal, with a fake machine in place of QEMU."""

import codecs
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

from screen import Screen

FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_machine.py")
MENU_KEY = "\x1d"
PATIENCE = 20.0  # s: for something to appear; much more than it takes

SYSTEM = """bulkhead: 1
board: qemu-arm64
vms:
  linux: { cpus: 0-1, memory: 64 MiB, image: { file: guest.bin, load: 0x4020_0000 } }
  control:
    cpus: 3
    memory: 16 MiB
    image: { file: guest.bin, load: 0x4020_0000 }
    on-fault: restart
"""
SILENT = """vms:
  silent: { cpus: 2, memory: 4 MiB, image: { file: guest.bin, load: 0x4020_0000 }, console: none }
"""
SYSTEMS = {
    "system": SYSTEM,
    # Its VM `control` owns another UART.
    "second-line": SYSTEM.replace("qemu-arm64", "qemu-arm64-uarts") + "    console: serial1\n",
    # A VM without a console comes first.
    "silent": SYSTEM.replace("vms:\n", SILENT),
}


class Runs:
    """The command, in a folder with systems that it accepts; the fake machine never looks at one."""

    def __init__(self, bulkhead, folder):
        self.bulkhead = bulkhead
        self.folder = folder
        (folder / "guest.bin").write_bytes(bytes(range(256)) * 16)
        for name, text in SYSTEMS.items():
            (folder / f"{name}.yaml").write_text(text)

    def start(self, qemu=FAKE, system="system", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
              stderr=None, start_new_session=False, preexec_fn=None, **more):
        environment = {key: value for key, value in os.environ.items()
                       if key not in ("NO_COLOR", "LC_ALL", "LANG")}
        environment |= {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "TMPDIR": str(self.folder), **more}
        return subprocess.Popen(
            [self.bulkhead, "run", self.folder / f"{system}.yaml", "--qemu", qemu, "--icount=off"],
            stdin=stdin, stdout=stdout, stderr=stderr, env=environment,
            start_new_session=start_new_session, preexec_fn=preexec_fn)

    def leftovers(self):
        return [path for path in self.folder.iterdir() if path.name.startswith("bulkhead-run-")]

    def machines(self):
        """The processes of fake machines that were started for this folder."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                with open(f"/proc/{pid}/environ", "rb") as file:
                    ours = str(self.folder).encode() in file.read()
            except OSError:
                continue
            if ours and any(word.endswith(b"fake_machine.py") for word in words[:2]):
                found.append(int(pid))
        return found

    def wait_for_the_machines_end(self):
        wait_until("the machine outlives us", lambda: not self.machines())


def wait_until(what, predicate):
    end = time.monotonic() + PATIENCE
    while not predicate():
        assert time.monotonic() < end, what
        time.sleep(0.02)


class Session:
    """The command on a terminal of its own."""

    def __init__(self, runs, rows=16, columns=100, system="system", **env):
        self.runs = runs
        self.screen = Screen(rows, columns)
        self.master, slave = pty.openpty()
        self.resize(rows, columns, quiet=True)
        self.modes = termios.tcgetattr(slave)
        self.slave = slave
        self.process = runs.start(
            system=system, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), **env)
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def resize(self, rows, columns, quiet=False):
        if not quiet:
            self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def pump(self, seconds=0.0):
        """Let the screen follow for that long, at least once."""
        end = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([self.master], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.screen.feed(self.decoder.decode(data))
            for answer in self.screen.answers:
                self.type(answer)
            self.screen.answers.clear()

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self, what, predicate):
        end = time.monotonic() + PATIENCE
        while not predicate(self.screen):
            assert time.monotonic() < end, "never seen: %s\n%s" % (what, self.picture())
            self.pump(0.02)

    def wait_line(self, text):
        self.wait(text, lambda s: any(text in line for line in s.lines()))

    def wait_output(self, text):
        self.wait("output " + text, lambda s: text in s.lines())

    def wait_cursor(self, text):
        self.wait("cursor after " + text, lambda s: s.cursor_line() == text)

    def wait_status(self, text):
        self.wait("status " + text, lambda s: text in s.line(s.rows - 1))

    def picture(self):
        return "\n".join("%2d |%s" % (i, line) for i, line in enumerate(self.screen.lines()))

    def prompt(self):
        self.wait_cursor("/ #")

    def end(self):
        """Wait for the end; returns the exit code."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end, "it doesn't end\n" + self.picture()
            self.pump(0.02)
        self.pump(0.1)
        return self.process.returncode

    def check_restored(self):
        assert termios.tcgetattr(self.slave) == self.modes, "terminal modes are not as before"
        assert self.screen.main is None, "the alternate screen was left on"
        assert (self.screen.top, self.screen.bottom) == (0, self.screen.rows - 1), "a scroll region"
        assert self.screen.style == frozenset(), "a style was left on"
        assert self.screen.modes[25], "the cursor was left hidden"
        assert self.screen.column == 0, "the cursor isn't at the beginning of a line"
        assert not self.runs.leftovers() and not self.runs.machines()

    def quit(self):
        self.type(MENU_KEY + "q")
        assert self.end() == 0
        self.check_restored()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)
