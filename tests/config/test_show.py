# SPDX-License-Identifier: Apache-2.0
"""`bulkhead show`: its forms, of descriptions and of images, damaged ones too."""

import json
import re
import struct
import subprocess

import pytest

from emulator.image import crc32c, seal_table
from fixtures import picture
from fixtures.cases import cases
from fixtures.boards import make_board, source_of
from fixtures.images import ROOT, dtc
from test_build import manifest_of, table_of

CPUS = 8
DEVICES = 24
FIRST_DEVICE = 0x9100000
CC = ["cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Werror", "-c", "-o",
      "/dev/null", "-x"]
CROWDED = (
    'names: { "a-b": port0@9100000, a_b: port1@9101000, "gicd": port2@9102000, "2nd": '
    'port3@9103000, memory: port4@9104000, "*/": port5@9105000 }\n'
    "reserve: [ { phys: 0xb000_0000, size: 64 MiB, for: \"U-Boot <&> 'friends' \\\"\u4e2d\" } ]\n")
ODD_BOARD = "a <&> \"'board'\u4e2d"


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


class Show:
    """The command on descriptions of a crowded board."""

    def __init__(self, bulkhead, folder):
        self.bulkhead = bulkhead
        self.folder = folder
        board = folder / "crowded"
        make_board(board, dtc(large_tree(source_of("qemu-arm64"))), extra=CROWDED)
        text = (board / "board.yaml").read_text()
        (board / "board.yaml").write_text(text.replace("no-dma: [", 'no-dma: [ "arm,pl061",'))
        (folder / ODD_BOARD).symlink_to(board)

    def __call__(self, text, *arguments):
        path = self.folder / "system.yaml"
        path.write_text(text)
        return self.bulkhead("show", "-D", f"images={self.bulkhead.files}", "--boards",
                             self.folder, "--hypervisor",
                             self.bulkhead.files / "hypervisor.bin", *arguments, path)

    def large(self, count, *arguments):
        return self(large_system("crowded", count), "--no-images", *arguments)


@pytest.fixture(scope="module", name="show")
def show_fixture(bulkhead, tmp_path_factory):
    return Show(bulkhead, tmp_path_factory.mktemp("show"))


def check_picture(result, *wanted):
    assert (result.returncode, result.stderr) == (0, "")
    assert picture.problems(result.stdout) == []
    words = " ".join(picture.words(result.stdout))
    assert not [word for word in wanted if word not in words]


def compiles(language, text):
    result = subprocess.run([*CC, language, "-"], input=text, capture_output=True, text=True,
                            check=False)
    assert result.returncode == 0, result.stderr


def asserted(header, numbers, prefix="VM"):
    """A header, and that its numbers are these."""
    return header + "".join(f'_Static_assert({prefix}_{key} == {value}, "");\n'
                            for key, value in numbers.items())


# --- pictures ---


@pytest.mark.parametrize("count", range(1, CPUS + 1))
def test_picture(show, count):
    names = [f"vm{n}" if n % 2 else f"{'long-' * 5}name-{n}" for n in range(count)]
    check_picture(show.large(count, "--svg"), *names, "CPU 7", "port23@9117000",
                  "SPI 123 = irq 155", "4 KiB", "U-Boot <&> 'friends' \"\u4e2d",
                  "seen at 0x100000000")


def test_picture_with_a_name_to_escape(show):
    text = large_system("crowded", 2).replace("crowded", json.dumps(ODD_BOARD))
    check_picture(show(text, "--no-images", "--svg"), ODD_BOARD)


@pytest.mark.parametrize("old, new", [
    ("</svg>", ""), ('x="24" y="34"', 'x="24" y="3"'), (">2 VMs on crowded<", f">{'m' * 200}<"),
    ('x="24" y="54"', 'x="24" y="40"'), (">CPU 0<", ">CPU number 0<"), (' id="bulkhead-text"', ""),
    ("</svg>", "<script/></svg>")],
    ids=["no XML", "outside", "beyond the end", "an overlap", "too long for its box",
         "no description", "another element"])
