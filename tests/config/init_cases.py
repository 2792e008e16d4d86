# SPDX-License-Identifier: Apache-2.0
"""`bulkhead init` on whole trees: what it writes, whole, in init/NAME.expected; what it refuses; and
that check, and a second look, find nothing wrong with it."""

import hashlib
import pathlib
import re
import shutil
import subprocess

from schema import Schema

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
FILES = ("board.yaml", "board.dtso", "system.yaml")

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


def dtc(text):
    return subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-"], input=text.encode(),
                          check=True, stdout=subprocess.PIPE).stdout


def decompile(tree):
    return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(tree)], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def seeded(tree, seed):
    """The tree with a seed for random numbers in it, and one more byte of it behind a value."""
    data = dtc(decompile(tree).replace("chosen {", f"chosen {{ rng-seed = <{seed} 1 2 3>;", 1))
    path = b"/pl011@9000000\0"
    assert path + b"\0" in data
    return data.replace(path + b"\0", path + bytes([seed]))


class Cases:
    def __init__(self, suite):
        self.suite = suite
        self.work = suite.work / "init"
        self.work.mkdir()
        self.systems = Schema(suite.bulkhead("schema").stdout)
        self.boards = Schema(suite.bulkhead("schema", "--board").stdout)
        self.qemu = self.work / "fake-qemu"
        self.qemu.write_text(FAKE_QEMU)
        self.qemu.chmod(0o755)
        (self.work / "old.dtb").write_bytes(dtc((HERE / "boards/old.dts").read_text()))

    def valid(self, name):
        """What is written is what the JSON Schemas take, with the devices taken in as well."""
        folder = self.work / name
        system = (folder / "system.yaml").read_text()
        ready = system.partition("    #   # As they are:\n")[2].partition("    #   # ")[0]
        for what, schema, text in [
                ("board.yaml", self.boards, (folder / "board.yaml").read_text()),
                ("system.yaml", self.systems, system),
                ("system.yaml with devices", self.systems, system.replace(
                    "    # devices:\n", "    devices:\n").replace(ready, re.sub(
                        "(?m)^    # ", "    ", ready)) if ready else system)]:
            self.suite.report(f"init {name}: {what} by the schema",
                              schema.refuses_good(text.encode()))

    def init(self, *arguments, **environment):
        return self.suite.bulkhead("init", *map(str, arguments), environment=environment)

    def written(self, folder):
        return "".join(f"==> {name}\n{(folder / name).read_text()}"
                       for name in FILES if (folder / name).exists())

    def whole(self, name, tree, *more):
        """All that is said and written is as it was."""
        folder = self.work / name
        done = self.init("-o", folder, tree, *more)
        expected = HERE / "init" / f"{name}.expected"
        text = self.suite.plain(f"{done.stdout}{done.stderr}{self.written(folder)}")
        # Another dtc may make other bytes of the same tree.
        digest = hashlib.sha256((folder / "board.dtb").read_bytes()).hexdigest()
        text = text.replace(f"sha256: {digest}\n", "sha256: DIGEST\n")
        if self.suite.accept:
            expected.write_text(text)
        why = ""
        if done.returncode != 0:
            why = f"exit code {done.returncode}\n{done.stderr}"
        elif not expected.exists() or text != expected.read_text():
            why = f"other files than in {expected.name}\n{text}"
        self.suite.report(f"init {name}", why)
        self.valid(name)

    def checked(self, name, kernel):
        """With the guests' images in place, check finds nothing wrong, nor show."""
        folder = self.work / name
        for image in ("Image", "control.elf"):
            shutil.copy(self.suite.work / kernel, folder / image)
        (folder / "rootfs.cpio.gz").write_bytes(b"070701" + bytes(200))
        done = self.suite.bulkhead("check", str(folder / "system.yaml"))
        self.suite.report(f"check of init {name}",
                          done.stderr if done.returncode or done.stderr else "")

    def refused(self, name, code, said, *arguments, **environment):
        folder = self.work / "refused"
        done = self.init("-o", folder, *arguments, **environment)
        ok = done.returncode == code and said in done.stderr and not done.stdout
        why = "" if ok and not folder.exists() else f"exit code {done.returncode}\n{done.stderr}"
        shutil.rmtree(folder, ignore_errors=True)
        self.suite.report(f"init: {name}", why)

    def refusals(self):
        tree = (ROOT / "boards/qemu-arm64/board.dtb").read_bytes()
        files = {"text": b"no tree at all, but a text", "short.dtb": tree[:3000], "empty.dtb": b"",
                 "header.dtb": tree[:40],
                 "overlay.dtb": dtc("/dts-v1/; /plugin/; &{/} { x; };"),
                 "nothing.dtb": dtc("/dts-v1/; / { };")}
        for name, data in files.items():
            (self.work / name).write_bytes(data)
        for name, said in [("text", "no device tree blob"), ("short.dtb", "FDT_ERR_TRUNCATED"),
                           ("empty.dtb", "FDT_ERR_TRUNCATED"), ("header.dtb", "FDT_ERR_TRUNCATED"),
                           ("overlay.dtb", "this is an overlay"),
                           ("nothing.dtb", "it has no CPU of 64 bits")]:
            self.refused(name, 1, f"{self.work / name}: error: board-tree: ", self.work / name)
            self.refused(f"{name}, why", 1, said, self.work / name)
        self.refused("no file", 3, "cannot open", self.work / "nowhere.dtb")
        self.refused("a folder", 3, "is a folder", self.work)
        self.refused("nothing to read", 2, "takes one device tree")
        self.refused("two trees", 2, "takes one device tree", "a.dtb", "b.dtb")
        self.refused("both ways", 2, "takes one device tree", "--qemu", "-machine virt", "a.dtb")
        self.refused("an unknown architecture", 2, "arm64 or riscv64", "--arch", "x86", "a.dtb")
        self.refused("an unknown option", 2, "see bulkhead init --help", "--frob", "a.dtb")
        done = self.init("--help")
        self.suite.report("init --help", "" if done.returncode == 0 and "--qemu" in done.stdout
                          and "--force" in done.stdout else done.stderr)

    def qemu_refusals(self):
        for name, code, said, arguments in [
                ("QEMU refuses", 1, "QEMU refuses this: unsupported machine type", "bad"),
                ("QEMU writes no tree", 1, "QEMU wrote no tree", "none"),
                ("QEMU writes no tree that is one", 1, "--qemu: error: board-tree:", "virt")]:
            self.refused(name, code, said, "--qemu", f"{self.qemu} -machine {arguments}",
                         FAKE_TREE=str(self.work / "text"))
        self.refused("no QEMU", 3, "cannot run /nonexistent/qemu", "--qemu",
                     "/nonexistent/qemu -machine virt")
        self.refused("no machine", 1, "no machine is named", "--qemu", f"{self.qemu} -smp 4")
        self.refused("an open quote", 1, "a quote is not closed", "--qemu", "-machine 'virt")

    def seeds(self):
        """Two dumps of one machine differ in their seeds, and what comes of them does not."""
        results = []
        for number, machine in enumerate(("virt", "other")):
            tree = self.work / f"seed-{number}.dtb"
            tree.write_bytes(seeded(ROOT / "boards/qemu-arm64/board.dtb", number))
            folder = self.work / f"seeded-{number}"
            self.init("-o", folder, "--qemu", f"{self.qemu} -machine {machine} -cpu x -serial stdio",
                      FAKE_TREE=str(tree))
            results.append((folder / "board.dtb").read_bytes())
        left = "rng-seed" in decompile(self.work / "seeded-0/board.dtb")
        self.suite.report("init drops seeds", "a seed is left" if left else
                          "" if results[0] == results[1] else "two trees of one machine differ")
        board = (self.work / "seeded-0/board.yaml").read_text()
        listed = re.findall(r'^  - "(.*)"$', board.partition("\nqemu:\n")[2], re.M)
        self.suite.report("init records QEMU's arguments", "" if listed == [
            "-machine", "virt", "-cpu", "x", "-serial", "null", "-nodefaults"] else str(listed))

    def existing(self):
        """Nothing is written over, unless by --force; and nothing at all if something is there."""
        folder = self.work / "existing"
        folder.mkdir()
        (folder / "system.yaml").write_text("mine\n")
        tree = ROOT / "boards/qemu-arm64/board.dtb"
        done = self.init("-o", folder, tree)
        kept = (folder / "system.yaml").read_text() == "mine\n" and not (
            folder / "board.yaml").exists()
        self.suite.report("init keeps what is there", "" if done.returncode == 3 and kept
                          and "system.yaml: error: file: this is there already" in done.stderr
                          else done.stderr)
        done = self.init("--force", "-o", folder, tree)
        self.suite.report("init --force", "" if done.returncode == 0
                          and "bulkhead: 1" in (folder / "system.yaml").read_text()
                          else done.stderr)
        done = self.init("-o", "/nonexistent/folder", tree)
        self.suite.report("init where nothing can be written", "" if done.returncode == 3
                          and "cannot make this folder" in done.stderr else done.stderr)

    def many_cpus(self):
        """A tree with more CPUs than a number has bits: the board is too large, and that is said."""
        nodes = "".join(f"cpu@{n:x} {{ device_type = \"cpu\"; compatible = \"arm,cortex-a53\"; "
                        f"reg = <{n}>; }}; " for n in range(256, 336))
        tree = self.work / "many.dtb"
        tree.write_bytes(dtc(
            decompile(ROOT / "boards/qemu-arm64/board.dtb")
            + "/ { cpus { " + nodes + "}; };"))
        result = self.suite.bulkhead("init", "-o", str(self.work / "many"), str(tree))
        said = "has 84 CPUs; Bulkhead runs on 1 to 8" in result.stderr
        self.suite.report("init with 84 CPUs",
                          "" if result.returncode == 0 and said else result.stderr)

    def completed(self):
        """The overlay that init begins is one, once its RAM is filled in."""
        folder = self.work / "old"
        overlay = folder / "board.dtso"
        text = overlay.read_text()
        overlay.write_text(text.replace("0x80000000  0x0>", "0x80000000  0x10000000>"))
        before = self.suite.bulkhead("check", str(folder / "system.yaml")).stderr
        self.suite.report("init begins an overlay",
                          before if "no memory node" in before or "board-tree" not in before
                          or overlay.read_text() == text else "")

    def documented(self):
        """docs/porting.md shows each key of board.yaml in use."""
        keys = re.findall(r'^    \{"([a-z0-9-]+)", TYPE_', (ROOT / "tool/board/board.c").read_text(), re.M)
        example = (ROOT / "docs/porting.md").read_text().partition("```yaml\n")[2]
        example = example.partition("```\n")[0]
        missing = [key for key in keys if not re.search(rf"\b{key}:", example)]
        self.suite.report("docs/porting.md has all keys of a board",
                          ", ".join(missing) if keys else "no keys found")

    def run(self):
        self.whole("old", self.work / "old.dtb")
        self.whole("zoo", self.suite.work / "boards/zoo/board.dtb")
        self.whole("smmu", ROOT / "boards/qemu-arm64-smmu/board.dtb")
        self.whole("riscv64-aia", ROOT / "boards/qemu-riscv64-aia/board.dtb")
        self.whole("riscv64-no-files", self.suite.work / "boards/riscv64-no-guest-files/board.dtb")
        self.checked("smmu", "Image")
        self.checked("zoo", "Image")
        self.checked("riscv64-aia", "Image.riscv")
        self.refusals()
        self.qemu_refusals()
        self.seeds()
        self.existing()
        self.completed()
        self.many_cpus()
        self.documented()
