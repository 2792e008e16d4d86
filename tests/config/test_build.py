# SPDX-License-Identifier: Apache-2.0
"""`bulkhead build`: the same inputs give the same image, wherever they lie, whatever their times
are, whoever builds and however the paths are written; its manifest; what --split writes."""

import hashlib
import json
import os
import re
import shutil
import struct
import zlib

import pytest

from fixtures.images import ROOT

INPUTS = ["Image.gz", "rootfs.cpio.gz", "guest.elf", "raw.bin", "hypervisor.bin"]
SYSTEM = """\
bulkhead: 1
board: qemu-arm64
defaults: { memory: 16 MiB }
vms:
  linux:
    cpus: 0
    image: { file: "${images}/Image.gz", slot: 1 MiB }
    initrd: ${images}/rootfs.cpio.gz
    devices: [ rtc ]
  elf: { cpus: 1, image: "${images}/guest.elf" }
  raw: { cpus: 2, image: { file: "${images}/raw.bin", load: 0x4000_0000 }, dtb: none }
"""


def table_of(image):
    return struct.unpack_from("<Q", image, 64 + 40)[0]


def manifest_of(image):
    """Where the document inside an image is, and how long, by the fields of its table."""
    return struct.unpack_from("<QI", image, table_of(image) + 256)


def payload_of(image):
    """Where the first payload is."""
    section, = struct.unpack_from("<I", image, table_of(image) + 232)
    return struct.unpack_from("<Q", image, table_of(image) + section + 8)[0]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# --- twins ---

TWINS = """\
bulkhead: 1
board: qemu-arm64
defaults: {{ memory: 8 MiB, dtb: none }}
vms:
  one: {{ cpus: 0, image: {{ file: one, load: 0x4000_0000{slot} }} }}
  same: {{ cpus: 1, image: {{ file: same, load: 0x4000_0000 }} }}
  other: {{ cpus: 2, image: {{ file: other, load: 0x4000_0000 }} }}
  apart: {{ cpus: 3, image: {{ file: one, load: 0x4000_1000 }} }}
"""


def offsets_of(bulkhead, folder, slot=""):
    system = folder / "twins.yaml"
    image = folder / "twins.img"
    system.write_text(TWINS.format(slot=slot))
    assert bulkhead("check", *bulkhead.options(), system).returncode == 0
    assert bulkhead("build", *bulkhead.options(), system, "-o", image, "--split",
                    folder / "split").returncode == 0
    vms = json.loads(bulkhead("show", "--json", image).stdout)["vms"]
    return [vm["payloads"][0]["offset"] for vm in vms], image.stat().st_size


def test_twins(bulkhead, tmp_path):
    """The same bytes for several VMs are in the image once, whatever their files are called."""
    for name in ("one", "same", "other"):
        (tmp_path / name).write_bytes(b"guest" * 100 + (b"!" if name == "other" else b"."))
    offsets, size = offsets_of(bulkhead, tmp_path)
    one, same, other, apart = offsets
    assert same == apart == one != other
    names = {path.name for path in (tmp_path / "split").iterdir()}
    assert "one.image" in names and "same.image" not in names and "other.image" in names
    # What can be put into a slot is for one VM alone.
    offsets, larger = offsets_of(bulkhead, tmp_path, ", slot: 4 KiB")
    assert offsets[1] == offsets[3] and len(set(offsets)) == 3
    assert larger == size + 4096


# --- the same bytes ---


def make_place(folder, files):
    """A folder with all that a system is made of."""
    (folder / "images").mkdir(parents=True)
    for name in INPUTS:
        shutil.copy(files / name, folder / "images" / name)
    shutil.copytree(ROOT / "boards/qemu-arm64", folder / "boards/qemu-arm64")
    (folder / "system.yaml").write_text(SYSTEM)
    return folder


def test_same_bytes(bulkhead, files, tmp_path):
    """And no path is in the image."""
    def build(images, boards, system, output, where, **more):
        result = bulkhead("build", "-D", f"images={images}", "--boards", boards, "--hypervisor",
                          f"{images}/hypervisor.bin", "-o", output, system, cwd=where, **more)
        assert result.returncode == 0, result.stderr
        return (where / output).read_bytes()

    one = make_place(tmp_path / "one", files)
    two = make_place(tmp_path / "another/place/of another/user", files)
    for path in two.rglob("*"):
        os.utime(path, (2 ** 31 + 12345, 2 ** 31 + 12345))
    first = build("images", "boards", "system.yaml", "system.img", one)
    assert first == build(two / "images", two / "boards", two / "system.yaml", two / "other.img",
                          tmp_path, umask=0o077, environment={
                              "HOME": "/nowhere", "USER": "somebody", "TZ": "Asia/Tokyo",
                              "LC_ALL": "C.UTF-8"})
    (tmp_path / "link").symlink_to(two)
    assert first == build("../link/images", "../link/../user/boards", "../link/system.yaml",
                          "third.img", one)
    for text in [str(tmp_path), str(ROOT), os.path.expanduser("~") + "/", "/images"]:
        assert text.encode() not in first.replace(b"${images}/", b"")


