#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead check` takes less than 50 ms, whatever file it is given: large images, descriptions that
are made to take long, a large board.

What is measured is the processor's time for the program as it is built for use, not anyone's clock,
and the least of some runs: so a busy machine changes little. The limit is several times what the
slowest case takes. The program gets less memory than a large file that is read whole would need.
"""

import argparse
import gzip
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

import run as config_tests

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIMIT_MS = 50
MEMORY = 16 << 20  # bytes of data
LARGE = 40 << 20
FULL = 64 << 10  # bytes that a description may have
RUNS = 5
CLOCK = "clock@b000000"

HEAD = "bulkhead: 1\nboard: qemu-arm64\nvms:\n"


def vms(count, more):
    """As many VMs with something in common."""
    return HEAD + "".join(f" v{n}: {{ cpus: 0, memory: 1 MiB, image: x, {more} }}\n"
                          for n in range(count))


def devices(names):
    return "devices: [" + ",".join(names) + "]"


def long_texts():
    """Descriptions of which each makes something work that could be slow; all are wrong."""
    yield "brackets", "[" * FULL
    yield "dashes", "- " * (FULL // 2)
    yield "indentation", "".join(" " * n + "a:\n" for n in range(360))
    yield "keys", "".join(f"k{n:x}:\n" for n in range(FULL // 6))
    yield "unknown keys", HEAD + "".join(
        f" v{n}:\n" + "".join(f"  k{n:x}{m:x}:\n" for m in range(250)) for n in range(30))
    yield "misspelt keys", HEAD + "".join(
        f" v{n}: {{ " + ",".join(f"memorx{m}: 1" for m in range(250)) + " }\n" for n in range(17))
    yield "items", "a: [" + "x," * (FULL // 2 - 2)
    yield "documents", "---\n" * (FULL // 4)
    yield "anchors", "".join(f"a{n:x}: &a\n" for n in range(FULL // 10))
    yield "colons", ":" * FULL
    yield "comments", "#\n" * (FULL // 2)
    yield "a long word", HEAD + " a: " + "x" * (FULL - 100)
    yield "escapes", HEAD + ' a: "' + "\\x41" * (FULL // 4 - 20) + '"\n'
    yield "names in a path", vms(1, "initrd: \"" + "${board}" * 8000 + "\"")
    yield "unknown devices", vms(8, devices(f"d{n:x}" for n in range(250)))
    yield "long names", vms(1, devices("d" * 220 + f"{n:x}" for n in range(250)))
    yield "one device", vms(8, devices(["pl031@9010000"] * 250))
    yield "all devices", vms(8, devices(f"virtio_mmio@a00{n:02x}00" for n in range(0, 64, 2)))
    yield "memory", vms(8, "memory: [" + ",".join(["{size: 4 KiB, at: 0x50000000}"] * 250) + "]"
                        ).replace("memory: 1 MiB, ", "")
    yield "CPUs", vms(8, "x: 1").replace("cpus: 0", "cpus: [" + "0-63," * 255 + "]")
    yield "VMs", vms(256, "x: 1")
    yield "too large", "#" * (LARGE // 4)


def kernel():
    """A Linux Image of LARGE bytes that says so by a PE header, nearly all of it zeros."""
    data = bytearray(config_tests.pe_image()[:0x1000])
    data[16:24] = LARGE.to_bytes(8, "little")
    data[104:108] = (LARGE - 0x1000).to_bytes(4, "little")
    return bytes(data)


def write_large(path, head=b""):
    path.write_bytes(head)
    os.truncate(path, LARGE)


def many_devices(count):
    """So many of a large board's devices, given to four VMs: as they are, without their clocks, and
    with these a neighbour's."""
    without = "{{ node: {}, without: [ clocks ] }}"
    for name, board, form, clocks in (("as they are", "large", "{}", []),
                                      ("without clocks", "large-clocked", without, []),
                                      ("a foreign clock", "large-clocked", without, [CLOCK])):
        text = f"bulkhead: 1\nboard: {board}\nvms:\n"
        for vm in range(4):
            items = [form.format(f"device@{n << 12:x}") for n in range(vm, count, 4)]
            text += (f"  v{vm}:\n    cpus: {vm}\n    memory: 1 MiB\n    image: "
                     "{ file: image, load: 0x4000_0000 }\n    devices:\n"
                     + "".join(f"      - {item}\n" for item in items + clocks * (vm == 0)))
        yield f"{count} devices, {name}", text


