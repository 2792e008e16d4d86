# SPDX-License-Identifier: Apache-2.0
"""Unit tests of the demo's judgement: it passes a good run and says what a bad one lacks."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import demo  # noqa: E402
import release_times  # noqa: E402

def record(releases, **fields):
    """A line of the control loop's."""
    told = {"releases": releases, "misses": 0, "worst_ns": 240, "hv_insns": 300, "timer_exits": 1000,
            "other_exits": 2, "recent_ns": releases // 100, "slots": f"1:{releases - 1},24:1"} | fields
    words = " ".join(f"{key}={value}" for key, value in told.items() if value is not None)
    return ("control", f"@control hz=1000 {words}")


def lived(number):
    return [("linux", f"@linux up cpus=2 restarts={number}"), ("linux", "@linux work cpus=2 ok")]


def ended(number, way):
    """A life's end, as it shall be."""
    signs = {"crash": [("linux", "[ 4.0] Kernel panic - not syncing: sysrq triggered crash")],
             "oops": [("linux", "[ 4.0] Internal error: synchronous external abort: 96000050"),
                      ("linux", "[ 4.1] Kernel panic - not syncing: Fatal exception")],
             "request": [("keeper", f"@keeper linux life={number} ends after its limit")]}
    cause = {"reset": f"restarting ({number}): reset", "request": "restarted by vm keeper",
             "watchdog": f"restarting ({number}): watchdog: vcpu 0 pc 0x0 cause: nobody feeds it"}
    return [("linux", f"@linux breaks how={way.name}"),
            *signs.get(way.name, signs.get(way.end, [])),
            ("bulkhead", f"vm linux: {cause[way.end]}"),
            ("keeper", f"@keeper linux restarts={number} end={way.end} away_us=34100 life_us=9")]


GOOD = [("bulkhead", "isolation on"), ("control", "@control start hz=1000"), record(1000)]
for at, each in enumerate(demo.WAYS):
    GOOD += lived(at) + ended(at + 1, each) + [record(2000 * (at + 1))]
GOOD += [*lived(6), ("linux", "@linux back restarts=6"), record(13000)]
# What nothing depends on: the loop's first line, and reports that others follow.
NEEDLESS = {at for at, (who, _) in enumerate(GOOD[:-1]) if who == "control"}


def tell(lines):
    story = demo.Story()
    for speaker, line in lines:
        story.line(speaker, line)
    return story


class StoryTest(unittest.TestCase):
    def test_a_good_run(self):
        story = tell(GOOD)
        self.assertEqual(story.problems(), [])
        values = demo.metrics(demo.Story(), story, [10, 20])
        self.assertEqual([values[key] for key in ("misses", "releases", "linux.restarts",
                                                  "crash.away_us", "oops.insns")],
                         [0, 13000, 6, 34100, 20])
        self.assertNotIn("rt-spin.insns", values)

    def test_a_way_has_the_records_around_it(self):
        passage = tell(GOOD).passages[1]
        self.assertEqual(passage.before["releases"], "2000")
        self.assertEqual([fields["releases"] for fields in passage.records], ["4000", "6000"])
        self.assertEqual(passage.cause, "vm linux: restarting (2): reset")
        self.assertEqual(passage.signs[1], "linux: Kernel panic - not syncing: Fatal exception")

    def test_release_times_before_and_while_it_breaks(self):
        alone = demo.Story([], [])
        alone.line(*record(10000))
        series = demo.release_series(alone, tell(GOOD))
        self.assertEqual(series, {"bare machine": {1: 9999, 24: 1}, "beside Linux": {1: 999, 24: 1},
                                  "while it breaks": {1: 12000}})
        self.assertIn("999", "".join(release_times.as_text(series)))
        figures = {"qemu-arm64": series}
        drawn = release_times.as_svg(figures)
        self.assertEqual(release_times.of_svg(drawn), figures)
        self.assertEqual(drawn.count("<rect class=\"s2\""), 2)  # the legend's, and one
        self.assertEqual(demo.release_series(alone, tell(GOOD[:3] + [record(14000, slots=None)])), {})
        wide = release_times.rows([{at: 1 for at in range(100)}])
        self.assertEqual((wide[0], len(wide)), ((0, 100, [10]), 10))

    def test_every_step_is_needed(self):
        for missing in set(range(len(GOOD))) - NEEDLESS:
            with self.subTest(GOOD[missing]):
                self.assertTrue(tell(GOOD[:missing] + GOOD[missing + 1:]).problems())

    def test_the_loop_has_the_last_word(self):
        story = tell(GOOD[:-2] + [GOOD[-1], GOOD[-2]])
        self.assertIn("did not report at the end", story.problems()[0])
        self.assertFalse(story.complete())
        story.line(*record(14000))
        self.assertTrue(story.complete())
        self.assertEqual(story.problems(), [])

    def test_what_went_wrong_is_told(self):
        for bad, why in ((record(14000, misses=3), "missed 3"), (record(900), "started over"),
                         (record(14000, misses=None), "no number"),
                         (record(14000, fallen=1), "fallen")):
            with self.subTest(bad):
                problems = tell(GOOD + [bad]).problems()
                self.assertTrue(any(why in problem for problem in problems))

    def test_an_event_that_must_not_be(self):
        for line in ("vm control: restarting (1): fault", "vm keeper: off",
                     "vm linux: restarting (7): reset", "vm linux: restarted by vm keeper",
                     "vm linux: stopped: fault: vcpu 0 pc 0x0"):
            with self.subTest(line):
                self.assertTrue(tell(GOOD + [("bulkhead", line)]).problems())


if __name__ == "__main__":
    unittest.main()
