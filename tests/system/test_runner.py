# SPDX-License-Identifier: Apache-2.0
"""Unit tests of the system tests' own pure parts: demultiplexing, matching, damaging."""

import re
import struct
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parents[1] / "scripts"), str(HERE)]

import case as cases  # noqa: E402
import run as runner  # noqa: E402
from emulator import console, image, machine  # noqa: E402

MESSAGES = {"off": r"vm {vm}: off.*", "started": "started {n}", "isolation": ".*isolation on.*",
            "refused": "bulkhead: refused: {rule}: .+",
            "stopped": r"vm {vm}: stopped: .*cause: {cause}"}


def tag(name):
    return b"\x1e" + name.encode() + b"| \x1f"


class DemuxTest(unittest.TestCase):
    def test_lines_before_any_tag_are_the_firmwares_or_a_refusal(self):
        self.assertEqual(console.Demux().feed(b"Firmware 1\r\nbulkhead: refused\r\n"),
                         [("firmware", "Firmware 1"), ("bulkhead", "bulkhead: refused")])

    def test_tag_changes_the_speaker_for_all_lines_that_follow(self):
        data = tag("linux") + b"one\ntwo\n" + tag("control") + b"three\n"
        self.assertEqual(console.Demux().feed(data),
                         [("linux", "one"), ("linux", "two"), ("control", "three")])

    def test_any_split_of_the_bytes_gives_the_same_lines(self):
        data = tag("a") + b"ab\r\nc" + tag("b") + b"x\n" + tag("a") + b"d\n"
        whole = console.Demux().feed(data)
        for size in range(1, len(data)):
            demux, lines = console.Demux(), []
            for start in range(0, len(data), size):
                lines += demux.feed(data[start:start + size])
            self.assertEqual(lines, whole)

    def test_an_unfinished_line_goes_on_after_another_speaker(self):
        demux = console.Demux()
        lines = demux.feed(tag("a") + b"left" + tag("b") + b"hi\n" + tag("a") + b" right\n")
        self.assertEqual(lines, [("b", "hi"), ("a", "left right")])
        self.assertEqual(demux.unfinished(), {})

    def test_unfinished_tells_what_is_owed(self):
        demux = console.Demux()
        demux.feed(tag("linux") + b"/ # ")
        self.assertEqual(demux.unfinished(), {"linux": "/ # "})

    def test_a_tag_without_end_does_not_swallow_the_run(self):
        lines = console.Demux().feed(b"\x1e" + b"x" * 200 + b"\n")
        self.assertEqual(len(lines), 1)

    def test_escape_sequences_are_taken_out(self):
        self.assertEqual(console.clean(b"\x1b[1;31mred\x1b[0m\r"), "red")
        self.assertEqual(console.clean(b"\x1b"), "")

    def test_record(self):
        self.assertEqual(console.record("@control hz=1000 misses=0", "control"),
                         {"hz": "1000", "misses": "0"})
        self.assertIsNone(console.record("control hz=1000", "control"))
        self.assertIsNone(console.record("", "control"))


def make_case(**values):
    lines = {"summary": '"s"', "expect": '{ a = ["x"] }', **values}
    text = "\n".join(f"{key} = {value}" for key, value in lines.items())
    return cases.parse("t", HERE, text, MESSAGES)


class CaseTest(unittest.TestCase):
    def test_message_expands_and_open_values_match_anything(self):
        self.assertEqual(cases.expand("<off vm=a>", MESSAGES), "vm a: off.*")
        self.assertEqual(cases.expand("<off>", MESSAGES), "vm .*: off.*")
        self.assertEqual(cases.expand('<stopped vm=a cause="stage-2 data abort">', MESSAGES),
                         "vm a: stopped: .*cause: stage-2 data abort")
        self.assertEqual(cases.expand("plain.*", MESSAGES), "plain.*")

    def test_what_is_written_wrongly_is_refused(self):
        for wrong in ({"colour": "1"}, {"ends": '"never"'}, {"timeout": '"1"'},
                      {"expect": "{}"}, {"expect": '{ a = ["("] }'}, {"summary": '""'},
                      {"expect": '{ a = ["<nothing>"] }'}, {"expect": '{ a = ["<off x=1>"] }'},
                      {"qemu": "{ ram = 1 }"}, {"repeat": "true"}, {"summary": "s s"},
                      {"load": '"table"'}, {"load": '"u-boot"', "damage": "[{}]"},
                      {"refused": '"home"'}, {"boards": "[]"}, {"boards": '["a", "a"]'}):
            with self.subTest(wrong), self.assertRaises(cases.CaseError):
                make_case(**wrong)

    def test_a_variant_for_each_core_system_and_boot_hart_that_the_board_can_choose(self):
        case = make_case(boards='["a", "r"]', systems='["x.yaml", "y.yaml"]', boot_harts="[0, 3]")
        found = cases.variants(case, lambda board: "riscv64" if board == "r" else "arm64")
        self.assertEqual(list(found), ["a:x", "a:y", "r:x:hart-0", "r:x:hart-3", "r:y:hart-0",
                                       "r:y:hart-3"])
        self.assertEqual((found["r:y:hart-3"].system, found["r:y:hart-3"].boot_hart), ("y.yaml", 3))
        self.assertEqual((found["a:x"].system, found["a:x"].boot_hart), ("x.yaml", None))
        found = cases.variants(make_case(boards='["r"]', cores='["max"]'), lambda board: "riscv64")
        self.assertEqual([(name, c.core, c.system) for name, c in found.items()],
                         [("r:max", "max", "system.yaml")])

    def test_load_addresses_are_told_from_the_images_home(self):
        for text, address in (("home", 0x1000), ("home+0x800", 0x1800)):
            self.assertEqual(cases.load_address(make_case(load=f'"{text}"'), 0x1000), address)


