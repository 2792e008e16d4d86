#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs unit test programs (cmocka) and python unittest files, and counts what passed."""

import argparse
import concurrent.futures
import os
import re
import resource
import subprocess
import sys
import time

CPU_SECONDS = 60  # of the program's own; a unit test that needs more is stuck,
PATIENCE = 5  # and so is one that needs so many times of it of anyone's
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:abort_on_error=0",
                   UBSAN_OPTIONS="print_stacktrace=1", NO_COLOR="1")


def run(command, seconds=CPU_SECONDS):
    def limit_time():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    start = time.monotonic()
    try:
        result = subprocess.run(command, capture_output=True, text=True, errors="replace",
                                timeout=PATIENCE * seconds, env=ENVIRONMENT,
                                preexec_fn=limit_time)
        code, output = result.returncode, result.stdout + result.stderr
    except subprocess.TimeoutExpired:
        code, output = -1, f"did not end within {PATIENCE * seconds} s\n"
    except OSError as error:
        code, output = -1, f"{error}\n"
    return code, output, time.monotonic() - start


def cmocka_counts(code, output):
    """(passed, failed); a program that ended badly or ran nothing has failed at least once."""
    passed = sum(int(n) for n in re.findall(r"^\[  PASSED  \] (\d+) test", output, re.M))
    failed = sum(int(n) for n in re.findall(r"^\[  FAILED  \] .*?(\d+) test\(s\)", output, re.M))
    if (code != 0 or passed + failed == 0) and failed == 0:
        failed = 1
    return passed, failed


def unittest_counts(code, output):
    ran = re.search(r"^Ran (\d+) test", output, re.M)
    total = int(ran.group(1)) if ran else 0
    bad = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", output))
    if (code != 0 or total == 0) and bad == 0:
        bad = 1
    return max(total - bad, 0), bad


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--python", action="append", default=[], metavar="FILE",
                        help="a python unittest file, run too")
    parser.add_argument("--seconds", type=int, default=CPU_SECONDS, help="that one may take")
    parser.add_argument("programs", nargs="*")
    options = parser.parse_args()
    work = [(path, [path], cmocka_counts) for path in options.programs]
    work += [(path, [sys.executable, path], unittest_counts) for path in options.python]
    total_passed = total_failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda item: run(item[1], options.seconds), work)
        for (name, _, count), (code, output, seconds) in zip(work, results):
            passed, failed = count(code, output)
            total_passed += passed
            total_failed += failed
            if failed:
                print(f"FAIL  {name}  {passed} passed, {failed} failed, {seconds:.1f} s")
                print("".join(f"      {line}\n" for line in output.splitlines()[-60:]), end="")
            else:
                print(f"ok    {name}  {passed} tests, {seconds:.1f} s")
    print(f"{total_passed} passed, {total_failed} failed")
    return 1 if total_failed or total_passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
