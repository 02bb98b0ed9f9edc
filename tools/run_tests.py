"""Configures, builds and runs the tests and adds up what happened: the work of tools/test and
tools/matrix, once everything needed is there."""

import argparse
import collections
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass
class Build:
    """One way to build: Meson's arguments, and which of the checks of the sources run with it."""

    name: str
    arguments: list[str]
    checks: list[str] = dataclasses.field(default_factory=list)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)


ALL_CHECKS = ["sources", "layers", "headers", "negative", "consumers"]

BUILDS = [
    # -O0: half the compile time of -O1, which is most of the whole; -g1: lines, and a tenth less;
    # several files at a time: what they have in common is compiled once, half of the work
    Build("sanitizers", ["--buildtype=plain", "-Dcpp_args=-g1", "-Dexamples=disabled",
                         "-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dunity=on",
                         "-Dunity_size=8"], checks=ALL_CHECKS),
    Build("release", ["--buildtype=release", "-Drelease_tests=true"], checks=["instructions"]),
]


@dataclasses.dataclass
class Case:
    build: str
    program: str
    name: str
    reason: str = ""

    def __str__(self) -> str:
        return f"  {self.build}: {self.program}: {self.name}" + (
            f": {self.reason}" if self.reason else "")


class Tally:
    """All cases by what became of them: passed, failed, skipped."""

    def __init__(self) -> None:
        self.cases: dict[str, list[Case]] = collections.defaultdict(list)

    def add(self, status: str, case: Case) -> None:
        self.cases[status].append(case)

    def line(self) -> str:
        return ", ".join(
            f"{len(self.cases[status])} {status}" for status in ["passed", "failed", "skipped"])

    def good(self) -> bool:
        return bool(self.cases["passed"]) and not self.cases["failed"]


def say(text: str) -> None:
    print(text, flush=True)


def call(command: list[str], environment: dict[str, str]) -> bool:
    return subprocess.run(command, env=os.environ | environment, check=False,
                          stdin=subprocess.DEVNULL).returncode == 0


def read_cases(build: Build, file: pathlib.Path, tally: Tally) -> dict[str, int]:
    """Adds what the programs wrote themselves. Returns the number of failed cases, and zero for
    those that had cases and none failed, by program. A case that began and did not end failed."""
    running: dict[str, list[str]] = collections.defaultdict(list)
    failed: dict[str, int] = {}
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []
    for line in lines:
        program, status, name, reason = (line.split("\t") + ["", "", ""])[:4]
        failed.setdefault(program, 0)
        if status == "started":
            running[program].append(name)
            continue
        if name in running[program]:
            running[program].remove(name)
        tally.add(status, Case(build.name, program, name, reason))
        failed[program] += status == "failed"
    for program, names in running.items():
        for name in names:
            tally.add("failed", Case(build.name, program, name, "did not end"))
            failed[program] += 1
    return failed


def read_programs(build: Build, log: pathlib.Path, failed: dict[str, int], tally: Tally) -> None:
    """Adds the programs that have no cases of their own, and those that failed outside of them."""
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else []:
        entry = json.loads(line)
        program = entry["name"].split(" / ")[-1]
        case = Case(build.name, program, "the program", entry["result"].lower())
        if entry["result"] == "OK":
            if program not in failed:
                tally.add("passed", case)
        elif not failed.get(program):
            tally.add("failed", case)


def programs_of(build: Build, directory: pathlib.Path, only: list[str]) -> list[str]:
    """What to run, and of that what is there: a program that could not be built is left out."""
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", str(directory)],
                                      check=True, stdout=subprocess.PIPE, text=True).stdout)
    return [test["name"] for test in tests
            if (not only or test["name"] in only)
            and (test["name"] in build.checks
                 or not any(suite.endswith("checks") for suite in test["suite"]))
            and os.path.exists(test["cmd"][0])]


def run_build(build: Build, directory: pathlib.Path, only: list[str], tally: Tally) -> None:
    say(f"== {build.name}: building in {directory}")
    began = time.monotonic()
    environment = build.environment
    setup = ["meson", "setup"]
    if (directory / "build.ninja").exists():
        setup.append("--reconfigure")
    elif (directory / "meson-private").exists():
        setup.append("--wipe")
    if not call(setup + [str(directory), str(ROOT)] + build.arguments, environment):
        tally.add("failed", Case(build.name, "build", "configuring"))
        return
    if not call(["ninja", "-C", str(directory), "-k", "0"], environment):
        tally.add("failed", Case(build.name, "build", "compiling; what was built runs all the same"))
    built = time.monotonic()
    programs = programs_of(build, directory, only)
    if not programs:
        return
    say(f"== {build.name}: running {', '.join(programs)}")
    cases = directory / "cases.txt"
    log = directory / "meson-logs" / "testlog.json"
    cases.unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    ran = call(["meson", "test", "-C", str(directory), "--no-rebuild", "--print-errorlogs"]
               + programs, environment | {"PGCORO_TALLY": str(cases)})
    before = len(tally.cases["failed"])
    read_programs(build, log, read_cases(build, cases, tally), tally)
    if not ran and len(tally.cases["failed"]) == before:
        tally.add("failed", Case(build.name, "meson test", "it failed for no known reason"))
    say(f"== {build.name}: built in {built - began:.0f} s, ran in {time.monotonic() - built:.0f} s")


def report(tally: Tally) -> int:
    for status in ["skipped", "failed"]:
        if tally.cases[status]:
            say(f"{status.capitalize()}:")
            for case in sorted(map(str, tally.cases[status])):
                say(case)
    say(tally.line())
    return 0 if tally.good() else 1


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--build-dir", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--build", choices=[build.name for build in BUILDS])
    options = parser.parse_args()
    tally = Tally()
    for build in BUILDS:
        if options.build in (None, build.name):
            run_build(build, options.build_dir.resolve() / build.name, options.only, tally)
    return report(tally)


if __name__ == "__main__":
    sys.exit(main())
