# SPDX-License-Identifier: Apache-2.0
"""What stands on the screen, and what is left behind; each test types and looks."""

import os
import pty
import shlex
import shutil
import signal
import subprocess
import termios
from pathlib import Path

import pytest

from session import MENU_KEY, PATIENCE, wait_until

BOARDS = Path(__file__).resolve().parents[2] / "boards"


def test_echo_and_status(terminal):
    terminal.type("echo hello w\x7fworld\r")
    terminal.wait_line("hello world")
    terminal.prompt()
    terminal.wait_status("control 1 kHz · releases ")
    terminal.wait_status(" · misses 0 · worst 240 ns · linux: up, restarts 0")
    assert terminal.screen.is_reverse(terminal.screen.rows - 1), "the status line isn't reverse"
    assert not any("@" in line for line in terminal.screen.lines()), "a record is shown"
    terminal.quit()
    assert any("linux: up" in line for line in terminal.screen.lines()), "no last status"


def test_others_lines_are_dim_and_prefixed(terminal):
    terminal.wait_line("bulkhead| vm linux: started")
    lines = terminal.screen.lines()
    row = lines.index("bulkhead| vm linux: started")
    assert terminal.screen.is_dim(row), "not dim"
    assert lines.index("bulkhead| isolation on") < row, "out of order"


@pytest.mark.session(FAKE_LOG_MS="100")
def test_log_goes_above_a_partial_line(terminal):
    terminal.type("echo one two")
    terminal.wait_cursor("/ # echo one two")
    terminal.wait_line("control| position 140 um")
    terminal.wait_cursor("/ # echo one two")
    seen = [line for line in terminal.screen.lines() if "echo one two" in line]
    assert len(seen) == 1, "the partial line"
    terminal.type("\x7f\x7f\x7fthree\r")
    terminal.wait_output("one three")


@pytest.mark.session(columns=40, FAKE_LOG_MS="100")
def test_log_goes_above_a_wrapped_line(terminal):
    text = "echo " + "0123456789" * 7
    terminal.type(text)
    terminal.wait_line("control| position 140 um")
    terminal.pump(0.3)
    lines = terminal.screen.scrolled_off + terminal.screen.lines()
    whole = ("/ # " + text)
    assert terminal.screen.cursor_line() == whole[-(len(whole) % 40):], "the last row is lost"
    assert sum(line.startswith("/ # echo") for line in lines) == 1, "drawn twice"
    at = terminal.screen.row
    assert terminal.screen.line(at - 1) == whole[40:80][:40] or len(whole) < 80, "middle row"


def test_resize_redraws(terminal):
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
        assert bars == [rows - 1], "status lines"
    terminal.type("\x7f\x7f\x7f\x7f\x7f")
    terminal.prompt()


@pytest.mark.session(FAKE_LOG_MS="100")
def test_full_screen_program(terminal):
    terminal.type("vi\r")
    terminal.wait_line("THE LAST ROW")
    terminal.wait_status("control 1 kHz")
    screen = terminal.screen
    assert screen.line(screen.rows - 2) == "THE LAST ROW", "the last row isn't above the status"
    terminal.type("xyz")
    terminal.wait("typed text", lambda s: "xyz" in s.line(2))
    terminal.pump(0.5)
    assert not any("position" in line for line in screen.lines()), "a log line in the editor"
    terminal.type("q")
    terminal.prompt()
    terminal.wait_line("control| position")
    terminal.type("echo after\r")
    terminal.wait_output("after")


def test_guest_learns_the_size_without_the_status_line(terminal):
    terminal.type("resize\r")
    terminal.wait_line("size 15;100")
    terminal.prompt()


@pytest.mark.session(system="second-line")
def test_a_vm_with_a_line_of_its_own(terminal):
    terminal.type(MENU_KEY + "1")
    terminal.type("one\rtwo" + MENU_KEY + MENU_KEY + "\r")
    terminal.wait_line("second b'one'")
    terminal.wait_line("second b'two\\x1d'")
    terminal.type(MENU_KEY + "0")
    terminal.type("echo three\r")
    terminal.wait_output("three")
    assert not any("second b'echo" in line for line in terminal.screen.lines()), "typed to both"


