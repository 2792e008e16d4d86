# SPDX-License-Identifier: Apache-2.0
"""`bulkhead check` takes less than 50 ms, whatever file it is given: large images, descriptions that
are made to take long, a large board.

What is measured is the processor's time for the program as it is built for use, not anyone's clock,
and the least of some runs: so a busy machine changes little. The limit is several times what the
slowest case takes. The program gets less memory than a large file that is read whole would need.
"""

import gzip
import os
import resource
import subprocess

import pytest

from fixtures.boards import make_board, source_of, tree_of
from fixtures.images import cpio, dtc, pe_image

LIMIT_MS = 50
MEMORY = 16 << 20  # bytes of data
LARGE = 40 << 20
FULL = 64 << 10  # bytes that a description may have
RUNS = 5
CLOCK = "clock@b000000"

HEAD = "bulkhead: 1\nboard: qemu-arm64\nvms:\n"
LINUX = HEAD + " one: { cpus: 0-2, memory: 512 MiB, image: FILE, initrd: initrd }\n"


def vms(count, more):
    """As many VMs with something in common."""
    return HEAD + "".join(f" v{n}: {{ cpus: 0, memory: 1 MiB, image: x, {more} }}\n"
                          for n in range(count))


def devices(names):
    return "devices: [" + ",".join(names) + "]"


# Of each something works that could be slow; all are wrong.
LONG_TEXTS = {
    "brackets": "[" * FULL,
    "dashes": "- " * (FULL // 2),
    "indentation": "".join(" " * n + "a:\n" for n in range(360)),
    "keys": "".join(f"k{n:x}:\n" for n in range(FULL // 6)),
    "unknown keys": HEAD + "".join(
        f" v{n}:\n" + "".join(f"  k{n:x}{m:x}:\n" for m in range(250)) for n in range(30)),
    "misspelt keys": HEAD + "".join(
        f" v{n}: {{ " + ",".join(f"memorx{m}: 1" for m in range(250)) + " }\n" for n in range(17)),
    "items": "a: [" + "x," * (FULL // 2 - 2),
    "documents": "---\n" * (FULL // 4),
    "anchors": "".join(f"a{n:x}: &a\n" for n in range(FULL // 10)),
    "colons": ":" * FULL,
    "comments": "#\n" * (FULL // 2),
    "a long word": HEAD + " a: " + "x" * (FULL - 100),
    "escapes": HEAD + ' a: "' + "\\x41" * (FULL // 4 - 20) + '"\n',
    "names in a path": vms(1, "initrd: \"" + "${board}" * 8000 + "\""),
    "unknown devices": vms(8, devices(f"d{n:x}" for n in range(250))),
    "addresses": vms(8, devices(f"0xa00_{n:04x}" for n in range(250))),
    "long names": vms(1, devices("d" * 220 + f"{n:x}" for n in range(250))),
    "one device": vms(8, devices(["pl031@9010000"] * 250)),
    "all devices": vms(8, devices(f"virtio_mmio@a00{n:02x}00" for n in range(0, 64, 2))),
    "memory": vms(8, "memory: [" + ",".join(["{size: 4 KiB, at: 0x50000000}"] * 250) + "]"
                  ).replace("memory: 1 MiB, ", ""),
    "CPUs": vms(8, "x: 1").replace("cpus: 0", "cpus: [" + "0-63," * 255 + "]"),
    "VMs": vms(256, "x: 1"),
    "too large": "#" * (LARGE // 4),
}


def kernel():
    """A Linux Image of LARGE bytes that says so by a PE header, nearly all of it zeros."""
    data = bytearray(pe_image()[:0x1000])
    data[16:24] = LARGE.to_bytes(8, "little")
    data[104:108] = (LARGE - 0x1000).to_bytes(4, "little")
    return bytes(data)


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
    nodes = "".join(
        f"d{n}: device@{n << 12:x} {{ compatible = \"vendor,kind-{n % 50}\", \"arm,pl011\"; "
        f"reg = <{n << 12:#x} 0x1000>; interrupts = <0 {40 + n % 200} 4>; "
        "clocks = <&clock>, <&clock>; clock-names = \"a\", \"b\"; };\n" for n in range(1000))
    more = ("/ { soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0xc000000 0x2000000>;\n"
            + nodes + "}; clock: " + clocks + " #clock-cells = <0>; }; };\n")
    make_board(folder, dtc(source_of("qemu-arm64") + more))


@pytest.fixture(scope="module", name="place")
def place_fixture(tmp_path_factory):
    """A folder with large boards and files."""
    folder = tmp_path_factory.mktemp("time")
    make_board(folder / "boards/qemu-arm64", tree_of("qemu-arm64"))
    large_board(folder / "boards/large", "clock { compatible = \"fixed-clock\";")
    large_board(folder / "boards/large-clocked",
                CLOCK + " { compatible = \"arm,pl031\"; reg = <0 0xb000000 0 0x1000>;")
    (folder / "image").write_bytes(b"code" * 1024)
    for name, head in [("Image", kernel()), ("initrd", b""), ("raw", b"code")]:
        (folder / name).write_bytes(head)
        os.truncate(folder / name, LARGE)
    (folder / "cpio").write_bytes(cpio(LARGE))
    for name in ("Image", "cpio"):
        with gzip.open(folder / f"{name}.gz", "wb", compresslevel=1) as stream:
            stream.write((folder / name).read_bytes())
    return folder


def measure(program, folder):
    """(ms of CPU time, exit code) of one check."""
    with subprocess.Popen(
            [program, "check", "--boards", folder / "boards", folder / "system.yaml"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return 1000 * (usage.ru_utime + usage.ru_stime), process.returncode


CASES = {
    "a large Image": (LINUX.replace("FILE", "Image"), 0),
    "a packed Image": (LINUX.replace("FILE", "Image.gz"), 0),
    "an archive": (LINUX.replace("FILE", "Image").replace("initrd }", "cpio }"), 0),
    "a packed archive": (LINUX.replace("FILE", "Image").replace("initrd }", "cpio.gz }"), 0),
    "a large raw image": (HEAD + " one: { cpus: 0, memory: 64 MiB, image: { file: raw, load: "
                          "0x4000_0000 }, dtb: none }\n", 0),
    "a large board": (LINUX.replace("FILE", "Image").replace("qemu-arm64", "large").replace(
        "initrd: initrd", devices(f"device@{n << 12:x}" for n in range(0, 1000, 100))), 0),
    # The hypervisor's table takes 256.
    **{name: (text, 0) for name, text in many_devices(252)},
    **{name: (text, 1) for name, text in many_devices(1000)},
    **{name: (text, 1) for name, text in LONG_TEXTS.items()},
}


@pytest.mark.parametrize("name", CASES)
def test_time(bulkhead, place, name):
    text, wanted = CASES[name]
    (place / "system.yaml").write_text(text)
    ms, code = min(measure(bulkhead.build / "bulkhead", place) for _ in range(RUNS))
    assert code == wanted
    assert ms < LIMIT_MS
