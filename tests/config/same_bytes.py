# SPDX-License-Identifier: Apache-2.0
"""The same inputs give the same image: wherever they lie, whatever their times are, whoever builds
and however the paths are written; and none of that is in the image."""

import os
import shutil
import subprocess

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


class Place:
    """A folder with all that a system is made of."""

    def __init__(self, suite, folder, root):
        self.suite = suite
        self.folder = folder
        (folder / "images").mkdir(parents=True)
        for name in INPUTS:
            shutil.copy(suite.work / name, folder / "images" / name)
        shutil.copytree(root / "boards/qemu-arm64", folder / "boards/qemu-arm64")
        (folder / "system.yaml").write_text(SYSTEM)

    def age(self, seconds):
        for path in self.folder.rglob("*"):
            os.utime(path, (seconds, seconds))

    def build(self, images, boards, system, output, where, environment):
        result = subprocess.run(
            [self.suite.program, "build", "-D", f"images={images}", "--boards", boards,
             "--hypervisor", f"{images}/hypervisor.bin", "-o", output, system],
            cwd=where, capture_output=True, text=True, timeout=60, check=False, env=environment,
            umask=0o077 if environment else 0o022)
        assert result.returncode == 0, result.stderr
        return (where / output).read_bytes()


def check(suite, root):
    one = Place(suite, suite.work / "one", root)
    two = Place(suite, suite.work / "another/place/of another/user", root)
    two.age(2 ** 31 + 12345)
    images = []
    images.append(one.build("images", "boards", "system.yaml", "system.img", one.folder, None))
    images.append(two.build(
        str(two.folder / "images"), str(two.folder / "boards"), str(two.folder / "system.yaml"),
        str(two.folder / "other.img"), suite.work,
        {"HOME": "/nowhere", "USER": "somebody", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}))
    link = suite.work / "link"
    link.symlink_to(two.folder)
    images.append(two.build("../link/images", "../link/../user/boards",
                            "../link/system.yaml", "third.img", one.folder, {}))
    for number, image in enumerate(images[1:], 2):
        at = next((i for i, (a, b) in enumerate(zip(images[0], image)) if a != b), None)
        suite.report(f"same bytes, place {number}",
                     "" if image == images[0] else f"differs at {at}")
    found = [text for text in [str(suite.work), str(root), os.path.expanduser("~") + "/", "/images"]
             if text.encode() in images[1].replace(b"${images}/", b"")]
    suite.report("no path in the image", ", ".join(found))
