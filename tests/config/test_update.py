# SPDX-License-Identifier: Apache-2.0
"""`bulkhead update`: an image that was updated is the image that a build would have made, byte for
byte; and what an update refuses."""

import os

import pytest

from fixtures.images import RAM, elf, image
from test_build import manifest_of, table_of

SYSTEM = """\
bulkhead: 1
board: qemu-arm64
vms:
  linux:
    cpus: 0
    memory: 64 MiB
    image: { file: "FOLDER/Image", slot: 128 KiB }
    initrd: { file: "FOLDER/initrd", slot: 32 KiB }
  elf:
    cpus: 1
    memory: 16 MiB
    image: { file: "FOLDER/guest.elf", slot: 64 KiB }
  raw:
    cpus: 2
    memory: 16 MiB
    image: { file: "FOLDER/raw.bin", load: 0x4000_1000, entry: 0x4000_1010, slot: 16 KiB }
    dtb: none
  plain: { cpus: 3, memory: 16 MiB, image: "${images}/guest.elf" }
"""


def guest(text, entry=RAM, bss=0):
    """Two segments, with a gap."""
    return elf([(RAM, text, len(text)), (RAM + 0x8000, b"data", 4 + bss)], entry)


FIRST = {"Image": image(), "initrd": b"hsqs01" * 1000, "guest.elf": guest(b"first" * 500, RAM + 8),
         "raw.bin": b"raw." * 1000}
ONE = guest(b"second!" * 900, RAM + 0x10, bss=0x4000)
LINUX = image(size=0x9000, memory=0x20000)
PARTS = {"elf": "guest.elf", "linux": "Image", "linux:initrd": "initrd", "raw": "raw.bin"}
GIVEN = {
    "large": guest(b"large", bss=0x8000),
    "exact": guest(b"exact", bss=0x7ffc),
    "high": elf([(RAM + 0x1000, b"high" * 9, 0x1000)], RAM + 0x1000),
    "entry": guest(b"entry", RAM + 0x80000),
    "riscv": elf([(RAM, b"text", 0x1000)], machine=243),
    "cut": guest(b"cut short")[:-3],
    "initrd": b"hsqs01" * 10000,
    "empty": b"",
    "raw": b"no header",
}


def write(folder, files):
    for name, data in files.items():
        (folder / name).write_bytes(data)


@pytest.fixture(name="build")
def build_fixture(bulkhead, tmp_path):
    """Builds the system of the files that are there."""
    write(tmp_path, FIRST)
    (tmp_path / "system.yaml").write_text(SYSTEM.replace("FOLDER", str(tmp_path)))
    return lambda name: bulkhead.built(tmp_path / "system", tmp_path / name)


@pytest.mark.parametrize("changes", [
    {"elf": ONE}, {"elf": guest(b"2nd." * 5)}, {"linux": LINUX}, {"linux:initrd": b"hsqs02" * 5000},
    {"raw": b"bytes" * 3000},
    {"linux:initrd": b"hsqs01", "raw": b"r" * 0x14, "elf": ONE, "linux": LINUX}],
    ids=["an ELF file", "a smaller one", "a kernel", "an initrd", "raw bytes", "all"])
def test_same(bulkhead, build, tmp_path, changes):
    """An update of the old image and a new build are the same, and so are their manifests."""
    old = build("old.img")
    os.chmod(tmp_path / "old.img", 0o640)
    write(tmp_path, {PARTS[part]: data for part, data in changes.items()})
    new = build("new.img")
    result = bulkhead("update", tmp_path / "old.img",
                      *[f"{part}={tmp_path / PARTS[part]}" for part in changes])
    assert (result.returncode, result.stderr) == (0, "")
    assert old != new == (tmp_path / "old.img").read_bytes()
    assert (tmp_path / "old.img").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "old.img.manifest").read_bytes() == (
        tmp_path / "new.img.manifest").read_bytes()


def test_pie(bulkhead, build, tmp_path):
    """A static PIE goes where the one before it was loaded."""
    def pie(text):
        return elf([(0, text, 0x1000)], 8).replace(b"\2\0\xb7\0", b"\3\0\xb7\0", 1)

    text = (tmp_path / "system.yaml").read_text()
    (tmp_path / "system.yaml").write_text(text.replace("slot: 64", "load: 0x4010_0000, slot: 64"))
    write(tmp_path, {"guest.elf": pie(b"first" * 9)})
    build("old.img")
    write(tmp_path, {"guest.elf": pie(b"second" * 9)})
    new = build("new.img")
    result = bulkhead("update", tmp_path / "old.img", f"elf={tmp_path}/guest.elf")
    assert (result.returncode, result.stderr) == (0, "")
    assert new == (tmp_path / "old.img").read_bytes()


def test_initrd(bulkhead, build, tmp_path):
    """What is no initrd for Linux is warned of, but not where the guest is none."""
    text = (tmp_path / "system.yaml").read_text()
    (tmp_path / "system.yaml").write_text(
        text.replace("slot: 64 KiB }", 'slot: 64 KiB }\n    initrd: { file: "FOLDER/other", slot: 4 KiB }')
        .replace("FOLDER", str(tmp_path)))
    write(tmp_path, {"other": b"anything"})
    build("old.img")
    given = f"{tmp_path}/other"
    result = bulkhead("update", tmp_path / "old.img", f"linux:initrd={given}", f"elf:initrd={given}")
    assert result.returncode == 0
    assert result.stderr.count("warning: initrd-format: ") == 1


