#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes what the fuzz targets begin with: the fixture folder that stands for the tool's files, and
a seed corpus for each target, out of the configuration tests' descriptions, boards and images.

    seeds.py --bulkhead PROGRAM FOLDER      FOLDER/files, FOLDER/systems, FOLDER/seeds/TARGET/*
"""

import argparse
import gzip
import pathlib
import re
import shutil
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests/config"), str(ROOT / "scripts/emulator")]

import image as system_image  # noqa: E402
from fixtures import boards, cases, images  # noqa: E402

RECORD_AT = 64
TABLE_AT = 192  # as in system_mutator.c
MANIFEST_AT = 240  # in struct system_table
PAGE = 4096
IMAGES_MAX = 8192  # bytes of an image that is a seed


class Seeds:
    """The corpora, and for each target the words that its dictionary is made of."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        self.words = {}

    def add(self, target, name, data):
        path = self.folder / target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.count += 1

    def write_dictionaries(self, folder):
        for target, words in self.words.items():
            lines = [f'"{word}"\n' for word in sorted(words) if 1 < len(word) <= 40]
            (folder / f"{target}.dict").write_text("".join(lines))


def make_files(folder):
    folder.mkdir(parents=True)
    images.make(folder)
    (folder / "fifo").unlink(missing_ok=True)
    boards.make(folder / "boards")
    (folder / "trees").mkdir()
    for path in overlays():
        blob = images.dtc(path.read_text(), "-@")
        (folder / "trees" / path.name).write_bytes(path.read_bytes())
        (folder / "trees" / f"{path.name}.dtbo").write_bytes(blob)


def overlays():
    """All that dtc compiles."""
    paths = sorted((ROOT / "tests/config/trees").glob("*.dtso"))
    return [path for path in paths if path.stem != "mistake"]


def descriptions():
    """(name, bytes) of each."""
    for case in cases.cases():
        yield f"{case.folder}-{case.name}", case.data
    for path in sorted((ROOT / "examples").glob("*/*.yaml")):
        yield f"{path.parent.name}-{path.stem}", path.read_bytes()


def without_comments(text):
    """Comments say nothing to a parser, and every byte is one that could be mutated."""
    return re.sub(r"^#.*\n", "", text, flags=re.M)


def yaml_words(texts):
    """Keys, values and marks: each key of the format stands in one of the tests' files."""
    words = {": ", "- ", "{ ", " }", "[ ", " ]", ", ", "\\x0a  ", "${images}/", "0x", "_", "KiB",
             " MiB", " GiB", "&a ", "*a", "!t ", "<<: ", "---\\x0a", "'", "|\\x0a"}
    for text in texts:
        words.update(re.findall(r"[A-Za-z][A-Za-z0-9.@-]*", text))
    return words


def add_descriptions(seeds):
    texts = []
    for name, data in descriptions():
        text = without_comments(data.decode(errors="surrogateescape"))
        text = text.replace("../trees/", "trees/")
        seeds.add("description", name, text.encode(errors="surrogateescape"))
        texts.append(text)
    seeds.words["description"] = yaml_words(texts)


def add_boards(seeds, files):
    texts = []
    for path in sorted((files / "boards").glob("*/board.yaml")):
        text = without_comments(path.read_text())
        tree = "qemu-arm64"
        if "riscv64" in text:
            tree = "qemu-riscv64-aia" if "aia" in text else "qemu-riscv64"
        text = text.replace("board.dtb", f"{tree}.dtb")
        seeds.add("board", path.parent.name, text.encode())
        texts.append(text)
    seeds.words["board"] = yaml_words(texts)


def add_trees(seeds, files):
    """Small ones of our own, which are fast; QEMU's give their words."""
    trees = {}
    for path in sorted((HERE / "trees").glob("*.dts")):
        trees[path.stem] = images.dtc(path.read_text())
    words = set()
    for name, data in trees.items():
        seeds.add("tree", name, data)
    boards = [path.read_bytes() for path in (files / "boards").glob("*/board.dtb")]
    for data in [*trees.values(), *boards]:
        words.update(word.decode() for word in re.findall(rb"[a-z#][a-zA-Z0-9,_-]{3,}", data))
    seeds.words["tree"] = words


