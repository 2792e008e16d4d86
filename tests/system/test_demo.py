# SPDX-License-Identifier: Apache-2.0
"""Unit tests of the demo's judgement: it passes a good run and says what a bad one lacks."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import demo  # noqa: E402

GOOD = [
    ("bulkhead", "isolation on"),
    ("control", "@control start hz=1000"),
    ("control", "@control hz=1000 releases=1000 misses=0 worst_ns=240 timer_exits=1000 other_exits=2 hv_insns=300"),
    ("linux", "@linux up cpus=3 restarts=0"),
    ("linux", "@linux work cpus=3 ok"),
    ("linux", "[    4.0] Kernel panic - not syncing: sysrq triggered crash"),
    ("bulkhead", "vm linux: restarting (1): reset"),
    ("linux", "@linux up cpus=3 restarts=1"),
    ("linux", "@linux work cpus=3 ok"),
    ("control", "@control hz=1000 releases=10000 misses=0 worst_ns=240 timer_exits=9000 other_exits=0 hv_insns=300"),
]


def tell(lines):
    story = demo.Story()
    for speaker, line in lines:
        story.line(speaker, line)
    return story


class StoryTest(unittest.TestCase):
    def test_a_good_run(self):
        story = tell(GOOD)
        self.assertEqual(story.problems(), [])
        values = demo.metrics(demo.Story(), story)
        self.assertEqual((values["misses"], values["releases"], values["exits_per_release"],
                          values["linux.restarts"]), (0, 10000, "1", 1))

    def test_every_step_is_needed(self):
        for missing in set(range(len(GOOD))) - {1}:
            with self.subTest(GOOD[missing]):
                self.assertTrue(tell(GOOD[:missing] + GOOD[missing + 1:]).problems())

    def test_the_loop_has_the_last_word(self):
        story = tell(GOOD[:8] + [GOOD[9], GOOD[8]])
        self.assertIn("did not report at the end", story.problems()[0])
        self.assertFalse(story.complete())
        story.line("control", GOOD[9][1].replace("releases=10000", "releases=11000"))
        self.assertTrue(story.complete())
        self.assertEqual(story.problems(), [])

    def test_what_went_wrong_is_told(self):
        for bad, why in ((GOOD[9][1].replace("misses=0", "misses=3"), "missed 3"),
                         (GOOD[9][1].replace("releases=10000", "releases=900"), "started over"),
                         ("@control releases=20000 worst_ns=1", "no number"),
                         (GOOD[9][1] + " fallen=1", "fallen")):
            with self.subTest(bad):
                story = tell(GOOD[:9] + [("control", bad)])
                self.assertTrue(any(why in problem for problem in story.problems()))

    def test_an_event_that_must_not_be(self):
        for speaker, line in (("bulkhead", "vm control: restarting (1): fault"),
                              ("bulkhead", "vm linux: restarting (2): reset"),
                              ("bulkhead", "vm linux: stopped: fault: vcpu 0 pc 0x0")):
            with self.subTest(line):
                self.assertTrue(tell(GOOD + [(speaker, line)]).problems())


if __name__ == "__main__":
    unittest.main()
