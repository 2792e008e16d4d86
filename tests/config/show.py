# SPDX-License-Identifier: Apache-2.0
"""Tests of `bulkhead show`: its forms, of descriptions and of images, damaged ones too."""

import json
import re
import struct
import subprocess

import picture

CPUS = 8
DEVICES = 24
FIRST_DEVICE = 0x9100000
CC = ["cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Werror", "-c", "-o",
      "/dev/null", "-x"]


def large_tree(source):
    """QEMU's tree with eight CPUs and many devices."""
    last = re.search(r"\t\tcpu@3 \{.*?\n\t\t\};\n", source, re.S)[0]
    cpus = "".join(re.sub(r"\t\t\tphandle = .*\n", "", last.replace("cpu@3", f"cpu@{n}"))
                   .replace("reg = <0x03>", f"reg = <0x{n:02x}>") for n in range(4, CPUS))
    devices = "".join(
        f'\tport{n}@{at:x} {{ compatible = "arm,pl061"; reg = <0 0x{at:x} 0 0x1000>;'
        f" interrupts = <0 {100 + n} {4 if n % 2 else 1}>; }};\n"
        for n, at in ((n, FIRST_DEVICE + n * 0x1000) for n in range(DEVICES)))
    wide = ('\twide@9200000 { compatible = "arm,pl061"; reg = <0 0x9203000 0 0x1000>, '
            "<0 0x9200000 0 0x2000>, <0 0x9205000 0 0x1000>; interrupts = <0 140 4>, <0 130 4>, "
            "<0 131 1>; };\n")
    source = source.replace(last, last + cpus)
    return source[:source.rindex("};")] + devices + wide + "};\n"


def large_system(board, count):
    """As many VMs, long and short names, all devices, memory from tiny to large."""
    text = f"bulkhead: 1\nboard: {board}\nvms:\n"
    for vm in range(count):
        name = f"vm{vm}" if vm % 2 else f"{'long-' * 5}name-{vm}"
        devices = ", ".join(f"port{n}@{FIRST_DEVICE + n * 0x1000:x}"
                            for n in range(DEVICES) if n % count == vm)
        memory = "128 MiB" if vm % 3 else "[ 64 MiB, { size: 4 KiB, at: 0x1000 }, 192 MiB ]"
        memory = memory.replace("192 MiB", "{ size: 12 KiB, at: 0x1_0000_0000 }")
        text += (f"  {name}: {{ cpus: {vm}, memory: {memory}, image: none.elf, "
                 f"devices: [ {devices} ] }}\n")
    return text