class ChooseTest(unittest.TestCase):
    NAMES = ["hello-1@x", "hello-1@y", "smp@x"]

    def test_a_test_runs_on_all_its_boards_or_on_one(self):
        for patterns, want in (([], self.NAMES), (["hello*"], self.NAMES[:2]),
                               (["hello*@y", "smp"], self.NAMES[1:]), (["*@x"], ["hello-1@x", "smp@x"])):
            with self.subTest(patterns):
                self.assertEqual(runner.choose(self.NAMES, patterns), want)

    def test_a_name_that_means_nothing_is_told(self):
        for pattern in ("hallo", "smp@y"):
            with self.subTest(pattern), self.assertRaises(runner.Failure):
                runner.choose(self.NAMES, [pattern])


class JudgeTest(unittest.TestCase):
    def test_expected_lines_come_in_order_with_others_between(self):
        judge = cases.Judge(make_case(expect='{ a = ["one", "two"] }'))
        for line in ("two", "one", "more"):
            judge.line("a", line)
        self.assertFalse(judge.satisfied())
        self.assertIn("line 2 of 2", judge.unmet()[0])
        judge.line("b", "two")
        self.assertFalse(judge.satisfied())
        judge.line("a", "two")
        self.assertTrue(judge.satisfied() and judge.finished())
        self.assertEqual(judge.unmet(), [])

    def test_a_pattern_is_for_the_whole_line(self):
        judge = cases.Judge(make_case(expect='{ a = ["one"] }'))
        judge.line("a", "one more")
        self.assertFalse(judge.satisfied())

    def test_order_across_speakers(self):
        judge = cases.Judge(make_case(expect='{ "*" = ["a: 1", "b: 2"] }'))
        judge.line("b", "2")
        judge.line("a", "1")
        self.assertFalse(judge.satisfied())
        judge.line("b", "2")
        self.assertTrue(judge.satisfied())

    def test_a_failing_guest_and_a_panic_are_always_wrong(self):
        judge = cases.Judge(make_case())
        judge.line("any", "@test timer fail: late")
        judge.line("any", "@test timer ok")
        judge.line("bulkhead", "panic: x")
        judge.line("linux", "Kernel panic - not syncing")
        self.assertEqual(len(judge.wrong), 2)

    def test_a_panic_may_be_what_is_tested(self):
        judge = cases.Judge(make_case(panics="true"))
        judge.line("bulkhead", "panic: x")
        judge.line("any", "@test timer fail: late")
        self.assertEqual(len(judge.wrong), 1)

    def test_linux_and_the_control_loop_go_on_and_only_the_wall_clock_excuses_a_miss(self):
        for icount, wrong in (("true", 4), ("false", 2)):
            judge = cases.Judge(make_case(icount=icount))
            for speaker, line in (("control", "@control hz=1000 misses=0 late=2"),
                                  ("control", "@control hz=1000 misses=2 late=2"),
                                  ("serial1", "@control has fallen behind"),
                                  ("second", "@linux tree fail: no cpu"),
                                  ("bulkhead", "vm control: restarting (1): fault")):
                judge.line(speaker, line)
            self.assertEqual(len(judge.wrong), wrong)

    def test_a_disturbed_control_loop(self):
        disturbed = re.compile(cases.load_messages()["disturbed"])
        common = "@control hz=1000 releases=1000 misses=0 worst_ns=610 wake_typical=57 {}other_exits=0 x=1"
        for rest, wrong in (("hv_typical=63 timer_exits=1000 ", "timer_exits=1001 "),
                            ("timer_exits=0 ", "timer_exits=1 "), ("", "hv_typical=163 ")):
            good = common.format(rest)
            self.assertIsNone(disturbed.fullmatch(good))
            for bad in (good.replace(rest, wrong) if rest else common.format(wrong),
                        good.replace("=610", "=1764"), good.replace("=57", "=900"),
                        good.replace("exits=0 x", "exits=2 x")):
                self.assertTrue(disturbed.fullmatch(bad), bad)

    def test_a_vm_stops_by_itself_only_where_that_is_expected(self):
        for expect, wrong in (("x", 2), ("<stopped>", 0)):
            judge = cases.Judge(make_case(expect=f'{{ a = ["{expect}"] }}'))
            for line in ("vm b: stopped: fault", "vm b: stopped (no restart left): fault",
                         "vm b: stopped by vm c"):
                judge.line("bulkhead", line)
            self.assertEqual(len(judge.wrong), wrong)

    def test_isolation_comes_first_where_the_test_says_nothing_of_it(self):
        for values, want in (({}, [".*isolation on.*"]), ({"bare": '"x"'}, []),
                             ({"forbid": '{ "*" = [".*isolation on.*"] }'}, [])):
            case = cases.isolated(make_case(**values), MESSAGES)
            self.assertEqual([line.pattern for line in case.expect.get("bulkhead", [])], want)

    def test_forbidden(self):
        judge = cases.Judge(make_case(forbid='{ a = ["bad.*"] }'))
        judge.line("b", "bad")
        self.assertEqual(judge.wrong, [])
        judge.line("a", "bad thing")
        self.assertEqual(len(judge.wrong), 1)

    def test_a_refusal_comes_and_nobody_runs(self):
        for refused in ("home", "home: no room here"):
            judge = cases.Judge(make_case(expect="{}", refused=f'"{refused}"'))
            for speaker, line in (("firmware", "hello"), ("bulkhead", "bulkhead: refused: home: "),
                                  ("bulkhead", "bulkhead: refused: homeless: no room here")):
                judge.line(speaker, line)
            self.assertEqual((judge.finished(), judge.wrong), (False, []))
            judge.line("bulkhead", "bulkhead: refused: home: no room here")
            self.assertTrue(judge.finished())
            for speaker, line in (("a", ""), ("bulkhead", "started 1"), ("bulkhead", "vm a: off")):
                judge.line(speaker, line)
            self.assertEqual(len(judge.wrong), 3)

    def test_distinct(self):
        judge = cases.Judge(make_case(distinct='"id ([0-9]+)"'))
        for speaker, line in (("a", "id 1"), ("b", "id 2"), ("a", "1"), ("b", "id 3")):
            judge.line(speaker, line)
        self.assertEqual(judge.wrong, [])
        judge.line("b", "id 1")
        self.assertEqual(judge.wrong, ["b said what a has said before: id 1"])

    def test_undisturbed(self):
        lines = [("a", "@control releases=9"), ("control", "@control start"),
                 ("control", "@control releases=9 misses=0 worst_ns=5 mean_ns=1")]
        same = [("control", "@control releases=9 misses=0 worst_ns=5 mean_ns=2"), ("control", "x")]
        self.assertEqual(cases.disturbances(lines, same), [])
        self.assertEqual(cases.disturbances(lines, [("control", same[0][1].replace("5", "6"))]),
                         ["the control loop's worst_ns is 5, and 6 when nothing happens"])

    def test_end_when(self):
        judge = cases.Judge(make_case(end_when='{ b = "stop" }'))
        judge.line("a", "x")
        self.assertTrue(judge.satisfied())
        self.assertFalse(judge.finished())
        judge.line("b", "stop")
        self.assertTrue(judge.finished())

    def test_typing_waits_for_its_line(self):
        judge = cases.Judge(make_case(
            send='[{ speaker = "a", after = "<started n=1>", text = "go\\n" }]'))
        self.assertEqual(judge.line("b", "started 1"), [])
        self.assertEqual(judge.line("a", "started 1"), ["go\n"])
        self.assertEqual(judge.line("a", "started 1"), [])

    def test_log(self):
        self.assertEqual(cases.judge_log(["", "known 1", "new"], [r"known \d"]), ["new"])