def test_judge(show, old, new):
    """The judge of pictures finds what is wrong."""
    good = show.large(2, "--svg").stdout
    assert good.replace(old, new) != good and picture.problems(good.replace(old, new))


# --- each system ---


@pytest.mark.parametrize("case", cases("good"), ids=str)
def test_each_system(bulkhead, tmp_path, case):
    """Image and description give the same in all forms; the picture is right."""
    image = tmp_path / "system.img"
    bulkhead.built(case, image)
    shown = {form: bulkhead("show", form, image) for form in ("--json", "--svg")}
    for form, of_image in shown.items():
        assert of_image.stdout == bulkhead.on("show", case, form).stdout, of_image.stderr
    check_picture(shown["--svg"], "RAM")
    for vm in json.loads(shown["--json"].stdout)["vms"]:
        text = bulkhead("show", "--vm", vm["name"], image).stdout
        assert text.startswith(f"  {vm['name']}: CPU")
        alone = json.loads(bulkhead("show", "--vm", vm["name"], "--json", image).stdout)
        assert alone["vms"] == [vm]
        header = bulkhead("show", "--header", vm["name"], image).stdout
        assert header and header == bulkhead.on("show", case, "--header", vm["name"]).stdout
        check_header(header, vm, alone)


def check_header(header, vm, alone):
    """It compiles, and its numbers are those of JSON."""
    numbers = {match[1]: int(match[2], 0) for match in
               re.finditer(r"^#define VM_(\w+) +VM_UL\((\w+)\)$", header, re.M)}
    at = [vm["interrupt-controller"][0], *alone["ram"], *alone["devices"]]
    at += [vm["console"]] if "at" in vm["console"] else []
    at += vm["channels"]
    wanted = {len(vm["cpus"]), *(int(item["at"], 16) for item in at),
              *(interrupt["irq"] for interrupt in alone["interrupts"])}
    assert wanted <= set(numbers.values())
    compiles("c", asserted(header, numbers) + "const char name[] = VM_NAME;\n")
    compiles("assembler-with-cpp", header + "".join(f".quad VM_{key}\n" for key in numbers))


def all_keys(value):
    if isinstance(value, list):
        return set().union(*map(all_keys, value))
    return set(value).union(*map(all_keys, value.values())) if isinstance(value, dict) else set()


def test_json(bulkhead, show, tmp_path):
    """All keys are documented; what is owned covers the machine, each byte once."""
    system = json.loads(show.large(3, "--json").stdout)
    pieces = [(int(piece["phys"], 16), piece["size"]) for piece in system["ram"]]
    assert [start + size for start, size in pieces[:-1]] == [start for start, _ in pieces[1:]]
    assert sum(size for _, size in pieces) == 2 << 30
    assert [cpu["vm"] for cpu in system["cpus"]][3:] == [None] * 5
    bulkhead.built("good/devices", tmp_path / "system.img")
    manifest = json.loads((tmp_path / "system.img.manifest").read_text())
    documented = (ROOT / "docs/show.md").read_text()
    assert not [key for key in all_keys(system) | all_keys(manifest)
                if f"`{key}`" not in documented]


def test_names(show):
    """Devices' names become names in C: none twice, none that is ours."""
    devices = '[ "a-b", a_b, gicd, "2nd", memory, "*/", wide@9200000 ]'
    header = show("bulkhead: 1\nboard: crowded\nvms: { guest: { cpus: 0-1, memory: [ 16 MiB, "
                  "{ size: 4 KiB, at: 0 } ], image: none.elf, devices: " + devices + " } }\n",
                  "--header", "guest", "--prefix", "my_Guest").stdout
    numbers = {"A_B_AT": 0x9100000, "A_B_2_AT": 0x9101000, "GICD_AT": 0x8000000,
               "GICD_2_AT": 0x9102000, "2ND_AT": 0x9103000, "MEMORY_AT": 0x40000000,
               "MEMORY_AT_1": 0, "MEMORY_2_AT": 0x9104000, "___AT": 0x9105000,
               "WIDE_9200000_AT": 0x9203000, "WIDE_9200000_AT_1": 0x9200000,
               "WIDE_9200000_SIZE_1": 0x2000, "WIDE_9200000_AT_2": 0x9205000,
               "WIDE_9200000_IRQ": 172, "WIDE_9200000_IRQ_1": 162, "WIDE_9200000_IRQ_2": 163,
               "CPU_COUNT": 2}
    compiles("c", asserted(header, numbers, "my_Guest"))
    names = re.findall(r"^#define (\w+) ", header, re.M)
    assert len(names) == len(set(names))


