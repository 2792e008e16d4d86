#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead run` on a terminal, with a fake machine in place of QEMU.

usage: terminal_test.py [--bulkhead FILE] [NAME...]

Each test runs the command on a pseudo-terminal, types, and looks at the screen.
"""

import argparse
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from screen import Screen  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FAKE = os.path.join(HERE, "fake_machine.py")
MENU_KEY = "\x1d"
PATIENCE = 20.0  # s: for something to appear; much more than it takes

SYSTEM = "system.yaml"
SECOND_LINE_SYSTEM = "second-line.yaml"  # its VM `control` owns another UART
SILENT_SYSTEM = "silent.yaml"  # a VM without a console comes first
SILENT_VM = """  silent:
    cpus: 2
    memory: 4 MiB
    image: { file: control.bin, load: 0x4020_0000 }
    console: none
"""

TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Options:
    bulkhead = os.path.join(ROOT, "build", "bulkhead")
    folder = None  # with the system to run


def write_system(folder):
    """A system of two VMs that the tool accepts; the fake machine never looks at it."""
    for name in ("linux.bin", "control.bin"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"\0" * 4096)
    text = """bulkhead: 1
board: qemu-arm64
vms:
  linux:
    cpus: 0-2
    memory: 64 MiB
    image: { file: linux.bin, load: 0x4020_0000 }
  control:
    cpus: 3
    memory: 16 MiB
    image: { file: control.bin, load: 0x4020_0000 }
    on-fault: restart
"""
    second = text.replace("qemu-arm64", "qemu-arm64-uarts") + "    console: serial1\n"
    silent = text.replace("vms:\n", "vms:\n" + SILENT_VM).replace("0-2", "0-1")
    for name, content in ((SYSTEM, text), (SECOND_LINE_SYSTEM, second), (SILENT_SYSTEM, silent)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(content)
    with open(os.path.join(folder, "hypervisor.bin"), "wb") as file:
        file.write(b"\0" * 65536)


def environment(**extra):
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "LC_ALL", "LANG")}
    env.update(TERM="xterm-256color", LC_ALL="C.UTF-8", TMPDIR=Options.folder)
    env.update(extra)
    return env


def command(*arguments, system=SYSTEM):
    return [Options.bulkhead, "run", os.path.join(Options.folder, system),
            "--qemu", FAKE, "--icount=off", *arguments]


class Session:
    """The command on a terminal of its own."""

    def __init__(self, rows=16, columns=100, system=SYSTEM, **env):
        self.screen = Screen(rows, columns)
        self.master, slave = pty.openpty()
        self.resize(rows, columns, quiet=True)
        self.modes = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen(
            command(system=system), stdin=slave, stdout=slave, stderr=slave, env=environment(**env),
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.decoder = __import__("codecs").getincrementaldecoder("utf-8")()

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
            if time.monotonic() > end:
                raise AssertionError("never seen: " + what)
            self.pump(0.02)

    def wait_line(self, text):
        self.wait(text, lambda s: any(text in line for line in s.lines()))

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
        check(termios.tcgetattr(self.slave) == self.modes, "terminal modes are not as before")
        check(self.screen.main is None, "the alternate screen was left on")
        check((self.screen.top, self.screen.bottom) == (0, self.screen.rows - 1),
              "the scroll region was left behind")
        check(self.screen.style == frozenset(), "a style was left on")
        check(self.screen.modes[25], "the cursor was left hidden")
        check(self.screen.column == 0, "the cursor isn't at the beginning of a line")
        check(not leftovers(), "left in the temporary directory: %s" % leftovers())
        check(not machines(), "a machine still runs: %s" % machines())

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def leftovers():
    return [name for name in os.listdir(Options.folder) if name.startswith("bulkhead-run-")]


def machines():
    """The processes of fake machines that were started for this run's folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                words = file.read().split(b"\0")
            with open("/proc/%s/environ" % pid, "rb") as file:
                ours = Options.folder.encode() in file.read()
        except OSError:
            continue
        if ours and any(word.endswith(b"fake_machine.py") for word in words[:2]):
            found.append(int(pid))
    return found


def wait_until(what, predicate):
    end = time.monotonic() + PATIENCE
    while not predicate():
        check(time.monotonic() < end, what)
        time.sleep(0.02)


