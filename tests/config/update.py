# SPDX-License-Identifier: Apache-2.0
"""`bulkhead update`: an image that was updated is the image that a build would have made, byte for
byte; and what an update refuses."""

import os
import struct

SYSTEM = """\
bulkhead: 1
board: qemu-arm64
vms:
  linux:
    cpus: 0
    memory: 64 MiB
    image: { file: "${images}/updated/Image", slot: 128 KiB }
    initrd: { file: "${images}/updated/initrd", slot: 32 KiB }
  elf:
    cpus: 1
    memory: 16 MiB
    image: { file: "${images}/updated/guest.elf", slot: 64 KiB }
  raw:
    cpus: 2
    memory: 16 MiB
    image: { file: "${images}/updated/raw.bin", load: 0x4000_1000, entry: 0x4000_1010, slot: 16 KiB }
    dtb: none
  plain: { cpus: 3, memory: 16 MiB, image: "${images}/guest.elf" }
"""

RAM = 0x40000000


def guest(elf, text, entry, bss=0):
    """Two segments, with a gap."""
    return elf([(RAM, text, len(text)), (RAM + 0x8000, b"data", 4 + bss)], entry)


class Update:
    """The files, the images and what is asked of them."""

    def __init__(self, suite, make):
        self.suite = suite
        self.make = make
        self.folder = suite.work / "updated"
        self.folder.mkdir()
        self.description = suite.work / "update.yaml"
        self.description.write_text(SYSTEM)
        self.image = suite.work / "update.img"

    def write(self, files):
        for name, data in files.items():
            (self.folder / name).write_bytes(data)

    def build(self, output):
        result = self.suite.on_file("build", self.description, "-o", str(output))
        assert result.returncode == 0, result.stderr
        return output.read_bytes(), (output.parent / (output.name + ".manifest")).read_bytes()

    def update(self, *arguments, image=None):
        return self.suite.bulkhead("update", str(image or self.image), *arguments)

    def check_same(self, name, changes, arguments):
        """After changes of the files: an update of the old image and a new build are the same."""
        first = {"Image": self.make.image(), "initrd": b"070701" * 1000,
                 "guest.elf": guest(self.make.elf, b"first" * 500, RAM + 8),
                 "raw.bin": b"raw." * 1000}
        self.write(first)
        old, _ = self.build(self.image)
        os.chmod(self.image, 0o640)
        self.write(changes)
        new, manifest = self.build(self.suite.work / "fresh.img")
        result = self.update(*[f"{argument}={self.folder}/{file}" for argument, file in arguments])
        updated = self.image.read_bytes()
        beside = (self.suite.work / "update.img.manifest").read_bytes()
        why = result.stderr
        if not why and updated != new:
            at = next((i for i, (a, b) in enumerate(zip(updated, new)) if a != b), "the end")
            why = f"differs from a fresh build at {at}"
        if not why and (beside != manifest or updated == old):
            why = "the manifest is another, or nothing changed"
        if not why and self.image.stat().st_mode & 0o777 != 0o640:
            why = "it has another mode"
        self.suite.report(f"update: {name}", why)

    def check_refused(self, name, said, *arguments, code=1, image=None):
        before = self.image.read_bytes()
        result = self.update(*arguments, image=image)
        text = self.suite.plain(result.stderr)
        why = "" if (result.returncode, text, result.stdout) == (code, said, "") else (
            f"exit code {result.returncode}\n{text}\nand not\n{said}")
        if self.image.read_bytes() != before:
            why += "\nand the image is changed"
        self.suite.report(f"update: {name}", why)


def check_same(update, make):
    one = guest(make.elf, b"second!" * 900, RAM + 0x10, bss=0x4000)
    smaller = guest(make.elf, b"2nd." * 5, RAM)
    linux = make.image(size=0x9000, memory=0x20000)
    update.check_same("an ELF file", {"guest.elf": one}, [("elf", "guest.elf")])
    update.check_same("a smaller one", {"guest.elf": smaller}, [("elf", "guest.elf")])
    update.check_same("a kernel", {"Image": linux}, [("linux", "Image")])
    update.check_same("an initrd", {"initrd": b"070702" * 5000}, [("linux:initrd", "initrd")])
    update.check_same("raw bytes", {"raw.bin": b"bytes" * 3000}, [("raw", "raw.bin")])
    update.check_same("all", {"guest.elf": one, "Image": linux, "initrd": b"070701",
                              "raw.bin": b"r" * 0x14},
                      [("linux:initrd", "initrd"), ("raw", "raw.bin"), ("elf", "guest.elf"),
                       ("linux", "Image")])