def test_no_files(show):
    """A header needs none of a guest's files, not even names for their places."""
    text = """bulkhead: 1
board: crowded
defaults: { memory: 16 MiB, image: { file: "${nowhere}/a.elf", slot: 4 MiB } }
vms:
  a: { cpus: 0, initrd: "${nowhere}/initrd", patch: "${nowhere}/a.dtso" }
  b: { cpus: 1, dtb: "${nowhere}/b.dtb" }
  c: { cpus: 2, image: { file: "${nowhere}/c.bin", load: 0x4000_0000 }, dtb: none }
"""
    for vm in "abc":
        result = show(text, "--header", vm)
        assert result.stdout and not result.stderr
    assert "undefined-name" in show(text, "--json").stderr


# --- what is wrong ---


@pytest.mark.parametrize("words, code, said", [
    ("--no-images --vm vm2", 2, "did you mean 'vm1'"),
    ("--no-images --vm zzzzzzzz", 2, "lists them"),
    ("--header vm", 2, "did you mean 'vm1'"),
    ("--json --svg", 2, "choose one"),
    ("--header vm1 --json", 2, "choose one"),
    ("--svg --vm vm1", 2, "--vm goes with"),
    ("--prefix 1st", 2, "a letter first"),
    ("--prefix=", 2, "a letter first"),
    ("--prefix a-b", 2, "a letter first"),
    ("--json", 1, "file-missing"),
    ("--no-images -o /nowhere/x", 3, "cannot write"),
    ("--list-rules", 2, "see bulkhead show --help")])
def test_refused(show, words, code, said):
    result = show(large_system("crowded", 2), *words.split())
    assert (result.returncode, result.stdout) == (code, "") and said in result.stderr


def test_output(bulkhead, show, tmp_path):
    """Into a file, as on stdout; and a full disk is told."""
    show.large(2, "--json", "-o", tmp_path / "out.json")
    assert (tmp_path / "out.json").read_text() == show.large(2, "--json").stdout
    bulkhead.built("good/minimal", tmp_path / "system.img")
    result = bulkhead("show", "--vm", "onee", tmp_path / "system.img")
    assert result.returncode == 2 and "did you mean 'one'" in result.stderr
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run([bulkhead.build / "tests/bulkhead", "show",
                                 tmp_path / "system.img"], stdout=full, stderr=subprocess.PIPE,
                                check=False)
    assert result.returncode == 3


@pytest.mark.parametrize("why, change", [
    ("it has no manifest", lambda text: b""),
    ("its manifest is damaged", lambda text: text[:50] + b"#" + text[51:]),
    ("its manifest is of another version", lambda text: text.replace(b'fest": 1', b'fest": 2')),
    ("its manifest is of another system", lambda text: text.replace(b'"linux"', b'"other"'))])
def test_no_names(bulkhead, tmp_path, why, change):
    """With its manifest damaged, of another version or gone, an image is shown without names."""
    image = tmp_path / "system.img"
    data = bytearray(bulkhead.built("good/linux", image))
    table = table_of(data)
    offset, size = manifest_of(data)
    new = change(bytes(data[offset:offset + size]))
    data[offset:offset + size] = new.ljust(size, b"\0")
    if "damaged" not in why:
        struct.pack_into("<QII", data, table + 256,
                         *((offset, len(new), crc32c(new)) if new else (0, 0, 0)))
        seal_table(data, table)
    image.write_bytes(data)
    shown = bulkhead("show", image).stdout
    assert f"without names: {why}\n" in shown and "registers at 0x9010000" in shown
    system = json.loads(bulkhead("show", "--json", image).stdout)
    assert (system["no-names"], system["devices"][-1]["device"]) == (why, None)
    header = bulkhead("show", "--header", "linux", image).stdout
    compiles("c", asserted(header, {"DEVICE_AT": 0x9010000, "DEVICE_IRQ": 34}))
    check_picture(bulkhead("show", "--svg", image), "0x9010000", "SPI 2 = irq 34")


