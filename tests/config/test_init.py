# SPDX-License-Identifier: Apache-2.0
"""`bulkhead init` on whole trees: what it writes, whole, in init/NAME.expected; what it refuses; and
that check, and a second look, find nothing wrong with it."""

import gzip
import hashlib
import re
import shutil

import pytest

from fixtures.boards import decompiled, source_of, tree_of
from fixtures.images import HERE, ROOT, dtc
from fixtures.schema import Schema

# Stands for QEMU: writes $FAKE_TREE, as the machine `virt` knows seeds and `other` does not; `none`
# has no tree.
FAKE_QEMU = """#!/bin/sh
case $1 in --version) echo 'QEMU emulator version 10.0.2 (Debian)'; exit;; esac
for word; do
    case $word in
    other,*dtb-randomness*) echo "Property 'other.dtb-randomness' not found" >&2; exit 1 ;;
    bad,*) echo 'unsupported machine type' >&2; exit 1 ;;
    none,*) exit 0 ;;
    *,dumpdtb=*) cat "$FAKE_TREE" >"${word##*,dumpdtb=}" ;;
    esac
done
"""
QEMU = ROOT / "boards/qemu-arm64/board.dtb"


@pytest.fixture(name="qemu")
def qemu_fixture(tmp_path):
    path = tmp_path / "fake-qemu"
    path.write_text(FAKE_QEMU)
    path.chmod(0o755)
    return path


def schema_refuses(bulkhead, folder):
    """What is wrong with what was written, with the devices taken in as well."""
    systems, boards = Schema(bulkhead("schema").stdout), Schema(bulkhead("schema", "--board").stdout)
    system = (folder / "system.yaml").read_text()
    ready = system.partition("    #   # As they are:\n")[2].partition("    #   # ")[0]
    taken = system.replace("    # devices:\n", "    devices:\n").replace(
        ready, re.sub("(?m)^    # ", "    ", ready)) if ready else system
    return (boards.refuses_good((folder / "board.yaml").read_bytes())
            or systems.refuses_good(system.encode()) or systems.refuses_good(taken.encode()))


@pytest.mark.parametrize("name, board, kernel", [
    ("old", None, None),
    ("zoo", "WORK/boards/zoo", "Image"),
    ("smmu", "boards/qemu-arm64-smmu", "Image"),
    ("riscv64-aia", "boards/qemu-riscv64-aia", "Image.riscv"),
    ("riscv64-no-files", "WORK/boards/riscv64-no-guest-files", None)])
def test_whole(bulkhead, files, tmp_path, name, board, kernel):
    """All that is said and written is as it was; with guests' images, check finds nothing wrong."""
    folder = tmp_path / name
    tree = ROOT / (board or "").replace("WORK", str(files)) / "board.dtb"
    if board is None:
        tree = tmp_path / "old.dtb"
        tree.write_bytes(dtc((HERE / "fixtures/boards/old.dts").read_text(), "-@"))
    done = bulkhead("init", "-o", folder, tree)
    assert done.returncode == 0, done.stderr
    written = "".join(f"==> {file}\n{(folder / file).read_text()}" for file in
                      ("board.yaml", "board.dtso", "system.yaml") if (folder / file).exists())
    text = (done.stdout + done.stderr + written).replace(str(tmp_path), "WORK/init")
    # Another dtc may make other bytes of the same tree.
    digest = hashlib.sha256((folder / "board.dtb").read_bytes()).hexdigest()
    text = text.replace(f"sha256: {digest}\n", "sha256: DIGEST\n").replace(str(files), "WORK")
    expected = HERE / "init" / f"{name}.expected"
    if bulkhead.accept:
        expected.write_text(text)
    assert text == expected.read_text()
    assert schema_refuses(bulkhead, folder) == ""
    if kernel:
        for image in ("Image", "control.elf"):
            shutil.copy(files / kernel, folder / image)
        shutil.copy(files / "rootfs.cpio.gz", folder)
        checked = bulkhead("check", folder / "system.yaml")
        assert (checked.returncode, checked.stderr) == (0, "")


