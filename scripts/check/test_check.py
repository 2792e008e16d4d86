# SPDX-License-Identifier: Apache-2.0
"""Unit tests of the checks themselves: each finds what it is there to find."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import broadcast  # noqa: E402
import budgets  # noqa: E402
import common  # noqa: E402
import documented  # noqa: E402
import duplication  # noqa: E402
import layers  # noqa: E402
import paths  # noqa: E402
import pure  # noqa: E402


class CommonTest(unittest.TestCase):
    def test_comments_go_and_strings_and_line_numbers_stay(self):
        text = 'a /* one\ntwo */ b "/* no */" // end\nc'
        self.assertEqual(common.strip_comments(text).split("\n"), ["a ", ' b "/* no */"  ', "c"])


    def test_each_file_is_compiled_for_its_architecture(self):
        for name, arch in (("hypervisor/arch/riscv64/aia/imsic_hw.c", "riscv64"),
                           ("hypervisor/config/config_riscv64.c", "riscv64"),
                           ("tests/unit/hypervisor/dev/calls_riscv64_test.c", "riscv64"),
                           ("guests/runtime/arm64/gic.c", "arm64"), ("hypervisor/vm/vm.c", None)):
            self.assertEqual(common.arch_of(Path(name)), arch, name)
        self.assertEqual(common.target(Path("hypervisor/vm/vm.c")), "arm64")
        self.assertIsNone(common.target(Path("hypervisor/arch/host/cpu.c")))


class BudgetsTest(unittest.TestCase):
    def test_functions_with_their_signature(self):
        text = "int x;\n\nint one(void)\n{\n    return 1;\n}\n\nstatic int\ntwo(int a,\n    int b)\n{\n}\n"
        self.assertEqual(budgets.functions(text), [("one", 3, 4), ("two", 8, 5)])

    def test_the_brace_may_stand_behind_the_signature(self):
        text = "int x;\n\nint one(void) {\n    return 1;\n}\nstatic int two(int a,\n    int b) {\n}\n"
        self.assertEqual(budgets.functions(text), [("one", 3, 3), ("two", 6, 3)])

    def test_types_and_tables_are_no_functions(self):
        text = "struct a {\n    int b;\n};\nint t[] = {\n    F(1),\n};\nint f(void)\n{\n}\n"
        self.assertEqual(budgets.functions(text), [("f", 7, 3)])

    def test_percentile(self):
        self.assertEqual(budgets.percentile(range(1, 101), 0.95), 95)
        self.assertEqual(budgets.percentile([], 0.95), 0)


class DocumentedTest(unittest.TestCase):
    def test_a_comment_right_above_or_a_shared_one(self):
        good = "/* Does. */\nint one(int a);\nint two(int a,\n        int b);\n"
        self.assertEqual(documented.undocumented(good), [])

    def test_a_bare_prototype_is_found(self):
        bad = "/* File. */\n\nint one(int a,\n        int b);\n"
        self.assertEqual(documented.undocumented(bad), [("one", 3)])

    def test_other_declarations_are_not(self):
        other = "struct a;\ntypedef int (*f)(int);\nstatic inline int g(void)\n{\n    return 1;\n}\n"
        self.assertEqual(documented.undocumented(other), [])


class DuplicationTest(unittest.TestCase):
    def test_a_long_run_twice_is_found_and_a_short_one_not(self):
        run = " ".join(f"token{i};" for i in range(60))
        lines, pairs = duplication.duplicated({"a": run, "b": "\n" + run})
        self.assertEqual((lines["b"], lines["a"], len(pairs) > 0), ({2}, set(), True))
        lines, pairs = duplication.duplicated({"a": "x = 1;", "b": "x = 1;"})
        self.assertEqual(pairs, [])


class LayersTest(unittest.TestCase):
    def findings(self, **sources):
        return layers.examine({path.replace("__", "/") + ".h": text
                               for path, text in sources.items()})

    def test_down_is_allowed(self):
        self.assertEqual(self.findings(hypervisor__mem__a="", hypervisor__lib__b="",
                                       hypervisor__vm__c='#include "mem/a.h"\n#include "lib/b.h"'),
                         [])

    def test_up_is_found(self):
        found = self.findings(hypervisor__vm__a="", hypervisor__mem__b='#include "vm/a.h"')
        self.assertEqual(len(found), 1)
        self.assertIn("mem is below vm", found[0])

    def test_core_includes_only_the_contract(self):
        found = self.findings(hypervisor__arch__arm64__a="", hypervisor__arch__include__arch__b="",
                              hypervisor__vm__c='#include "arch/b.h"\n#include "arch/arm64/a.h"')
        self.assertEqual(len(found), 1)

    def test_arch_does_not_include_dev(self):
        found = self.findings(hypervisor__dev__a="",
                              hypervisor__arch__arm64__b='#include "dev/a.h"')
        self.assertEqual(len(found), 1)

    def test_cycles_of_files_and_of_folders(self):
        found = self.findings(hypervisor__vm__a='#include "vm/b.h"',
                              hypervisor__vm__b='#include "vm/a.h"')
        self.assertEqual(len(found), 1)
        found = self.findings(hypervisor__irq__a='#include "trap/b.h"', hypervisor__trap__b="",
                              hypervisor__trap__c='#include "irq/d.h"', hypervisor__irq__d="")
        self.assertEqual(len(found), 1)

    def test_no_if_in_core(self):
        text = "#include <x>\n#if 1\n#endif\n"
        self.assertEqual(len(layers.conditionals({"hypervisor/vm/a.c": text})), 1)
        self.assertEqual(layers.conditionals({"hypervisor/vm/a.h": text,
                                              "hypervisor/arch/arm64/a.c": text}), [])

    def test_names_out_of_object_files(self):
        self.assertEqual(layers.names("0000 T mine\n                 U theirs\n0008 B data\n"),
                         ({"mine", "data"}, {"theirs"}))

    def test_a_module_is_known_by_include_or_by_name(self):
        sources = {"tool/tree/a.c": '#include "tool/base/b.h"', "tool/base/b.h": "",
                   "tool/base/b.c": "", "tool/base/c.c": "", "tool/base/d.c": ""}
        objects = [("tool/tree/a", {"a", "both"}, {"c"}), ("tool/base/c", {"c"}, {"both", "a"}),
                   ("tool/base/d", {"both"}, set())]
        knows = layers.modules(sources, objects)
        self.assertEqual(knows["tool/tree/a"], {"tool/base/b", "tool/base/c"})
        self.assertEqual(knows["tool/base/c"], {"tool/tree/a"})
        self.assertEqual(layers.circles(knows), ["modules know each other: "
                                                 "tool/base/c -> tool/tree/a -> tool/base/c"])
        self.assertEqual(len(layers.upward(knows)), 1)
        self.assertIn("tool/base is not above tool/tree", layers.upward(knows)[0])

    def test_rooms_of_one_line_do_not_know_each_other(self):
        knows = {"tool/tree/a": {"tool/format/b"}, "tool/format/b": set()}
        self.assertEqual(len(layers.upward(knows)), 1)

    def test_an_architecture_s_half_of_a_guest_s_module_is_no_other(self):
        self.assertEqual(layers.module("guests/runtime/arm64/timer.c"), "guests/runtime/timer")
        self.assertEqual(layers.module("hypervisor/arch/arm64/cpu_hw.c"),
                         "hypervisor/arch/arm64/cpu_hw")

    def test_the_shortest_way_around_is_told(self):
        graph = {"a": {"b"}, "b": {"c", "a"}, "c": {"a"}, "d": {"a"}}
        self.assertEqual(layers.cycles(graph), [["a", "b", "a"]])


class PureTest(unittest.TestCase):
    def test_hardware_is_found_outside_comments_and_strings(self):
        path = Path("hypervisor/vm/a.c")
        for text in ('asm("nop");', "volatile int x;", "__asm__ volatile(\"\");",
                     '#include "arch/x_hw.h"'):
            with self.subTest(text):
                self.assertEqual(len(pure.examine(path, text)), 1)
        self.assertEqual(pure.examine(path, '/* asm */ f("volatile");\n'), [])

    def test_where_hardware_may_be(self):
        for good in ("hypervisor/arch/arm64/cpu_hw.c", "hypervisor/boot/main.c",
                     "hypervisor/drivers/pl011.c"):
            self.assertTrue(pure.may_touch_hardware(Path(good)))
        self.assertFalse(pure.may_touch_hardware(Path("hypervisor/vm/a.c")))


class BroadcastTest(unittest.TestCase):
    def test_what_goes_to_all_cores(self):
        path = Path("hypervisor/arch/arm64/memory_hw.c")
        for bad in ('("tlbi vmalls12e1is" : :);', "tlbi    alle2is", "TLBI IPAS2E1OS, x0",
                    "ic ialluis", "tlbi vale2isnxs, x1"):
            with self.subTest(bad):
                self.assertEqual(len(broadcast.examine(path, bad)), 1)
        for good in ('("tlbi vmalls12e1" : :);', "tlbi alle2", "ic iallu", "/* tlbi alle2is */"):
            self.assertEqual(broadcast.examine(path, good), [])


class PathsTest(unittest.TestCase):
    def test_machine_paths(self):
        for bad in ("/wor" + "k/x", "cd /roo" + "t/", "/hom" + "e/me/x"):
            self.assertTrue(paths.MACHINE.search(bad), bad)
        for good in ("$HOME/work/x", "network/work/x", "a/root/b", "/rootfs"):
            self.assertFalse(paths.MACHINE.search(good), good)


if __name__ == "__main__":
    unittest.main()