def test_ends(bulkhead):
    """What follows each end of a VM's life; its watchdog has a number that no device of its has."""
    def shown(*arguments):
        said = bulkhead.on("show", "good/ends", *arguments)
        assert (said.returncode, said.stderr) == (0, "")
        return said.stdout

    fault = "on-fault restart after 1 s, at most 3 times in 10 s, then restart-group"
    ends = ("on-reset restart-group, at most 1 time in 1500 ms, then halt-system, on-poweroff "
            "restart, on-watchdog stop, watchdog 2500 ms from boot, restart warm, grouped with "
            "two, manages two and three")
    assert f"{fault}\n    {ends}\n    entry" in shown()
    assert f"{fault}, {ends}<" in shown("--svg")
    text = shown("--vm", "one")
    assert "0x0008010000 - 0x0008011fff      8 KiB  watchdog, emulated\n" in text
    assert "  irq   34  emulated    watchdog, level\n" in text
    one, two, three = json.loads(shown("--json"))["vms"]
    assert one["watchdog"] == {"timeout-ms": 2500, "from": "boot", "at": "0x8010000", "irq": 34}
    assert one["on-fault"] == {"do": "restart", "max": 3, "within-ms": 10000,
                               "then": "restart-group", "back-off-ms": 1000}
    assert (one["restart"], one["group"], one["manages"]) == (
        "warm", ["one", "two"], ["two", "three"])
    assert two["on-watchdog"] == two["on-fault"] == {"do": "restart-group"}
    assert (two["restart"], two["on-reset"], two["manages"]) == ("cold", {"do": "restart"}, [])
    assert three["watchdog"]["at"] == "0x8011000"
    assert ("\t\treg = <0x00 0x8010000 0x00 0x1000 0x00 0x8011000 0x00 0x1000>;\n"
            "\t\tinterrupts = <0x00 0x02 0x04>;\n\t\ttimeout-sec = <0x02>;\n"
            ) in shown("--dts", "one")
    assert re.findall(r"VM_WATCHDOG_(\w+) +VM_UL\((\w+)\)", shown("--header", "one")) == [
        ("MS", "2500"), ("AT", "0x8010000"), ("SIZE", "0x2000"), ("IRQ", "34")]


def test_channels(bulkhead):
    """Who shares what, at which addresses, with which rights: in each form."""
    def shown(*arguments):
        said = bulkhead.on("show", "good/channels", *arguments)
        assert (said.returncode, said.stderr) == (0, "")
        return said.stdout

    system = json.loads(shown("--json"))
    telemetry, command, frames = system["channels"]
    phys = {channel["name"]: int(channel.pop("phys"), 16) for channel in system["channels"]}
    assert telemetry == {"name": "telemetry", "size": 68 << 10, "keep": False, "members": [
        {"vm": "linux", "member": 0, "access": "ro", "at": "0x48200000"},
        {"vm": "control", "member": 1, "access": "rw", "at": "0x41003000"},
        {"vm": "monitor", "member": 2, "access": "ro", "at": "0x41000000"}]}
    assert command == {"name": "command", "size": 8 << 10, "keep": True, "members": [
        {"vm": "linux", "member": 0, "access": "rw", "at": "0x48211000"},
        {"vm": "control", "member": 1, "access": "rw", "at": "0x41001000"}]}
    assert frames["members"] == [{"vm": "linux", "member": 0, "access": "ro", "at": "0x48213000"},
                                 {"vm": "monitor", "member": 1, "access": "rw",
                                  "at": "0x41011000"}]
    assert (phys["frames"] - 0x48213000) % (2 << 20) == 0 and frames["size"] == (6 << 20) + 4096
    shared = [piece for piece in system["ram"] if piece["owner"] == "shared"]
    assert {(int(piece["phys"], 16), piece["size"], piece["vm"], piece["what"])
            for piece in shared} == {
                (phys[channel["name"]], channel["size"], None, f"channel {channel['name']}")
                for channel in system["channels"]}
    control = json.loads(shown("--json", "--vm", "control"))
    assert [channel["name"] for channel in control["channels"]] == ["telemetry", "command"]
    assert control["vms"][0]["channels"][1] == {
        "name": "command", "size": 8 << 10, "member": 1, "access": "rw", "at": "0x41001000"}