# --- what is refused ---


def check_refused(result, folder, code, said):
    assert (result.returncode, result.stdout) == (code, "") and said in result.stderr
    assert not folder.exists()


@pytest.mark.parametrize("tree, said", [
    (b"no tree at all, but a text", "is text, and no device tree blob"),
    (b"/dts-v1/;\n/ { };\n", "is a tree's source; compile it"),
    (gzip.compress(tree_of("qemu-arm64")), "is compressed; unpack it"),
    (tree_of("qemu-arm64")[:3000], "cut short: it has 3000 bytes"), (b"", "is empty"),
    (tree_of("qemu-arm64")[:40], "cut short: it has 40 bytes"),
    (tree_of("qemu-arm64")[:100] + b"\xff" * 100 + tree_of("qemu-arm64")[200:], "is damaged (FDT_ERR_"),
    (bytes(3000), "this is no device tree blob"),
    ("/dts-v1/; / { x = \"" + "x" * 0x200000 + "\"; };", "more than 2 MiB"),
    ("/dts-v1/; / { images { }; };", "is a FIT image"),
    ("/dts-v1/; /plugin/; &{/} { x; };", "this is an overlay"),
    ("/dts-v1/; / { cpus { cpu { device_type = \"cpu\"; compatible = \"arm,cortex-a7\"; }; }; };",
     "it has no CPU of 64 bits"),
    ("/dts-v1/; / { };", "it has no CPU of 64 bits")],
    ids=["text", "source", "gzip", "short", "empty", "header", "damaged", "zeros", "large", "fit",
         "overlay", "32 bits", "nothing"])
def test_refused_tree(bulkhead, tmp_path, tree, said):
    path = tmp_path / "tree.dtb"
    path.write_bytes(dtc(tree, "-@") if isinstance(tree, str) else tree)
    result = bulkhead("init", "-o", tmp_path / "out", path)
    check_refused(result, tmp_path / "out", 1, said)
    assert f"{path}: error: board-tree: " in result.stderr


@pytest.mark.parametrize("words, code, said", [
    (["nowhere.dtb"], 3, "cannot open"),
    (["boards"], 3, "is a folder; give a device tree blob"),
    ([], 2, "takes one device tree"),
    (["a.dtb", "b.dtb"], 2, "takes one device tree"),
    (["--qemu", "-machine virt", "a.dtb"], 2, "takes one device tree"),
    (["--arch", "x86", "--qemu", "-machine virt"], 2, "arm64 or riscv64"),
    (["--arch", "riscv64", "a.dtb"], 2, "as a tree says itself what it is for"),
    (["-o", "", "a.dtb"], 2, "takes the name of a folder behind -o"),
    (["--frob", "a.dtb"], 2, "see bulkhead init --help"),
    (["--qemu", "QEMU -machine bad"], 1, "QEMU refuses this: unsupported machine type"),
    (["--qemu", "QEMU -machine none"], 1, "QEMU wrote no tree"),
    (["--qemu", "QEMU -machine virt"], 1, "--qemu: error: board-tree:"),
    (["--qemu", "/nonexistent/qemu -machine virt"], 3, "cannot run /nonexistent/qemu"),
    (["--qemu", "QEMU -smp 4"], 1, "no machine is named"),
    (["--qemu", "-machine 'virt"], 1, "a quote is not closed")])
def test_refused(bulkhead, tmp_path, qemu, words, code, said):
    result = bulkhead("init", "-o", tmp_path / "out",
                      *[word.replace("QEMU", str(qemu)) for word in words],
                      environment={"FAKE_TREE": str(ROOT / "Makefile")})
    check_refused(result, tmp_path / "out", code, said)


def test_help(bulkhead):
    done = bulkhead("init", "--help")
    assert done.returncode == 0 and "--qemu" in done.stdout and "--force" in done.stdout


# --- what it makes of machines ---