def session(**options):
    """Decorator: the test gets a Session that is closed afterwards."""
    def decorate(function):
        def run():
            terminal = Session(**options)
            try:
                terminal.prompt()
                function(terminal)
            except AssertionError:
                print(terminal.picture())
                raise
            finally:
                terminal.close()
        run.__name__ = function.__name__
        return test(run)
    return decorate


def quit_and_check(terminal):
    terminal.type(MENU_KEY + "q")
    check(terminal.end() == 0, "quit is no failure")
    terminal.check_restored()


@session()
def echo_and_status(terminal):
    terminal.type("echo hello w\x7fworld\r")
    terminal.wait_line("hello world")
    terminal.prompt()
    terminal.wait_status("control 1 kHz · releases ")
    terminal.wait_status(" · misses 0 · worst 240 ns · linux: up, restarts 0")
    check(terminal.screen.is_reverse(terminal.screen.rows - 1), "the status line isn't reverse")
    check(not any("@" in line for line in terminal.screen.lines()), "a record is shown")
    quit_and_check(terminal)
    check(any("linux: up" in line for line in terminal.screen.lines()), "no last status")


@session()
def others_lines_are_dim_and_prefixed(terminal):
    terminal.wait_line("bulkhead| vm linux: started")
    lines = terminal.screen.lines()
    row = lines.index("bulkhead| vm linux: started")
    check(terminal.screen.is_dim(row), "not dim")
    check(lines.index("bulkhead| isolation on") < row, "out of order")
    quit_and_check(terminal)


@session(FAKE_LOG_MS="100")
def log_goes_above_a_partial_line(terminal):
    terminal.type("echo one two")
    terminal.wait_cursor("/ # echo one two")
    terminal.wait_line("control| position 140 um")
    terminal.wait_cursor("/ # echo one two")
    seen = [line for line in terminal.screen.lines() if "echo one two" in line]
    check(len(seen) == 1, "the partial line is there %d times" % len(seen))
    terminal.type("\x7f\x7f\x7fthree\r")
    terminal.wait("output", lambda s: "one three" in s.lines())
    quit_and_check(terminal)


@session(columns=40, FAKE_LOG_MS="100")
def log_goes_above_a_wrapped_line(terminal):
    text = "echo " + "0123456789" * 7
    terminal.type(text)
    terminal.wait_line("control| position 140 um")
    terminal.pump(0.3)
    lines = terminal.screen.scrolled_off + terminal.screen.lines()
    whole = ("/ # " + text)
    check(terminal.screen.cursor_line() == whole[-(len(whole) % 40):], "the last row is lost")
    check(sum(line.startswith("/ # echo") for line in lines) == 1, "drawn twice")
    at = terminal.screen.row
    check(terminal.screen.line(at - 1) == whole[40:80][:40] or len(whole) < 80, "middle row")
    quit_and_check(terminal)


@session()
def resize_redraws(terminal):
    terminal.type("lines 30\r")
    terminal.wait_line("line 29")
    terminal.prompt()
    terminal.type("typed")
    terminal.wait_cursor("/ # typed")
    for rows, columns in ((24, 120), (8, 60), (16, 100)):
        terminal.resize(rows, columns)
        terminal.wait_status("control 1 kHz")
        terminal.wait_cursor("/ # typed")
        terminal.wait("history", lambda s: s.line(s.row - 1) == "line 29")
        bars = [i for i, line in enumerate(terminal.screen.lines()) if "kHz" in line]
        check(bars == [rows - 1], "status lines on rows %s" % bars)
    terminal.type("\x7f\x7f\x7f\x7f\x7f")
    terminal.prompt()
    quit_and_check(terminal)


@session(FAKE_LOG_MS="100")
def full_screen_program(terminal):
    terminal.type("vi\r")
    terminal.wait_line("THE LAST ROW")
    terminal.wait_status("control 1 kHz")
    screen = terminal.screen
    check(screen.line(screen.rows - 2) == "THE LAST ROW", "the last row isn't above the status")
    terminal.type("xyz")
    terminal.wait("typed text", lambda s: "xyz" in s.line(2))
    terminal.pump(0.5)
    check(not any("position" in line for line in screen.lines()), "a log line in the editor")
    terminal.type("q")
    terminal.prompt()
    terminal.wait_line("control| position")
    terminal.type("echo after\r")
    terminal.wait("output", lambda s: "after" in s.lines())
    quit_and_check(terminal)


