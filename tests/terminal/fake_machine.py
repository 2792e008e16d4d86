#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A machine for the terminal tests, in place of QEMU: its serial line is stdin and stdout.

Speaks the console protocol of abi/console.h. VM 0, `linux`, is a small shell with echo, line
editing and a full-screen program; VM 1, `control`, reports a loop and, every FAKE_LOG_MS
milliseconds, writes a line. With FAKE_SILENT a VM 0 without a console stands before both. Where the machine has a second serial line, that one repeats what it
reads, line by line.
"""

import os
import select
import signal
import sys
import time

SECOND_LINE = 3  # the file descriptor that `bulkhead run` gives it
ESCAPE = b"\x1d"
SILENT = int("FAKE_SILENT" in os.environ)  # how many VMs without a console are before the others
PROMPT = b"\x1b[32m/ #\x1b[0m "


class Machine:
    def __init__(self):
        self.speaker = None
        self.focus = 0
        self.escaped = False
        self.vms = [Linux(self), Control(self)]
        self.restarts = 0
        self.second = SECOND_LINE if f"socket,id=serial1,fd={SECOND_LINE}" in sys.argv else None
        self.second_read = b""

    def raw(self, data):
        while data:
            try:
                data = data[os.write(1, data):]
            except BlockingIOError:
                time.sleep(0.001)

    def say(self, name, data):
        if name != self.speaker:
            self.raw(b"\x1e" + name.encode() + b"| \x1f")
            self.speaker = name
        self.raw(data)

    def take(self, data):
        for byte in data:
            byte = bytes([byte])
            if self.escaped:
                self.escaped = False
                wanted = int(byte) - SILENT if byte.isdigit() else -1
                if 0 <= wanted < len(self.vms):
                    self.focus = wanted
                elif byte == ESCAPE:
                    self.vms[self.focus].typed(byte)
            elif byte == ESCAPE:
                self.escaped = True
            else:
                self.vms[self.focus].typed(byte)

    def restart_linux(self, why):
        self.restarts += 1
        self.say("bulkhead", b"vm linux: restarting (%d): %s\r\n" % (self.restarts, why))
        self.vms[0] = Linux(self)
        self.vms[0].boot()

    def run(self):
        if os.environ.get("FAKE_REFUSAL"):
            self.raw(b"\nbulkhead: refused: ram-missing: no memory at 0x80000000\n")
            time.sleep(1000)
        self.raw(b"\x1ebulkhead| \x1f")
        self.speaker = "bulkhead"
        self.say("bulkhead", b"bulkhead 0.1 on 4 CPUs, 2 VMs\r\nisolation on\r\n")
        self.say("bulkhead", b"vm linux: started\r\nvm control: started\r\n")
        self.vms[0].boot()
        reading = [0] + [self.second] * (self.second is not None)
        while True:
            self.vms[1].tick()
            ready, _, _ = select.select(reading, [], [], 0.01)
            if self.second in ready:
                self.repeat(os.read(self.second, 4096))
            if 0 in ready:
                data = os.read(0, 4096)
                if not data:
                    reading.remove(0)
                self.take(data)

    def repeat(self, data):
        self.second_read += data
        *lines, self.second_read = self.second_read.replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            os.write(self.second, b"second %r\r\n" % line)


class Linux:
    def __init__(self, machine):
        self.machine = machine
        self.line = b""
        self.mode = "shell"
        self.answer = b""

    def say(self, data):
        self.machine.say("linux", data)

    def boot(self):
        self.say(b"[    0.000000] Booting Linux\r\n")
        self.say(b"@linux up cpus=3 restarts=%d\r\n" % self.machine.restarts)
        self.say(PROMPT)

    def typed(self, byte):
        getattr(self, "typed_" + self.mode)(byte)

    def typed_shell(self, byte):
        if byte in b"\r\n":
            self.say(b"\r\n")
            line, self.line = self.line.decode("utf-8", "replace"), b""
            self.command(line)
            if self.mode == "shell":
                self.say(PROMPT)
        elif byte in b"\x7f\b":
            if self.line:
                self.line = self.line[:-1]
                self.say(b"\b\x1b[J")
        elif byte == b"\x15":
            self.say(b"\b" * len(self.line) + b"\x1b[J")
            self.line = b""
        elif byte == ESCAPE:
            self.line += b"^]"
            self.say(b"^]")
        else:
            self.line += byte
            self.say(byte)

    def command(self, line):
        word, _, rest = line.partition(" ")
        if word == "echo":
            self.say(rest.encode() + b"\r\n")
        elif word == "record":
            self.say(b"@linux " + rest.encode() + b"\r\n")
        elif word == "forge":
            # The hypervisor writes a space for a tag byte of a guest; this one leaks a bad name.
            self.machine.raw(b"\x1enobody| \x1fforged\r\n")
        elif word == "vi":
            self.mode = "vi"
            self.draw_vi()
        elif word == "resize":
            self.mode = "answer"
            self.say(b"\x1b7\x1b[r\x1b[999;999H\x1b[6n")
        elif word == "lines":
            for i in range(int(rest)):
                self.say(b"line %d\r\n" % i)
        elif word == "break-linux" and rest == "panic":
            self.panic()
        elif word == "break-linux" and rest == "store":
            self.machine.say(
                "bulkhead",
                b"vm linux: stopped: fault: vcpu 0 pc 0x80 address 0x9 cause: stage-2 data abort\r\n")
            self.mode = "dead"
        elif word == "poweroff":
            self.machine.say("bulkhead", b"vm linux: off\r\nvm control: off\r\n")
            sys.exit(0)
        elif word == "crash":
            print("qemu-fake: out of luck", file=sys.stderr)
            sys.exit(3)
        elif word == "abort":
            os.kill(os.getpid(), signal.SIGABRT)
        elif word:
            self.say(b"sh: %s: not found\r\n" % word.encode())

    def panic(self):
        self.mode = "dead"
        self.say(b"[    9.0] Kernel panic - not syncing\r\n")
        self.machine.restart_linux(b"reset")

    def draw_vi(self):
        self.say(b"\x1b[?1049h\x1b[H\x1b[J\x1b[1;1HTHE FIRST ROW")
        for row in range(2, 24):
            self.say(b"\x1b[%d;1H~" % row)
        self.say(b"\x1b[999;1HTHE LAST ROW\x1b[3;5H")

    def typed_vi(self, byte):
        if byte == b"q":
            self.say(b"\x1b[?1049l\r\n")
            self.mode = "shell"
            self.say(PROMPT)
        elif byte == b"\x0c":
            self.draw_vi()
        elif byte == b"P":
            self.panic()
        else:
            self.say(byte)

    def typed_answer(self, byte):
        self.answer += byte
        if byte == b"R":
            self.say(b"\x1b8size " + self.answer[2:-1] + b"\r\n" + PROMPT)
            self.answer = b""
            self.mode = "shell"

    def typed_dead(self, byte):
        pass


class Control:
    """1 kHz, by the host's clock; a record ten times a second."""

    def __init__(self, machine):
        self.machine = machine
        self.releases = 0
        self.next_record = time.monotonic()
        self.log_ms = int(os.environ.get("FAKE_LOG_MS", "0"))
        self.next_log = time.monotonic()
        self.logs = 0

    def typed(self, byte):
        self.machine.say("control", b"got " + byte.replace(b"\r", b"CR") + b"\n")

    def tick(self):
        now = time.monotonic()
        if now >= self.next_record:
            self.next_record = now + 0.1
            self.releases += 100
            self.machine.say(
                "control", b"@control hz=1000 releases=%d misses=0 worst_ns=240 exits=1\n"
                % self.releases)
        if self.log_ms and now >= self.next_log:
            self.next_log = now + self.log_ms / 1000
            self.logs += 1
            self.machine.say("control", b"position %d um\n" % (self.logs * 7))


if __name__ == "__main__":
    try:
        Machine().run()
    except BrokenPipeError:
        sys.exit(1)