SLOT = "write {}: {{ file: ..., slot: SIZE }} in the description, and build it again"


@pytest.mark.parametrize("words, said", [
    ("elf=HERE/large", "slot-size: HERE/large takes 65540 bytes in the memory of 'elf', which is "
     "more than its slot of 64 KiB; make the slot at least 68 KiB, and larger for what later "
     "versions will take"),
    ("linux:initrd=HERE/initrd", "slot-size: HERE/initrd takes 60000 bytes in the memory of 'linux', "
     "which is more than its slot of 32 KiB; make the slot at least 60 KiB, and larger for what "
     "later versions will take"),
    ("elf=HERE/high", "image-load: HERE/high goes to 0x40001000, and the slot of 'elf' is for "
     "0x40000000; link the image for that, or build the system again"),
    ("elf=HERE/entry", "entry-outside: 'elf' would start at 0x40080000, which is unaligned or "
     "outside its image; mend the image's entry point"),
    ("elf=HERE/riscv", "image-arch: HERE/riscv is a 64-bit ELF file for RISC-V; give one for 64-bit "
     "Arm, little endian"),
    ("elf=HERE/cut linux:initrd=HERE/empty", "image-truncated: HERE/empty is empty; make or copy it "
     "again\nimage-truncated: HERE/cut is cut short: a segment's bytes are missing; make or copy "
     "it again"),
    ("elf=HERE/raw", "image-load: HERE/raw is neither a Linux Image nor ELF, so nothing says where "
     "it goes; write image: { file: ..., load: ADDRESS }"),
    ("raw=HERE/exact", "image-load: HERE/exact says itself where it goes and starts; remove load: "
     "and entry:"),
    ("elf=nowhere", "file-missing: cannot open nowhere: No such file or directory; name the guest's "
     "image, or make it first"),
    ("plain=HERE/exact", "update: the image of 'plain' has no slot in it; " + SLOT.format("image")),
    ("elf:initrd=HERE/initrd", "update: the initrd of 'elf' has no slot in it; "
     + SLOT.format("initrd")),
    ("elf=HERE/exact elf=HERE/exact", "update: the image of 'elf' is given twice; give one"),
    ("linus=HERE/exact", "update: there is no VM 'linus' in it; did you mean 'linux'?"),
    ("", ""), ("elf=", ""), ("=x", ""), ("elf:tree=x", ""), ("elf", "")])
def test_refused(bulkhead, build, tmp_path, words, said):
    """And the image stays as it is."""
    old = build("old.img")
    write(tmp_path, GIVEN)
    result = bulkhead("update", tmp_path / "old.img",
                      *words.replace("HERE", str(tmp_path)).split())
    wanted = ("".join(f"HERE/old.img: error: {line}\n" for line in said.splitlines()) or "bulkhead: "
              "update takes an image and VM=FILE or VM:initrd=FILE; see bulkhead update --help\n")
    assert result.stderr.replace(str(tmp_path), "HERE") == wanted
    assert result.returncode == (1 if said else 2)
    assert (tmp_path / "old.img").read_bytes() == old


@pytest.mark.parametrize("said, at", [
    ("the table is damaged", lambda data: table_of(data) + 100),
    ("its manifest is damaged", lambda data: manifest_of(data)[0] + 1),
    ("it is cut short", None),
    ("the first page says of no system table", None)])
def test_damaged(bulkhead, build, tmp_path, said, at):
    data = bytearray(build("old.img"))
    if at:
        data[at(data)] ^= 0xff
    else:
        data = data[:-4096] if "short" in said else b"no image" * 1000
    write(tmp_path, {"old.img": data, **GIVEN})
    result = bulkhead("update", tmp_path / "old.img", f"elf={tmp_path}/exact")
    assert (result.returncode, result.stderr) == (
        1, f"{tmp_path}/old.img: error: image: {said}; build it again\n")


def test_no_image(bulkhead):
    result = bulkhead("update", "nowhere.img", "elf=nowhere")
    assert (result.returncode, result.stderr) == (
        3, "nowhere.img: error: file: cannot open nowhere.img: No such file or directory\n")


def test_written_elsewhere(bulkhead, build, tmp_path):
    """By -o, and through a link."""
    whole = build("old.img")
    write(tmp_path, GIVEN)
    old, new, link = (tmp_path / name for name in ("old.img", "new.img", "link.img"))
    assert bulkhead("update", old, f"elf={tmp_path}/exact", "-o", new).returncode == 0
    assert old.read_bytes() == whole != new.read_bytes()
    link.symlink_to("old.img")
    assert bulkhead("update", link, f"elf={tmp_path}/exact").returncode == 0
    assert link.is_symlink() and old.read_bytes() == new.read_bytes()
    result = bulkhead("update", old, f"elf={tmp_path}/exact", "-o", "/nowhere/x")
    assert result.returncode == 3 and "cannot write" in result.stderr