@pytest.mark.session(system="silent", FAKE_SILENT="1")
def test_a_vm_without_a_console(terminal):
    terminal.type("echo one\r")
    terminal.wait_output("one")
    terminal.type(MENU_KEY + "0")
    terminal.wait_line("silent has no console: it cannot be typed to.")
    terminal.type("echo two\r")
    terminal.wait_output("two")
    terminal.type(MENU_KEY + "2")
    terminal.type("x")
    terminal.wait_output("got x")
    terminal.type(MENU_KEY + "1")
    terminal.type("echo three\r")
    terminal.wait_output("three")


def test_focus(terminal):
    terminal.type("half")
    terminal.wait_cursor("/ # half")
    terminal.type(MENU_KEY)
    terminal.wait_status("Ctrl-]  0 linux  1 control  b break linux  q quit")
    terminal.type("1")
    terminal.wait_status("control 1 kHz")
    terminal.type("x")
    terminal.wait_output("got x")
    terminal.type(MENU_KEY + "l")
    terminal.wait_cursor("/ # half")
    terminal.type(" full\r")
    terminal.wait_line("sh: half: not found")


def test_focus_on_an_editor_redraws_it(terminal):
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


def test_escape_twice_sends_one(terminal):
    terminal.type(MENU_KEY + MENU_KEY)
    terminal.wait_cursor("/ # ^]")
    terminal.type("\x15")
    terminal.prompt()


def test_menu_can_be_left(terminal):
    terminal.type(MENU_KEY)
    terminal.wait_status("q quit")
    terminal.type("\x1b[A")
    terminal.wait_status("control 1 kHz")
    terminal.type("ok")
    terminal.wait_cursor("/ # ok")
    terminal.type(MENU_KEY + "?")
    terminal.wait_line("Ctrl-] Ctrl-]     send one Ctrl-]")
    terminal.wait_cursor("/ # ok")


def test_break_linux_restarts_it(terminal):
    terminal.type("half a command")
    terminal.wait_cursor("/ # half a command")
    terminal.type(MENU_KEY + "b")
    terminal.wait_status("break linux:  p kernel panic  i interrupts off for good")
    terminal.type("p")
    terminal.wait_line("Kernel panic")
    terminal.wait_line("bulkhead| vm linux: restarting (1): reset")
    terminal.wait_status("linux: up, restarts 1")
    terminal.prompt()


def test_break_linux_from_another_focus(terminal):
    terminal.type(MENU_KEY + "1" + MENU_KEY + "bs")
    terminal.wait_status("linux: stopped, restarts 0")
    terminal.type("y")
    terminal.wait_output("got y")


def test_restart_inside_an_editor(terminal):
    terminal.type("vi\r")
    terminal.wait_line("THE LAST ROW")
    terminal.type("P")
    terminal.wait_status("linux: up, restarts 1")
    terminal.prompt()
    assert terminal.screen.main is None, "still on the alternate screen"


def test_records_and_forgeries(terminal):
    terminal.type("forge\r")
    terminal.wait_line("nobody| forged")
    terminal.prompt()
    terminal.type("record misses=9 releases=1\r")
    terminal.pump(0.5)
    assert not any("@linux misses" in line for line in terminal.screen.lines()), "record shown"
    terminal.wait_status("linux · releases 1 · misses 9")
    terminal.type("echo @Home\r")
    terminal.wait_output("@Home")


def test_machine_switches_itself_off(terminal):
    terminal.type("poweroff\r")
    assert terminal.end() == 0, "exit code"
    terminal.check_restored()
    assert any("vm control: off" in line for line in terminal.screen.lines()), "last words"


def test_machine_crashes(terminal):
    terminal.type("crash\r")
    assert terminal.end() == 3, "QEMU's exit code"
    terminal.check_restored()
    lines = terminal.screen.lines()
    assert any("qemu| qemu-fake: out of luck" in line for line in lines), "its message"
    assert any("QEMU ended with code 3" in line for line in lines), "no word about the code"