# --- the manifest, and damage ---


def test_manifest(bulkhead, files, tmp_path):
    """The same inside and beside the image, with each file's digest."""
    image = bulkhead.built("good/linux", tmp_path / "system.img")
    outer = json.loads((tmp_path / "system.img.manifest").read_text())
    assert outer.pop("image") == {"size": len(image), "sha256": sha256(image)}
    offset, size = manifest_of(image)
    assert json.loads(image[offset:offset + size]) == outer
    board = ROOT / "boards/qemu-arm64"
    wanted = {("", "tool"): ("bulkhead", bulkhead.build / "tests/bulkhead"),
              ("", "hypervisor"): ("hypervisor.bin", files / "hypervisor.bin"),
              ("", "description"): ("linux.yaml", files / "good/linux.yaml"),
              ("", "board"): ("board.yaml", board / "board.yaml"),
              ("", "tree"): ("board.dtb", board / "board.dtb"),
              ("linux", "image"): ("${images}/Image", files / "Image"),
              ("linux", "initrd"): ("${images}/rootfs.cpio.gz", files / "rootfs.cpio.gz"),
              ("control", "image"): ("${images}/guest.elf", files / "guest.elf")}
    assert {(vm, file["what"]): (file["path"], file["sha256"])
            for vm, group in [("", outer)] + [(vm["name"], vm) for vm in outer["vms"]]
            for file in group["files"]} == {
                key: (path, sha256(file.read_bytes())) for key, (path, file) in wanted.items()}


@pytest.mark.parametrize("what, at", [("record", lambda image: 70),
                                      ("table", lambda image: table_of(image) + 100),
                                      ("payload", lambda image: payload_of(image)), ("cut short", None)])
def test_damage(bulkhead, tmp_path, what, at):
    """`show` says so when an image is damaged or cut short."""
    image = bytearray(bulkhead.built("good/minimal", tmp_path / "system.img"))
    if at:
        image[at(image)] = 0xff
    (tmp_path / "system.img").write_bytes(image if at else image[:-4096])
    result = bulkhead("show", tmp_path / "system.img")
    assert result.returncode == 1 and "error: image:" in result.stderr


# --- in parts ---


@pytest.fixture(name="split")
def split_fixture(bulkhead, tmp_path):
    for _ in range(2):  # into a folder that is not there, and into one that is
        bulkhead.built("good/slots", tmp_path / "split.img", "--split",
                       tmp_path / "split")
    return tmp_path / "split"


def test_split_parts(split):
    """Each file that the script loads lies in the image, as far behind its start as behind home."""
    whole = split.with_suffix(".img").read_bytes()
    script = (split / "boot.cmd").read_text()
    loads = re.findall(r"^load \S+ \S+ (0x[0-9a-f]+) \$\{prefix\}(\S+) ", script, re.M)
    home = int(loads[0][0], 16)
    for address, name in loads:
        assert whole[int(address, 16) - home:].startswith((split / name).read_bytes()), name
    names = {"bulkhead.bin", "one.image", "one.initrd", "one.tree"}
    assert {name for _, name in loads} == names
    assert {path.name for path in split.iterdir()} == names | {"boot.cmd", "boot.scr",
                                                               "system.manifest"}
    assert f"booti {loads[0][0]} - " in script
    assert (split / "system.manifest").read_bytes() == (
        split.with_name("split.img.manifest")).read_bytes()


def test_split_script(split):
    """As U-Boot's documentation has it: both checksums, the sizes, the script behind them."""
    data = (split / "boot.scr").read_bytes()
    script = (split / "boot.cmd").read_bytes()
    magic, header_crc, time, size, load, entry, data_crc, *kind, _, length, end = struct.unpack(
        ">7I4B32s2I", data[:72])
    assert (magic, time, load, entry, kind) == (0x27051956, 0, 0, 0, [5, 22, 6, 0])
    assert (size, length, end, data[72:]) == (len(data) - 64, len(script), 0, script)
    assert header_crc == zlib.crc32(data[:4] + bytes(4) + data[8:64])
    assert data_crc == zlib.crc32(data[64:])


@pytest.mark.parametrize("place", ["boards/qemu-arm64/board.dtb/x", "no/where"])
def test_split_to_nowhere(bulkhead, files, place):
    result = bulkhead.on("build", "good/slots", "--split", files / place)
    assert result.returncode == 3 and "cannot make the folder" in result.stderr