def test_channels_in_words(bulkhead):
    text = bulkhead.on("show", "good/channels").stdout
    assert "    channel telemetry: ro at 0x48200000, 68 KiB, member 0\n" in text
    assert re.search(r" 68 KiB  \(shared\) +channel telemetry\n", text)
    assert " 8 KiB  channel command: linux rw, control rw; kept over a restart\n" in text
    text = bulkhead.on("show", "good/channels", "--vm", "control").stdout
    assert re.search(r"0x0041001000 - 0x0041002fff      8 KiB  channel command, rw, phys 0x", text)
    header = bulkhead.on("show", "good/channels", "--header", "control").stdout
    assert re.findall(r"VM_CHANNEL_(\w+) +VM_UL\((\w+)\)", header) == [
        ("TELEMETRY_AT", "0x41003000"), ("TELEMETRY_SIZE", "0x10000"), ("TELEMETRY_MEMBER", "1"),
        ("COMMAND_AT", "0x41001000"), ("COMMAND_SIZE", "0x1000"), ("COMMAND_MEMBER", "1")]
    check_picture(bulkhead.on("show", "good/channels", "--svg"), "(shared)",
                  "channel frames: linux ro, monitor rw", "channel command, rw at 0x41001000")


def test_channels_in_a_tree(bulkhead):
    """A member that only reads is told; each is told who it is, and who else there is."""
    source = bulkhead.on("show", "good/channels", "--dts", "linux").stdout
    nodes = dict(re.findall(r"^\t(channel@\w+) \{\n(.*?)^\t\};", source, re.M | re.S))
    assert nodes["channel@48200000"] == (
        '\t\tcompatible = "bulkhead,channel";\n\t\treg = <0x00 0x48200000 0x00 0x11000>;\n'
        '\t\tbulkhead,name = "telemetry";\n\t\tbulkhead,member = <0x00>;\n'
        '\t\tbulkhead,members = "linux\\0control\\0monitor";\n\t\tread-only;\n')
    assert "read-only" not in nodes["channel@48211000"] and len(nodes) == 3
    reserved = re.search(r"^\treserved-memory \{\n(.*?)^\t\};", source, re.M | re.S)[1]
    assert ("\t\tchannel@48213000 {\n\t\t\treg = <0x00 0x48213000 0x00 0x601000>;\n"
            "\t\t\tno-map;\n") in reserved and reserved.count("no-map") == 3
    source = bulkhead.on("show", "good/ends", "--dts", "one").stdout
    assert source and "channel" not in source and "reserved-memory" not in source


def test_channels_without_names(bulkhead, tmp_path):
    """Without a manifest they have numbers."""
    image = tmp_path / "system.img"
    data = bytearray(bulkhead.built("good/channels", image))
    struct.pack_into("<QII", data, table_of(data) + 256, 0, 0, 0)
    seal_table(data, table_of(data))
    image.write_bytes(data)
    assert "channel 1: linux rw, control rw; kept" in bulkhead("show", image).stdout
    assert json.loads(bulkhead("show", "--json", image).stdout)["channels"][0]["name"] is None
    header = bulkhead("show", "--header", "control", image).stdout
    compiles("c", asserted(header, {"CHANNEL_0_AT": 0x41003000, "CHANNEL_1_MEMBER": 1}))