@session()
def guest_learns_the_size_without_the_status_line(terminal):
    terminal.type("resize\r")
    terminal.wait_line("size 15;100")
    terminal.prompt()
    quit_and_check(terminal)


@session(system=SECOND_LINE_SYSTEM)
def a_vm_with_a_line_of_its_own(terminal):
    terminal.type(MENU_KEY + "1")
    terminal.type("one\rtwo" + MENU_KEY + MENU_KEY + "\r")
    terminal.wait_line("second b'one'")
    terminal.wait_line("second b'two\\x1d'")
    terminal.type(MENU_KEY + "0")
    terminal.type("echo three\r")
    terminal.wait("output", lambda s: "three" in s.lines())
    check(not any("second b'echo" in line for line in terminal.screen.lines()), "typed to both")
    quit_and_check(terminal)


@session(system=SILENT_SYSTEM, FAKE_SILENT="1")
def a_vm_without_a_console(terminal):
    terminal.type("echo one\r")
    terminal.wait("output", lambda s: "one" in s.lines())
    terminal.type(MENU_KEY + "0")
    terminal.wait_line("silent has no console: it can't be typed to.")
    terminal.type("echo two\r")
    terminal.wait("output", lambda s: "two" in s.lines())
    terminal.type(MENU_KEY + "2")
    terminal.type("x")
    terminal.wait("raw output", lambda s: "got x" in s.lines())
    terminal.type(MENU_KEY + "1")
    terminal.type("echo three\r")
    terminal.wait("output", lambda s: "three" in s.lines())
    quit_and_check(terminal)


@session()
def focus(terminal):
    terminal.type("half")
    terminal.wait_cursor("/ # half")
    terminal.type(MENU_KEY)
    terminal.wait_status("Ctrl-]  0 linux  1 control  b break linux  q quit")
    terminal.type("1")
    terminal.wait_status("control 1 kHz")
    terminal.type("x")
    terminal.wait("raw output", lambda s: "got x" in s.lines())
    terminal.type(MENU_KEY + "l")
    terminal.wait_cursor("/ # half")
    terminal.type(" full\r")
    terminal.wait_line("sh: half: not found")
    quit_and_check(terminal)


@session()
def focus_on_an_editor_redraws_it(terminal):
    terminal.type("vi\r")
    terminal.wait_line("THE LAST ROW")
    terminal.type(MENU_KEY + "1")
    terminal.wait("main screen", lambda s: s.main is None)
    terminal.wait_line("bulkhead| isolation on")
    terminal.type(MENU_KEY + "0")
    terminal.wait_line("THE LAST ROW")
    terminal.wait_status("control 1 kHz")
    terminal.type("q")
    terminal.prompt()
    quit_and_check(terminal)


@session()
def escape_twice_sends_one(terminal):
    terminal.type(MENU_KEY + MENU_KEY)
    terminal.wait_cursor("/ # ^]")
    terminal.type("\x15")
    terminal.prompt()
    quit_and_check(terminal)


@session()
def menu_can_be_left(terminal):
    terminal.type(MENU_KEY)
    terminal.wait_status("q quit")
    terminal.type("\x1b[A")
    terminal.wait_status("control 1 kHz")
    terminal.type("ok")
    terminal.wait_cursor("/ # ok")
    terminal.type(MENU_KEY + "?")
    terminal.wait_line("Ctrl-] Ctrl-]     send one Ctrl-]")
    terminal.wait_cursor("/ # ok")
    quit_and_check(terminal)


@session()
def break_linux_restarts_it(terminal):
    terminal.type("half a command")
    terminal.wait_cursor("/ # half a command")
    terminal.type(MENU_KEY + "b")
    terminal.wait_status("break linux:  p kernel panic  i interrupts off for good")
    terminal.type("p")
    terminal.wait_line("Kernel panic")
    terminal.wait_line("bulkhead| vm linux: restarting (1): reset")
    terminal.wait_status("linux: up, restarts 1")
    terminal.prompt()
    quit_and_check(terminal)