def tiny_image():
    data = bytearray(0x3000)
    record = [image.RECORD_MAGIC] + [0] * 15
    record[image.RECORD_TABLE_OFFSET // 4] = 0x1000
    record[15] = -sum(record) & 0xFFFFFFFF
    struct.pack_into("<16I", data, image.RECORD_OFFSET, *record)
    struct.pack_into("<I", data, 0x1000 + image.TABLE_SIZE, 0x200)
    struct.pack_into("<II", data, 0x1000 + image.SECTIONS["vms"], 0xE0, 1)
    struct.pack_into("<II", data, 0x1000 + image.SECTIONS["payloads"], 0x100, 2)
    for index, offset in enumerate((0x2000, 0x2800)):
        at = 0x1100 + index * image.PAYLOAD_ENTRY_SIZE
        struct.pack_into("<QQ", data, at, 0x40000000, offset)
    return data


class ImageTest(unittest.TestCase):
    def test_crc32c_check_value(self):
        self.assertEqual(image.crc32c(b"123456789"), 0xE3069283)

    def test_places(self):
        places = image.Image(tiny_image(), {"main": 0x40})
        for name, offset in (("start", 0), ("record", 64), ("table+0x20", 0x1020),
                             ("payload 1 + 4", 0x2804), ("end-4096", 0x2000), ("vms", 0x10E0),
                             ("symbol main+4", 0x44)):
            self.assertEqual(places.place(name), offset, name)
        for name in ("payload 2", "symbol nowhere", "nowhere", "end+1", "start-1"):
            with self.subTest(name), self.assertRaises(image.DamageError):
                places.place(name)

    def test_patch_and_truncate(self):
        data = image.Image(tiny_image()).damage(
            [{"at": "payload 0", "xor": 0x100}, {"at": "start", "bytes": "aa bb"},
             {"truncate": "end-1"}])
        self.assertEqual((data[0x2000:0x2002], data[:2], len(data)), (b"\0\1", b"\xaa\xbb", 0x2FFF))

    def test_the_images_home_can_be_written_anywhere(self):
        data = tiny_image()
        struct.pack_into("<Q", data, 0x1000 + image.TABLE_HOME, 0x80200000)
        damaged = image.Image(data).damage([{"at": "start", "bytes": "home"}])
        self.assertEqual(damaged[:8], struct.pack("<Q", 0x80200000))

    def test_a_patch_that_changes_nothing_is_refused(self):
        for step in ({"at": "start", "xor": 0}, {"at": "start"}, {"at": "end", "xor": 1}):
            with self.subTest(step), self.assertRaises(image.DamageError):
                image.Image(tiny_image()).damage([step])

    def test_seal_makes_both_checksums_right(self):
        data = image.Image(tiny_image()).damage([{"at": "table+0x20", "xor": 1}, {"seal": True}])
        self.assertEqual(sum(struct.unpack_from("<16I", data, 64)) & 0xFFFFFFFF, 0)
        table = bytearray(data[0x1000:0x1200])
        digest = table[image.TABLE_DIGEST:image.TABLE_DIGEST + 16]
        table[image.TABLE_DIGEST:image.TABLE_DIGEST + 16] = bytes(16)
        self.assertEqual(image.fletcher(table), digest)

    def test_no_image(self):
        with self.assertRaises(image.DamageError):
            image.Image(b"")


class CommandTest(unittest.TestCase):
    def test_both_ways_to_write_a_list(self):
        want = ["-machine", "virt,gic-version=3", "-m", "2G"]
        self.assertEqual(machine.yaml_list(
            'a: 1\nqemu: [ -machine, "virt,gic-version=3",\n  -m, 2G ]\nb: 2\n', "qemu"), want)
        self.assertEqual(machine.yaml_list(
            'qemu:\n  - -machine\n  # no\n  - "virt,gic-version=3" # why\n  - -m\n  - 2G\nb: [ c ]\n',
            "qemu"), want)
        self.assertEqual(machine.yaml_list("b: [ c ]", "qemu"), [])

    def test_loader(self):
        board = machine.read_board(machine.DEFAULT_BOARD)
        self.assertEqual(machine.loader_arguments(board, "x", 0x1000)[1],
                         "loader,file=x,addr=0x1000,force-raw=on")

    def test_u_boot_is_the_firmware_or_behind_it(self):
        for name, option in (("qemu-arm64", "-bios"), ("qemu-riscv64", "-kernel")):
            arguments = machine.u_boot_arguments(machine.read_board(name), "a,b")
            self.assertEqual(arguments[0], option)
            self.assertIn("file=fat:a,,b,format=raw", arguments[3])

    def test_an_image_as_an_elf_file(self):
        data = machine.elf_of(b"image", 0x80000800)
        self.assertEqual(struct.unpack_from("<Q", data, 24)[0], 0x80000800)
        offset, _, at, size = struct.unpack_from("<QQQQ", data, 64 + 8)
        self.assertEqual((at, data[offset:offset + size]), (0x80000800, b"image"))

    def test_boards(self):
        board = machine.read_board(machine.DEFAULT_BOARD)
        self.assertEqual((board.arch, board.home), ("arm64", 0x40200000))
        self.assertEqual(board.bare(), ["-machine", "virtualization=off"])
        self.assertEqual(machine.read_board("qemu-riscv64").bare(), [])
        with self.assertRaises(machine.MachineError):
            machine.read_board("no-such-board")


def run_fake(program, **values):
    """A run against a program that stands for QEMU."""
    case = make_case(**{"timeout": "5", "settle": "0.1", **values})
    return runner.run_machine(case, [sys.executable, "-c", program]).problems


class RunTest(unittest.TestCase):
    GOOD = r"print('\x1ea| \x1fx', flush=True)"
    HANG = "import signal,time; signal.signal(15, signal.SIG_IGN); "

    def test_power_off(self):
        self.assertEqual(run_fake(self.GOOD), [])

    def test_a_line_that_did_not_come(self):
        self.assertIn("line 1 of 1", run_fake("print('x')")[0])

    def test_qemu_that_fails(self):
        problems = run_fake(self.GOOD + "; import sys; sys.exit('no such machine')")
        self.assertEqual(problems, ["QEMU ended with 1", "QEMU said: no such machine"])

    def test_a_hang_is_killed_and_told(self):
        problems = run_fake(self.HANG + self.GOOD + "; time.sleep(60)", timeout="1")
        self.assertEqual(len(problems), 1)
        self.assertIn("did not end within 1 s", problems[0])

    def test_an_end_by_message(self):
        program = self.HANG + self.GOOD + "; time.sleep(60)"
        self.assertEqual(run_fake(program, ends='"message"'), [])

    def test_what_follows_the_end_is_still_judged(self):
        program = self.GOOD + "; print('bad', flush=True); import time; time.sleep(60)"
        self.assertEqual(len(run_fake(program, ends='"message"', forbid='{ a = ["bad"] }',
                                      settle="3")), 1)

    def test_lines_that_follow_the_end_are_counted(self):
        program = (self.GOOD + "; import time; time.sleep(1); print('x\\nx', flush=True); "
                   "time.sleep(60)")
        for quiet, problems in (("2", 0), ("1", 1)):
            self.assertEqual(len(run_fake(program, ends='"message"', settle="3", quiet=quiet)),
                             problems)

    def test_power_off_before_the_end(self):
        problems = run_fake("pass", ends='"message"')
        self.assertEqual(len(problems), 2)

    def test_typing_reaches_the_machine(self):
        program = ("import sys; print('ready', flush=True); "
                   "print('got ' + sys.stdin.readline(), flush=True)")
        self.assertEqual(
            run_fake(program, expect='{ firmware = ["got hello"] }',
                     send='[{ speaker = "firmware", after = "ready", text = "hello\\n" }]'), [])

    def test_a_further_line_is_a_speaker_of_its_own(self):
        program = ("import socket, sys; line = socket.socket(fileno=int(sys.argv[2].split('=')[2]));"
                   "line.sendall(b'ready\\n'); text = line.recv(99); print('first'); "
                   "line.sendall(b'got ' + text)")
        case = make_case(timeout="5", expect='{ firmware = ["first"], serial1 = ["ready", "got hello"] }',
                         send='[{ speaker = "serial1", after = "ready", text = "hello\\n" }]')
        outcome = runner.run_machine(case, [sys.executable, "-c", program, *machine.FURTHER_LINE])
        self.assertEqual(outcome.problems, [])
        self.assertEqual(outcome.command[-2:], machine.FURTHER_LINE)

    def test_two_runs_that_differ(self):
        self.assertIn("from byte 3 (line 2) on", runner.difference(b"a\nbc", b"a\nbd"))


class EveryTestTest(unittest.TestCase):
    def test_every_description_in_the_tree_is_readable(self):
        messages = cases.load_messages()
        found = sorted(HERE.glob("*/test.toml"))
        self.assertTrue(found)
        for path in found:
            with self.subTest(path.parent.name):
                case = cases.read(path.parent, messages)
                for board in case.boards:
                    machine.read_board(board)
                if not case.bare:
                    for system in case.systems or [case.system]:
                        self.assertTrue((path.parent / system).exists())


if __name__ == "__main__":
    unittest.main()