def test_machine_is_killed(terminal):
    terminal.type("vi\r")
    terminal.wait_line("THE LAST ROW")
    os.kill(terminal.runs.machines()[0], signal.SIGKILL)
    assert terminal.end() == 128 + signal.SIGKILL, "QEMU's signal in the exit code"
    terminal.check_restored()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_ended_by(terminal, number):
    terminal.type("vi\r")
    terminal.wait_line("THE LAST ROW")
    os.kill(terminal.process.pid, number)
    assert terminal.end() == 128 + number
    terminal.check_restored()


def test_killed_for_good(terminal):
    terminal.process.kill()
    terminal.runs.wait_for_the_machines_end()


def test_our_crash_restores_the_terminal(terminal):
    os.kill(terminal.process.pid, signal.SIGSEGV)
    assert terminal.end() == -signal.SIGSEGV, "exit code"
    assert termios.tcgetattr(terminal.slave) == terminal.modes, "modes"
    assert (terminal.screen.top, terminal.screen.bottom) == (0, 15), "region"
    terminal.runs.wait_for_the_machines_end()


def test_suspend_and_continue(terminal):
    terminal.type("half")
    terminal.wait_cursor("/ # half")
    os.kill(terminal.process.pid, signal.SIGTSTP)
    wait_until("it doesn't stop", lambda: stopped(terminal.process.pid))
    terminal.pump(0.1)
    assert termios.tcgetattr(terminal.slave) == terminal.modes, "modes while stopped"
    assert terminal.screen.bottom == 15, "region while stopped"
    os.kill(terminal.process.pid, signal.SIGCONT)
    terminal.wait_status("control 1 kHz")
    terminal.wait_cursor("/ # half")
    assert terminal.screen.bottom == 14, "region afterwards"
    terminal.type("way\r")
    terminal.wait_line("sh: halfway: not found")


def stopped(pid):
    with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "T"


@pytest.mark.session(LC_ALL="C", columns=100)
def test_without_utf8(terminal):
    terminal.wait_status("control 1 kHz - releases")


@pytest.mark.session(NO_COLOR="1")
def test_without_style(terminal):
    terminal.wait_status("control 1 kHz")
    assert not terminal.screen.is_reverse(15), "reverse in spite of NO_COLOR"
    row = terminal.screen.lines().index("bulkhead| vm linux: started")
    assert not terminal.screen.is_dim(row), "dim in spite of NO_COLOR"


@pytest.mark.session(rows=3)
def test_tiny_terminal(terminal):
    terminal.type("echo tiny\r")
    terminal.wait_line("tiny")
    terminal.prompt()


@pytest.mark.session(columns=30)
def test_narrow_terminal(terminal):
    terminal.wait_status("control 1 kHz · misses 0 · lin")


def test_terminal_goes_away(terminal):
    os.close(terminal.slave)
    os.close(terminal.master)
    try:
        terminal.process.wait(PATIENCE)
        terminal.runs.wait_for_the_machines_end()
        assert not terminal.runs.leftovers()
    finally:
        terminal.master, terminal.slave = pty.openpty()


def plain(runs, text, **more):
    """Run with pipes; returns (exit code, lines)."""
    with runs.start(**more) as process:
        output, _ = process.communicate(text.encode(), timeout=PATIENCE)
    return process.returncode, output.decode().split("\n")


def test_plain_in_a_pipe(runs):
    code, lines = plain(runs, "echo hi\n\x1d1z\x1d0poweroff\n")
    assert code == 0
    assert lines[0] == "bulkhead| bulkhead 0.1 on 4 CPUs, 2 VMs"
    assert {"linux| @linux up cpus=3 restarts=0", "linux| / # echo hi", "linux| hi",
            "control| got z", "bulkhead| vm control: off"} <= set(lines)
    assert not any("\x1b" in line for line in lines), "escape sequences in a pipe"
    assert any(line.startswith("control| @control hz=1000") for line in lines), "no record"
    assert not runs.leftovers()