def test_seeds(bulkhead, tmp_path, qemu):
    """Two dumps of one machine differ in their seeds, and what comes of them does not."""
    trees = []
    for seed, machine in enumerate(("virt", "other")):
        data = dtc(source_of("qemu-arm64").replace(
            "chosen {", f"chosen {{ rng-seed = <{seed} 1 2 3>;", 1), "-@")
        path = b"/pl011@9000000\0"  # the byte behind it is padding
        assert path + b"\0" in data
        (tmp_path / "tree.dtb").write_bytes(data.replace(path + b"\0", path + bytes([seed])))
        folder = tmp_path / machine
        bulkhead("init", "-o", folder, "--qemu", f"{qemu} -machine {machine} -cpu x -serial stdio",
                 environment={"FAKE_TREE": str(tmp_path / "tree.dtb")})
        trees.append((folder / "board.dtb").read_bytes())
    assert trees[0] == trees[1] and "rng-seed" not in decompiled(folder / "board.dtb")
    arguments = (tmp_path / "virt/board.yaml").read_text().partition("\nqemu:\n")[2]
    assert re.findall(r'^  - "(.*)"$', arguments, re.M) == [
        "-machine", "virt", "-cpu", "x", "-serial", "null", "-nodefaults"]


def test_existing(bulkhead, tmp_path):
    """Nothing is written over, unless by --force; and nothing at all if something is there."""
    system = tmp_path / "system.yaml"
    system.write_text("mine\n")
    done = bulkhead("init", "-o", tmp_path, QEMU)
    assert done.returncode == 3 and "system.yaml: error: file: this is there already" in done.stderr
    assert system.read_text() == "mine\n" and not (tmp_path / "board.yaml").exists()
    assert bulkhead("init", "--force", "-o", tmp_path, QEMU).returncode == 0
    assert "bulkhead: 1" in system.read_text()
    for folder, said in (("/nonexistent/folder", "make the one first that it is in"),
                         (system, "this is a file; name a folder with -o")):
        done = bulkhead("init", "-o", folder, QEMU)
        assert done.returncode == 3 and said in done.stderr


def test_many_cpus(bulkhead, tmp_path):
    """More CPUs than a number has bits: the board is too large, and that is said."""
    nodes = "".join(f"cpu@{n:x} {{ device_type = \"cpu\"; compatible = \"arm,cortex-a53\"; "
                    f"reg = <{n}>; }}; " for n in range(256, 336))
    (tmp_path / "many.dtb").write_bytes(
        dtc(source_of("qemu-arm64") + "/ { cpus { " + nodes + "}; };"))
    result = bulkhead("init", "-o", tmp_path / "many", tmp_path / "many.dtb")
    assert result.returncode == 0 and "has 84 CPUs; Bulkhead runs on 1 to 8" in result.stderr


def test_begun_overlay(bulkhead, tmp_path):
    """The overlay that init begins is one, once its RAM is filled in."""
    (tmp_path / "old.dtb").write_bytes(dtc((HERE / "fixtures/boards/old.dts").read_text(), "-@"))
    bulkhead("init", "-o", tmp_path / "old", tmp_path / "old.dtb")
    overlay = tmp_path / "old/board.dtso"
    begun = overlay.read_text()
    overlay.write_text(begun.replace("0x80000000  0x0>", "0x80000000  0x10000000>"))
    assert overlay.read_text() != begun
    said = bulkhead("check", tmp_path / "old/system.yaml").stderr
    assert "board-tree" in said and "no memory node" not in said


def test_documented_keys():
    """docs/porting.md shows each key of board.yaml in use."""
    board = next((ROOT / "tool").rglob("board_file.c")).read_text()
    keys = re.findall(r'^    \{"([a-z0-9-]+)", TYPE_', board, re.M)
    example = (ROOT / "docs/porting.md").read_text().partition("```yaml\n")[2].partition("```\n")[0]
    assert keys and not [key for key in keys if not re.search(rf"\b{key}:", example)]
