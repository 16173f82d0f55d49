"""Runs the tests: makes the environment, then pytest on the framework, on the documentation's examples, on the demo.

    python3 scripts/test.py                       # everything but what CI alone runs
    python3 scripts/test.py tests/urls -k reverse # pytest's arguments, for the framework's tests only
    python3 scripts/test.py -m browser            # the tests in a browser

The documentation and the demo are projects with settings of their own, so each runs in a process of its own. With
MANOIR_REQUIRE_SERVICES, which CI sets, nothing is left out, and what is missing on the machine is a failure.
"""

import os
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

import environment

PROJECTS = ("docs", "demo")

PROCESSES = min(os.cpu_count() or 1, 4)
"""How many processes share the framework's tests. Redis has databases for four of them, see `tests/services.py`."""

SHARED = ["-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder"]
"""How they share them: file by file, in the order of `tests/conftest.py`, which has the long ones first."""

CHOSEN = {"": "not browser", "docs": "", "demo": "not browser and not slow"}
"""What a run of everything runs of each project, as pytest's `-m`: CI alone drives a browser."""

LEAN = ["-p", "no:schemathesis", "-p", "no:faker"]
"""Plug-ins that no test uses (schemathesis is a program here), and whose import takes longer than manoir's."""


def main():
    """Run pytest for each part; return the worst status."""
    python = environment.ensure(["demo", "docs", "test"])
    environment.ensure_demo_settings()
    arguments = sys.argv[1:]
    everything = not any(names_tests(word) for word in arguments) and not {"-k", "-m"}.intersection(arguments)
    # The tests start some hundreds of processes; where Python may not write what it compiles, each would compile manoir.
    subprocess.call([python, "-m", "compileall", "-q", "src"], cwd=environment.ROOT)
    if not everything:
        return run(python, "", arguments)
    status, failed = 0, []
    with tempfile.TemporaryDirectory() as reports:
        for project in ("", *PROJECTS):
            chosen = [] if os.environ.get("MANOIR_REQUIRE_SERVICES") else ["-m", CHOSEN[project]]
            report = os.path.join(reports, f"{project or 'framework'}.xml")  # noqa: PTH118
            words = [*(chosen if project else [*SHARED, *chosen]), *arguments, f"--junit-xml={report}"]
            status = run(python, project, words) or status
            failed += failures(report)
    for line in failed:  # once more at the end, where whoever sees only that will find them
        print(line)
    return status


def run(python, project, arguments):
    """Run pytest in the folder of a project, `""` for the framework; return its status."""
    folder = os.path.join(environment.ROOT, project)  # noqa: PTH118
    return subprocess.call([python, "-m", "pytest", *LEAN, *arguments], cwd=folder)


def failures(report):
    """Return a line for each test that failed, of pytest's report in XML; what ended before it was written has none."""
    if not os.path.exists(report):  # noqa: PTH110
        return [f"pytest wrote no report {os.path.basename(report)}: it ended early."]  # noqa: PTH119
    lines = []
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314  # written by pytest just now
        for fault in [*case.iter("failure"), *case.iter("error")]:
            reason = " ".join(fault.get("message", "").split())[:300]
            lines.append(f"FAILED {case.get('classname')}::{case.get('name')}: {reason}")
    return lines


def names_tests(word):
    """Tell whether an argument is a path, so that only some tests are meant."""
    path = word.partition("::")[0]
    return not word.startswith("-") and os.path.exists(os.path.join(environment.ROOT, path))  # noqa: PTH110, PTH118


if __name__ == "__main__":
    sys.exit(main())