@session()
def break_linux_from_another_focus(terminal):
    terminal.type(MENU_KEY + "1" + MENU_KEY + "bs")
    terminal.wait_status("linux: stopped, restarts 0")
    terminal.type("y")
    terminal.wait("raw output", lambda s: "got y" in s.lines())
    quit_and_check(terminal)


@session()
def restart_inside_an_editor(terminal):
    terminal.type("vi\r")
    terminal.wait_line("THE LAST ROW")
    terminal.type("P")
    terminal.wait_status("linux: up, restarts 1")
    terminal.prompt()
    check(terminal.screen.main is None, "still on the alternate screen")
    quit_and_check(terminal)


@session()
def records_and_forgeries(terminal):
    terminal.type("forge\r")
    terminal.wait_line("nobody| forged")
    terminal.prompt()
    terminal.type("record misses=9 releases=1\r")
    terminal.pump(0.5)
    check(not any("@linux misses" in line for line in terminal.screen.lines()), "record shown")
    terminal.wait_status("linux · releases 1 · misses 9")
    terminal.type("echo @Home\r")
    terminal.wait("no record", lambda s: "@Home" in s.lines())
    quit_and_check(terminal)


@session()
def machine_switches_itself_off(terminal):
    terminal.type("poweroff\r")
    check(terminal.end() == 0, "exit code")
    terminal.check_restored()
    check(any("vm control: off" in line for line in terminal.screen.lines()), "last words")


@session()
def machine_crashes(terminal):
    terminal.type("crash\r")
    check(terminal.end() == 3, "QEMU's exit code")
    terminal.check_restored()
    lines = terminal.screen.lines()
    check(any("qemu| qemu-fake: out of luck" in line for line in lines), "its message")
    check(any("QEMU ended with code 3" in line for line in lines), "no word about the code")


@session()
def machine_is_killed(terminal):
    terminal.type("vi\r")
    terminal.wait_line("THE LAST ROW")
    os.kill(machines()[0], signal.SIGKILL)
    check(terminal.end() == 128 + signal.SIGKILL, "QEMU's signal in the exit code")
    terminal.check_restored()


def ended_by(number):
    def run(terminal):
        terminal.type("vi\r")
        terminal.wait_line("THE LAST ROW")
        os.kill(terminal.process.pid, number)
        check(terminal.end() == 128 + number, "exit code")
        terminal.check_restored()
    run.__name__ = "ended_by_" + signal.Signals(number).name.lower()
    session()(run)


for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
    ended_by(each)


@session()
def killed_for_good(terminal):
    terminal.process.kill()
    wait_until("the machine outlives us", lambda: not machines())


@session()
def our_crash_restores_the_terminal(terminal):
    os.kill(terminal.process.pid, signal.SIGSEGV)
    check(terminal.end() == -signal.SIGSEGV, "exit code")
    check(termios.tcgetattr(terminal.slave) == terminal.modes, "modes")
    check((terminal.screen.top, terminal.screen.bottom) == (0, 15), "region")
    wait_until("the machine outlives us", lambda: not machines())


@session()
def suspend_and_continue(terminal):
    terminal.type("half")
    terminal.wait_cursor("/ # half")
    os.kill(terminal.process.pid, signal.SIGTSTP)
    wait_until("it doesn't stop", lambda: stopped(terminal.process.pid))
    terminal.pump(0.1)
    check(termios.tcgetattr(terminal.slave) == terminal.modes, "modes while stopped")
    check(terminal.screen.bottom == 15, "region while stopped")
    os.kill(terminal.process.pid, signal.SIGCONT)
    terminal.wait_status("control 1 kHz")
    terminal.wait_cursor("/ # half")
    check(terminal.screen.bottom == 14, "region afterwards")
    terminal.type("way\r")
    terminal.wait_line("sh: halfway: not found")
    quit_and_check(terminal)


def stopped(pid):
    with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "T"


@session(LC_ALL="C", columns=100)
def without_utf8(terminal):
    terminal.wait_status("control 1 kHz - releases")
    quit_and_check(terminal)


@session(NO_COLOR="1")
def without_style(terminal):
    terminal.wait_status("control 1 kHz")
    check(not terminal.screen.is_reverse(15), "reverse in spite of NO_COLOR")
    row = terminal.screen.lines().index("bulkhead| vm linux: started")
    check(not terminal.screen.is_dim(row), "dim in spite of NO_COLOR")
    quit_and_check(terminal)


