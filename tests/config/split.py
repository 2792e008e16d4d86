# SPDX-License-Identifier: Apache-2.0
"""`bulkhead build --split`: what is written, and that it is the image, part by part."""

import re
import struct
import zlib


def check_parts(suite, folder, whole):
    """Each file that the script loads lies in the image, as far behind its start as behind home."""
    script = (folder / "boot.cmd").read_text()
    loads = re.findall(r"^load \S+ \S+ (0x[0-9a-f]+) \$\{prefix\}(\S+) ", script, re.M)
    home = int(loads[0][0], 16)
    wrong = [name for address, name in loads
             if not whole[int(address, 16) - home:].startswith((folder / name).read_bytes())]
    suite.report("split: parts", ", ".join(wrong))
    names = {"bulkhead.bin", "one.image", "one.initrd", "one.tree"}
    suite.report("split: all parts", "" if {name for _, name in loads} == names else str(loads))
    there = {path.name for path in folder.iterdir()}
    more = {"boot.cmd", "boot.scr", "system.manifest"}
    suite.report("split: no other file", "" if there == names | more else str(there))
    suite.report("split: booti", "" if f"booti {loads[0][0]} - " in script else script)


def check_wrapping(suite, folder):
    """As U-Boot's documentation has it: both checksums, the sizes, the script behind them."""
    data = (folder / "boot.scr").read_bytes()
    fields = struct.unpack(">7I4B32s2I", data[:72])
    script = (folder / "boot.cmd").read_bytes()
    magic, header_crc, time, size, load, entry, data_crc = fields[:7]
    good = (magic == 0x27051956 and (time, load, entry) == (0, 0, 0) and size == len(data) - 64
            and header_crc == zlib.crc32(data[:4] + bytes(4) + data[8:64])
            and data_crc == zlib.crc32(data[64:]) and fields[7:11] == (5, 22, 6, 0)
            and fields[12:] == (len(script), 0) and data[72:] == script)
    suite.report("split: boot.scr", "" if good else str(fields))


def check(suite, description):
    description = str(description)
    folder = suite.work / "split"
    image = suite.work / "split.img"
    for _ in range(2):  # into a folder that is not there, and into one that is
        result = suite.on_file("build", description, "--split", str(folder), "-o", str(image))
        suite.report("split", "" if result.returncode == 0 and not result.stderr else
                     result.stderr)
    check_parts(suite, folder, image.read_bytes())
    check_wrapping(suite, folder)
    inner = (folder / "system.manifest").read_bytes()
    beside = (suite.work / "split.img.manifest").read_bytes()
    suite.report("split: manifest", "" if inner == beside else "another one than the image's")
    for name, place, said in [("a file", image / "x", "cannot make the folder"),
                              ("nowhere", suite.work / "no/where", "cannot make the folder")]:
        result = suite.on_file("build", description, "--split", str(place))
        good = result.returncode == 3 and said in result.stderr
        suite.report(f"split: into {name}", "" if good else result.stderr)