def check_refused(update, make):
    files = {
        "large": guest(make.elf, b"large", RAM, bss=0x8000),
        "exact": guest(make.elf, b"exact", RAM, bss=0x7ffc),
        "high": make.elf([(RAM + 0x1000, b"high" * 9, 0x1000)], RAM + 0x1000),
        "entry": guest(make.elf, b"entry", RAM + 0x80000),
        "riscv": make.elf([(RAM, b"text", 0x1000)], machine=243),
        "cut": guest(make.elf, b"cut short", RAM)[:-3],
        "initrd": b"070701" * 10000,
        "empty": b"",
        "raw": b"no header",
    }
    update.write(files)
    path = {name: f"{update.folder}/{name}" for name in files}
    where = "WORK/update.img: error: "
    update.check_refused("too large", f"{where}slot-size: WORK/updated/large takes 65540 bytes in "
                         "the memory of 'elf', which is more than its slot of 64 KiB; make the "
                         "slot at least 68 KiB, and larger for what later versions will take\n",
                         f"elf={path['large']}")
    update.check_refused("too large an initrd", f"{where}slot-size: WORK/updated/initrd takes "
                         "60000 bytes in the memory of 'linux', which is more than its slot of 32 "
                         "KiB; make the slot at least 60 KiB, and larger for what later versions "
                         "will take\n", f"linux:initrd={path['initrd']}")
    update.check_refused("elsewhere", f"{where}image-load: WORK/updated/high goes to 0x40001000, "
                         "and the slot of 'elf' is for 0x40000000; link the image for that, or "
                         "build the system again\n", f"elf={path['high']}")
    update.check_refused("entry", f"{where}entry-outside: 'elf' would start at 0x40080000, which "
                         "is unaligned or outside its image; mend the image's entry point\n",
                         f"elf={path['entry']}")
    update.check_refused("another architecture", f"{where}image-arch: WORK/updated/riscv is a "
                         "64-bit ELF file for RISC-V; give one for 64-bit Arm, little endian\n",
                         f"elf={path['riscv']}")
    update.check_refused("several", f"{where}image-truncated: WORK/updated/empty is empty; make "
                         f"or copy it again\n{where}image-truncated: WORK/updated/cut is cut "
                         "short: a segment's bytes are missing; make or copy it again\n",
                         f"elf={path['cut']}", f"linux:initrd={path['empty']}")
    update.check_refused("raw for ELF", f"{where}image-load: WORK/updated/raw is neither a Linux "
                         "Image nor ELF, so nothing says where it goes; write image: { file: ..., "
                         "load: ADDRESS }\n", f"elf={path['raw']}")
    update.check_refused("ELF for raw", f"{where}image-load: WORK/updated/exact says itself where "
                         "it goes and starts; remove load: and entry:\n", f"raw={path['exact']}")
    update.check_refused("missing", f"{where}file-missing: cannot open nowhere: No such file or "
                         "directory; name the guest's image, or make it first\n", "elf=nowhere")
    update.check_refused("no slot", f"{where}update: the image of 'plain' has no slot in it; write "
                         "image: { file: ..., slot: SIZE } in the description, and build it "
                         "again\n", f"plain={path['exact']}")
    update.check_refused("no initrd", f"{where}update: the initrd of 'elf' has no slot in it; "
                         "write initrd: { file: ..., slot: SIZE } in the description, and build it "
                         "again\n", f"elf:initrd={path['initrd']}")
    update.check_refused("twice", f"{where}update: the image of 'elf' is given twice; give one\n",
                         f"elf={path['exact']}", f"elf={path['exact']}")
    update.check_refused("no such VM", f"{where}update: there is no VM 'linus' in it; did you mean "
                         "'linux'?\n", f"linus={path['exact']}")
    usage = ("bulkhead: update takes an image and VM=FILE or VM:initrd=FILE; see bulkhead update "
             "--help\n")
    for name, arguments in [("nothing", []), ("no file", ["elf="]), ("no name", ["=x"]),
                            ("another part", ["elf:tree=x"]), ("no equals", ["elf"])]:
        update.check_refused(name, usage, *arguments, code=2)


def check_images(update):
    """Files that are no image, or a damaged one; and one that is written elsewhere."""
    whole = update.image.read_bytes()
    other = update.suite.work / "other.img"
    new = f"elf={update.folder}/exact"
    table = struct.unpack_from("<Q", whole, 64 + 40)[0]
    manifest = struct.unpack_from("<Q", whole, table + 232)[0]
    for name, data, said in [
            ("no image", b"no image" * 1000, "the first page says of no system table"),
            ("damaged", whole[:table + 100] + b"\xff" + whole[table + 101:],
             "the table is damaged"),
            ("cut short", whole[:-4096], "it is cut short"),
            ("manifest", whole[:manifest] + b"?" + whole[manifest + 1:],
             "its manifest is damaged")]:
        other.write_bytes(data)
        update.check_refused(f"image: {name}", f"WORK/other.img: error: image: {said}; build it "
                             "again\n", new, image=other)
    update.check_refused("image: missing", "WORK/nowhere.img: error: file: cannot open "
                         "WORK/nowhere.img: No such file or directory\n", new, code=3,
                         image=update.suite.work / "nowhere.img")
    result = update.update(new, "-o", str(other))
    good = result.returncode == 0 and update.image.read_bytes() == whole
    good = good and other.read_bytes() not in (whole, whole[:-4096])
    update.suite.report("update: -o", "" if good else result.stderr or "the wrong one is changed")
    link = update.suite.work / "link.img"
    link.symlink_to(other.name)
    other.write_bytes(whole)
    result = update.update(new, image=link)
    good = result.returncode == 0 and link.is_symlink() and other.read_bytes() != whole
    update.suite.report("update: of a link", "" if good else result.stderr or "not the file")
    result = update.update(new, "-o", "/nowhere/x")
    good = result.returncode == 3 and "cannot write" in result.stderr
    update.suite.report("update: to nowhere", "" if good else result.stderr)


def check(suite, make):
    update = Update(suite, make)
    check_same(update, make)
    check_refused(update, make)
    check_images(update)