@session(rows=3)
def tiny_terminal(terminal):
    terminal.type("echo tiny\r")
    terminal.wait_line("tiny")
    terminal.prompt()
    quit_and_check(terminal)


@session(columns=30)
def narrow_terminal(terminal):
    terminal.wait_status("control 1 kHz · misses 0 · lin")
    quit_and_check(terminal)


@session()
def terminal_goes_away(terminal):
    os.close(terminal.slave)
    os.close(terminal.master)
    try:
        terminal.process.wait(PATIENCE)
        wait_until("the machine outlives us", lambda: not machines())
        check(not leftovers(), "left in the temporary directory: %s" % leftovers())
    finally:
        terminal.master, terminal.slave = pty.openpty()


def plain(text, **env):
    """Run with pipes; returns (exit code, lines)."""
    done = subprocess.run(command(), input=text.encode(), stdout=subprocess.PIPE,
                          env=environment(**env), timeout=PATIENCE, check=False)
    return done.returncode, done.stdout.decode().split("\n")


@test
def plain_in_a_pipe():
    code, lines = plain("echo hi\n\x1d1z\x1d0poweroff\n")
    check(code == 0, "exit code %d" % code)
    check(lines[0] == "bulkhead| bulkhead 0.1 on 4 CPUs, 2 VMs", "first line: " + lines[0])
    for line in ("linux| @linux up cpus=3 restarts=0", "linux| / # echo hi", "linux| hi",
                 "control| got z", "bulkhead| vm control: off"):
        check(line in lines, "missing: %s\n%s" % (line, "\n".join(lines)))
    check(not any("\x1b" in line for line in lines), "escape sequences in a pipe")
    check(any(line.startswith("control| @control hz=1000") for line in lines), "no record")
    check(not leftovers(), "left: %s" % leftovers())


@test
def plain_gives_the_exit_code():
    code, lines = plain("crash\n")
    check(code == 3, "exit code %d" % code)
    check("qemu| qemu-fake: out of luck" in lines, "\n".join(lines))


@test
def plain_ends_when_the_system_is_refused():
    code, lines = plain("", FAKE_REFUSAL="1")
    check(code == 1, "exit code %d" % code)
    check("bulkhead: refused: ram-missing: no memory at 0x80000000" in lines, "\n".join(lines))
    check(not machines(), "the machine still runs")


@test
def plain_without_a_reader():
    with subprocess.Popen(command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env=environment(FAKE_LOG_MS="20")) as process:
        process.stdout.readline()
        process.stdout.close()
        process.wait(PATIENCE)
        process.stdin.close()
    wait_until("the machine outlives us", lambda: not machines())


@test
def plain_ended_by_a_signal():
    with subprocess.Popen(command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          env=environment()) as process:
        process.stdout.readline()
        process.terminate()
        check(process.wait(PATIENCE) == 128 + signal.SIGTERM, "exit code")
    check(not machines() and not leftovers(), "something is left")


@test
def no_such_qemu():
    done = subprocess.run(
        [Options.bulkhead, "run", os.path.join(Options.folder, "system.yaml"),
         "--qemu", "/nonexistent/qemu", "--icount=off"], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), timeout=PATIENCE,
        check=False)
    check(done.returncode == 127, "exit code %d" % done.returncode)
    check(b"cannot run /nonexistent/qemu" in done.stdout, "message: %r" % done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bulkhead", default=Options.bulkhead)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    Options.bulkhead = os.path.abspath(arguments.bulkhead)
    Options.folder = tempfile.mkdtemp(prefix="bulkhead-terminal-")
    ran = 0
    failed = 0
    try:
        write_system(Options.folder)
        for each in TESTS:
            if arguments.names and each.__name__ not in arguments.names:
                continue
            started = time.monotonic()
            ran += 1
            try:
                each()
                print("ok   %s (%.1f s)" % (each.__name__, time.monotonic() - started))
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print("FAIL %s" % each.__name__)
                traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
    finally:
        shutil.rmtree(Options.folder, ignore_errors=True)
    print("%d passed, %d failed" % (ran - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