def large_board(folder, clocks):
    """As large as trees get: a thousand devices with clocks, interrupts and labels."""
    source = config_tests.decompile(ROOT / "boards/qemu-arm64/board.dtb")
    nodes = "".join(
        f"d{n}: device@{n << 12:x} {{ compatible = \"vendor,kind-{n % 50}\", \"arm,pl011\"; "
        f"reg = <{n << 12:#x} 0x1000>; interrupts = <0 {40 + n % 200} 4>; "
        "clocks = <&clock>, <&clock>; clock-names = \"a\", \"b\"; };\n" for n in range(1000))
    more = ("/ { soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0xc000000 0x2000000>;\n"
            + nodes + "}; clock: " + clocks + " #clock-cells = <0>; }; };\n")
    config_tests.make_board(folder, config_tests.dtc(source + more))


def limit_memory():
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


class Timing:
    def __init__(self, program, work):
        self.program = program
        self.work = work
        self.passed = self.failed = 0

    def measure(self, path):
        """(ms of CPU time, exit code) of one check."""
        with subprocess.Popen([self.program, "check", "--boards", self.work / "boards", path],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              preexec_fn=limit_memory) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        return 1000 * (usage.ru_utime + usage.ru_stime), process.returncode

    def check(self, name, text, wanted):
        path = self.work / "system.yaml"
        path.write_text(text)
        results = [self.measure(path) for _ in range(RUNS)]
        ms, code = min(results)
        good = ms < LIMIT_MS and code == wanted
        self.passed += good
        self.failed += not good
        print(f"{'ok    ' if good else 'FAILED'} {name:30} {ms:5.1f} ms"
              + ("" if code == wanted else f"  exit code {code}, not {wanted}"))

    def run(self):
        config_tests.make_board(self.work / "boards/qemu-arm64",
                                (ROOT / "boards/qemu-arm64/board.dtb").read_bytes())
        large_board(self.work / "boards/large", "clock { compatible = \"fixed-clock\";")
        large_board(self.work / "boards/large-clocked",
                    CLOCK + " { compatible = \"arm,pl031\"; reg = <0 0xb000000 0 0x1000>;")
        (self.work / "image").write_bytes(bytes(4096))
        write_large(self.work / "Image", kernel())
        write_large(self.work / "initrd")
        write_large(self.work / "raw")
        with gzip.open(self.work / "Image.gz", "wb", compresslevel=1) as stream:
            stream.write((self.work / "Image").read_bytes())
        linux = HEAD + " one: { cpus: 0-2, memory: 512 MiB, image: FILE, initrd: initrd }\n"
        self.check("a large Image", linux.replace("FILE", "Image"), 0)
        self.check("a packed Image", linux.replace("FILE", "Image.gz"), 0)
        self.check("a large raw image", HEAD + " one: { cpus: 0, memory: 64 MiB, image: "
                   "{ file: raw, load: 0x4000_0000 }, dtb: none }\n", 0)
        self.check("a large board", linux.replace("FILE", "Image").replace("qemu-arm64", "large")
                   .replace("initrd: initrd", devices(f"device@{n << 12:x}"
                                                      for n in range(0, 1000, 100))), 0)
        for count, wanted in ((252, 0), (1000, 1)):  # the hypervisor's table takes 256
            for name, text in many_devices(count):
                self.check(name, text, wanted)
        for name, text in long_texts():
            self.check(name, text, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bulkhead", default="build/bulkhead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        timing = Timing(os.path.abspath(options.bulkhead), pathlib.Path(folder))
        timing.run()
    print(f"{timing.passed} passed, {timing.failed} failed")
    return 1 if timing.failed or not timing.passed else 0


if __name__ == "__main__":
    sys.exit(main())