def add_chosen(seeds):
    """What boot loaders pass: both seeds, one, none; packed, and with room behind."""
    for name, seed in (("none", ""), ("rng", f"rng-seed = [{'5a' * 32}];"),
                       ("kaslr", "kaslr-seed = <1 2>;"), ("short", "rng-seed = [01 02 03];"),
                       ("both", f"rng-seed = [{'5a' * 32}]; b = \"b\"; kaslr-seed = <1 2>;")):
        text = (f'/dts-v1/; / {{ a = "a"; m {{ chosen {{ rng-seed = <1 2>; }}; }}; chosen {{ '
                f'stdout-path = "/m"; {seed} c {{ kaslr-seed = <3 4>; }}; }}; z {{ }}; }};')
        seeds.add("chosen", name, images.dtc(text))
        seeds.add("chosen", f"{name}-padded", images.dtc(text, "-p", "64"))
    seeds.words["chosen"] = {"chosen", "rng-seed", "kaslr-seed", "chosen@1"}


def add_patches(seeds, files):
    for path in sorted((files / "trees").glob("*.dtbo")):
        seeds.add("patch", path.stem, path.read_bytes())
    seeds.add("patch", "own", (files / "guest.dtb").read_bytes())
    seeds.words["patch"] = seeds.words["tree"] | {
        "fragment@0", "__overlay__", "__fixups__", "__local_fixups__", "__symbols__", "target",
        "target-path", "phandle", "chosen", "bootargs", "&"}


def add_images(seeds, files):
    for path in sorted(files.iterdir()):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b" and not path.name.startswith("short."):
            seeds.add("image", f"unpacked-{path.name}", b"\2" + gzip.decompress(data)[:IMAGES_MAX])
        for flags in (0, 1, 2, 4, 5):
            seeds.add("image", f"{path.name}-{flags}", bytes([flags]) + data[:IMAGES_MAX])


def compact(data):
    """A system image without the hypervisor and the payloads' bytes: those are zeros then, behind
    what is there."""
    whole = system_image.Image(data)
    table = bytearray(data[whole.table:whole.table + whole.table_size])
    offset, count = struct.unpack_from("<II", table, system_image.SECTIONS["payloads"])
    for index in range(count):
        entry = offset + index * system_image.PAYLOAD_ENTRY_SIZE
        struct.pack_into("<QQ", table, entry + 32, 0, 0)  # the digest of zeros
    at, size, _ = struct.unpack_from("<QII", table, MANIFEST_AT)
    manifest = data[at:at + size]
    struct.pack_into("<Q", table, MANIFEST_AT, PAGE)
    small = (bytearray(data[:TABLE_AT]) + table).ljust(PAGE, b"\0") + manifest
    struct.pack_into("<Q", small, RECORD_AT + system_image.RECORD_TABLE_OFFSET, TABLE_AT)
    sealed = system_image.Image(small)
    sealed.seal()
    return bytes(sealed.data)


def add_systems(seeds, program, files):
    words = set()
    folder = files.parent / "systems"
    folder.mkdir()
    (folder / "boards").symlink_to((files / "boards").resolve())
    cases.write(folder)
    for case in cases.cases("good"):
        riscv64 = re.search(rb"^board: .*riscv64", case.data, re.M)
        kind = "-riscv64" if riscv64 else ""
        output = files.parent / "seed.img"
        subprocess.run([program, "build", "-D", f"images={files}", "--boards", files / "boards",
                        "--hypervisor", files / f"hypervisor{kind}.bin", "-o", output,
                        folder / f"{case}.yaml"], check=True, stderr=subprocess.DEVNULL)
        data = output.read_bytes()
        seeds.add("system-riscv64" if riscv64 else "system-arm64", case.name, compact(data))
        output.unlink()
        manifest = output.with_name(f"{output.name}.manifest")
        seeds.add("manifest", case.name, manifest.read_bytes())
        words.update(re.findall(r'"[^"\\]+"', manifest.read_text()))
        manifest.unlink()
    seeds.words["manifest"] = {word.strip('"') for word in words} | {"\\\\u0041", "\\\"", "[]", "{}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bulkhead", default="build/bulkhead")
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    for name in ("files", "seeds", "systems"):
        shutil.rmtree(options.folder / name, ignore_errors=True)
    files = options.folder / "files"
    make_files(files)
    seeds = Seeds(options.folder / "seeds")
    add_descriptions(seeds)
    add_boards(seeds, files)
    add_trees(seeds, files)
    add_chosen(seeds)
    add_patches(seeds, files)
    add_images(seeds, files)
    add_systems(seeds, options.bulkhead, files)
    seeds.write_dictionaries(options.folder)
    print(f"{seeds.count} seeds in {seeds.folder}")


if __name__ == "__main__":
    main()