class ShowTests:
    def __init__(self, suite, root, dtc, make_board, decompile):
        self.suite = suite
        self.root = root
        self.work = suite.work
        source = decompile(root / "boards/qemu-arm64/board.dtb")
        extra = ('names: { "a-b": port0@9100000, a_b: port1@9101000, "gicd": port2@9102000, '
                 '"2nd": port3@9103000, memory: port4@9104000, "*/": port5@9105000 }\n'
                 "reserve: [ { phys: 0xb000_0000, size: 64 MiB, for: \"U-Boot <&> 'friends' \\\"\u4e2d\" } ]\n")
        make_board(self.work / "boards/crowded", dtc(large_tree(source)), extra=extra)
        text = (self.work / "boards/crowded/board.yaml").read_text()
        (self.work / "boards/crowded/board.yaml").write_text(
            text.replace("no-dma: [", 'no-dma: [ "arm,pl061",'))

    def show(self, path, *arguments):
        return self.suite.bulkhead("show", "-D", f"images={self.work}", "--boards",
                                   f"{self.work}/boards", "--hypervisor",
                                   f"{self.work}/hypervisor.bin", *arguments, str(path))

    def report(self, name, why=""):
        self.suite.report(f"show: {name}", why)

    def system(self, name, text):
        path = self.work / name
        path.write_text(text)
        return path

    def build(self, path, name):
        image = self.work / name
        self.suite.on_file("build", path, "-o", str(image))
        return image

    def check_picture(self, name, result, wanted):
        if result.returncode != 0 or result.stderr:
            self.report(name, f"exit code {result.returncode}\n{result.stderr}")
            return
        found = picture.problems(result.stdout)
        words = " ".join(picture.words(result.stdout)) if not found else ""
        found += [f"'{word}' is missing" for word in wanted if not found and word not in words]
        self.report(name, "\n".join(found))

    def check_pictures(self):
        for count in range(1, CPUS + 1):
            path = self.system(f"large-{count}.yaml", large_system("crowded", count))
            names = [f"vm{n}" if n % 2 else f"{'long-' * 5}name-{n}" for n in range(count)]
            wanted = names + ["CPU 7", "port23@9117000", "SPI 123 = irq 155", "4 KiB",
                              "U-Boot <&> 'friends' \"\u4e2d", "seen at 0x100000000"]
            self.check_picture(f"picture of {count} VMs", self.show(path, "--no-images", "--svg"),
                               wanted)
        odd = self.work / "boards/a <&> \"'board'\u4e2d"
        odd.symlink_to(self.work / "boards/crowded", target_is_directory=True)
        text = large_system("crowded", 2).replace("board: crowded", f"board: {json.dumps(odd.name)}")
        self.check_picture("picture with a name to escape",
                           self.show(self.system("odd.yaml", text), "--no-images", "--svg"),
                           ["a <&> \"'board'\u4e2d"])

    def check_judge(self):
        """The judge of pictures finds what is wrong."""
        path = self.system("judged.yaml", large_system("crowded", 2))
        good = self.show(path, "--no-images", "--svg").stdout
        bad = {
            "no well-formed XML": good.replace("</svg>", ""),
            "text outside": good.replace('x="24" y="34"', 'x="24" y="3"'),
            "text beyond the end": re.sub(r">2 VMs on crowded<", f">{'m' * 200}<", good),
            "an overlap": good.replace('x="24" y="54"', 'x="24" y="40"'),
            "text too long for its box": good.replace(">CPU 0<", ">CPU number 0<"),
            "no description": good.replace(' id="bulkhead-text"', ""),
            "another element": good.replace("</svg>", "<script/></svg>"),
        }
        for name, text in bad.items():
            assert text != good, name
            self.report(f"judge: {name}", "" if picture.problems(text) else "not found")

    def check_each_system(self, path):
        """Image and description give the same in all forms; the picture is right."""
        image = self.build(path.relative_to(self.root), "shown.img")
        for form in ("--json", "--svg"):
            described = self.suite.on_file("show", path.relative_to(self.root), form)
            shown = self.suite.bulkhead("show", form, str(image))
            same = described.stdout == shown.stdout and shown.returncode == 0 and shown.stdout
            self.report(f"{form} of {path.name}", "" if same else shown.stderr or "they differ")
        self.check_picture(f"picture of {path.name}", shown, ["RAM"])
        system = json.loads(self.suite.bulkhead("show", "--json", str(image)).stdout)
        for vm in system["vms"]:
            text = self.suite.bulkhead("show", "--vm", vm["name"], str(image))
            alone = json.loads(self.suite.bulkhead("show", "--vm", vm["name"], "--json",
                                                   str(image)).stdout)
            ok = text.returncode == 0 and text.stdout.startswith(f"  {vm['name']}: CPU")
            self.report(f"{vm['name']} of {path.name}", "" if ok and alone["vms"] == [vm] else
                        text.stdout + text.stderr)
            self.check_header(path, image, vm, alone)

    def check_json(self):
        """All keys are documented; what is owned covers the machine, each byte once."""
        path = self.system("json.yaml", large_system("crowded", 3))
        system = json.loads(self.show(path, "--no-images", "--json").stdout)
        pieces = [(int(piece["phys"], 16), piece["size"]) for piece in system["ram"]]
        ends = [start + size for start, size in pieces]
        gaps = [hex(end) for end, (start, _) in zip(ends, pieces[1:]) if end != start]
        self.report("JSON: RAM without gaps", ", ".join(gaps))
        self.report("JSON: all RAM", "" if sum(size for _, size in pieces) == 2 << 30 else
                    str(pieces))
        self.report("JSON: all CPUs", "" if [cpu["vm"] for cpu in system["cpus"]][3:] ==
                    [None] * 5 else str(system["cpus"]))
        documented = (self.root / "docs/show.md").read_text()
        image = self.build((self.root / "tests/config/good/devices.yaml").relative_to(self.root),
                           "documented.img")
        manifest = json.loads((self.work / f"{image.name}.manifest").read_text())
        keys = all_keys(system) | all_keys(manifest)
        missing = sorted(key for key in keys if f"`{key}`" not in documented)
        self.report("JSON: documented keys", ", ".join(missing))

    # --- headers ---

    def compile(self, name, language, text):
        result = subprocess.run([*CC, language, "-"], input=text, capture_output=True, text=True,
                                check=False)
        self.report(f"{name} in {language}", result.stderr)

    def check_header(self, path, image, vm, alone):
        """It compiles, from the image as from the description, and its numbers are those of JSON."""
        shown = self.suite.bulkhead("show", "--header", vm["name"], str(image)).stdout
        described = self.suite.on_file("show", path.relative_to(self.root), "--header",
                                       vm["name"]).stdout
        name = f"header of {vm['name']} of {path.name}"
        self.report(name, "" if shown == described and shown else f"{shown}\nand not\n{described}")
        numbers = {match[1]: int(match[2], 0) for match in
                   re.finditer(r"^#define VM_(\w+) +VM_UL\((\w+)\)$", shown, re.M)}
        first = vm["interrupt-controller"][0]["at"]
        wanted = [len(vm["cpus"]), int(first, 16)]
        wanted += [int(memory["at"], 16) for memory in alone["ram"]]
        wanted += [int(device["at"], 16) for device in alone["devices"]]
        wanted += [interrupt["irq"] for interrupt in alone["interrupts"]]
        wanted += [int(vm["console"]["at"], 16)] if "at" in vm["console"] else []
        missing = [number for number in wanted if number not in numbers.values()]
        self.report(f"numbers of the {name}", f"without {missing}" if missing else "")
        asserts = "".join(f'_Static_assert(VM_{key} == {value}ul, "");\n'
                          for key, value in numbers.items())
        self.compile(name, "c", shown + asserts + "const char name[] = VM_NAME;\n")
        data = "".join(f".quad VM_{key}\n" for key in numbers)
        self.compile(name, "assembler-with-cpp", shown + data)

    def check_names(self):
        """Devices' names become names in C: none twice, none that is ours."""
        devices = '[ "a-b", a_b, gicd, "2nd", memory, "*/", wide@9200000 ]'
        path = self.system("names.yaml", "bulkhead: 1\nboard: crowded\nvms: { guest: { cpus: 0-1, "
                           f"memory: [ 16 MiB, {{ size: 4 KiB, at: 0 }} ], image: none.elf, "
                           f"devices: {devices} }} }}\n")
        result = self.show(path, "--header", "guest", "--prefix", "my_Guest")
        wanted = {"A_B_AT": 0x9100000, "A_B_2_AT": 0x9101000, "GICD_AT": 0x8000000,
                  "GICD_2_AT": 0x9102000, "2ND_AT": 0x9103000, "MEMORY_AT": 0x40000000,
                  "MEMORY_AT_1": 0, "MEMORY_2_AT": 0x9104000, "___AT": 0x9105000,
                  "WIDE_9200000_AT": 0x9203000, "WIDE_9200000_AT_1": 0x9200000,
                  "WIDE_9200000_SIZE_1": 0x2000, "WIDE_9200000_AT_2": 0x9205000,
                  "WIDE_9200000_IRQ": 172, "WIDE_9200000_IRQ_1": 162, "WIDE_9200000_IRQ_2": 163,
                  "CPU_COUNT": 2}
        asserts = "".join(f'_Static_assert(my_Guest_{key} == {value}, "");\n'
                          for key, value in wanted.items())
        self.report("names", result.stderr)
        self.compile("names", "c", result.stdout + asserts)
        names = re.findall(r"^#define (\w+) ", result.stdout, re.M)
        twice = {name for name in names if names.count(name) > 1}
        self.report("no name twice", ", ".join(sorted(twice)))

    # --- what is wrong ---

    def check_no_files(self):
        """A header needs none of a guest's files, not even names for their places."""
        path = self.system("no-files.yaml", """bulkhead: 1
board: qemu-arm64
defaults: { memory: 16 MiB, image: { file: "${nowhere}/a.elf", slot: 4 MiB } }
vms:
  a: { cpus: 0, initrd: "${nowhere}/initrd", patch: "${nowhere}/a.dtso" }
  b: { cpus: 1, dtb: "${nowhere}/b.dtb" }
  c: { cpus: 2, image: { file: "${nowhere}/c.bin", load: 0x4000_0000 }, dtb: none }
""")
        for vm in "abc":
            result = self.show(path, "--header", vm)
            self.report(f"no files: {vm}", result.stderr or "" if result.stdout else "no header")
        result = self.show(path, "--json")
        self.report("no files: all is missing", "" if "undefined-name" in result.stderr else
                    result.stderr)

    def check_refusals(self):
        path = self.system("refused.yaml", large_system("crowded", 2))
        good = self.build((self.root / "tests/config/good/minimal.yaml").relative_to(self.root),
                          "refused.img")
        cases = [
            ("unknown VM", path, ["--no-images", "--vm", "vm2"], 2, "did you mean 'vm1'"),
            ("unknown VM, nothing near", path, ["--no-images", "--vm", "zzzzzzzz"], 2, "lists them"),
            ("unknown VM of an image", good, ["--vm", "onee"], 2, "did you mean 'one'"),
            ("unknown VM for a header", path, ["--header", "vm"], 2, "did you mean 'vm1'"),
            ("two forms", path, ["--json", "--svg"], 2, "choose one"),
            ("header and JSON", path, ["--header", "vm1", "--json"], 2, "choose one"),
            ("a VM's picture", path, ["--svg", "--vm", "vm1"], 2, "--vm goes with"),
            ("a prefix with a digit first", path, ["--prefix", "1st"], 2, "a letter first"),
            ("an empty prefix", path, ["--prefix", ""], 2, "a letter first"),
            ("a prefix with a dash", path, ["--prefix", "a-b"], 2, "a letter first"),
            ("no images", path, ["--json"], 1, "file-missing"),
            ("to nowhere", path, ["--no-images", "-o", "/nowhere/x"], 3, "cannot write"),
            ("an option of another command", path, ["--list-rules"], 2, "see bulkhead show --help"),
            ("help", path, ["--help"], 0, ""),
        ]
        for name, file, arguments, code, said in cases:
            result = self.show(file, *arguments)
            ok = result.returncode == code and said in result.stderr
            ok = ok and (code == 0 or not result.stdout)
            self.report(name, "" if ok else f"exit code {result.returncode}\n{result.stdout}"
                        f"{result.stderr}")
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([self.suite.program, "show", str(good)], stdout=full,
                                    stderr=subprocess.PIPE, text=True, check=False)
        self.report("a full disk", "" if result.returncode == 3 else result.stderr)
        self.show(path, "--no-images", "--json", "-o", str(self.work / "out.json"))
        written = (self.work / "out.json").read_text()
        same = written == self.show(path, "--no-images", "--json").stdout
        self.report("into a file", "" if same else written)

    def check_manifests(self, crc32c):
        """With its manifest damaged, of another version or gone, an image is shown without names."""
        good = (self.root / "tests/config/good/linux.yaml").relative_to(self.root)
        image = self.build(good, "names.img")
        whole = bytearray(image.read_bytes())
        table = struct.unpack_from("<Q", whole, 64 + 40)[0]
        offset, size = struct.unpack_from("<QI", whole, table + 232)
        text = bytes(whole[offset:offset + size])

        def changed(new, seal=True):
            data = bytearray(whole)
            data[offset:offset + size] = bytes(size)
            data[offset:offset + len(new)] = new
            where = (offset, len(new), crc32c(new)) if new else (0, 0, 0)
            if seal:
                struct.pack_into("<QII", data, table + 232, *where)
                data[table + 12:table + 16] = bytes(4)
                length = struct.unpack_from("<I", data, table + 8)[0]
                struct.pack_into("<I", data, table + 12, crc32c(data[table:table + length]))
            return data

        cases = {
            "it has no manifest": changed(b""),
            "its manifest is damaged": changed(text[:50] + b"#" + text[51:], seal=False),
            "its manifest is of another version": changed(text.replace(b'fest": 1', b'fest": 2')),
            "its manifest is of another system": changed(text.replace(b'"linux"', b'"other"')),
        }
        for why, data in cases.items():
            image.write_bytes(data)
            result = self.suite.bulkhead("show", str(image))
            ok = result.returncode == 0 and f"without names: {why}\n" in result.stdout
            ok = ok and "registers at 0x9010000" in result.stdout and "linux" in result.stdout
            self.report(why, "" if ok else result.stdout + result.stderr)
            system = json.loads(self.suite.bulkhead("show", "--json", str(image)).stdout)
            ok = system["no-names"] == why and system["devices"][-1]["device"] is None
            self.report(f"{why}: JSON", "" if ok else str(system))
            header = self.suite.bulkhead("show", "--header", "linux", str(image))
            self.compile(why, "c", header.stdout +
                         '_Static_assert(VM_DEVICE_AT == 0x9010000 && VM_DEVICE_IRQ == 34, "");\n')
            self.check_picture(f"{why}: picture", self.suite.bulkhead("show", "--svg", str(image)),
                               ["0x9010000", "SPI 2 = irq 34"])

    def run(self, crc32c):
        self.check_pictures()
        self.check_judge()
        for path in sorted((self.root / "tests/config/good").glob("*.yaml")):
            self.check_each_system(path)
        self.check_json()
        self.check_names()
        self.check_no_files()
        self.check_refusals()
        self.check_manifests(crc32c)


def all_keys(value):
    if isinstance(value, dict):
        return set(value).union(*(all_keys(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(all_keys(item) for item in value))
    return set()