def test_plain_gives_the_exit_code(runs):
    code, lines = plain(runs, "crash\n")
    assert code == 3 and "qemu| qemu-fake: out of luck" in lines


def test_plain_ends_when_the_system_is_refused(runs):
    code, lines = plain(runs, "", FAKE_REFUSAL="1")
    assert code == 1 and "bulkhead: refused: ram-missing: no memory at 0x80000000" in lines
    assert not runs.machines()


def test_plain_without_a_reader(runs):
    with runs.start(FAKE_LOG_MS="20") as process:
        process.stdout.readline()
        process.stdout.close()
        process.wait(PATIENCE)
        process.stdin.close()
    runs.wait_for_the_machines_end()


def test_plain_ended_by_a_signal(runs):
    with runs.start(stdin=subprocess.DEVNULL) as process:
        process.stdout.readline()
        process.terminate()
        assert process.wait(PATIENCE) == 128 + signal.SIGTERM
    assert not runs.machines() and not runs.leftovers()


def test_no_such_qemu(runs):
    with runs.start(qemu="/nonexistent/qemu", stderr=subprocess.PIPE) as process:
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 127 and b"cannot run /nonexistent/qemu; install QEMU" in said


def printed(runs, *arguments):
    """(exit code, words, what was said) of `run --print-command`."""
    done = subprocess.run([runs.bulkhead, "run", "--print-command", "--qemu", "a qemu", *arguments],
                          capture_output=True, text=True, cwd=runs.folder, check=False)
    assert done.stdout.count("\n") == (done.returncode == 0)
    return done.returncode, shlex.split(done.stdout), done.stderr


@pytest.mark.parametrize("arguments, end", [
    (["system.yaml"], ["-kernel", "system.img"]),
    (["system.yaml", "-o", "my image"], ["-kernel", "my image"]),
    (["built.img"], ["-kernel", "built.img"]),
    (["built.img", "--", "-m", "1G"], ["-kernel", "built.img", "-m", "1G"]),
    (["--board", "qemu-arm64"], ["-rtc", "base=2024-01-01,clock=vm",
                                 "-netdev", "hubport,id=slices,hubid=0",
                                 "-netdev", "hubport,id=nowhere,hubid=1,netdev=slices",
                                 "-object", "filter-buffer,id=timer,netdev=slices,interval=37"]),
])
def test_the_command_of_a_description_an_image_and_a_board(runs, arguments, end):
    subprocess.run([runs.bulkhead, "build", "-o", "built.img", "system.yaml"], cwd=runs.folder,
                   check=True)
    code, words, said = printed(runs, "--icount", *arguments)
    assert code == 0 and not said
    assert words[:3] == ["a qemu", "-machine", "virt,virtualization=on,gic-version=3"]
    assert words[-len(end):] == end


def test_the_command_of_several_lines_and_of_a_paced_clock(runs):
    _, words, _ = printed(runs, "second-line.yaml")
    assert words[0] == "env" and words[1].endswith("/bulkhead-pace.so")
    assert [words[i + 1] for i, word in enumerate(words) if word == "-serial"] == \
        ["chardev:serial0", "null"]


@pytest.mark.parametrize("arguments, code, words", [
    ([], 2, "see bulkhead run --help"),
    (["nothing.yaml"], 3, "nothing.yaml"),
    (["guest.bin", "--board", "nobody"], 1, "error:"),
    (["--board", "nobody"], 1, "there is no board 'nobody'"),
    (["system.yaml", "--board", "./real"], 1, "has no `qemu:`"),
])
def test_no_command_without_a_board(runs, arguments, code, words):
    real = runs.folder / "real"
    shutil.copytree(BOARDS / "qemu-arm64", real, dirs_exist_ok=True)
    (real / "board.yaml").write_text((real / "board.yaml").read_text().partition("qemu:")[0])
    result = printed(runs, *arguments)
    assert result[0] == code and words in result[2]
