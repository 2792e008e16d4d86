#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the bulkhead command on whole files: descriptions that are right, one that is wrong for
each rule with the whole message, and what the subcommands print and write.

    good/*.yaml              check and build accept it; good/*.expected is a warning of both
    warn/RULE[.VARIANT].yaml the same, and the warning is exactly that rule's
    bad/RULE[.VARIANT].yaml  breaks exactly that rule; bad/*.expected is what is printed
                             Where that rule is about keys that are not yet supported, a line
                             "# Also not-supported" stands in the file.
    several/*.yaml           several independent errors, all printed

With --accept, the .expected files are written instead of compared: look at the difference.
"""

import argparse
import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

import yaml

import init_cases
import overlay_boards
import same_bytes
import split
import update
import wrong_values
from schema import Schema

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "scripts"), str(HERE)]

import show  # noqa: E402
from emulator.image import crc32c  # noqa: E402

RAM = 0x40000000


RAM_RISCV64 = 0x80000000


def elf(segments, entry=RAM, machine=183, kind=1):
    """An ELF64 executable; segments are (physical address, bytes, size in memory). `kind` is their
    type: 1 is loaded."""
    header_size = 64 + 56 * len(segments)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, entry, 64, 0, 0, 64, 56,
                                 len(segments), 64, 0, 0)
    body = b""
    for at, data, memory in segments:
        header += struct.pack("<IIQQQQQQ", kind, 5, header_size + len(body), at, at, len(data),
                              memory, 4096)
        body += data
    return header + body


def image(size=0x3000, memory=0x8000, offset=0, magic=b"ARM\x64", flags=10):
    """A Linux Image: the header, and bytes that are no code."""
    header = struct.pack("<IIQQQ", 0x14000000, 0, offset, memory, flags) + bytes(24) + magic
    header += struct.pack("<I", 0)
    return header + bytes((7 * i) & 0xff for i in range(size - len(header)))


def pe_image():
    """An Image that is an EFI program too, which says how long the file must be."""
    data = bytearray(image())
    data[60:64] = struct.pack("<I", 64)
    data[64:68] = b"PE\0\0"
    data[70:72] = struct.pack("<H", 1)
    data[84:86] = struct.pack("<H", 0)
    data[88 + 16:88 + 24] = struct.pack("<II", 0x2000, 0x1000)
    return bytes(data)


def strange_images(good, initrd):
    """What is often given in place of an image."""
    text = bytes(range(256)) * 16
    return {
        "x86.elf": elf([(RAM, text, 0x1000)], machine=62),
        "arm32.elf": good[:4] + b"\1" + good[5:18] + b"\x28" + good[19:],
        "big.elf": good[:5] + b"\2" + good[6:18] + b"\0\xb7" + good[20:],
        "nothing.elf": elf([(RAM, text, 0x1000)], kind=4),
        "dynamic.elf": elf([(RAM, text, 0x1000)], kind=3),
        "vmlinux": elf([(0xffff800080000000, text, 0x1000)]),
        "uImage": b"\x27\x05\x19\x56" + bytes(60) + image(),
        "Image.itb": dtc("/dts-v1/; / { images { kernel { }; }; };"),
        "zImage": bytes(36) + b"\x18\x28\x6f\x01" + bytes(1000),
        "vmlinuz.efi": b"MZ\0\0zimg" + bytes(1000),
        "grub.efi": b"MZ" + bytes(1000),
        "Image.zst": b"\x28\xb5\x2f\xfd" + bytes(100),
        "Image.xz": b"\xfd7zXZ\0" + bytes(100),
        "guest.hex": b":020000040000FA\n:10000000000102\n",
        "guest.srec": b"S00F000068656C6C6F202020202000003C\n",
        "libguest.a": b"!<arch>\nguest.o/",
        "lfs.bin": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "error.html": b"<!DOCTYPE html>\n<title>404</title>\n",
        "board.dtb": (ROOT / "boards/qemu-arm64/board.dtb").read_bytes(),
        "uInitrd": b"\x27\x05\x19\x56" + bytes(60) + initrd,
    }


def make_images(folder):
    text = bytes(range(256)) * 16
    files = {
        "guest.elf": elf([(RAM, text, 0x2000), (RAM + 0x4010, b"data" * 9, 0x100)]),
        "high.elf": elf([(0x50000000, text, 0x1000)], entry=0x50000000),
        "riscv.elf": elf([(RAM, text, 0x1000)], machine=243),
        "guest-riscv64.elf": elf([(RAM_RISCV64, text, 0x2000)], RAM_RISCV64, machine=243),
        "entry.elf": elf([(RAM, text, 0x1000)], entry=RAM + 0x8000),
        "overlap.elf": elf([(RAM, text, 0x2000), (RAM + 0x1000, text, 0x1000)]),
        "pieces.elf": elf([(RAM + 0x1000 * i, b"x", 1) for i in range(64)]),
        "short.elf": elf([(RAM, text, 0x2000)])[:-100],
        "object.elf": elf([(RAM, text, 0x1000)]).replace(b"\2\0\xb7\0", b"\1\0\xb7\0", 1),
        "Image": image(),
        "Image.gz": gzip.compress(image(), mtime=0),
        "short.gz": gzip.compress(image(), mtime=0)[:-20],
        "Image.efi": pe_image(),
        "short.efi": pe_image()[:0x2fff],
        "Image.riscv": image(magic=b"RSC\x05", offset=0x200000, flags=0),
        "Image.big": image(flags=11),
        "Image.old": image(memory=0),
        "raw.bin": b"raw" * 1000,
        "empty.bin": b"",
        "rootfs.cpio.gz": gzip.compress(b"070701" * 1000, mtime=0),
        "large.cpio": b"070701".ljust(1 << 20, b"\0"),
        "hypervisor.bin": image(size=0x5000, memory=0xa000),
        "hypervisor-riscv64.bin": image(size=0x5000, memory=0xa000, magic=b"RSC\x05", flags=0),
    }
    files.update(strange_images(files["guest.elf"], files["rootfs.cpio.gz"]))
    trees = {
        "guest.dtb": dtc((HERE / "trees/guest.dts").read_text()),
        "leds.dtbo": dtc((HERE / "trees/leds.dtso").read_text(), "-@"),
        "large.dtb": dtc(f'/dts-v1/; / {{ text = "{"x" * 70000}"; }};'),
    }
    for name, data in {**files, **trees}.items():
        (folder / name).write_bytes(data)
    os.mkfifo(folder / "fifo")


def make_board(folder, tree, home="0x4020_0000", digest=None, extra="", arch="arm64"):
    folder.mkdir(parents=True)
    (folder / "board.dtb").write_bytes(tree)
    sha256 = f", sha256: {digest}" if digest else ""
    (folder / "board.yaml").write_text(
        f"board: 1\narch: {arch}\ntree: {{ file: board.dtb{sha256} }}\n"
        f'no-dma: [ "arm,pl031", "arm,pl011" ]\nhome: {home}\n{extra}')


def dtc(text, *options):
    return subprocess.run(["dtc", "-q", *options, "-I", "dts", "-O", "dtb", "-"], input=text.encode(),
                          check=True, stdout=subprocess.PIPE).stdout


def decompile(path):
    return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(path)], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def make_riscv64_boards(folder):
    """QEMU's boards, and each with less than it has."""
    for name in ["qemu-riscv64", "qemu-riscv64-aia"]:
        shutil.copytree(ROOT / "boards" / name, folder / name)
    plic = decompile(ROOT / "boards/qemu-riscv64/board.dtb")
    aia = decompile(ROOT / "boards/qemu-riscv64-aia/board.dtb")
    trees = {
        "no-h": re.sub(r'h\\0zic64b|fdch_', lambda m: m[0].replace("h", "", 1), plic),
        "no-plic": plic.replace('"sifive,plic-1.0.0\\0riscv,plic0"', '"other,plic"'),
        "no-timebase": plic.replace("timebase-frequency", "no-frequency"),
        "wide-console": plic.replace('compatible = "ns16550a";',
                                     'compatible = "ns16550a"; reg-io-width = <4>;'),
        "sv39": plic.replace("riscv,sv57", "riscv,sv39", 1),
        "no-guest-files": aia.replace("riscv,guest-index-bits = <0x02>", "x"),
        "no-file": aia.replace("reg = <0x00 0x28000000 0x00 0x10000>",
                               "reg = <0x00 0x28000000 0x00 0xc000>"),
    }
    for name, text in trees.items():
        assert text not in (plic, aia), name
        make_board(folder / f"riscv64-{name}", dtc(text), home="0x8020_0000", arch="riscv64")


def make_boards(folder):
    """QEMU's board, and some that are made out of its tree."""
    shutil.copytree(ROOT / "boards/qemu-arm64", folder / "qemu-arm64")
    (folder / "unfinished").mkdir()
    tree = (ROOT / "boards/qemu-arm64/board.dtb").read_bytes()
    source = decompile(ROOT / "boards/qemu-arm64/board.dtb")
    make_riscv64_boards(folder)
    overlay_boards.make(folder, tree, make_board)
    zoo = (HERE / "boards/zoo.dts").read_text()
    make_board(folder / "zoo", dtc(source + zoo.replace("zoo-clock: ", "")),
               extra="names: { friend: alpha@a140000 }\n"
                     "reserve: [ { phys: 0xb000_0000, size: 256 MiB, for: firmware } ]\n")
    make_board(folder / "reserved", dtc(source + "/ { reserved-memory { #address-cells = <2>; "
                                        "#size-cells = <2>; ranges; secure@50000800 { "
                                        "reg = <0 0x50000800 0 0x1000>; no-map; }; }; };"))
    make_board(folder / "ram-at-zero", dtc(source.replace(
        "reg = <0x00 0x40000000 0x00 0x80000000>", "reg = <0 0 0 0x8000000>")), home="0x20_0000")
    make_board(folder / "circles", dtc(source + "/ { aliases { self = \"self\"; "
                                       "serial1 = \"serial2\"; serial2 = \"serial1\"; }; "
                                       "__symbols__ { rtc = \"rtc\"; self = \"self\"; }; };"))
    windows = " ".join(f"0 {0xa200000 + (n << 4):#x} 0 0x10" for n in range(300))
    lines = " ".join(f"0 {200 + n} 4" for n in range(300))
    make_board(folder / "wide", dtc(source + "/ { wide@a200000 { compatible = \"wide\"; "
                                    f"reg = <{windows}>; interrupts = <{lines}>; }}; }};"))
    make_board(folder / "cut-short", tree[:4000])
    make_board(folder / "large", tree + bytes(2 << 20))
    for name, stride in [("stride", "0x20000"), ("wide-stride", "0x40000")]:
        make_board(folder / name, dtc(source.replace(
            'compatible = "arm,gic-v3";',
            f'compatible = "arm,gic-v3"; redistributor-stride = <0x00 {stride}>;')))
    make_board(folder / "hvc", dtc(source.replace('method = "smc"', 'method = "hvc"')))
    make_board(folder / "no-console", dtc(source.replace("stdout-path", "no-path")))
    make_board(folder / "bare", dtc(re.sub(r'(arm,gic-v3|arm,armv8-timer|device_type = "memory")',
                                           "none", source.replace('device_type = "memory"',
                                                                  'kind = "none"'))))
    make_board(folder / "other-tree", tree, digest=hashlib.sha256(b"").hexdigest())
    make_board(folder / "odd-home", tree, home="0x4010_0000")
    make_board(folder / "linked-home", tree, home="0x20_0000_0000")
    make_board(folder / "home-nowhere", tree, home="0x1000_0000")
    make_board(folder / "home-reserved", tree, home="0x5000_0000",
               extra="reserve: [ { phys: 0x5000_0000, size: 2 MiB, for: firmware } ]\n")
    make_board(folder / "home-at-the-end", tree, home="0xbfe0_0000")
    make_board(folder / "new-format", tree)
    text = (folder / "new-format/board.yaml").read_text()
    (folder / "new-format/board.yaml").write_text(text.replace("board: 1", "board: 2"))


class Suite:
    def __init__(self, program, work, accept):
        self.program = program
        self.work = work
        self.accept = accept
        self.passed = 0
        self.failed = 0

    def bulkhead(self, *arguments, environment=None):
        return subprocess.run(
            [self.program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60,
            env=dict(os.environ, NO_COLOR="1", ASAN_OPTIONS="detect_leaks=1",
                     UBSAN_OPTIONS="print_stacktrace=1", **(environment or {})))

    def on_file(self, command, path, *more):
        text = (ROOT / path).read_text(errors="replace")
        kind = "-riscv64" if re.search(r"^board: .*riscv64", text, re.M) else ""
        return self.bulkhead(command, "-D", f"images={self.work}", "--boards",
                             f"{self.work}/boards", "--hypervisor",
                             f"{self.work}/hypervisor{kind}.bin", *more, str(path))

    def report(self, name, why=""):
        if why:
            self.failed += 1
            print(f"FAILED {name}: {why}")
        else:
            self.passed += 1

    def plain(self, text):
        return text.replace(str(self.work), "WORK")

    def check_good(self, path):
        name = path.relative_to(HERE)
        result = self.on_file("check", path.relative_to(ROOT))
        why = ""
        warning = path.with_suffix(".expected")
        if self.accept and result.stderr:
            warning.write_text(self.plain(result.stderr))
        said = warning.read_text() if warning.exists() else ""
        rules = re.findall(r": (?:warning|notice): ([a-z0-9-]+): ", said)
        if path.parent.name == "warn" and rules != [path.name.split(".")[0]]:
            why = f"warns of {rules}"
        if result.returncode != 0 or result.stdout or self.plain(result.stderr) != said:
            why = f"check: exit code {result.returncode}\n{result.stderr}"
        outputs = [self.work / "first.img", self.work / "second.img"]
        for output in outputs:
            built = self.on_file("build", path.relative_to(ROOT), "-o", str(output))
            if built.returncode != 0 or self.plain(built.stderr) != said:
                why = why or f"build: exit code {built.returncode}\n{built.stderr}"
        if not why and outputs[0].read_bytes() != outputs[1].read_bytes():
            why = "two builds differ"
        shown = self.bulkhead("show", str(outputs[0]))
        described = self.on_file("show", path.relative_to(ROOT))
        if not why and (shown.returncode != 0 or shown.stdout != described.stdout):
            why = f"show says other things of the description and the image\n{shown.stderr}"
        self.report(name, why)

    @staticmethod
    def rules_of(path):
        """The rules that a file of bad/ breaks."""
        also = b"\n# Also not-supported\n" in path.read_bytes()
        return sorted([path.name.split(".")[0]] + ["not-supported"] * also)

    def check_bad(self, path, single):
        name = path.relative_to(HERE)
        result = self.on_file("check", path.relative_to(ROOT))
        expected = path.with_suffix(".expected")
        text = self.plain(result.stderr)
        rules = re.findall(r": error: ([a-z0-9-]+): ", text)
        if self.accept:
            expected.write_text(text)
        if result.returncode != 1:
            self.report(name, f"exit code {result.returncode}, not 1\n{result.stderr}")
        elif single and sorted(rules) != self.rules_of(path):
            self.report(name, f"broke {rules}\n{text}")
        elif not single and len(rules) < 2:
            self.report(name, f"broke only {rules}")
        elif not expected.exists() or text != expected.read_text():
            self.report(name, f"another message than in {expected.name}\n{text}")
        else:
            self.report(name)

    def check_all_rules(self):
        """Each rule has a file that breaks it, and each file is named for a rule."""
        listed = self.bulkhead("check", "--list-rules").stdout.splitlines()
        rules = {line.split()[0] for line in listed}
        files = {path.name.split(".")[0] for folder in ("bad", "warn")
                 for path in (HERE / folder).glob("*.yaml")}
        self.report("a file per rule", ", ".join(f"none for {r}" for r in sorted(rules - files)))
        self.report("a rule per file", ", ".join(sorted(files - rules)))
        said = [name for path in HERE.glob("*/*.expected")
                for name in re.findall(r": (?:error|warning|notice): ([a-z0-9-]+): ",
                                       path.read_text())]
        self.report("all that is said is a rule", ", ".join(sorted(set(said) - rules)))
        self.report("there are rules", "" if len(rules) > 30 else f"only {len(rules)}")

    def check_json(self):
        """--json says what the messages say, and --list-rules --json what --list-rules says."""
        listed = json.loads(self.bulkhead("check", "--list-rules", "--json").stdout)["rules"]
        lines = [line.split(None, 2)
                 for line in self.bulkhead("check", "--list-rules").stdout.splitlines()]
        rules = {rule["name"]: rule for rule in listed}
        same = lines == [[rule["name"], rule["severity"], rule["text"]] for rule in listed]
        needs = all(name in rules for rule in listed for name in rule["needs"])
        self.report("rules in JSON", "" if same and needs and len(rules) == len(lines) else "differ")
        for name in ["several/everything.yaml", "warn/no-console.yaml", "good/minimal.yaml"]:
            path = (HERE / name).relative_to(ROOT)
            said = re.findall(r"^(\S+?):(\d+):(\d+): (\w+): ([a-z-]+): (.*)$",
                              self.on_file("check", path).stderr, re.M)
            result = self.on_file("check", path, "--json")
            document = json.loads(result.stdout)
            items = document["diagnostics"]
            text = [(item["file"], str(item["line"]), str(item["column"]), item["severity"],
                     item["rule"], item["message"]) for item in items]
            ok = (text == said and document["file"] == str(path) and document["version"] == 1 and
                  document["ok"] == (result.returncode == 0) and not result.stderr and
                  all(item["remedy"] == rules[item["rule"]]["remedy"] for item in items) and
                  all(item["end_column"] is None or item["end_column"] > item["column"]
                      for item in items))
            self.report(f"JSON of {name}", "" if ok else result.stdout)
        result = self.bulkhead("check", "--json", "nowhere.yaml")
        item = json.loads(result.stdout)["diagnostics"][0]
        ok = (result.returncode == 3 and item["rule"] == "file" and item["line"] is None and
              item["remedy"] is None)
        self.report("JSON of no file", "" if ok else result.stdout)

    def check_schema(self):
        """The JSON Schemas take all that is right, and refuse what they can see."""
        systems = Schema(self.bulkhead("schema").stdout)
        boards = Schema(self.bulkhead("schema", "--board").stdout)
        good = [path for folder in ("good", "warn") for path in (HERE / folder).glob("*.yaml")]
        good += (ROOT / "examples").glob("*/system*.yaml")
        for path in sorted([*good, *(ROOT / "tests/system").glob("*/system*.yaml")]):
            self.report(f"schema: {path.relative_to(ROOT)}", systems.refuses_good(path.read_bytes()))
        for path in sorted((HERE / "bad").glob("*.yaml")):
            self.report(f"schema: {path.relative_to(HERE)}",
                        systems.accepts_bad(path.name, path.read_bytes(),
                                            path.with_suffix(".expected").read_text()))
        for path in sorted((ROOT / "boards").glob("*/board.yaml")):
            self.report(f"schema: {path.relative_to(ROOT)}", boards.refuses_good(path.read_bytes()))
        board = (ROOT / "boards/qemu-arm64/board.yaml").read_text()
        for change in [("home:", "hom:"), ("arm64", "arm"), ("0x4020_0000", "0x4020_0000_"),
                       ("names:", "names: [ ]\nname:"), ("board: 1", "board: 2"), ("board: 1\n", "")]:
            changed = board.replace(*change)
            ok = changed != board and boards.mistake(changed, yaml.BaseLoader)
            self.report(f"schema: a board with {change[1]!r}", "" if ok else "it sees no mistake")

    def check_docs(self):
        """Each whole example of the documentation is right, but for what is not yet supported."""
        text = (ROOT / "docs/system-description.md").read_text()
        blocks = re.findall(r"^```yaml\n(.*?)^```$", text, re.S | re.M)
        boards = Schema(self.bulkhead("schema", "--board").stdout)
        systems = 0
        for number, block in enumerate(blocks):
            board = re.search(r"^board: (\S+)", block, re.M)
            if block.startswith("board: 1"):
                self.report("docs: board.yaml", boards.refuses_good(block))
            if not block.startswith("bulkhead: 1"):
                continue
            folder = self.work / f"docs-{number}"
            folder.mkdir()
            kind = "-riscv64" if "riscv64" in board[1] else ""
            for name in re.findall(r"[\w-]+\.elf", block):
                shutil.copy(self.work / f"guest{kind}.elf", folder / name)
            shutil.copy(self.work / ("Image.riscv" if kind else "Image"), folder / "Image")
            shutil.copy(self.work / "rootfs.cpio.gz", folder)
            for name in re.findall(r"[\w-]+\.dtso", block):
                (folder / name).write_text("/dts-v1/;\n/plugin/;\n&{/} { };\n")
            (folder / "system.yaml").write_text(block)
            result = self.bulkhead("check", "--boards", str(ROOT / "boards"), "--hypervisor",
                                   f"{self.work}/hypervisor{kind}.bin", f"{folder}/system.yaml")
            broken = set(re.findall(r": error: ([a-z0-9-]+): ", result.stderr))
            known = (ROOT / "boards" / board[1]).is_dir()
            allowed = {"not-supported"} if known else {"not-supported", "board-unknown"}
            self.report(f"docs: system {number}", result.stderr if broken - allowed else "")
            systems += 1
        self.report("docs: there are systems", "" if systems >= 4 else f"only {systems}")

    def check_command_line(self):
        good = str((HERE / "good/minimal.yaml").relative_to(ROOT))
        cases = [
            ("no command", [], 2, "usage: bulkhead"),
            ("help", ["--help"], 0, "exit codes"),
            ("version", ["--version"], 0, "bulkhead 0."),
            ("unknown command", ["chek"], 2, "did you mean 'check'"),
            ("check --help", ["check", "--help"], 0, "--list-rules"),
            ("build --help", ["build", "--help"], 0, "-o FILE"),
            ("schema --help", ["schema", "--help"], 0, "usage: bulkhead schema"),
            ("schema of a file", ["schema", good], 2, "takes no file"),
            ("unknown option of schema", ["schema", "--frob"], 2, "see bulkhead schema"),
            ("rules of a file", ["check", "--list-rules", good], 2, "none with --list-rules"),
            ("update --help", ["update", "--help"], 0, "VM:initrd=FILE"),
            ("show --help", ["show", "--help"], 0, "usage: bulkhead show"),
            ("show's own option in check", ["check", "--dts", "one", good], 2, "see bulkhead check"),
            ("no file", ["check"], 2, "takes one file"),
            ("two files", ["check", good, good], 2, "takes one file"),
            ("unknown option", ["check", "--frob", good], 2, "--frob"),
            ("option of another command", ["build", "--list-rules"], 2, "see bulkhead build"),
            ("malformed definition", ["check", "-D", "images", good], 2, "NAME=VALUE"),
            ("missing description", ["check", "nowhere.yaml"], 3, "nowhere.yaml"),
            ("show of a missing file", ["show", "nowhere.img"], 3, "nowhere.img"),
            ("build without a hypervisor", ["build", "-D", f"images={self.work}", "--hypervisor",
                                            "nowhere.bin", good], 3, "nowhere.bin"),
            ("build with another binary", ["build", "-D", f"images={self.work}", "--hypervisor",
                                           f"{self.work}/raw.bin", good], 3, "no hypervisor"),
            ("another board", ["check", "-D", f"images={self.work}", "--board", "qemu-riscv64",
                               good], 1, "image-arch"),
            ("an unknown board", ["check", "-D", f"images={self.work}", "--board", "qemu-riscv",
                                  good], 1, "did you mean 'qemu-riscv64'"),
            ("a board's path", ["check", "-D", f"images={self.work}", "--board",
                                str(ROOT / "boards/qemu-arm64"), good], 0, ""),
            ("build to nowhere", ["build", "-D", f"images={self.work}", "--hypervisor",
                                  f"{self.work}/hypervisor.bin", "-o", "/nowhere/x", good], 3,
             "cannot write"),
        ]
        for name, arguments, code, said in cases:
            more = ["--boards", "boards"] if code == 3 or "--board" in arguments else []
            result = self.bulkhead(*arguments, *more)
            text = result.stdout + result.stderr
            stream = result.stdout if code == 0 else result.stderr
            ok = result.returncode == code and said in stream
            self.report(name, "" if ok else f"exit code {result.returncode}\n{text}")

    def check_schemas(self):
        """Generated trees are what dt-schema knows, and what schemas/ says beyond that."""
        if shutil.which("dt-validate") is None:
            self.report("schemas", "there is no dt-validate; make setup")
            return
        for name, vm in [("good/linux", "linux"), ("good/riscv64", "linux"),
                         ("good/riscv64-aia", "control"), ("warn/window-lost", "one"),
                         ("warn/msi-lost", "one"), ("warn/dma-unprotected", "one"),
                         ("good/trees", "placed")]:
            described = self.on_file("show", (HERE / f"{name}.yaml").relative_to(ROOT), "--dts", vm)
            blob = self.work / "schema.dtb"
            blob.write_bytes(dtc(described.stdout))
            result = subprocess.run(["dt-validate", "-s", str(HERE / "schemas"), str(blob)],
                                    capture_output=True, text=True)
            said = result.stdout + result.stderr
            self.report(f"schemas: {name}", said if result.returncode or said else "")

    def check_damage(self):
        """`show` says so when an image is damaged or cut short."""
        good = (HERE / "good/minimal.yaml").relative_to(ROOT)
        output = self.work / "damaged.img"
        self.on_file("build", good, "-o", str(output))
        whole = output.read_bytes()
        table = struct.unpack_from("<Q", whole, 64 + 40)[0]
        for name, data in [("record", whole[:70] + b"\xff" + whole[71:]),
                           ("table", whole[:table + 100] + b"\xff" + whole[table + 101:]),
                           ("cut short", whole[:-4096]),
                           ("payload", whole[:-4096] + b"\xff" + whole[-4095:])]:
            output.write_bytes(data)
            result = self.bulkhead("show", str(output))
            ok = result.returncode == 1 and "error: image:" in result.stderr
            self.report(f"damaged: {name}", "" if ok else
                        f"exit code {result.returncode}\n{result.stderr}")

    def inner_manifest(self, image):
        """The document inside an image, by the fields of its table."""
        table = struct.unpack_from("<Q", image, 64 + 40)[0]
        offset, size = struct.unpack_from("<QI", image, table + 232)
        return image[offset:offset + size]

    def check_manifest(self):
        good = (HERE / "good/linux.yaml").relative_to(ROOT)
        output = self.work / "manifest.img"
        self.on_file("build", good, "-o", str(output))
        image = output.read_bytes()
        inner = self.inner_manifest(image)
        outer = json.loads((self.work / "manifest.img.manifest").read_text())
        self.report("manifest: digest of the image", "" if outer.pop("image") == {
            "size": len(image), "sha256": hashlib.sha256(image).hexdigest()} else "another")
        self.report("manifest: inside as beside", "" if json.loads(inner) == outer else
                    f"{inner}\nand not\n{outer}")
        files = {(vm, file["what"]): (file["path"], file["sha256"])
                 for vm, group in [("", outer)] + [(vm["name"], vm) for vm in outer["vms"]]
                 for file in group["files"]}
        wanted = {("", "tool"): ("bulkhead", pathlib.Path(self.program)),
                  ("", "hypervisor"): ("hypervisor.bin", self.work / "hypervisor.bin"),
                  ("", "description"): ("linux.yaml", ROOT / good),
                  ("", "board"): ("board.yaml", ROOT / "boards/qemu-arm64/board.yaml"),
                  ("", "tree"): ("board.dtb", ROOT / "boards/qemu-arm64/board.dtb"),
                  ("linux", "image"): ("${images}/Image", self.work / "Image"),
                  ("linux", "initrd"): ("${images}/rootfs.cpio.gz", self.work / "rootfs.cpio.gz"),
                  ("control", "image"): ("${images}/guest.elf", self.work / "guest.elf")}
        wanted = {key: (path, hashlib.sha256(file.read_bytes()).hexdigest())
                  for key, (path, file) in wanted.items()}
        self.report("manifest: files", "" if files == wanted else f"{files}\nand not\n{wanted}")
        self.check_other_folder(good, image)

    def check_other_folder(self, good, image):
        """Built from another folder, out of other folders, the image is the same."""
        other = self.work / "another/place"
        other.mkdir(parents=True)
        for name in ["Image", "rootfs.cpio.gz", "guest.elf", "hypervisor.bin"]:
            shutil.copy(self.work / name, other)
        shutil.copytree(ROOT / "boards/qemu-arm64", other / "qemu-arm64")
        shutil.copy(ROOT / good, other / good.name)
        result = subprocess.run(
            [self.program, "build", "-D", "images=.", "--boards", other, "--hypervisor",
             "hypervisor.bin", "-o", "other.img", good.name], cwd=other, capture_output=True,
            text=True, check=False)
        if result.returncode != 0:
            self.report("built elsewhere", result.stderr)
        else:
            same = (other / "other.img").read_bytes() == image
            self.report("built elsewhere", "" if same else "the image is another one")

    def run(self):
        for path in sorted([*(HERE / "good").glob("*.yaml"), *(HERE / "warn").glob("*.yaml")]):
            self.check_good(path)
        for path in sorted((HERE / "bad").glob("*.yaml")):
            self.check_bad(path, True)
        for path in sorted((HERE / "several").glob("*.yaml")):
            self.check_bad(path, False)
        self.check_all_rules()
        self.check_json()
        self.check_schema()
        self.check_docs()
        self.check_command_line()
        self.check_schemas()
        self.check_damage()
        self.check_manifest()
        wrong_values.check(self)
        same_bytes.check(self, ROOT)
        split.check(self, HERE / "good/slots.yaml")
        update.check(self, sys.modules[__name__])
        show.ShowTests(self, ROOT, dtc, make_board, decompile).run(crc32c)
        init_cases.Cases(self).run()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bulkhead", default="build/bulkhead")
    parser.add_argument("--accept", action="store_true", help="write the .expected files")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        make_images(work)
        make_boards(work / "boards")
        suite = Suite(os.path.abspath(options.bulkhead), work, options.accept)
        suite.run()
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed or not suite.passed else 0


if __name__ == "__main__":
    sys.exit(main())
