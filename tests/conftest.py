# SPDX-License-Identifier: Apache-2.0
"""For all tests that pytest runs: the programs' folder, and the line that scripts/suites.py counts."""


def pytest_addoption(parser):
    parser.addoption("--build", default="build", help="where the programs are")
    parser.addoption("--board", action="append", default=[], help="to test on, in QEMU")


def pytest_unconfigure(config):
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not hasattr(config, "workerinput"):
        count = {kind: len(reporter.stats.get(kind, [])) for kind in ("passed", "failed", "error")}
        print(f"{count['passed']} passed, {count['failed'] + count['error']} failed")
